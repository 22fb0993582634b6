"""Folders of results without estimates, as they were before estimates were stored, in today's commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from first_format import design_in_first_format, trial_in_first_format
from tiny import TINY

from nasrank.bench.runner.label_sets import estimates_of
from nasrank.bench.runner.results import Store

OUT = Path("runs") / "tiny"
ESTIMATES = {
    "estimate.best_on_labels.spos.seed0.json",
    "estimate.best_on_labels.spos.seed1.json",
    "estimate.label_matched.spos.seed0.json",
    "estimate.label_matched.spos.seed1.json",
    "estimate.multiply_adds.seed0.json",
    "estimate.parameters.seed0.json",
}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def record(folder: Path) -> set[str]:
    """The files that nasrank says are its own."""
    return set(json.loads((folder / "nasrank.json").read_text())["files"])


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> dict[str, bytes]:
    """All files of a report of the tiny study, run once."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "tiny.toml").write_text(TINY)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr("sys.argv", ["nasrank", "run", "tiny.toml", "--executor", "here"])
        from nasrank.bench.commands.main import main

        with pytest.raises(SystemExit) as end:
            main()
        assert not end.value.code
        return contents(OUT)


@pytest.fixture
def folder(trained, tmp_path, monkeypatch) -> Path:
    """A folder of one's own with that report, where nothing can be trained."""
    monkeypatch.chdir(tmp_path)
    for name, content in trained.items():
        path = OUT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def refuse(*_: object) -> None:
        raise AssertionError("nothing is to be trained")

    monkeypatch.setattr("nasrank.bench.runner.trial.run_trial", refuse)
    return OUT


def without_estimates(folder: Path) -> None:
    """As a version of nasrank left it that stored none: neither files nor their names in the record."""
    path = folder / "nasrank.json"
    content = json.loads(path.read_text())
    content["files"] = [name for name in content["files"] if "estimate." not in name]
    path.write_text(json.dumps(content))
    for one in folder.rglob("estimate.*"):
        one.unlink()


def in_first_format(results: Path) -> None:
    """The same results as the first version of nasrank wrote them."""
    found = Store(results).read()
    (results / "design.json").write_text(json.dumps(design_in_first_format(found.design)))
    for trial in found.design.trials:
        content = trial_in_first_format(found.trials[trial.name], trial, found.design)
        (results / f"{trial.name}.json").write_text(json.dumps(content))


def scores(results: Path) -> dict[str, object]:
    return {path.name: json.loads(path.read_text())["scores"] for path in results.glob("*-seed*.json")}


@pytest.mark.slow
def test_a_run_stores_them_and_records_their_files(trained, folder):
    assert {Path(name).name for name in trained if "estimate." in name} == ESTIMATES
    assert {f"results/{name}" for name in ESTIMATES} <= record(folder)


@pytest.mark.slow
def test_a_report_makes_what_is_missing_and_the_next_changes_nothing(trained, folder, command):
    without_estimates(folder)
    (folder / "mine.txt").write_text("mine")
    code, said, complained = command("report", folder)
    assert code == 0, complained
    assert "trials to run" not in said
    once = contents(folder)
    assert once.keys() == {*trained, "mine.txt"}
    assert {f"results/{name}" for name in ESTIMATES} <= record(folder)
    assert record(folder) == once.keys() - {"mine.txt", "nasrank.json"}
    tables = {"table.csv", "table.md", "table.tex", "summary.json", "index.html"}
    assert {name: once[name] for name in tables} == {name: trained[name] for name in tables}
    trials = {name for name in trained if name.startswith("results/") and "estimate." not in name}
    assert {name: once[name] for name in trials} == {name: trained[name] for name in trials}
    assert command("report", folder)[0] == 0
    assert contents(folder) == once


@pytest.mark.slow
def test_so_it_does_in_a_folder_of_results_alone(folder, command):
    without_estimates(folder)
    alone = (folder / "results").rename("alone")
    code, _, complained = command("report", alone)
    assert code == 0, complained
    once = contents(alone)
    assert once.keys() >= {"table.md", *ESTIMATES}
    assert command("report", alone)[0] == 0
    assert contents(alone) == once


@pytest.mark.slow
def test_results_of_the_first_format_are_completed_in_todays(trained, folder, command):
    without_estimates(folder)
    in_first_format(folder / "results")
    assert "format" not in json.loads((folder / "results" / "design.json").read_text())
    assert command("report", folder)[0] == 0
    once = contents(folder)
    assert once.keys() == trained.keys()
    assert once["table.csv"] == trained["table.csv"]
    assert once["results/design.json"] == trained["results/design.json"]
    assert all(json.loads(once[name])["format"] == 2 for name in once if name.startswith("results/"))
    assert command("report", folder)[0] == 0
    assert contents(folder) == once


@pytest.mark.slow
def test_one_that_was_altered_ends_a_report_in_a_line(folder, command):
    path = folder / "results" / "estimate.parameters.seed0.json"
    content = json.loads(path.read_text())
    content["scores"]["parameters"].pop()
    path.write_text(json.dumps(content))
    before = contents(folder)
    code, _, complained = command("report", folder)
    assert code == 2
    assert f"{path} is not the result of estimate.parameters.seed0: scores.parameters: 19 values" in complained
    assert complained.count("\n") == 1
    assert contents(folder) == before


@pytest.mark.slow
def test_a_run_goes_on_in_todays_format_from_results_of_the_first(trained, folder, command):
    without_estimates(folder)
    old = folder / "results"
    in_first_format(old)
    before = contents(folder)
    Path("mine.toml").write_text(TINY)
    code, said, complained = command("run", "mine.toml", "--reuse", folder, "--executor", "here")
    assert code == 0, complained
    assert "4 trials taken over from runs/tiny" in said
    assert "trials to run" not in said
    mine = Path("runs") / "mine" / "results"
    assert contents(folder) == before
    assert scores(mine) == scores(old)
    assert {path.name for path in mine.glob("estimate.*")} == ESTIMATES
    assert all(json.loads(path.read_text())["format"] == 2 for path in mine.glob("*.json"))
    design = json.loads((mine / "design.json").read_text())
    assert design == json.loads(trained["results/design.json"])
    assert estimates_of(Store(mine).read().design)
    again = command("run", "mine.toml", "--executor", "here")
    assert again[0] == 0
    assert "all 4 trials are finished" in again[1]
