"""`nasrank search` and `tabulate` with `--executor ray`, in one process that is connected to the cluster."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_search import TEXT, put_tables

from nasrank.bench.oracles import Split, open_oracle

Command = Callable[..., tuple[int, str, str]]

pytestmark = pytest.mark.usefixtures("joined")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NASRANK_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_search_study_gives_the_same_bytes(command: Command, tmp_path: Path) -> None:
    put_tables(tmp_path / "cache")
    Path("tiny.toml").write_text(TEXT)
    for executor in ("here", "ray"):
        words = ("--out", executor, "--work", f"work-{executor}")
        code, said, complained = command("search", "tiny.toml", "--executor", executor, *words)
        assert code == 0, complained
        assert "6 of 6 tasks to do" in said
    assert contents(tmp_path / "ray") == contents(tmp_path / "here")


def test_a_table_gets_the_same_accuracies(command: Command) -> None:
    words = ("--epochs", "5", "--train-images", "50", "--test-images", "40", "--channels", "2", "--batch-size", "16")
    words += ("--seeds", "2", "--cells", "5")
    found = {}
    for executor in ("here", "ray"):
        where = ("--executor", executor, "--name", executor, "--work", f"work-{executor}")
        code, _, complained = command("tabulate", "nb201", *words, *where)
        assert code == 0, complained
        table = open_oracle(executor)
        architectures = [table.rows.architecture(row) for row in range(5)]
        found[executor] = table.values(
            architectures, metric="accuracy", dataset="digits", split=Split.TEST_TABULATED, epochs=5, seeds="mean"
        ).tolist()
    assert found["ray"] == found["here"]


def test_what_cannot_be_reached_is_refused_in_one_line(tmp_path: Path) -> None:
    words = ("run", "nb201-smoke", "--executor", "ray", "--address", "127.0.0.1:1")
    command = [sys.executable, "-m", "nasrank", *words]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 2
    assert ended.stderr == "nasrank: no Ray cluster can be reached at 127.0.0.1:1: [Errno 111] Connection refused\n"
    assert not ended.stdout
