"""Training in worker processes: nothing changes a number, and what is finished is not repeated."""

from __future__ import annotations

import multiprocessing
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from nasrank.bench.execution import Watch
from nasrank.bench.execution.here import Here
from nasrank.bench.execution.local import Local
from nasrank.bench.tabulation import settings
from nasrank.bench.tabulation.execute import estimate_seconds, pending, train_pending
from nasrank.bench.tabulation.store import SETTINGS_FILE, Networks


class Heard(Watch):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def done(self, task: str, text: str = "", units: int = 1) -> None:
        self.lines.append(f"{task} {text} {units}")


def networks_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.json") if path.name != SETTINGS_FILE)


def without_time(runs):
    return {key: replace(run, seconds=0.0) for key, run in runs.items()}


@pytest.mark.slow
def test_two_workers_give_what_training_without_them_gives(finished: Networks, training, architectures, tmp_path):
    store = Networks(tmp_path, training)
    train_pending(training, pending(store, architectures[:4], 2), store, Local(2))
    assert len(store.runs) == 8
    assert without_time(store.runs) == {key: without_time(finished.runs)[key] for key in store.runs}
    assert Networks(tmp_path, training).runs == store.runs
    assert not multiprocessing.active_children()


@pytest.mark.slow
def test_what_is_missing_is_trained_and_no_more(finished: Networks, training, architectures, tmp_path):
    shutil.copytree(finished.folder, tmp_path, dirs_exist_ok=True)
    kept = {path: path.stat().st_mtime_ns for path in networks_in(tmp_path)[3:]}
    for path in networks_in(tmp_path)[:3]:
        path.unlink()
    store = Networks(tmp_path, training)
    todo = pending(store, architectures, 2)
    assert sum(len(seeds) for _, seeds in todo) == 3
    train_pending(training, todo, store, Local(1))
    assert len(networks_in(tmp_path)) == len(finished.runs)
    assert all(path.stat().st_mtime_ns == time for path, time in kept.items())
    assert without_time(Networks(tmp_path, training).runs) == without_time(finished.runs)


def test_more_seeds_go_on_from_fewer(finished: Networks, architectures):
    assert pending(finished, architectures, 2) == []
    assert pending(finished, architectures, 3) == [(one, (2,)) for one in architectures]


@pytest.mark.slow
def test_a_failure_is_told_kept_and_not_repeated(training, architectures, tmp_path, monkeypatch):
    monkeypatch.setitem(settings.MOST, "learning_rate", 1e38)
    wild = replace(training, learning_rate=1e38)
    heard, store = Heard(), Networks(tmp_path, wild)
    train_pending(wild, pending(store, architectures[:1], 1), store, Here(), watch=heard)
    (failure,) = (run.failure for run in Networks(tmp_path, wild).runs.values())
    assert heard.lines == [f"{architectures[0]} seed 0: {failure} 1"]
    assert pending(Networks(tmp_path, wild), architectures[:1], 1) == []


@pytest.mark.slow
def test_an_error_in_a_worker_is_raised_here(training, architectures, tmp_path):
    impossible = replace(training, training_images=10_000)
    store = Networks(tmp_path, impossible)
    with pytest.raises(ValueError, match="cannot draw 10000 "):
        train_pending(impossible, [(architectures[0], (0,))], store, Local(1))
    assert not multiprocessing.active_children()


@pytest.mark.slow
def test_the_estimate_is_of_the_right_size(training, architectures, finished: Networks):
    """By the number of networks, of steps and of images; how long one takes is the machine's."""
    todo = [(one, (0, 1)) for one in architectures]
    spent = sum(run.seconds for run in finished.runs.values())
    assert spent / 20 < estimate_seconds(training, todo) < spent * 20
    longer = estimate_seconds(replace(training, epochs=500), todo)
    assert longer > 20 * estimate_seconds(training, todo[:2])
