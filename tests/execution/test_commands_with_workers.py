"""Every command that computes gives with workers what it gives without, byte for byte but for times."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from tiny import TINY

from nasrank.bench.execution.shared_folder.worker import Worker
from nasrank.bench.foundation.interrupts import Ending
from nasrank.bench.oracles import Table
from nasrank.bench.scoring.sheet import read_scores

ROOT = Path(__file__).parents[1]

Command = Callable[..., tuple[int, str, str]]

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@contextmanager
def a_worker(folder: Path) -> Iterator[list[str]]:
    """One that is there before the folder is; what it says."""
    said: list[str] = []
    ending = Ending()
    worker = Worker(folder, patience=60.0, ending=ending, say=said.append)
    thread = threading.Thread(target=lambda: said.append(worker.work()))
    thread.start()
    try:
        yield said
        thread.join(20)
    finally:
        ending.set()
        thread.join()
    assert said[-1] == Worker.ALL_DONE
    assert not (folder / "queue").exists()


def both(command: Command, tasks: int, *words: object, suffix: str = "") -> tuple[Path, Path]:
    """Where the same command has put what it found, by this process and by a worker."""
    code, _, errors = command(*words, "--executor", "here", "--work", "work-here", "--out", f"here{suffix}")
    assert code == 0, errors
    with a_worker(Path("workers")) as said:
        code, _, errors = command(*words, "--executor", "workers", "--work", "work", "--out", f"workers{suffix}")
        assert code == 0, errors
    assert sum(": done (" in one for one in said) == tasks
    return Path(f"here{suffix}"), Path(f"workers{suffix}")


def contents(folder: Path) -> dict[str, dict[str, object]]:
    """Of all files, without times."""
    found = {str(path.relative_to(folder)): json.loads(path.read_text()) for path in folder.rglob("*.json")}
    return {
        name: {key: value for key, value in content.items() if key not in ("seconds", "phases")}
        for name, content in found.items()
    }


def test_run(command: Command) -> None:
    Path("tiny.toml").write_text(TINY)
    here, workers = both(command, 4 + 6, "run", "tiny.toml", "--keep-weights")
    assert len(contents(workers / "results")) == 11
    assert contents(workers / "results") == contents(here / "results")
    assert len(contents(workers / "supernets")) == 4
    assert contents(workers / "supernets") == contents(here / "supernets"), "with checksums of the weights"


def test_score(command: Command) -> None:
    words = ("score", "nb201", "--data", "digits", "--channels", 2, "--batch", 8, "--cells", 12, "--proxies", "synflow")
    here, workers = both(command, 1, *words, suffix=".parquet")
    one, other = read_scores(here), read_scores(workers)
    assert one.architectures == other.architectures
    assert one.scores["synflow"].tobytes() == other.scores["synflow"].tobytes()


def test_tabulate(command: Command) -> None:
    words = ("tabulate", "nb201", "--cells", 3, "--seeds", 2, "--epochs", 2, "--channels", 2, "--train-images", 64)
    here, workers = both(command, 3, *words, "--test-images", 40, "--name", "t", "--replace", suffix=".arrow")
    one, other = Table.open(here, "t"), Table.open(workers, "t")
    assert len(one.columns) > 4
    for column in one.columns:
        if "seconds" not in column.unit:
            assert one.whole(column).tobytes() == other.whole(column).tobytes()


def test_search(command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from tiny_search import changed, put_tables

    monkeypatch.setenv("NASRANK_CACHE", str(tmp_path / "cache"))
    put_tables(tmp_path / "cache")
    Path("tiny.toml").write_text(changed())
    here, workers = both(command, 4, "search", "tiny.toml")
    frames = [pd.read_parquet(folder / "results" / "runs.parquet") for folder in (here, workers)]
    pd.testing.assert_frame_equal(*frames)


def test_a_study_of_labels(command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "path", [str(ROOT / "label_studies"), *sys.path])
    from small_study import small_study

    small_study(tmp_path)
    here, workers = both(command, 4, "run", "small.toml")
    (one,), (other,) = ([*(folder / "results").glob("*.parquet")] for folder in (here, workers))
    frames = [pd.read_parquet(path).drop(columns=["fit_seconds", "score_seconds"]) for path in (one, other)]
    pd.testing.assert_frame_equal(*frames)
