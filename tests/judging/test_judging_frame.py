"""`report.to_frame()`: every number of a report, once, in the columns that studies have, too."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from judged import TRUTH

from nasrank import rank
from nasrank.bench.judging.resampling import judged_metrics

COLUMNS = ["arm", "base", "estimator", "seed", "score", "metric", "part", "value", "low", "high", "n", "status"]


@pytest.fixture(scope="module")
def report(scored):
    generator = np.random.default_rng(5)
    rows = {"good": scored.good, "val_loss": -scored.poor}
    content = {
        name: np.concatenate([row + spread * generator.normal(size=200) for spread in (0, 0.1)])
        for name, row in rows.items()
    }
    return rank({"arch": scored.texts * 2, "seed": np.repeat([7, 8], 200), **content}, truth=TRUTH)


@pytest.mark.slow
def test_a_line_has_a_key_of_its_own_and_is_of_one_type(report):
    frame = report.to_frame()
    assert list(frame.columns) == COLUMNS
    assert not frame.duplicated(COLUMNS[:7]).any()
    assert str(frame.dtypes["seed"]) == "Int64"
    assert frame[["value", "low", "high"]].dtypes.eq("float64").all()
    assert (frame["part"] == "").all()


@pytest.mark.slow
def test_values_are_those_of_the_report(report):
    frame = report.to_frame()
    means = frame[frame.seed.isna() & (frame.base == "") & (frame.arm != "")].set_index(["arm", "metric"])
    assert len(means) == len(report.values)
    for one in report.values:
        line = means.loc[one.name, one.metric]
        assert (line.value, line.low, line.high, line.n) == (one.value, one.low, one.high, 200)
    by_seed = frame[(frame.arm == "good") & (frame.metric == "tau") & frame.seed.notna()]
    assert by_seed.seed.tolist() == [7, 8]
    assert by_seed.value.tolist() == list(report.value("good").by_seed)
    assert by_seed[["low", "high"]].isna().all(axis=None)
    assert frame.estimator.unique().tolist() == ["given", "parameters", "multiply_adds", "second measurement"]
    assert dict(zip(frame.arm, frame.score, strict=True)) | {"": "higher"} == {
        "good": "higher",
        "val_loss": "lower",
        "parameters": "higher",
        "multiply_adds": "higher",
        "": "higher",
    }
    ceiling = frame[frame.estimator == "second measurement"].set_index("metric")
    assert ceiling.value.to_dict() == dict(report.ceiling.metrics)


def test_a_notebook_shows_the_answer_and_every_tau(report):
    shown = report._repr_html_()
    assert shown.startswith(f"<p>{report.answer}</p>")
    assert f"{report.value('val_loss').value:.3f}" in shown
    assert "second measurement" in shown
    assert "<td>8</td>" not in shown
    named = replace(report, answer="<script>", columns=report.columns)
    assert "<script>" not in named._repr_html_()


def test_differences_are_better_worse_or_undecided(report):
    frame = report.to_frame().query("base != ''").set_index(["arm", "base"])
    words = {(True, True): "better", (True, False): "worse"}
    assert len(frame) == len(report.differences) == 5
    for pair in report.differences:
        line = frame.loc[pair.first, pair.second]
        assert line.status == words.get((pair.decided, pair.value > 0), "undecided")
        assert (line.value, line.low, line.high) == (pair.value, pair.low, pair.high)


@pytest.mark.slow
def test_runs_without_numbers_have_places_and_missing_values_a_reason(scored):
    names = np.repeat(["first", "second"], 200)
    content = {"arch": scored.texts * 2, "run": names, "good": [*scored.good] * 2, "flat": np.ones(400)}
    frame = rank(content, truth=TRUTH).to_frame()
    assert frame.seed.dropna().unique().tolist() == [0, 1]
    flat = frame.query("arm == 'flat' and metric == 'tau'")
    assert flat.value.isna().all()
    assert flat.status.str.contains("equal").all()


def table_below(heading: str) -> list[str]:
    """What the first cell of each row names, of the tables of one section of the page on rank reports."""
    page = (Path(__file__).parents[2] / "docs/how-to/rank-scores.md").read_text(encoding="utf-8")
    section = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]


def test_the_page_lists_every_metric_and_column(scored):
    report = rank((scored.texts[:30], scored.good[:30]), truth=TRUTH)
    assert table_below("What is found") == list(judged_metrics(percent=True)) == list(report.metrics)
    assert table_below("The numbers as a table") == [*COLUMNS, *report.to_records()[0]]
