"""A small space with decisions of every kind, and a table of it with two seeds, curves and times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from nasrank.bench.oracles import Column, Provenance, Split, Table
from nasrank.spaces import Condition, Cost, Decision, Enumerated, OpGraph

DEPTH = Decision.integers("depth", 1, 3)
SIZE = Decision("size", ("small", "large"), ordered=True)
RATIO = Decision.numbers("ratio", (0.5, 1, 4))
ACTIVATION = Decision("activation", ("relu", "silu"), when=(Condition("depth", ("2", "3")), Condition("ratio", ("4",))))


@dataclass(frozen=True)
class Mixed:
    """One option a decision."""

    choices: tuple[int, ...]

    def __str__(self) -> str:
        return "-".join(map(str, self.choices))


class MixedSpace(Enumerated[Mixed]):
    """Depth 3 does not go with a small size, if anything is forbidden."""

    name = "mixed"
    value_type = Mixed

    def __init__(
        self, decisions: Sequence[Decision] = (DEPTH, SIZE, RATIO, ACTIVATION), *, forbids: bool = True
    ) -> None:
        free = [Decision(**{**vars(one), "free": not forbids}) for one in decisions]
        self.decisions = tuple(free)
        self.forbids = forbids
        every = product(*(range(len(one.options)) for one in self.decisions))
        self._all = [one for one in every if not self._forbidden(one) and self.checked(one) == one]

    def _forbidden(self, choices: Sequence[int]) -> bool:
        return self.forbids and choices[0] == 2 and choices[1] == 0

    def from_choices(self, choices: Sequence[int]) -> Mixed:
        checked = self.checked(choices)
        if self._forbidden(checked):
            raise ValueError("too deep")
        return Mixed(checked)

    def to_choices(self, architecture: Mixed) -> tuple[int, ...]:
        return architecture.choices

    def parse(self, text: str) -> Mixed:
        return Mixed(tuple(map(int, text.split("-"))))

    def key(self, architecture: Mixed) -> str:
        return str(architecture)

    def graph(self, architecture: Mixed) -> OpGraph:
        raise NotImplementedError

    def network(self, architecture: Mixed, **options: Any) -> Any:
        raise NotImplementedError

    def cost(self, architecture: Mixed, **macro: int) -> Cost:
        raise NotImplementedError

    def __len__(self) -> int:
        return len(self._all)

    def at(self, position: int) -> Mixed:
        return Mixed(self._all[position])

    def position(self, architecture: Mixed) -> int:
        return self._all.index(architecture.choices)

    def choices(self, positions: Any = None) -> Any:
        return np.array(self._all)[slice(None) if positions is None else positions]


PROVENANCE = Provenance("mixed", "invented", "0" * 64, "invented", "nobody", "none", "invented", 1)
EPOCHS = 6


def column(metric: str, split: Split, seeds: int | str | None, curve: range | None = None) -> Column:
    return Column(metric, "cifar10", split, EPOCHS, seeds, curve=curve)


def table_of(space: MixedSpace, *, gap: bool = False, **left_out: bool) -> Table:
    """After epoch e, position p has p + e + seed / 2 percent, and has trained for e (10 + p) seconds.

    Args:
        gap: whether the last position lacks seed 1.
    """
    rows, points = np.arange(len(space), dtype=np.float64), np.arange(2.0, EPOCHS + 1, 2)
    columns = {Column("parameters", "cifar10"): (1000 - rows).astype(np.int64), Column("official_index", None): rows}
    for seed in (0, 1):
        curve = rows[:, None] + points + seed / 2
        if gap and seed:
            curve[-1] = np.nan
        columns[column("accuracy", Split.VALID_25K, seed, range(2, EPOCHS + 1, 2))] = curve
        columns[column("accuracy", Split.VALID_25K, seed)] = curve[:, -1]
        columns[column("accuracy", Split.TEST_25K, seed)] = curve[:, -1] / 2
        columns[column("training_time", Split.TRAIN_25K, seed)] = EPOCHS * (10 + rows)
    kept = {one: values for one, values in columns.items() if not left_out.get(one.metric)}
    return Table.from_arrays(kept, PROVENANCE)
