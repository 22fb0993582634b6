"""The tool that times two revisions in turns, tests/benchmarks/compare_trees.py."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parent / "benchmarks"


@pytest.fixture
def tool(monkeypatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import compare_trees

    return compare_trees


class Canned:
    """A tree that finds these numbers and is always as slow."""

    def __init__(self, name: str, values: dict[str, list[float]] | None, seconds: float) -> None:
        self.name, self._values, self._seconds = name, values, seconds

    def ask(self, **request: Any) -> dict[str, Any]:
        if "prepare" in request:
            return {"unable": "ImportError: no"} if self._values is None else {"values": self._values}
        return {"seconds": self._seconds}


def compared(tool: ModuleType, this: Canned, other: Canned) -> bool:
    return tool.compare(this, other, ["step"], 6, tool.Sizes(1, 1, 1), Path("weights"))


def test_it_says_how_often_a_tree_is_as_fast(tool, capsys):
    assert compared(tool, Canned("this", {"loss": [2.0]}, 0.5), Canned("old", {"loss": [2.00001]}, 1.5))
    assert "| step | 1.5e+03 ms | 500 ms | 3.000 | 3.000 to 3.000 | 5.0e-06 | 0.0001 |" in capsys.readouterr().out


@pytest.mark.parametrize("found", [[2.001], [float("nan")], [2.0, 2.0]], ids=["other", "none", "more"])
def test_numbers_that_differ_are_told(tool, capsys, found):
    assert not compared(tool, Canned("this", {"loss": found}, 1), Canned("old", {"loss": [2.0]}, 1))
    assert "**no**" in capsys.readouterr().out


def test_what_a_tree_lacks_is_left_out(tool, capsys):
    assert compared(tool, Canned("this", {"loss": [2.0]}, 1), Canned("old", None, 1))
    assert "| step | old cannot: ImportError: no |" in capsys.readouterr().out


@pytest.mark.parametrize(("count", "places"), [(6, (0, 5)), (20, (5, 14)), (30, (9, 20))])
def test_the_interval_is_that_of_the_sign_test(tool, count, places):
    """Order statistics as in tables of the sign test."""
    assert tool.interval([float(value) for value in reversed(range(count))]) == places


@pytest.mark.parametrize("wrong", [["--what", "tea"], ["--pairs", "5"]], ids=lambda wrong: wrong[0])
def test_what_it_cannot_do_is_one_line(tool, capsys, wrong):
    with pytest.raises(SystemExit, match="2"):
        tool.main(["HEAD", *wrong])
    assert wrong[0] in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.slow
def test_a_tree_and_its_last_commit_are_compared():
    if subprocess.run(["git", "-C", str(BENCHMARKS), "rev-parse", "HEAD"], capture_output=True).returncode:
        pytest.skip("not a git checkout")
    small = ["--pairs", "6", "--steps", "2", "--cells", "5", "--images", "20"]
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / "compare_trees.py"), "HEAD", *small], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert [line.split(" |")[0] for line in done.stdout.splitlines() if line.startswith("| ")] == [
        "| what",
        "| step",
        "| landmark",
        "| mixture",
        "| scoring",
    ]
    assert "cannot" not in done.stdout
    assert "A landmark step costs" in done.stdout
    listed = subprocess.run(["git", "-C", str(BENCHMARKS), "worktree", "list"], capture_output=True, text=True)
    assert "checkout" not in listed.stdout
