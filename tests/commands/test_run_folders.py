"""What `nasrank run` and its like do to folders that are in use or somebody's: nothing, and that before training."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny import TINY

from nasrank.bench.runner.output import Output
from nasrank.bench.runner.resolve import resolve
from nasrank.bench.runner.results import Store
from nasrank.bench.studies.study_file import load_study


@pytest.fixture
def nasrank(command, tmp_path, monkeypatch):
    """The command line in a folder of its own, where nothing can be trained; gives what it complained of."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("nasrank.bench.runner.execute.execute", None)
    (tmp_path / "tiny.toml").write_text(TINY)

    def refused(*words: object) -> str:
        code, said, complained = command(*words)
        assert code == 2
        assert "trials to run" not in said
        assert complained.count("\n") == 1
        return complained

    return refused


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_of_somebodys_own_work(nasrank, tmp_path):
    """Cases, group 1: its results were removed whole, README and table overwritten, exit code 0."""
    (tmp_path / "victim" / "results" / "checkpoints").mkdir(parents=True)
    for name in ("results/checkpoints/last.pt", "results/paper_numbers.csv", "README.md", "table.csv"):
        (tmp_path / "victim" / name).write_text("mine")
    before = contents(tmp_path / "victim")
    assert "README.md, results/checkpoints, results/paper_numbers.csv, table.csv" in nasrank(
        "run", "tiny.toml", "--out", "victim"
    )
    assert contents(tmp_path) == {**before, tmp_path / "tiny.toml": TINY.encode()}


def test_results_on_another_disk(nasrank, tmp_path):
    """Cases, group 1: refused by Python, after all training."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "runs" / "tiny").mkdir(parents=True)
    (tmp_path / "runs" / "tiny" / "results").symlink_to(tmp_path / "disk")
    assert "runs/tiny/results is a symbolic link" in nasrank("run", "tiny.toml")


def test_an_output_that_another_run_writes_to(nasrank):
    with Output(Path("runs/tiny")).held():
        assert "another run is writing to runs/tiny: process " in nasrank("run", "tiny.toml")


def test_a_work_folder_that_another_run_writes_to(nasrank):
    """Cases, group 1: temporary files of the other were removed, or both trained everything."""
    design = resolve(load_study(Path("tiny.toml")))[0]
    folder = Path(".nasrank") / f"tiny-{design.common_fingerprint}"
    with Store(folder).writing():
        assert f"another run is writing to {folder}: process " in nasrank("run", "tiny.toml", "--out", "elsewhere")


def test_a_baseline_that_is_somebodys_file(nasrank, tmp_path):
    design = resolve(load_study(Path("tiny.toml")))[0]
    store = Store(tmp_path / "tiny")
    store.begin(design)
    for trial in design.trials:
        scores = {"accuracy": [0.5] * len(design.pool)}
        rest = {"steps": 1, "record": [], "landmark_scores": {}, "curve": []}
        store.put(trial, {"trial": trial.name, "processor": "abacus", "failure": None, "scores": scores, **rest})
    for content, reason in (("mine", "is damaged"), ('{"mine": 1}', "not a reference of the ranking gate")):
        (tmp_path / "mine.json").write_text(content)
        complained = nasrank("gate", "tiny", "--baseline", "mine.json", "--update")
        assert "mine.json is not replaced" in complained
        assert reason in complained
        assert (tmp_path / "mine.json").read_text() == content


@pytest.mark.parametrize("content", ["notes", None])
def test_a_file_that_is_no_table(nasrank, tmp_path, content):
    """In the place of the one that `nasrank tabulate` is to write."""
    if content is None:
        (tmp_path / "mine.arrow").mkdir()
    else:
        (tmp_path / "mine.arrow").write_text(content)
    words = ("tabulate", "nb201", "--cells", "2", "--out", "mine.arrow", "--replace")
    assert "mine.arrow is no table, and is not overwritten" in nasrank(*words)
    assert content is None or (tmp_path / "mine.arrow").read_text() == content


def test_a_report_beside_a_page_of_somebodys(nasrank, tmp_path):
    """A folder of results alone, in which nasrank has written no report yet."""
    test_a_baseline_that_is_somebodys_file(nasrank, tmp_path)
    (tmp_path / "tiny" / "README.md").write_text("mine")
    assert "tiny holds what nasrank did not write there: README.md" in nasrank("report", "tiny")
    assert json.loads((tmp_path / "tiny" / "design.json").read_text())
