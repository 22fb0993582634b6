"""How fast this working tree is beside another revision of it: the same work in turns, in one run.

python tests/benchmarks/compare_trees.py REVISION [--what step,mixture,scoring,landmark] [--pairs 20]

A process for each tree imports `nasrank` from there. They take turns, A B B A, one computing while the other waits, so
what else the machine does falls on both; counted are the seconds of a processor, on one thread. Before anything is
timed, both have to find the same numbers from the same weights and images. Printed is the median over the pairs of how
often this tree is as fast, with the interval that holds the median of such ratios with a probability of at least 95 %,
whatever their distribution. The exit code is 1 where the numbers differ.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from math import comb, inf, isfinite
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from tree_worker import WORKS, Sizes, Values

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

FOLDERS = ("bench", "predictors", "spaces")
"""Installed inside `nasrank`, as setup.py says."""

LEAST_PAIRS = 6
"""With fewer, no interval holds the median with 95 %."""

TOLERANCES = {"step": 1e-4, "landmark": 1e-4, "mixture": 1e-4, "scoring": 3e-3}
"""How far numbers may differ: relative to those above one, and otherwise as they are. Kernels that add in another order
make some 1e-6; of a thousand images, three may have two classes that are as likely but for that."""


class Tree:
    """A process that does pieces of work with one tree."""

    def __init__(self, name: str, folder: Path, library: Path) -> None:
        self.name = name
        package = library / "nasrank"
        package.mkdir(parents=True)
        for path in [*(folder / "nasrank").iterdir(), *(folder / name for name in FOLDERS)]:
            if path.name != "__pycache__":
                (package / path.name).symlink_to(path)
        environment = os.environ | {"PYTHONPATH": str(library), "OMP_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "tree_worker.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        found = self._answer()["from"]
        if Path(found).parent != package:
            raise RuntimeError(f"the process of {name} imports nasrank from {found}, not from {package}")

    def ask(self, **request: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        print(json.dumps(request), file=self._process.stdin, flush=True)
        return self._answer()

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process of {self.name} ended with code {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def checked_out(revision: str, folder: Path) -> Iterator[Path]:
    """A git worktree of this revision, as long as it is needed; ValueError where there is none such."""
    git = ["git", "-C", str(ROOT)]
    added = subprocess.run(
        [*git, "worktree", "add", "--quiet", "--detach", str(folder), revision], capture_output=True, text=True
    )
    if added.returncode:
        raise ValueError(f"git cannot check out {revision!r}: {added.stderr.strip()}")
    try:
        if missing := [name for name in ("nasrank", *FOLDERS) if not (folder / name).is_dir()]:
            raise ValueError(f"{revision!r} is from before the folders were what they are: there is no {missing[0]!r}")
        yield folder
    finally:
        subprocess.run([*git, "worktree", "remove", "--force", str(folder)], check=True)


def difference(found: Values, expected: Values) -> float:
    """The largest one, as `TOLERANCES` counts; infinite where numbers are, or are not of the same things."""
    if {name: len(column) for name, column in found.items()} != {name: len(one) for name, one in expected.items()}:
        return inf
    pairs = [pair for name, column in found.items() for pair in zip(column, expected[name], strict=True)]
    apart = [abs(one - other) / max(1.0, abs(other)) for one, other in pairs]
    return max(apart) if all(map(isfinite, apart)) else inf


def interval(values: list[float]) -> tuple[float, float]:
    """Order statistics that hold the median of what these are drawn from with a probability of at least 95 %."""
    count, outside, place = len(values), 0.0, 0
    while outside + 2 * comb(count, place) / 2**count <= 0.05:
        outside += 2 * comb(count, place) / 2**count
        place += 1
    ascending = sorted(values)
    return ascending[place - 1], ascending[count - place]


def in_turns(this: Tree, other: Tree, work: str, pairs: int) -> tuple[list[float], list[float]]:
    """Seconds of a step, or of a scoring, by both trees."""
    seconds: dict[Tree, list[float]] = {this: [], other: []}
    for pair in range(pairs):
        for tree in (this, other) if pair % 2 else (other, this):
            seconds[tree].append(tree.ask(time=work)["seconds"])
    return seconds[this], seconds[other]


def compare(this: Tree, other: Tree, works: list[str], pairs: int, sizes: Sizes, weights: Path) -> bool:
    """Print a table in Markdown; whether all numbers agree."""
    other.ask(keep=str(weights))
    print(f"| what | {other.name} | this tree | times as fast | 95 % interval | largest difference | allowed |")
    print("|---|---|---|---|---|---|---|")
    medians: dict[str, tuple[float, float]] = {}
    agree = True
    for work in works:
        request = {"prepare": work, "weights": str(weights), "sizes": asdict(sizes)}
        answers = {tree.name: tree.ask(**request) for tree in (this, other)}
        unable = [f"{name} cannot: {answer['unable']}" for name, answer in answers.items() if "unable" in answer]
        if unable:
            print(f"| {work} | {'; '.join(unable)} | | | | | |", flush=True)
            continue
        apart = difference(answers[this.name]["values"], answers[other.name]["values"])
        agree &= apart <= TOLERANCES[work]
        ours, theirs = in_turns(this, other, work, pairs)
        ratios = [slow / fast for fast, slow in zip(ours, theirs, strict=True)]
        low, high = interval(ratios)
        medians[work] = median(theirs), median(ours)
        times = " | ".join(f"{1e3 * one:.3g} ms" for one in medians[work])
        allowed = f"{TOLERANCES[work]:g}{'' if apart <= TOLERANCES[work] else ' **no**'}"
        print(
            f"| {work} | {times} | {median(ratios):.3f} | {low:.3f} to {high:.3f} | {apart:.1e} | {allowed} |",
            flush=True,
        )
    if {"step", "landmark"} <= set(medians):
        old, new = (medians["landmark"][tree] / medians["step"][tree] for tree in range(2))
        print(f"\nA landmark step costs {old:.2f} plain ones at {other.name} and {new:.2f} in this tree.")
    return agree


def main(arguments: list[str] | None = None) -> int:
    """Measure; 1 where the trees do not find the same numbers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("revision")
    parser.add_argument("--what", default="step,mixture,scoring,landmark", help=f"some of {', '.join(WORKS)}")
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--steps", type=int, default=50, help="of single paths in a turn; mixtures take a fifth")
    parser.add_argument("--cells", type=int, default=300, help="scored in a turn")
    parser.add_argument("--images", type=int, default=1000, help="that they are scored on")
    asked = parser.parse_args(arguments)
    chosen = asked.what.split(",")
    if unknown := [work for work in chosen if work not in WORKS]:
        parser.error(f"--what names {unknown[0]!r}; there are {', '.join(WORKS)}")
    if asked.pairs < LEAST_PAIRS:
        parser.error(f"--pairs is {asked.pairs}; {LEAST_PAIRS} are the fewest that make an interval")
    works = [work for work in WORKS if work in chosen or (work == "step" and "landmark" in chosen)]
    sizes = Sizes(asked.steps, asked.cells, asked.images)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        try:
            older = stack.enter_context(checked_out(asked.revision, folder / "checkout"))
        except ValueError as reason:
            parser.error(str(reason))
        trees = []
        for name, where, library in ((asked.revision, older, "other"), ("this tree", ROOT, "this")):
            trees.append(Tree(name, where, folder / library))
            stack.callback(trees[-1].end)
        other, this = trees
        agree = compare(this, other, works, asked.pairs, sizes, folder / "weights.pt")
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
