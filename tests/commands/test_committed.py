"""Whether a new report says what a committed one does, in one line."""

from __future__ import annotations

from dataclasses import replace
from math import nan
from pathlib import Path

import pytest

from nasrank.bench.analysis.frame import Finding, Frame
from nasrank.bench.analysis.summary import Pair, Summary
from nasrank.bench.commands.committed import committed_report, differences
from nasrank.bench.studies.study_file import find_study, load_study


def lines(row: str, before: float, after: float) -> list[Finding]:
    """Tau of a row, and what else a frame has of its arms."""
    plain, guided = f"{row}-plain", f"{row}-landmark"
    at = Finding(plain, score="accuracy", value=before)
    return [
        at,
        at._replace(arm=guided, value=after),
        at._replace(arm=guided, base=plain, value=after - before),
        at._replace(seed=0, value=0.9),
        at._replace(score="negative_loss", value=0.8),
        at._replace(metric="spearman", value=0.7),
        at._replace(part="natural pool", value=0.6),
        at._replace(arm=guided, base="parameters", value=0.5),
    ]


def pair(name: str) -> Pair:
    return Pair(name, name.upper(), f"{name}-plain", f"{name}-landmark", "accuracy")


def summary(spos: tuple[float, float] = (0.25, 0.5)) -> Summary:
    """Of two rows."""
    return Summary({}, (pair("spos"), pair("gdas")), (), Frame((*lines("spos", *spos), *lines("gdas", -0.1, nan))))


SUMMARY = summary()


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "table.csv").write_text(SUMMARY.frame.to_csv())
    return tmp_path


def test_the_same_numbers(folder):
    found = differences(folder, SUMMARY)
    assert found.in_words(folder) == f"same numbers as {folder} to the printed digit (6 values)"
    assert differences(folder, summary((0.25 + 1e-5, 0.5))) == found, "no digit that is printed"


def test_which_differ_and_where_most(folder):
    words = differences(folder, summary((0.26, 0.4))).in_words(folder)
    assert words == (
        f"3 of 6 values differ from {folder}; the largest difference in tau: SPOS after - before 0.140 instead of 0.250"
    )


def test_a_value_that_one_of_them_lacks_is_the_largest_difference(folder):
    assert "SPOS after n/a instead of 0.500" in differences(folder, summary((0.5, nan))).in_words(folder)


def test_rows_that_are_new_are_not_compared(folder):
    more = replace(SUMMARY, pairs=(*SUMMARY.pairs, pair("x")), frame=Frame((*SUMMARY.frame, *lines("x", 0.1, 0.2))))
    assert differences(folder, more) == differences(folder, SUMMARY)


def test_what_is_no_frame_is_said(folder):
    (folder / "table.csv").write_text("strategy,tau\nspos,0.3\n")
    with pytest.raises(ValueError, match="a frame has the columns"):
        differences(folder, SUMMARY)


def test_the_committed_report_of_a_study_is_found_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    study = load_study(find_study("nb201"))
    place = committed_report("nb201", study, tmp_path / "runs" / "nb201")
    assert place == Path(__file__).parents[2] / "reports" / "nb201"
    assert committed_report("nb201", study, place) is None, "not with itself"
    assert committed_report("nb201-quick", study.quick(), tmp_path) is None
    assert committed_report("nb201", study.model_copy(update={"seeds": (0, 1)}), tmp_path) is None, "another study"


def test_a_report_of_today_is_read_as_it_is_written():
    """The one that is committed, against what it says."""
    committed = Path(__file__).parents[2] / "reports" / "nb201"
    texts = ((committed / name).read_text(encoding="utf-8") for name in ("summary.json", "table.csv"))
    found = differences(committed, Summary.from_texts(*texts))
    assert found.compared == 12
    assert not found.found
