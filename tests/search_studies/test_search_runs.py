"""Runs are kept task by task: whatever interrupts them, they end with the same bytes, and only what is new is done."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from killing import killed_at_every_step
from tiny_search import changed, tiny_study

from nasrank.bench.analysis.search_summary import SearchSummary
from nasrank.bench.execution import EXECUTORS, Executor, Watch
from nasrank.bench.foundation.locks import HeldError
from nasrank.bench.search_studies.folder import SearchFolder
from nasrank.bench.search_studies.run import play_all, subject_of
from nasrank.bench.search_studies.store import RunStore
from nasrank.spaces import get_enumerated

SMALL = changed(("runs = 3", "runs = 2"), ("seconds = 3000", "seconds = 1000"))


class Notes(Watch):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.ended: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def done(self, task: str, text: str = "", units: int = 1) -> None:
        del text, units
        self.ended.append(task)


def run(folder: Path, text: str = SMALL, executor: Executor | None = None) -> Notes:
    """All that is missing of a study in a folder, and its report's data anew."""
    watch, store = Notes(), RunStore(folder / "work")
    study = tiny_study(folder, text)
    play_all(study, store, executor or EXECUTORS["here"](), watch=watch)
    SearchFolder(folder / "out").keep(study, store, {part: subject_of(study, part) for part in study.parts})
    return watch


def files(folder: Path) -> dict[str, bytes]:
    """What the study came to, with what its report is made of."""
    found = {path.name: path.read_bytes() for path in (folder / "out" / "results").iterdir()}
    summary = SearchSummary.of(*SearchFolder(folder / "out").read())
    return {**found, "summary.json": summary.to_text().encode()}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    run(folder)
    return folder


@pytest.fixture
def copy(finished: Path, tmp_path: Path) -> Iterator[Path]:
    """The finished study, to be changed."""
    shutil.copytree(finished, tmp_path / "copy")
    return tmp_path / "copy"


def tasks(folder: Path) -> list[Path]:
    return sorted((folder / "work").glob("*.json"))


@pytest.mark.slow
def test_the_same_study_gives_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    watch = run(tmp_path)
    assert sorted(watch.ended) == [path.stem for path in tasks(finished)]
    assert files(tmp_path) == files(finished)
    assert set(files(finished)) == {"runs.parquet", "study.json", "summary.json"}


@pytest.mark.slow
def test_the_cost_is_said_after_the_first_runs(tmp_path: Path) -> None:
    notes = run(tmp_path).notes
    assert notes[0].startswith("Tiny searches: 4 of 4 tasks to do")
    assert notes[-1].startswith("about ")


def test_what_is_finished_is_not_done_again(copy: Path) -> None:
    before = files(copy)
    watch = run(copy)
    assert watch.notes == ["all 4 runs are finished"]
    assert watch.ended == []
    assert files(copy) == before


@pytest.mark.parametrize("lost", [[0], [1, 2], [0, 1, 2, 3]])
def test_what_is_lost_is_done_again_alone(copy: Path, lost: list[int]) -> None:
    before, every = files(copy), tasks(copy)
    for number in lost:
        every[number].unlink()
    assert sorted(run(copy).ended) == [every[number].stem for number in lost]
    assert files(copy) == before


@pytest.mark.slow
def test_a_run_that_is_killed_at_any_step_is_continued(tmp_path: Path) -> None:
    alone = SMALL[: SMALL.index("[searchers.rea]")]
    study, folder, done = tiny_study(tmp_path, alone), tmp_path / "killed", set()
    run(tmp_path, alone)
    expected = files(tmp_path)

    def work() -> None:
        play_all(study, RunStore(folder / "work"), EXECUTORS["here"]())

    def prepare() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()

    for step in killed_at_every_step(work, prepare):
        kept = {path.stem for path in tasks(folder)}
        if step % 12 == 0 or kept != done:  # enough, and after every task
            assert len(run(folder, alone).ended) == 2 - len(kept)
            assert files(folder) == expected
        done = kept
    assert len(done) == 2


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ("sample = 2", "sample = 3", "rea"),
        ('searcher = "random"', 'searcher = "random"\nobjectives = ["validation", "flops"]', "random"),
        ("[searchers.rea]", '[searchers.climber]\nsearcher = "local_search"\n\n[searchers.rea]', "climber"),
        ("[searchers.rea]", '[searchers.g]\nsearcher = "random"\nguide = { scores = "flops" }\n\n[searchers.rea]', "g"),
    ],
)
def test_a_changed_or_added_searcher_is_run_alone(copy: Path, old: str, new: str, again: str) -> None:
    watch = run(copy, changed((old, new), text=SMALL))
    assert sorted(watch.ended) == [f"cells.{again}.runs{number}-{number}" for number in (0, 1)]


@pytest.mark.slow
def test_a_searcher_of_another_source_leaves_the_others_as_they_are(copy: Path) -> None:
    """What the runs of one read is nothing to those of another."""
    latencies = f'[parts.cells.objectives.ms]\nnumbers = {{ file = "{copy}/ms.csv", column = "ms" }}\n\n'
    guided = '[searchers.g]\nsearcher = "random"\nguide = { scores = "ms" }\n\n'
    more = changed(
        ("[parts.cells.price]", f"{latencies}[parts.cells.price]"),
        ("[searchers.rea]", f"{guided}[searchers.rea]"),
        text=SMALL,
    )
    lines = [f"{get_enumerated('nb201').at(at)},{at % 17}" for at in range(1000)]
    (copy / "ms.csv").write_text("\n".join(["architecture,ms", *lines]))
    assert {task.partition(".runs")[0] for task in run(copy, more).ended} == {"cells.g"}


@pytest.mark.slow
def test_labels_and_figures_are_changed_without_any_run(copy: Path) -> None:
    before = files(copy)
    text = changed(('label = "test accuracy"', 'label = "accuracy"'), ('"some cells"', '"cells"'), text=SMALL)
    assert run(copy, text).ended == []
    after = files(copy)
    assert after["runs.parquet"] == before["runs.parquet"]
    assert after["study.json"] != before["study.json"]


def test_more_runs_begin_as_the_fewer_did(copy: Path) -> None:
    watch = run(copy, changed(("runs = 2", "runs = 3"), text=SMALL))
    assert sorted(watch.ended) == ["cells.random.runs2-2", "cells.rea.runs2-2"]
    _, table, _ = SearchFolder(copy / "out").read()
    assert sorted(set(table["run"])) == [0, 1, 2]


def test_a_damaged_task_is_named(copy: Path) -> None:
    path = tasks(copy)[0]
    path.write_text(path.read_text()[:-20])
    with pytest.raises(ValueError, match=path.name):
        run(copy)


def test_two_at_a_time_are_refused(copy: Path) -> None:
    with RunStore(copy / "work").writing(), pytest.raises(HeldError, match="another run is writing"):
        run(copy)


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_any_number_of_workers_gives_the_same_bytes(finished: Path, tmp_path: Path, jobs: int) -> None:
    run(tmp_path, SMALL, EXECUTORS["local"](jobs))
    assert files(tmp_path) == files(finished)
