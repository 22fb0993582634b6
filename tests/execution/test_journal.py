"""The journal of a run: what it says while the run goes on and when it ends, and that no run fails for want of it."""

from __future__ import annotations

import json
import math
import os
import shutil
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from nasrank.bench.execution import Watch
from nasrank.bench.execution.looking_on import journal as journals
from nasrank.bench.execution.looking_on.journal import JOURNAL, Journal, folder_of, journal
from nasrank.bench.execution.looking_on.reading import read_journal
from nasrank.bench.execution.looking_on.run_status import Running, State, Unsuccessful


class Heard(Watch):
    def __init__(self) -> None:
        self.heard: list[tuple[Any, ...]] = []

    def note(self, text):
        self.heard.append(("note", text))

    def expect(self, seconds, jobs):
        self.heard.append(("expect", dict(seconds), jobs))

    def begin(self, what, total, finished):
        self.heard.append(("begin", what, total, finished))

    def progress(self, task, share, figures=None):
        self.heard.append(("progress", task, share, dict(figures)))

    def failed(self, task, reason, *, lost=False):
        self.heard.append(("failed", task, reason, lost))

    def done(self, task, text="", units=1):
        self.heard.append(("done", task, text, units))

    def found(self, what, figures):
        self.heard.append(("found", what, dict(figures)))

    def end(self):
        self.heard.append(("end",))


def content(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / JOURNAL).read_text())
    return found


def kept(folder: Path, watch: Watch | None = None, **options: Any):
    return journal(folder, watch or Watch(), command="nasrank run tiny", **options)


def work(watch: Watch) -> None:
    watch.expect({"a": 60.0, "b": 60.0, "c": 60.0, "d": 60.0}, 2)
    watch.begin("all trials", 4, 1)
    watch.progress("a", 0.25, {"step": 30.0, "steps": 120.0, "loss": 2.5, "scores": [0.5, 0.25]})
    watch.progress("b", 0.5, {"loss": math.nan})
    watch.failed("b", "it diverged")
    watch.done("b", "failed: it diverged, 3 s")
    watch.failed("c", "its worker was killed", lost=True)
    watch.done("c", "lost: its worker was killed")


def test_it_says_how_the_run_stands(tmp_path):
    with kept(tmp_path / "out", every=0.01) as watch:
        work(watch)
        before = content(tmp_path / "out")["writes"]
        while content(tmp_path / "out")["writes"] < before + 2:
            time.sleep(0.005)
        found = read_journal(tmp_path / "out")
    assert found is not None
    assert (found.state, found.command, found.by) == (
        State.RUNNING,
        "nasrank run tiny",
        f"{socket.gethostname()}:{os.getpid()}",
    )
    assert (found.what, found.total, found.finished) == ("all trials", 4, 2), "what is lost is not finished"
    (one,) = found.running
    assert isinstance(one, Running)
    assert (one.task, one.share, one.figures) == ("a", 0.25, {"step": 30.0, "steps": 120.0, "loss": 2.5})
    assert found.failed == (Unsuccessful("b", "it diverged"),)
    assert found.lost == (Unsuccessful("c", "its worker was killed"),)
    assert found.left is not None
    assert 0 < found.left <= 60


def test_all_is_passed_on(tmp_path):
    heard = Heard()
    with kept(tmp_path / "out", heard) as watch:
        watch.note("a few steps")
        work(watch)
        watch.found("SPOS", {"tau": 0.5})
        watch.end()
    alone = Heard()
    alone.note("a few steps")
    work(alone)
    alone.found("SPOS", {"tau": 0.5})
    alone.end()
    assert heard.heard == alone.heard


def test_a_figure_that_is_not_finite_is_none_in_the_file(tmp_path):
    with kept(tmp_path, at_once=True) as watch:
        watch.begin("all trials", 1, 0)
        watch.progress("a", 0.5, {"loss": math.inf})
        watch.end()
        assert content(tmp_path)["running"][0]["figures"] == {"loss": None}
        found = read_journal(tmp_path)
        assert found is not None
        assert math.isnan(found.running[0].figures["loss"])
        assert found.to_json()["running"][0]["figures"] == {"loss": None}


def test_a_run_that_ends_well_leaves_none(tmp_path):
    out = tmp_path / "out"
    with kept(out) as watch:
        work(watch)
        assert (out / JOURNAL).exists()
        watch.end()
    assert not out.exists()
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "README.md").write_text("report")
    with kept(tmp_path / "report") as watch:
        work(watch)
    assert [path.name for path in (tmp_path / "report").iterdir()] == ["README.md"]


@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (KeyboardInterrupt(), State.INTERRUPTED, ""),
        (ValueError("the disk is full"), State.FAILED, "the disk is full"),
        (ZeroDivisionError("division by zero"), State.FAILED, "ZeroDivisionError: division by zero"),
    ],
    ids=["interrupted", "failed", "mistaken"],
)
def test_how_a_run_ended_that_did_not_end_well(tmp_path, error, state, reason):
    def fail():
        with kept(tmp_path) as watch:
            work(watch)
            raise error

    with pytest.raises(type(error)):
        fail()
    found = read_journal(tmp_path)
    assert found is not None
    assert (found.state, found.reason, found.finished) == (state, reason, 2)
    with kept(tmp_path):  # the same command finds all finished
        pass
    assert not (tmp_path / JOURNAL).exists()


def test_a_run_that_never_began_writes_nothing(tmp_path):
    """As one that is refused since another one writes to the folder, whose journal it must not touch."""

    def refused():
        with kept(tmp_path) as second:
            second.note("measuring a few")
            raise ValueError("another run is writing")

    with kept(tmp_path) as first:
        work(first)
        before = content(tmp_path)
        with pytest.raises(ValueError, match="another run"):
            refused()
        assert {**content(tmp_path), "writes": 0, "seconds": 0} == {**before, "writes": 0, "seconds": 0}


def test_nothing_is_written_between_two_pieces_of_work_but_what_is_noted(tmp_path):
    """Then a report may take its place, which must not be disturbed."""
    with kept(tmp_path, every=0.01) as watch:
        work(watch)
        watch.end()
        before = content(tmp_path)
        assert before["every"] is None
        time.sleep(0.05)
        assert content(tmp_path) == before
        watch.note("all 4 trials are finished")
        assert content(tmp_path)["doing"] == "all 4 trials are finished"
        watch.begin("other estimators", 3, 0)
        while content(tmp_path)["every"] is None:
            time.sleep(0.005)


def test_somebodys_file_of_that_name_is_left_alone(tmp_path):
    (tmp_path / JOURNAL).write_text('{"mine": 1}')
    heard = Heard()
    with kept(tmp_path, heard) as watch:
        work(watch)
        watch.end()
    assert (tmp_path / JOURNAL).read_text() == '{"mine": 1}'
    assert read_journal(tmp_path) is None
    notes = [one for one in heard.heard if one[0] == "note"]
    assert len(notes) == 1
    assert f"{tmp_path / JOURNAL}: it is somebody's file" in notes[0][1]


def test_a_full_disk_is_noted_once_and_stops_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(journals, "write_json", full)
    heard = Heard()
    with kept(tmp_path / "out", heard, every=0.001) as watch:
        for _ in range(3):
            work(watch)
            time.sleep(0.01)
            watch.end()
    notes = [one[1] for one in heard.heard if one[0] == "note"]
    assert len(notes) == 1
    assert "No space left on device" in notes[0]
    assert len([one for one in heard.heard if one[0] == "done"]) == 6


def test_a_folder_that_is_gone_is_made_again(tmp_path):
    with kept(tmp_path / "out", every=0.01) as watch:
        work(watch)
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        while not (tmp_path / "out" / JOURNAL).exists():
            time.sleep(0.005)


def test_no_thread_is_left(tmp_path):
    with kept(tmp_path) as watch:
        work(watch)
        assert "journal" in {thread.name for thread in threading.enumerate()}
    assert "journal" not in {thread.name for thread in threading.enumerate()}


def test_it_is_written_at_most_every_few_seconds(tmp_path):
    one = Journal(tmp_path, Watch(), command="nasrank run tiny", every=60.0)
    one.begin("all trials", 1000, 0)
    for number in range(1000):
        one.progress(f"t{number}", 0.5, {"loss": 1.0})
        one.done(f"t{number}")
    assert content(tmp_path)["writes"] == 1
    one.close("interrupted")
    assert (content(tmp_path)["writes"], content(tmp_path)["finished"]) == (2, 1000)


def test_the_folder_beside_a_file():
    assert folder_of(Path("tables/digits.arrow")) == Path("tables/digits")
    assert folder_of(Path("tables/digits")) == Path("tables/digits-run"), "which is the table itself"
