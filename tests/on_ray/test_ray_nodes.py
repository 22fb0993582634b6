"""Nodes that die while a study runs, and drivers that do: nothing is lost, and the results are those of a local run."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from ray.cluster_utils import Cluster

from nasrank.bench.execution import EXECUTORS, NO_FIGURES, Figures, Resources, Watch
from nasrank.bench.runner.execute import execute
from nasrank.bench.runner.resolve import resolve
from nasrank.bench.runner.results import Store
from nasrank.bench.studies.study_file import load_study

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def longer(study_text: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of four trials, each of which takes seconds."""
    path = tmp_path_factory.mktemp("longer") / "longer.toml"
    path.write_text(study_text.replace('["spos", "gdas"]', '["spos"]').replace("passes = 12", "passes = 150"))
    return path


@pytest.fixture(scope="module")
def expected(longer: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What comes of it in this process."""
    design, truth, _ = resolve(load_study(longer))
    store = Store(tmp_path_factory.mktemp("expected") / "results")
    execute(design, truth, store, EXECUTORS["here"]())
    return contents(store.folder)


def contents(folder: Path) -> dict[str, bytes]:
    """Of each file, by name, but for when trials were computed and how long that took."""
    times = re.compile(rb'^ ("seconds": {.*?^ }|"phases": \[.*?^ \]),?$', re.MULTILINE | re.DOTALL)
    return {path.name: times.sub(b"", path.read_bytes()) for path in folder.iterdir() if path.suffix == ".json"}


class Killing(Watch):
    """Kills the raylet of a node that is busy, and has a new node join, so many times.

    Attributes:
        left: times that it has still to.
    """

    def __init__(self, cluster: Cluster, times: int) -> None:
        self._cluster, self.left = cluster, times
        self.shares: dict[str, list[float]] = {}
        self.lost: list[str] = []

    def progress(self, task: str, share: float, figures: Figures = NO_FIGURES) -> None:
        del figures
        self.shares.setdefault(task, []).append(share)
        busy = [task for task, shares in self.shares.items() if shares[-1] < 0.7]
        if len(busy) == 2 and self.left:  # both of the nodes that have a core
            self.left -= 1
            self._cluster.add_node(num_cpus=1)
            self._cluster.remove_node(next(iter(self._cluster.worker_nodes)), allow_graceful=False)

    def done(self, task: str, text: str = "", units: int = 1) -> None:
        del units
        if text.startswith("lost"):
            self.lost.append(task)


def test_a_study_loses_nothing_with_nodes_that_are_killed(cluster, longer, expected, tmp_path):
    design, truth, _ = resolve(load_study(longer))
    watch = Killing(cluster, times=2)
    executor = EXECUTORS["ray"].with_resources(Resources(address=cluster.address))
    execute(design, truth, Store(tmp_path / "results"), executor, watch=watch)
    assert contents(tmp_path / "results") == expected
    assert not watch.left, "as many busy nodes were killed as were to be"
    assert not watch.lost


@contextmanager
def nasrank(folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """The command, in a group of processes of its own, of which nothing is left after the block."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, *words],
        cwd=folder,
        env=environment,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


COMMAND = """
import signal
from nasrank.bench.commands.main import main
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a shell started the tests with &
main()
"""


def results(folder: Path) -> list[Path]:
    return list(folder.glob(".nasrank/*/*-seed*.json"))


def wait_for_one(process: subprocess.Popen[str], folder: Path) -> None:
    """Until a trial is finished, and others are not."""
    deadline = time.monotonic() + 200
    while not results(folder):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_driver_that_is_killed_goes_on_where_it_was(cluster, longer, expected, tmp_path):
    words = ("run", str(longer), "--executor", "ray", "--address", cluster.address)
    with nasrank(tmp_path, *words) as process:
        wait_for_one(process, tmp_path)
        process.kill()
    before = {path: path.stat().st_mtime_ns for path in results(tmp_path)}
    assert 1 <= len(before) < 4
    with nasrank(tmp_path, *words) as process:
        said, _ = process.communicate(timeout=300)
    assert process.returncode == 0, said
    assert f"{len(before)} of 4 trials are finished already" in said
    assert "with 2 worker(s)" in said
    assert "ray" not in said.lower().replace(str(tmp_path), ""), "Ray itself says nothing"
    assert {path: path.stat().st_mtime_ns for path in results(tmp_path)}.items() >= before.items()
    assert contents(tmp_path / "runs" / "longer" / "results") == expected


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_on_a_cluster_of_its_own_leaves_what_is_finished_alone(number, longer, tmp_path):
    with nasrank(tmp_path, "run", str(longer), "--executor", "ray", "--jobs", "1") as process:
        wait_for_one(process, tmp_path)
        started = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, number)  # as a terminal does
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert said.count("interrupted; give the same command again: what was finished is kept") == 1
    assert "Traceback" not in said
    assert len(started) > 3
    assert not psutil.wait_procs(started, timeout=20)[1]
    assert results(tmp_path)
