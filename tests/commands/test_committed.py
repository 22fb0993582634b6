"""Whether a new report says what a committed one does, in one line."""

from __future__ import annotations

import json
from dataclasses import replace
from math import nan
from pathlib import Path

import pytest

from nasrank.bench.analysis.summary import MetricRow, Summary
from nasrank.bench.commands.committed import committed_report, differences
from nasrank.bench.studies.study_file import find_study, load_study

ROW = MetricRow("spos", "tau", 0.25, 0.5, 0.25, 0.1, 0.3, 0.2, 0.3, 0.4, 0.6, 3, 100, (), (), (), 0, "")
SUMMARY = Summary(
    header={},
    labels={"spos": "SPOS", "gdas": "GDAS"},
    ceilings=(),
    baselines={},
    rows=(ROW, replace(ROW, strategy="gdas", before=-0.1, after=nan, delta=nan), replace(ROW, metric="rho")),
    margins=(),
    landmarks=(),
    ties={},
    curves=(),
    failures=(),
)


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "summary.json").write_text(SUMMARY.to_text())
    return tmp_path


def changed(**values: float) -> Summary:
    return replace(SUMMARY, rows=(replace(ROW, **values), *SUMMARY.rows[1:]))


def test_the_same_numbers(folder):
    found = differences(folder, SUMMARY)
    assert found.in_words(folder) == f"same numbers as {folder} to the printed digit (6 values)"
    assert differences(folder, changed(before=ROW.before + 1e-5)) == found, "no digit that is printed"


def test_which_differ_and_where_most(folder):
    words = differences(folder, changed(before=0.26, after=0.4, delta=0.14)).in_words(folder)
    assert words == (
        f"3 of 6 values differ from {folder}; the largest difference in tau: SPOS after - before 0.140 instead of 0.250"
    )


def test_a_value_that_one_of_them_lacks_is_the_largest_difference(folder):
    assert "SPOS after n/a instead of 0.500" in differences(folder, changed(before=0.5, after=nan)).in_words(folder)


def test_rows_that_are_new_are_not_compared(folder):
    more = replace(SUMMARY, labels={**SUMMARY.labels, "x": "X"}, rows=(*SUMMARY.rows, replace(ROW, strategy="x")))
    assert differences(folder, more) == differences(folder, SUMMARY)


@pytest.mark.parametrize("content", [[], {"rows": [{}]}, {"rows": [{"metric": "tau", "strategy": "spos"}]}])
def test_what_is_no_summary_is_said(folder, content):
    (folder / "summary.json").write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r"summary\.json is no summary of a report"):
        differences(folder, SUMMARY)


def test_the_committed_report_of_a_study_is_found_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    study = load_study(find_study("nb201"))
    place = committed_report("nb201", study, tmp_path / "runs" / "nb201")
    assert place == Path(__file__).parents[2] / "reports" / "nb201"
    assert committed_report("nb201", study, place) is None, "not with itself"
    assert committed_report("nb201-quick", study.quick(), tmp_path) is None
    assert committed_report("nb201", study.model_copy(update={"seeds": (0, 1)}), tmp_path) is None, "another study"


def test_a_summary_of_today_is_read_as_it_is_written():
    """The one that is committed, against what it says."""
    committed = Path(__file__).parents[2] / "reports" / "nb201"
    stored = json.loads((committed / "summary.json").read_text())
    rows = [MetricRow(**{**row, "before_by_seed": ()}) for row in stored["rows"]]
    found = differences(committed, replace(SUMMARY, labels=stored["labels"], rows=tuple(rows)))
    assert found.compared == 12
    assert not found.found
