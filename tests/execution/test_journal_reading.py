"""Whether a run is still there, by its journal alone, and without trust in clocks of other machines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nasrank.bench.execution import Watch
from nasrank.bench.execution.looking_on.journal import JOURNAL, Journal
from nasrank.bench.execution.looking_on.reading import read_journal
from nasrank.bench.execution.looking_on.run_status import Running, RunStatus, State, Unsuccessful


@pytest.fixture
def written(tmp_path):
    """The folder of a run that goes on."""
    one = Journal(tmp_path, Watch(), command="nasrank run tiny", every=60.0)
    one.begin("all trials", 4, 1)
    yield tmp_path
    one.close("interrupted")


def change(folder: Path, **changes: Any) -> None:
    content = json.loads((folder / JOURNAL).read_text())
    (folder / JOURNAL).write_text(json.dumps({**content, **changes}))


def status(folder: Path, sleep=lambda seconds: pytest.fail("it need not be watched")) -> RunStatus:
    found = read_journal(folder, sleep)
    assert found is not None
    return found


def test_one_that_is_there(written):
    assert status(written).state == State.RUNNING


def test_one_whose_process_is_gone(written):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    change(written, process=gone.pid)
    found = status(written)
    assert found.state == State.KILLED
    assert "its process is gone; last heard of at 20" in found.reason


def test_one_of_another_machine_that_goes_on_writing(written):
    """Its clock is years behind."""
    change(written, host="elsewhere", written="2001-01-01T00:00:00+00:00", every=3.0)
    found = status(written, lambda seconds: change(written, writes=100, finished=3))
    assert (found.state, found.by, found.finished) == (State.RUNNING, f"elsewhere:{os.getpid()}", 3)


def test_one_of_another_machine_that_does_not_write(written):
    """Its clock is years ahead."""
    change(written, host="elsewhere", written="2101-01-01T00:00:00+00:00", every=3.0)
    waited: list[float] = []
    found = status(written, waited.append)
    assert found.state == State.SILENT
    assert "not written for 12 s while it was watched" in found.reason
    assert "last heard of at 2101-01-01T00:00:00+00:00 by the clock of elsewhere" in found.reason
    assert sum(waited) == 12


def test_one_here_that_should_have_written_long_ago(written):
    """It hangs, or its number is that of another process by now."""
    change(written, written="2001-01-01T00:00:00+00:00", every=3.0)
    assert status(written, lambda seconds: None).state == State.SILENT


def test_one_that_is_between_two_pieces_of_work(written):
    change(written, every=None)
    assert status(written).state == State.RUNNING
    change(written, host="elsewhere")
    found = status(written)
    assert found.state == State.SILENT
    assert "cannot be told from here" in found.reason


def test_one_that_ends_while_it_is_watched(written):
    change(written, host="elsewhere", every=3.0)
    assert read_journal(written, lambda seconds: (written / JOURNAL).unlink()) is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 2}, "was written by another version of nasrank"),
        ({"process": "mine"}, "is damaged: process"),
        ({"running": 3}, "is damaged: "),
        ({"running": [{"mine": 3}]}, "is damaged: "),
        ({"state": "bored"}, "is damaged: 'bored' is not a valid State"),
    ],
)
def test_what_is_no_journal_of_ours_is_refused(written, changes, message):
    change(written, **changes)
    with pytest.raises(ValueError, match=message):
        read_journal(written)


def test_where_there_is_none(tmp_path):
    assert read_journal(tmp_path) is None
    assert read_journal(tmp_path / "missing") is None
    (tmp_path / JOURNAL).write_bytes(b"\xff\xfe")
    assert read_journal(tmp_path) is None


def test_workers_tell_who_does_what():
    """Of the process that planned the run, and of those that share its folder."""
    planned = RunStatus(
        State.KILLED,
        reason="its process is gone",
        command="nasrank run tiny",
        total=10,
        finished=3,
        running=(Running("a", 0.25, figures={"loss": 2.0, "step": 1.0}), Running("b", 0.5)),
        failed=(Unsuccessful("c", "it diverged"),),
        left=60.0,
    )
    workers = RunStatus(
        State.RUNNING,
        finished=5,
        running=(Running("a", 0.5, 12.0, "node7:12", {"step": 2.0}), Running("d", 0.1, 3.0, "node8:13")),
        lost=(Unsuccessful("e", "3 workers died"),),
    )
    both = planned.with_workers(workers)
    assert (both.state, both.reason, both.command) == (State.RUNNING, "", "nasrank run tiny")
    assert (both.total, both.finished, both.left) == (10, 5, 60.0)
    assert both.running == (
        Running("a", 0.5, 12.0, "node7:12", {"loss": 2.0, "step": 2.0}),
        Running("b", 0.5),
        Running("d", 0.1, 3.0, "node8:13"),
    )
    assert both.failed == planned.failed
    assert both.lost == workers.lost
    nobody = RunStatus(State.SILENT, reason="no worker is there")
    assert planned.with_workers(nobody).state == State.KILLED
