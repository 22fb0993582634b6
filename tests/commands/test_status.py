"""`nasrank status`: what it says of runs that go on, that ended one way or another, and of folders without one."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tiny import TINY

from nasrank.bench.commands import watching
from nasrank.bench.commands.status import status_of
from nasrank.bench.commands.watching import watched
from nasrank.bench.execution import Watch
from nasrank.bench.execution.looking_on.journal import JOURNAL, Journal
from nasrank.bench.execution.looking_on.run_status import RunStatus, State
from nasrank.bench.foundation.terminal import Terminal


@pytest.fixture
def going_on(tmp_path):
    one = Journal(tmp_path / "out", Watch(), command="nasrank run tiny --out out", every=60.0)
    one.expect({f"t{number}": 600.0 for number in range(24)}, 2)
    one.begin("all trials", 24, 4)
    one.failed("gdas-seed0", "the outputs of 3 of 20 scored architectures are not finite")
    one.progress("spos-seed1", 0.43, {"step": 1200.0, "steps": 9375.0, "loss": 2.307})
    one.failed("spos-seed2", "its worker was killed", lost=True)
    yield one
    one.close("interrupted")


def test_a_run_that_goes_on(command, going_on, tmp_path):
    going_on.close("running")  # which writes it
    code, out, err = command("status", tmp_path / "out")
    assert (code, err) == (0, "")
    assert re.sub(r"since \S+, for 0:0\d", "since T, for 0:00", out).splitlines() == [
        f"{tmp_path / 'out'}: running",
        "  nasrank run tiny --out out",
        f"  process {socket.gethostname()}:{os.getpid()}, since T, for 0:00",
        "  all trials: 4 of 24 done, 1 failed, 1 lost, left about 2 h 0 min",
        "  running:",
        "    spos-seed1: 43%, for 0:00, step 1,200 of 9,375, loss 2.31",
        "  failed:",
        "    gdas-seed0: the outputs of 3 of 20 scored architectures are not finite",
        "  lost:",
        "    spos-seed2: its worker was killed",
    ]


def test_the_same_for_scripts(command, going_on, tmp_path):
    going_on.close("running")
    code, out, err = command("status", tmp_path / "out", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["state"] == "running"
    assert (found["finished"], found["total"]) == (4, 24)
    assert found["running"][0]["figures"]["step"] == 1200
    assert found["lost"] == [{"task": "spos-seed2", "reason": "its worker was killed"}]


def test_one_that_was_interrupted_goes_on_with_the_same_command(command, going_on, tmp_path):
    going_on.close("interrupted")
    code, out, _ = command("status", tmp_path / "out")
    assert code == 0
    assert out.startswith(f"{tmp_path / 'out'}: interrupted\n")
    assert "  was running:\n" in out
    assert "left about" not in out
    assert out.endswith("what was finished is kept; the same command goes on\n")


def test_failures_are_named_as_far_as_one_can_read_them(command, going_on, tmp_path):
    for number in range(30):
        going_on.failed(f"t{number}", "it diverged")
    going_on.close("failed", "the disk is full")
    _, out, _ = command("status", tmp_path / "out")
    assert ": failed: the disk is full" in out
    assert ", 31 failed, 1 lost" in out
    assert "    and 11 more" in out


def test_the_run_of_a_file_is_found_by_the_file(command, tmp_path):
    """As those of `nasrank tabulate` and `nasrank score`."""
    with watched(Terminal(), tmp_path / "digits") as watch:
        watch.begin("networks", 3, 0)
        code, out, _ = command("status", tmp_path / "digits.arrow")
        assert code == 0
        assert "networks: 0 of 3 done" in out
    (tmp_path / "digits.arrow").touch()
    assert command("status", tmp_path / "digits.arrow")[1].startswith(f"{tmp_path / 'digits.arrow'}: finished\n")


@pytest.mark.parametrize("place", [".", "missing", "notes.txt"])
def test_where_there_is_no_run(command, tmp_path, place):
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "README.md").write_text("mine")
    code, out, err = command("status", tmp_path / place)
    assert (code, out) == (2, "")
    assert (
        err.replace("\n", " ").strip()
        == f"nasrank: {tmp_path / place} holds no run: neither one that goes on nor a report"
    )


def test_a_damaged_journal_is_one_line(command, going_on, tmp_path):
    going_on.close("running")
    path = tmp_path / "out" / JOURNAL
    path.write_text(json.dumps({**json.loads(path.read_text()), "writes": "many"}))
    code, _, err = command("status", tmp_path / "out")
    assert code == 2
    assert err == f"nasrank: {path} is damaged: writes\n"


def test_committed_reports_are_finished(command):
    """Of super-nets, whose trials are counted, and of other kinds."""
    reports = Path(__file__).parents[2] / "reports"
    assert "  all trials: 24 of 24 done\n" in command("status", reports / "nb201")[1]
    assert command("status", reports / "zero-cost")[1].startswith(f"{reports / 'zero-cost'}: finished\n")


def test_a_trial_that_failed_is_named_by_the_results(command, tmp_path):
    (tmp_path / "results").mkdir()
    for name in ("index.html", "summary.json"):
        (tmp_path / name).write_text("{}")
    for name, failure in (("a", None), ("b", "it diverged")):
        (tmp_path / "results" / f"{name}.json").write_text(json.dumps({"trial": name, "failure": failure}))
    (tmp_path / "results" / "design.json").write_text("{}")
    files = ["results/a.json", "results/b.json", "results/design.json", "table.csv"]
    (tmp_path / "nasrank.json").write_text(json.dumps({"files": files}))
    out = command("status", tmp_path)[1]
    assert "  all trials: 2 of 2 done, 1 failed\n" in out
    assert "    b: it diverged\n" in out


@pytest.mark.slow
def test_it_answers_without_torch():
    asked = (
        "import sys; sys.argv = ['nasrank', 'status', 'reports/nb201']\nfrom nasrank.bench.commands.main import main\n"
    )
    said = "try:\n    main()\nfinally:\n    print(sorted({'torch', 'pandas', 'pyarrow'} & set(sys.modules)))"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", asked + said], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout.splitlines()[0] == "reports/nb201: finished"
    assert done.stdout.splitlines()[-1] == "[]"


NASRANK = """
import signal
from nasrank.bench.commands.main import main
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a shell started the tests with &
    main()
"""


@contextmanager
def run_until(folder: Path, passes: int, reached: Callable[[RunStatus], bool]) -> Iterator[subprocess.Popen[bytes]]:
    """The process of a run of a tiny study with so many passes, once its status says so; killed with the block."""
    (folder / "tiny.toml").write_text(TINY.replace("passes = 4", f"passes = {passes}"))
    words = [sys.executable, "-c", NASRANK, "run", "tiny.toml", "--jobs", "1", "--out", "out"]
    with (folder / "log").open("w") as log:
        run = subprocess.Popen(words, cwd=folder, stdout=log, stderr=log, start_new_session=True)
    try:
        deadline = time.monotonic() + 120
        while not ((found := status_of(folder / "out")) and reached(found)):
            assert run.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.2)
        yield run
    finally:
        run.kill()
        run.wait()


@pytest.mark.slow
def test_ctrl_c_is_written_down_and_the_run_goes_on_from_there(command, tmp_path, monkeypatch):
    with run_until(tmp_path, 300, lambda status: bool(status.finished)) as run:
        os.killpg(run.pid, signal.SIGINT)
        assert run.wait(60) == 130, (tmp_path / "log").read_text()
    found = status_of(tmp_path / "out")
    assert found is not None
    assert (found.state, found.by) == (State.INTERRUPTED, f"{socket.gethostname()}:{run.pid}")
    assert found.total == 4
    assert found.finished in (1, 2, 3)
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / ".nasrank").rglob("spos-*.json")}
    assert len(kept) == found.finished
    monkeypatch.chdir(tmp_path)
    code, out, err = command("run", "tiny.toml", "--jobs", "1", "--out", "out")
    assert (code, err) == (0, "")
    assert f"{found.finished} of 4 trials are finished already" in out
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert not (tmp_path / "out" / JOURNAL).exists()
    assert "4 of 4 done" in command("status", "out")[1]


@pytest.mark.slow
def test_a_driver_that_is_killed_is_known_to_be(command, tmp_path):
    with run_until(tmp_path, 20000, lambda status: bool(status.running)) as run:
        run.kill()
        run.wait()
        code, out, _ = command("status", tmp_path / "out")
    assert code == 0
    assert out.startswith(f"{tmp_path / 'out'}: killed: its process is gone; last heard of at 20")
    assert "  all trials: 0 of 4 done\n  was running:\n    spos-" in out


def test_the_journal_says_which_command_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr(watching.sys, "argv", ["/somewhere/nasrank", "run", "my study.toml"])
    with watched(Terminal(), tmp_path, at_once=True):
        found = status_of(tmp_path)
    assert found is not None
    assert found.command == "nasrank run 'my study.toml'"
