"""A report says of rows that are one training under several names that they are; so does a run, before it trains."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from synthetic import invented_results, tau_alone

from nasrank.bench.reporting import Summary, analyse, words
from nasrank.bench.reporting.printing import markdown
from nasrank.bench.reporting.prose import paragraphs
from nasrank.bench.runner import durations, run
from nasrank.bench.runner.truth import Truth
from nasrank.bench.studies.study_file import find_study

SAME = (
    "SPOS and RandomNAS are the same training under 2 names: here they draw the same paths from the same stream, so "
    "that their rows are one result and no confirmation of each other."
)


@pytest.mark.slow
def test_it_stands_under_the_tables(truth: Truth, monkeypatch) -> None:
    tau_alone(monkeypatch)
    summary = analyse(invented_results(truth, strategies=("spos", "gdas", "random_nas")), truth)
    assert summary.header["alike"] == [["spos", "random_nas"]]
    assert dict(paragraphs("notes.j2", summary))["One result"] == SAME
    assert SAME in markdown(summary)


@pytest.mark.slow
def test_rows_that_differ_have_no_such_note(summary: Summary) -> None:
    assert summary.header["alike"] == []
    assert "One result" not in dict(paragraphs("notes.j2", summary))


def test_settings_that_do_nothing_are_told(truth: Truth, monkeypatch) -> None:
    """Two rows that differ in a warm-up had one result, as the rate had nothing to rise from."""
    tau_alone(monkeypatch)
    results = invented_results(
        truth, variants={"mine": {"strategy": "spos", "label": "mine", "training": {"clip": 1.0}}}
    )
    assert "coinciding" not in analyse(results, truth).header
    same = {name: results.trials[name.replace("mine", "spos")] for name in results.trials}
    summary = analyse(dataclasses.replace(results, trials=same), truth)
    assert summary.header["coinciding"] == [["spos", "mine"]]
    said = "SPOS and mine have different settings, and super-nets that all score alike to the last digit: what they"
    assert said in dict(paragraphs("notes.j2", summary))["A change without effect"]


def test_three_names_are_told_in_one_sentence() -> None:
    assert words.alike(["A", "B", "C"]).startswith("A, B and C are the same training under 3 names")


def test_a_run_says_so_before_it_trains(command, monkeypatch, tmp_path: Path) -> None:
    """Cases, study mistakes: SPOS and RandomNAS trained identical rows on NAS-Bench-201 without notice."""

    def stop(*_arguments, **_options):
        raise ValueError("stopped here")

    def no_time(_design, _truth, trials, _data_root):
        return {trial.name: 0.0 for trial in trials}

    monkeypatch.setattr(durations, "estimate_seconds", no_time)
    monkeypatch.setattr(run, "execute", stop)
    text = re.sub("strategies = .*", 'strategies = ["spos", "random_nas"]', find_study("nb201-smoke", None).read_text())
    (tmp_path / "two.toml").write_text(text)
    code, out, err = command("run", tmp_path / "two.toml", "--work", tmp_path / "work", "--out", tmp_path / "out")
    assert "stopped here" in err
    assert code == 2
    assert SAME in " ".join(out.split())
