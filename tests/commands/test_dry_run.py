"""`nasrank run STUDY --dry-run`: what a study takes, said without training it or writing anything."""

from __future__ import annotations

import pytest

from nasrank.bench.commands.dry_run import count, size, time_of
from nasrank.bench.runner import forecast
from nasrank.bench.runner.probe import Probe

STEP = Probe(seconds=1800.0, parameters=14_252_362, states=1, activations=3_848_426_624, steps=30, images=4)


@pytest.fixture
def in_an_empty_folder(tmp_path, monkeypatch):
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "120")
    return folder


def test_it_says_what_each_arm_takes_and_writes_nothing(command, study_file, in_an_empty_folder, monkeypatch):
    monkeypatch.setattr(forecast, "probe", lambda *_: STEP)
    code, said, complained = command("run", study_file, "--dry-run", "--jobs", "2")
    assert (code, complained) == (0, "")
    rows = {words[0]: words[1:] for line in said.splitlines() if (words := line.split())}
    assert rows["spos-plain"][:8] == ["2", "12", "12", "14.3", "M", "4.1", "GB", "30"]
    assert rows["gdas-landmark"][:3] == ["2", "17", "6"]
    assert rows["together"][0] == "8"
    assert "1,797 samples of digits, split into 64 + 32 + 40 (random)" in said
    assert "analog-nasbench knows 15,625 of 15,625 architectures, of which 20 are the pool and 5 the landmarks" in said
    assert "2 trials at a time: " in said
    assert said.endswith("nothing was trained, and nothing was written\n")
    assert not list(in_an_empty_folder.iterdir())


def test_seeds_that_are_added_are_told_at_least_and_at_most(command, study_text, in_an_empty_folder, monkeypatch):
    monkeypatch.setattr(forecast, "probe", lambda *_: STEP)
    path = in_an_empty_folder.parent / "ruled.toml"
    path.write_text(study_text.replace("seeds = [0, 1]", "seeds = { at_least = 2, at_most = 5, width = 0.1 }"))
    code, said, _ = command("run", path, "--dry-run", "--jobs", 1)
    assert code == 0
    rows = {words[0]: words[1:] for line in said.splitlines() if (words := line.split())}
    least, most = (words for words in map(str.split, said.splitlines()) if words[:1] == ["at"])
    assert (least[:3], most[:3]) == (["at", "least", "8"], ["at", "most", "20"])
    assert rows["spos-plain"][0] == "2"
    assert "together" not in rows
    assert "1 trial at a time: " in said
    assert "a row has at least 2 and at most 5 seeds, until its gain is decided or its interval is narrower" in said
    assert "rows are looked at with 2, 4, 5 seeds, all at the same time" in said


@pytest.mark.slow
def test_a_real_one(command, study_file, in_an_empty_folder, monkeypatch):
    monkeypatch.setattr(forecast, "PROBED_SECONDS", 0.1)
    code, said, _ = command("run", study_file, "--dry-run", "--quick")
    assert code == 0
    assert "a step without terms was measured in processor time of one thread: " in said
    assert not list(in_an_empty_folder.iterdir())


def test_what_is_missing_is_said_in_one_line(command, in_an_empty_folder, monkeypatch):
    monkeypatch.setenv("NASRANK_DATA", str(in_an_empty_folder))
    monkeypatch.setenv("NASRANK_CACHE", str(in_an_empty_folder.parent / "cache"))
    code, said, complained = command("run", "paper/landmark-nb201", "--dry-run")
    assert (code, complained.count("\n")) == (2, 1)
    assert "nas-bench-201-means" in complained
    assert "trained" not in said
    assert not list(in_an_empty_folder.iterdir())


def test_other_kinds_of_studies_refuse_it(command, in_an_empty_folder):
    code, _, complained = command("run", "labels", "--dry-run")
    assert code == 2
    assert "a study of the kind 'labels', for which there is no --dry-run" in complained
    assert not list(in_an_empty_folder.iterdir())


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0132, "0.013 s"),
        (1.99, "2 s"),
        (2, "2.0 s"),
        (119, "119 s"),
        (120, "2.0 min"),
        (7300, "2.0 h"),
        (9e6, "2,500 h"),
    ],
)
def test_times(seconds, words):
    assert time_of(seconds) == words


@pytest.mark.parametrize(("number", "words"), [(999, "999 B"), (1500, "1.5 kB"), (12e6, "12 MB"), (3.2e9, "3.2 GB")])
def test_sizes(number, words):
    assert size(number) == words


@pytest.mark.parametrize(
    ("number", "words"), [(999, "999"), (99_234, "99.2 k"), (176_000, "176 k"), (14_252_362, "14.3 M")]
)
def test_counts(number, words):
    assert count(number) == words
