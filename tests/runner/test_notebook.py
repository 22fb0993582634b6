"""Results as a notebook shows them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import nasrank
from nasrank.bench.notebook import StudyResults
from nasrank.bench.ranking import METRICS
from nasrank.bench.runner.label_sets import estimates_of
from nasrank.bench.runner.standing import Standing


@pytest.fixture(scope="module")
def results(design, tmp_path_factory) -> StudyResults:
    """Of a study whose super-nets score at random, and one of which failed."""
    generator = np.random.default_rng(0)
    trials = {
        trial.name: {"trial": trial.name, "failure": None, "scores": {"accuracy": generator.random(20).tolist()}}
        for trial in design.trials
    }
    trials["gdas-plain-seed1"] |= {"failure": "diverged", "scores": {}}
    estimates = {
        one.name: {"scores": {one.estimator: generator.random(len(design.ranked)).tolist()}, "settings": {}}
        for one in estimates_of(design)
    }
    return StudyResults(design, trials, estimates, folder=tmp_path_factory.mktemp("results"))


BASELINES = ["ridge on the same labels", "best regression on the same labels", "parameter count", "FLOPs"]


def test_the_main_table_has_rows_and_baselines(results, design, truth):
    table = results.table()
    labels = [row.label for row in design.rows.values()]
    assert list(table.index) == [*labels, *BASELINES]
    assert table.loc[labels, "seeds"].tolist() == [2, 1]
    standing = Standing(design, truth)
    for trial in design.trials[:4]:
        standing.put(trial, results.trials[trial.name])
    first = table.loc[labels[1]]
    expected = standing.of(design.rows["gdas"])
    assert (first["before"], first["after"]) == (expected["tau before"], expected["tau after"])
    np.testing.assert_allclose(table["difference"], table["after"] - table["before"])


def test_a_baseline_is_the_mean_over_what_it_was_fitted_on(results, design, truth):
    values = [
        METRICS["tau"](np.array(results.estimates[one.name]["scores"][one.estimator]), truth.of(design.ranked))
        for one in estimates_of(design)
        if one.estimator == "label_matched"
    ]
    assert len(values) == 2
    assert results.table().loc["ridge on the same labels", "after"] == pytest.approx(np.mean(values))


def test_scores_have_a_row_an_architecture(results, design):
    frame = results.scores()
    assert list(frame.columns) == [trial.name for trial in design.trials]
    assert list(frame.index) == list(map(str, design.pool))
    assert frame["spos-plain-seed0"].tolist() == results.trials["spos-plain-seed0"]["scores"]["accuracy"]
    assert frame["gdas-plain-seed1"].isna().all()


def test_it_shows_its_table_in_a_notebook_and_one_line_elsewhere(results, design):
    shown = results._repr_html_()
    assert shown.startswith("<h3>tiny</h3>")
    assert f"over {len(design.ranked)} architectures" in shown
    assert shown.count("<tr") == 1 + 2 + len(BASELINES)
    assert "NaN" not in shown
    assert repr(results) == "<StudyResults 'tiny': 8 trials>"


def test_texts_of_a_study_are_no_markup(results):
    study = results.design.study.model_copy(update={"title": "<script>x</script>"})
    assert "<script>" not in replace(results, design=replace(results.design, study=study))._repr_html_()


def test_without_its_truth_it_says_where_that_is_to_be_had(results):
    study = results.design.study
    elsewhere = study.model_copy(update={"truth": study.truth.model_copy(update={"oracle": "mine"})})
    lost = replace(results, design=replace(results.design, study=elsewhere))
    assert "To get it: nasrank tables import" in lost._repr_html_()
    with pytest.raises(ValueError, match="not at hand"):
        lost.table()


@pytest.mark.slow
def test_a_stored_report_is_shown_as_it_says():
    """The committed one."""
    folder = Path(__file__).parents[2] / "reports" / "nb201"
    row = nasrank.load_results(folder).table().loc["SPOS"]
    lines = [line for line in (folder / "table.md").read_text(encoding="utf-8").splitlines() if "SPOS" in line]
    assert any(f"{row['before']:.3f}" in line and f"{row['after']:.3f}" in line for line in lines)
