"""Reports on proxies say what their sheets say, and are made of their summary alone."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree

import numpy as np
import pandas as pd
import pytest
from proxy_sheets import CELLS, SEEDS, TRUTHS, sheets, with_a_small_part

from nasrank.bench.analysis.prediction_rows import COLUMNS
from nasrank.bench.analysis.proxies import analyse
from nasrank.bench.analysis.proxies_published import MARKS, published_figures
from nasrank.bench.analysis.proxies_summary import ProxySummary, is_report
from nasrank.bench.foundation.files import DataError
from nasrank.bench.ranking import get_metric
from nasrank.bench.reporting.kinds import kind_of_report
from nasrank.bench.reporting.overview import others_in, overview
from nasrank.bench.reporting.proxies import FILES, texts_of, write
from nasrank.bench.reporting.proxies.say import ProxySay
from nasrank.predictors.zero_cost.aggregate import AGGREGATES

OURS = "nwot+params+jacov+epe_nas+synflow"


@pytest.fixture(scope="module")
def summary() -> ProxySummary:
    return analyse(sheets(), TRUTHS)


@pytest.fixture(scope="module")
def texts(summary):
    return texts_of(summary)


def _row(summary, predictor, metric="tau", *, part="nb201", truth="CIFAR-10"):
    found = summary.row(summary.part(part), predictor, metric, truth)
    assert found is not None
    return found


@pytest.mark.slow
def test_a_row_is_the_mean_over_seeds_of_the_metric_on_what_has_scores_and_truth(summary):
    one, truth = sheets().parts["nb201"], TRUTHS["nb201"]["CIFAR-10"].values
    for name, sign, start in (("nwot", 1, 0), ("ntk", -1, 1)):
        for metric in ("tau", "tau_top50", "tau_top10", "spearman"):
            inside = slice(start, CELLS - 1)
            values = [get_metric(metric)(sign * scores[inside], truth[inside]) for scores in one.scores[name]]
            row = _row(summary, name, metric)
            assert row.mean == pytest.approx(np.mean(values))
            assert row.ci_low < row.mean < row.ci_high
            assert (row.draws, row.labels, row.seconds) == (SEEDS, 0, 0.5)


@pytest.mark.slow
def test_seeds_that_change_nothing_do_not_widen_the_interval(summary):
    alike, different = _row(summary, "params"), _row(summary, "nwot")
    assert alike.ci_high - alike.ci_low < different.ci_high - different.ci_low
    own = summary.row(summary.part("nb201"), "params", "tau_between_seeds")
    assert own is not None
    assert own.mean == pytest.approx(1)


def test_the_own_ceiling_is_the_mean_over_pairs_of_seeds(summary):
    rows, tau = sheets().parts["nb201"].scores["nwot"], get_metric("tau")
    expected = np.mean([tau(rows[0], rows[1]), tau(rows[0], rows[2]), tau(rows[1], rows[2])])
    own = summary.row(summary.part("nb201"), "nwot", "tau_between_seeds")
    assert own is not None
    assert own.mean == pytest.approx(expected)


def test_an_aggregate_is_made_of_each_seeds_scores(summary):
    one = sheets().parts["nb201"]
    truth = TRUTHS["nb201"]["CIFAR-10"].values
    known = np.isfinite(truth)
    values = [
        get_metric("tau")(AGGREGATES[OURS].of({n: s[seed] for n, s in one.scores.items()}).scores[known], truth[known])
        for seed in range(SEEDS)
    ]
    assert _row(summary, OURS).mean == pytest.approx(np.mean(values))
    assert _row(summary, OURS).seconds == pytest.approx(5 * 0.5)
    assert _row(summary, OURS).mean > _row(summary, "nwot").mean


@pytest.mark.slow
def test_a_flipped_sign_is_shown_and_not_corrected(summary, texts):
    assert _row(summary, "jacov", part="nb101").mean < -0.2 < 0.2 < _row(summary, "jacov").mean
    assert [flip.label for flip in ProxySay(summary).flips] == ["jacov | proxy"]
    assert "sign flips" in texts["README.md"]


def test_a_change_is_compared_on_its_own_architectures(summary):
    after, before, agreement = ProxySay(summary).changed(summary.changes[0], "nwot")
    assert after is not None
    assert before is not None
    assert agreement is not None
    truth = TRUTHS["nb201"]["CIFAR-10"].values[:40]
    base, other = sheets().parts["nb201"].scores["nwot"], sheets().changes[0].scores["nwot"]
    tau = get_metric("tau")
    assert before.mean == pytest.approx(np.mean([tau(row[:40], truth) for row in base]))
    assert after.mean == pytest.approx(np.mean([tau(row, truth) for row in other]))
    pairs = [tau(one, two[:40]) for one, two in zip(other, base, strict=True)]
    assert agreement.mean == pytest.approx(np.mean(pairs))
    assert after.mean < before.mean


def test_published_figures_are_compared_where_the_set_up_is_the_same(summary):
    assert all(one.mark in MARKS for one in published_figures(list(AGGREGATES)))
    of_nwot = [one for one in summary.published if (one.predictor, one.space) == ("nwot", "nb201")]
    compared = {(one.metric, one.mark, one.value): one for one in of_nwot}
    same = compared["tau", "V", 0.571]
    assert same.ours == pytest.approx(_row(summary, "nwot").mean)
    assert same.close == (abs(same.ours - 0.571) <= 0.05)
    assert np.isnan(compared["tau", "M", 0.598].ours)  # with dead branches
    assert all(np.isnan(one.ours) for one in summary.published if one.space == "nb101")


@pytest.mark.slow
def test_the_summary_reads_back_and_gives_the_same_report(texts):
    again = ProxySummary.from_text(texts["summary.json"])
    assert texts_of(again) == texts
    assert is_report(texts["summary.json"])
    content = json.loads(texts["summary.json"])
    assert all(set(row) == set(COLUMNS) for row in content["rows"])


def test_table_csv_is_tidy(texts, tmp_path):
    (tmp_path / "t.csv").write_text(texts["table.csv"])
    frame = pd.read_csv(tmp_path / "t.csv")
    assert tuple(frame.columns) == COLUMNS
    assert not frame.duplicated(["space", "truth", "predictor", "features", "metric"]).any()


def test_texts_of_others_stay_texts(texts):
    assert "<made up>" not in texts["index.html"]
    assert "&lt;made up&gt;" in texts["index.html"]
    for line in texts["README.md"].splitlines():
        if line.startswith("| nwot"):
            assert line.count("|") - line.count("\\|") == 6


def test_figures_are_xml_with_a_description(texts):
    for name in ("tau.svg", "changes.svg"):
        root = ElementTree.fromstring(texts[name])
        assert "nwot" in (root.findtext("{http://www.w3.org/2000/svg}desc") or root.findtext("desc") or "")


@pytest.mark.slow
def test_a_folder_of_something_else_is_left_alone(summary, texts, tmp_path):
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(DataError, match=r"README\.md of something else"):
        write(summary, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]
    folder = tmp_path / "report"
    write(summary, folder)
    write(summary, folder)
    assert {path.name for path in folder.iterdir()} == {*FILES} - {"truths.svg"}
    assert (folder / "README.md").read_text() == texts["README.md"]


@pytest.mark.slow
def test_the_page_over_all_reports_has_its_sentence(summary, texts, tmp_path):
    write(summary, tmp_path / "zero-cost")
    kind = kind_of_report(texts["summary.json"])
    assert kind is not None
    assert kind.texts(texts["summary.json"]) == texts
    others = others_in(tmp_path)
    assert list(others) == ["zero-cost"]
    assert others["zero-cost"].answer.startswith("On 120 architectures of nb201 the best proxy is")
    assert "nasrank run zero-cost" in overview({}, others)


@pytest.mark.slow
def test_several_parts_of_a_space_are_told_apart():
    found, truths = with_a_small_part()
    summary = analyse(found, truths)
    say, made = ProxySay(summary), texts_of(summary)
    assert set(made) == set(FILES)
    assert [column.part.name for column in say.of_spaces] == ["small", "nb101"]
    assert [column.part.name for column in say.largest] == ["nb201", "nb101"]
    assert "| small, CIFAR-10 |" in " ".join(made["README.md"].split())
    assert {one.name for one in say.order()} == {one.name for one in summary.predictors}
    assert say.order()[0].name == say.ranked(say.firsts[1])[0].predictor, "by the part that has the most predictors"
    assert "synflow" not in {row.predictor for row in say.ranked(say.firsts[0])}
    keys = [(row.space, row.truth, row.predictor, row.features, row.metric) for row in summary.rows]
    assert len(set(keys)) == len(keys)
