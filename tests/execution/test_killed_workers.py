"""Workers that the system kills, as for want of memory: one line, the rest is kept (cases, groups 3 and 10)."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pandas as pd
import psutil
import pytest
from small_live import TEXT as SEARCH
from tiny import TINY

ROOT = Path(__file__).parents[2]

ENDLESS = """
[variants.endless]
strategy = "spos"
label = "endless"
training = { passes = 10_000_000 }
"""

pytestmark = pytest.mark.slow


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `nasrank` in `tmp_path`; whatever is left of it is killed in the end."""
    groups = []

    def begin(*words: str) -> subprocess.Popen[str]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "NASRANK_CACHE": str(tmp_path / "cache")}
        process = subprocess.Popen(
            [sys.executable, "-m", "nasrank", *words],
            env=environment,
            cwd=tmp_path,
            start_new_session=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        groups.append(process)
        return process

    yield begin
    for process in groups:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def kill_workers(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Kill every worker that there is, until the command ends: its exit code and what it said."""
    deadline = time.monotonic() + 200
    while process.poll() is None:
        assert time.monotonic() < deadline
        with suppress(psutil.NoSuchProcess):
            for child in psutil.Process(process.pid).children():
                if "spawn_main" in " ".join(child.cmdline()):
                    child.kill()
        time.sleep(0.1)
    said, complained = process.communicate()
    return process.returncode, said, complained


def test_a_run_goes_on_with_the_other_trials_and_names_those_that_were_lost(start, tmp_path):
    study = TINY.replace("seeds = [0, 1]", "seeds = [0]", 1) + ENDLESS
    (tmp_path / "tiny.toml").write_text(study)
    process = start("run", "tiny.toml", "--jobs", "1")
    finished = ["spos-plain-seed0", "spos-landmark-seed0"]
    deadline = time.monotonic() + 200
    while len(list(tmp_path.glob(".nasrank/*/spos-*.json"))) < 2:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    code, said, complained = kill_workers(process)
    assert code == 2, complained
    assert complained.count("\n") == 1
    assert "killed the worker of endless-plain-seed0, endless-landmark-seed0" in complained
    assert "2 of 4 trials are finished and kept: give the same command again, with fewer --jobs" in complained
    assert "lost: its worker was killed" in said
    assert {path.stem for path in tmp_path.glob(".nasrank/*/*-seed*.json")} == set(finished)


def test_tabulate_does_as_run_does(start):
    words = ("--cells", "2", "--seeds", "1", "--epochs", "100000", "--channels", "2", "--train-images", "50")
    words += ("--batch-size", "16", "--jobs", "1")
    code, _, complained = kill_workers(start("tabulate", "nb201", *words))
    assert code == 2, complained
    assert complained.count("\n") == 1
    assert "the system killed the worker of |" in complained
    assert "0 networks are finished and kept" in complained


def test_a_run_that_is_killed_goes_on_within_its_trials(start, tmp_path):
    """Every step leaves a checkpoint; what was killed, driver and worker, ends with the results of what was not."""
    study = TINY.replace("seeds = [0, 1]", "seeds = [0]", 1).replace("passes = 4", "passes = 200")
    (tmp_path / "tiny.toml").write_text(study)
    words = ("run", "tiny.toml", "--jobs", "1", "--work", "killed", "--out", "first")
    process = start(*words, "--checkpoint-minutes", "0")
    deadline = time.monotonic() + 200
    while not list(tmp_path.glob("killed/*/checkpoints/*/checkpoint.json")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    said, complained = (again := start(*words)).communicate()
    assert again.returncode == 0, complained
    assert re.search(r"spos-\w+-seed0: goes on after step \d+", said)
    assert not list(tmp_path.glob("killed/*/checkpoints"))
    whole = start("run", "tiny.toml", "--jobs", "1", "--work", "whole", "--out", "second")
    assert whole.communicate()
    assert whole.returncode == 0
    for name in ("spos-plain-seed0", "spos-landmark-seed0"):
        one, other = (
            json.loads((tmp_path / out / "results" / f"{name}.json").read_text()) for out in ("first", "second")
        )
        assert {**one, "seconds": {}, "phases": []} == {**other, "seconds": {}, "phases": []}


def networks_in(folder: Path) -> list[Path]:
    """Files of the networks that the first random search has trained."""
    return [one for one in folder.glob("killed/*/networks/random.run0-*/*.json") if one.name != "settings.json"]


def test_a_live_search_whose_worker_is_killed_goes_on_with_its_networks(start, tmp_path):
    study = SEARCH.replace("evaluations = 4", "evaluations = 12")
    (tmp_path / "search.toml").write_text(study)
    words = ("run", "search.toml", "--jobs", "1", "--work", "killed", "--out", "first")
    process = start(*words)
    deadline = time.monotonic() + 200
    while len(kept := networks_in(tmp_path)) < 3:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    code, _, complained = kill_workers(process)
    assert code == 2, complained
    assert complained.count("\n") == 1
    assert "give the same command again" in complained
    written = {path: path.stat().st_mtime_ns for path in kept}
    _, complained = (again := start(*words)).communicate()
    assert again.returncode == 0, complained
    assert {path: path.stat().st_mtime_ns for path in kept} == written
    whole = start(*words[:-3], "whole", "--out", "second")
    _, complained = whole.communicate()
    assert whole.returncode == 0, complained
    one, other = (pd.read_parquet(tmp_path / out / "results" / "searches.parquet") for out in ("first", "second"))
    pd.testing.assert_frame_equal(one, other)
