"""What scores are judged by: one column of a table, or stand-alone results of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.bench.foundation.describing import printable
from nasrank.bench.judging.positions import positions_of
from nasrank.bench.oracles import Column, Table, open_oracle
from nasrank.bench.oracles.ask.agreements import agreements_of
from nasrank.bench.oracles.ask.by_position import ByPosition
from nasrank.bench.oracles.ask.overview import OFFICIAL_INDEX, column_of_text
from nasrank.bench.ranking import MOST_SEEDS, ceiling_of_seeds
from nasrank.bench.ranking.arrays import as_floats
from nasrank.spaces import Enumerated, get_enumerated

FEWEST = 10
"""Architectures with all seeds, below which these tell nothing of the noise of a truth."""


@dataclass(frozen=True)
class NoiseCeiling:
    """How well a second measurement of the same architectures ranks like the truth.

    Attributes:
        second: whose it is, and what differs.
        architectures: how many it was measured on.
        metrics: by name.
        source: "recorded" or "estimated from the seeds in the table".
    """

    second: str
    architectures: int
    metrics: Mapping[str, float]
    source: str


@dataclass(frozen=True, eq=False)
class JudgingTruth:
    """Stand-alone results of a space's architectures, higher is better.

    Attributes:
        values: by position.
        words: which column of which table.
        unit: "percent" or another unit of a table; empty where it is not known.
        lower_is_better: whether it was, in the table; the values are then the negative ones.
        official: of each position the benchmark's own number, -1 for none, where the table records it.
        table: and `column`: where they come from, None for results of one's own.
    """

    space: Enumerated[Any]
    values: ByPosition
    words: str
    unit: str = ""
    lower_is_better: bool = False
    official: npt.NDArray[np.int64] | None = None
    table: Table | None = None
    column: Column | None = None

    def ceiling(self, positions: npt.NDArray[np.int64]) -> NoiseCeiling | None:
        """The best recorded one, else what the table's seeds tell of the architectures at these positions."""
        if self.table is None or self.column is None:
            return None
        recorded = agreements_of(self.table.name, self.column)
        if recorded:
            best = recorded[0]
            second = f"{best.second.words}; what differs: {best.differs}"
            return NoiseCeiling(second, best.architectures, dict(best.values), "recorded")
        return self._of_seeds(self.table, self.column, positions)

    def _of_seeds(self, table: Table, column: Column, positions: npt.NDArray[np.int64]) -> NoiseCeiling | None:
        if column.seeds != "mean" or column.dataset is None or column.split is None or column.epochs is None:
            return None
        metric, dataset, split, epochs = column.metric, column.dataset, column.split, column.epochs
        seeds = table.seeds_of(metric=metric, dataset=dataset, split=split, epochs=epochs)
        if not 2 <= len(seeds) <= MOST_SEEDS:
            return None
        columns = [Column(metric, dataset, split, epochs, seed) for seed in seeds]
        rows = np.stack([table.over(self.space, one).of(positions) for one in columns])
        complete = rows[:, np.isfinite(rows).all(axis=0)]
        if complete.shape[1] < FEWEST:
            return None
        found = ceiling_of_seeds(complete, description=table.name, fractions=())
        if np.isnan(found.between_means):
            return None
        second = f"another mean of {len(seeds)} seeds, stepped up from split halves"
        return NoiseCeiling(
            second, complete.shape[1], {"tau": found.between_means}, "estimated from the seeds in the table"
        )


def truth_of(truth: Any, space: str | None, *, percent: bool = False, cache: Path | None = None) -> JudgingTruth:
    """The truth that a text, a pair `(table, column)` or a mapping means.

    Args:
        truth: `TABLE:metric/dataset/split/epochs/seeds`, the table by name or by path; a `Table` and its `Column` or
            its text; or results by architecture, higher is better.
        space: name of the search space; needed for a mapping, and checked with a table.
        percent: whether the results of a mapping are accuracies in percent.

    Raises:
        ValueError: there is no such table, column or space, or the table is about another one.
    """
    if isinstance(truth, Mapping):
        return _of_mapping(truth, space, percent)
    if isinstance(truth, str):
        name, found, text = truth.rpartition(":")
        if not found:
            raise ValueError(
                f"the truth {printable(truth)!r} names no column: write TABLE:metric/data set/split/epochs/seeds, as "
                "'nasrank tables info TABLE' prints the columns"
            )
        return _of_table(_open(name, cache), text, space)
    if isinstance(truth, tuple) and len(truth) == 2 and isinstance(truth[0], Table):
        return _of_table(truth[0], str(truth[1]), space)
    raise ValueError(
        f"a truth is a text TABLE:COLUMN, a pair (table, column) or a mapping, not a {type(truth).__name__}"
    )


def _open(name: str, cache: Path | None) -> Table:
    if name.endswith(".arrow") or "/" in name or "\\" in name:
        return Table.open(Path(name))
    return open_oracle(name, cache=cache)


def _of_table(table: Table, text: str, space: str | None) -> JudgingTruth:
    column, about = column_of_text(table, text), get_enumerated(space or table.provenance.space)
    if table.provenance.space not in (about.name, about.contains):
        raise ValueError(f"{table.name} is about {table.provenance.space}, not about {about.name}")
    if column.direction == "none":
        raise ValueError(f"of {column.metric} neither more nor less is better: it ranks nothing")
    values = table.over(about, column)
    lower = column.direction == "lower"
    official = None
    if OFFICIAL_INDEX in table.columns and table.provenance.space == about.name and about.listable:
        known = table.over(about, OFFICIAL_INDEX).values
        official = np.where(np.isfinite(known), known, -1).astype(np.int64)
    words = f"{table.name}: {column}"
    return JudgingTruth(
        about, values.negative() if lower else values, words, column.unit, lower, official, table, column
    )


def _of_mapping(truth: Mapping[Any, Any], space: str | None, percent: bool) -> JudgingTruth:
    if space is None:
        raise ValueError("say which space the truth is of, as in space='nb201'")
    about = get_enumerated(space)
    positions = positions_of(about, list(truth))
    if (positions < 0).any():
        wrong = list(truth)[int(np.argmax(positions < 0))]
        raise ValueError(f"the truth names no architecture of {about.name}: {printable(wrong)}")
    if len(np.unique(positions)) < len(positions):
        raise ValueError("the truth names an architecture twice")
    given = as_floats("truth", list(truth.values()))
    order = np.argsort(positions)
    values = ByPosition(np.where(np.isfinite(given), given, np.nan)[order], positions[order])
    return JudgingTruth(about, values, "results of one's own", "percent" if percent else "")
