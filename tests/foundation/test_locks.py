"""Locks are held by one at a time, and by nobody who has ended; then half-written files are removed, and not before."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from killing import killed_at_every_step

from nasrank.bench.foundation.files import replacing, unfinished
from nasrank.bench.foundation.locks import HeldError, held

ROOT = Path(__file__).parents[2]

HOLDER = """
import sys, time
from pathlib import Path
from nasrank.bench.foundation.locks import held
with held(Path(sys.argv[1]), "holding"):
    print("held", flush=True)
    time.sleep(1000)
"""

WRITER = """
import os, sys
from pathlib import Path
from nasrank.bench.foundation.files import replacing
for number in range(60):
    with replacing(Path(sys.argv[1])) as temporary:
        temporary.write_text(f"{os.getpid()} {number}")
"""


def started(program: str, *arguments: object) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def test_a_killed_holder_holds_nothing(tmp_path: Path):
    lock = tmp_path / "lock"
    holder = started(HOLDER, lock)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(HeldError, match=f"^another run is holding: process {holder.pid} on .+, since 20"):
            held(lock, "coming too late").__enter__()
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.communicate()
    with held(lock, "next"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_who_waits_is_next(tmp_path: Path):
    lock, order = tmp_path / "lock", []

    def wait() -> None:
        with held(lock, "waiting", wait=True):
            order.append("second")

    with held(lock, "first"):
        waiting = threading.Thread(target=wait)
        waiting.start()
        time.sleep(0.2)
        order.append("first")
    waiting.join(30)
    assert order == ["first", "second"]


def test_one_at_a_time(tmp_path: Path):
    """Also while others remove the lock that they have held."""
    inside = []

    def hold() -> None:
        for _ in range(20):
            with held(tmp_path / "lock", "holding", wait=True):
                inside.append(1)
                assert len(inside) == 1
                time.sleep(0.001)
                inside.pop()

    with ThreadPoolExecutor(4) as pool:
        for one in [pool.submit(hold) for _ in range(4)]:
            one.result()
    assert list(tmp_path.iterdir()) == []


def test_a_lock_in_a_folder_that_is_not_to_be_written_to_is_an_error_of_the_system(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        held(tmp_path / "file" / "lock", "holding").__enter__()


@pytest.mark.slow
def test_the_folder_of_a_living_writer_stays_and_that_of_a_killed_one_goes(tmp_path: Path):
    with unfinished(tmp_path) as living:
        for _ in killed_at_every_step(lambda: unfinished(tmp_path).__enter__(), lambda: None):
            with unfinished(tmp_path) as mine:
                assert {path.name for path in tmp_path.iterdir()} == {living.name, mine.name}
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_ours_is_no_abandoned_folder(tmp_path: Path):
    for name in (".unfinished-", ".unfinished-symphonies", ".unfinished-A0000000", "unfinished-00000000"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "unfinished.lock").touch()
    (tmp_path / ".unfinished-00000000").mkdir()
    (tmp_path / ".unfinished-00000000" / "score").write_text("ours have a lock")
    (tmp_path / ".unfinished-00000001").symlink_to(tmp_path / ".unfinished-symphonies")
    before = sorted(tmp_path.rglob("*"))
    with replacing(tmp_path / "file") as temporary:
        temporary.touch()
    assert sorted(tmp_path.rglob("*")) == sorted([*before, tmp_path / "file"])


@pytest.mark.slow
def test_killed_at_any_step_there_is_the_old_file_or_the_new_one(tmp_path: Path):
    path = tmp_path / "file"

    def write(text: str) -> None:
        with replacing(path) as temporary:
            temporary.write_text(text)

    seen = []
    for _ in killed_at_every_step(lambda: write("new"), lambda: write("old")):
        seen.append(path.read_text())
        write("next")
        assert list(tmp_path.iterdir()) == [path]
    assert seen == sorted(seen, reverse=True)
    assert set(seen) == {"old", "new"}


def test_a_link_is_written_through(tmp_path: Path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "disk" / "file")
    with replacing(tmp_path / "link") as temporary:
        temporary.write_text("new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "disk" / "file").read_text() == "new"


@pytest.mark.slow
def test_many_writers_of_one_file_do_not_disturb_each_other(tmp_path: Path):
    """Cases, group 1: temporary files of another were removed, which ended in FileNotFoundError."""
    writers = [started(WRITER, tmp_path / "file") for _ in range(8)]
    assert [writer.wait(120) for writer in writers] == [0] * 8
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_nothing_of_ours_asks_for_what_posix_alone_has():
    """Cases, group 4."""
    sources = [path for folder in ("spaces", "predictors", "bench") for path in (ROOT / folder).rglob("*.py")]
    assert len(sources) > 100
    assert not [path for path in sources if "fcntl" in path.read_text(encoding="utf-8")]


def test_locks_work_without_fcntl(tmp_path: Path):
    """As on Windows (cases, group 4)."""
    program = f"""
import sys
sys.modules["fcntl"] = None
import warnings
warnings.simplefilter("ignore")
from pathlib import Path
import nasrank.bench.oracles.imports.library, nasrank.bench.oracles.ask.draft
from nasrank.bench.foundation.locks import HeldError, held
lock = Path({str(tmp_path / "lock")!r})
with held(lock, "holding"):
    try:
        held(lock, "again").__enter__()
    except HeldError:
        print("refused")
with held(lock, "next"):
    print("held")
"""
    with started(program) as run:
        assert run.communicate(timeout=120)[0].split() == ["refused", "held"]
