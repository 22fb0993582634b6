"""What there is to know about a table at a glance: runs an architecture has, means on offer, kindred architectures."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from nasrank.bench.oracles.ask.axes import Column, Split
from nasrank.bench.oracles.ask.quantities import RANKED_BY
from nasrank.bench.oracles.ask.rows import WholeSpace
from nasrank.bench.oracles.ask.table import Table

OFFICIAL_INDEX = Column("official_index", None)


def overview(table: Table) -> list[str]:
    """Lines on rows and seeds: which training runs there are, and how many architectures have how many of them."""
    alike: dict[tuple[str, int, tuple[int, ...], tuple[tuple[int, int], ...]], list[str]] = {}
    for metric, dataset, split, epochs in _schedules(table):
        seeds = table.seeds_of(metric=metric, dataset=dataset, split=split, epochs=epochs)
        runs = [table.whole(Column(metric, dataset, split, epochs, seed)) for seed in seeds]
        counts = Counter((~np.isnan(runs)).sum(axis=0).tolist())
        alike.setdefault((dataset, epochs, seeds, tuple(sorted(counts.items()))), []).append(split)
    measured = _measured(table)
    silent = "" if measured == len(table.rows) else f"; {measured:,} of them have a number"
    lines = [f"{len(table.rows):,} rows: {table.rows.words}{silent}"]
    for (dataset, epochs, seeds, counts_of), splits in alike.items():
        shares = ", ".join(f"{number:,} have {runs}" for runs, number in counts_of)
        known = " ".join(map(str, seeds))
        lines.append(f"{dataset}, {epochs} epochs, {' '.join(splits)}: seeds {known}; of the architectures {shares}")
    return lines


def _measured(table: Table) -> int:
    """How many rows have a value in any column but the official index, curves aside."""
    columns = [column for column in table.columns if column.curve is None and column != OFFICIAL_INDEX]
    known = np.zeros(len(table.rows), dtype=bool)
    for column in columns:
        known |= ~np.isnan(table.whole(column))
        if known.all():
            break
    return int(known.sum())


def _schedules(table: Table) -> list[tuple[str, str, Split, int]]:
    """Metric, data set, split and schedule of all accuracies or perplexities that single seeds are known of."""
    found = [
        (column.metric, column.dataset, column.split, column.epochs)
        for column in table.columns
        if column.metric in RANKED_BY and column.curve is None and isinstance(column.seeds, int)
    ]
    return [(m, a, b, c) for m, a, b, c in dict.fromkeys(found) if a is not None and b is not None and c is not None]


def column_of_text(table: Table, text: str) -> Column:
    """The stored column, or mean over seeds, that prints as `text`; curves aside."""
    for column in (*table.columns, *table.means):
        if column.curve is None and str(column) == text:
            return column
    raise ValueError(
        f"{table.name} has no column {text!r}: write metric/data set/split/epochs/seeds, leaving out what a column "
        f"does not have{_such_as(table, text)}"
    )


def find_row(table: Table, text: str) -> int:
    """The row a user means: by the benchmark's notation, or by the official index where the table has that.

    Raises:
        ValueError: neither the one nor the other.
    """
    if text.isdecimal() and len(text) < 32:
        return row_of_official_index(table, int(text))
    return table.rows.row(table.rows.parse(text))


def row_of_official_index(table: Table, index: int) -> int:
    """The row of the architecture with this number in the benchmark's own files (NATS-Bench#5).

    Raises:
        ValueError: the table does not record official indices, or has no such one.
    """
    if OFFICIAL_INDEX not in table.columns:
        raise ValueError(f"{table.name} does not record official indices: give the architecture's text")
    found = np.flatnonzero(table.whole(OFFICIAL_INDEX) == index)
    if not found.size:
        raise ValueError(f"{table.name} has no architecture of official index {index}")
    return int(found[0])


def isomorphic(table: Table, row: int) -> list[Any]:
    """The other architectures of the table whose cells are isomorphic to this row's (NATS-Bench#13, NATS-Bench#43).

    Rows named by module hash have none: the hash is the same for isomorphic cells.
    """
    if not isinstance(table.rows, WholeSpace):
        return []
    key = table.rows.space.key
    architectures = [table.rows.architecture(place) for place in range(len(table.rows))]
    same = key(architectures[row])
    return [other for place, other in enumerate(architectures) if place != row and key(other) == same]


def _such_as(table: Table, text: str) -> str:
    """Columns that begin like it, as they would be written; empty where none does."""
    axes = text.split("/")
    alike = [
        one
        for one in map(str, (*table.columns, *table.means))
        if one.split("/")[: len(axes)] == axes or one.startswith(text)
    ]
    return f", such as {', '.join(alike[:4])}" if alike else ", as in 'nasrank tables info'"
