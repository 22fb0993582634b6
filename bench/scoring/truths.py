"""Stand-alone results of the architectures of a sheet, from a table that is at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.bench.oracles import open_oracle
from nasrank.bench.oracles.ask.agreements import agreements_of
from nasrank.bench.oracles.ask.overview import column_of_text
from nasrank.spaces import get_enumerated


@dataclass(frozen=True, eq=False)
class ScoredTruth:
    """What scores are compared with.

    Attributes:
        values: of the architectures `(n,)`, higher is better; NaN where none is known.
        dataset: that they were measured on.
        words: which column of which table.
        unit: "percent" or another.
        ceiling: tau of the best second measurement that is recorded; NaN without any.
        second: whose that is, and what differs; empty without any.
        citation: of the table.
    """

    values: npt.NDArray[np.float64]
    dataset: str
    words: str
    unit: str
    ceiling: float
    second: str
    citation: str


def truth_of(text: str, space_name: str, architectures: Sequence[Any]) -> ScoredTruth:
    """The truth that TABLE:COLUMN names.

    Raises:
        ValueError: there is no such table or column, it is about another space, or its numbers are not at hand.
    """
    name, found, column_text = text.rpartition(":")
    if not found:
        raise ValueError(f"the truth {text!r:.80} names no column: write TABLE:COLUMN, as 'nasrank tables info' does")
    table, space = open_oracle(name), get_enumerated(space_name)
    if table.provenance.space not in (space.name, space.contains):
        raise ValueError(f"{table.name} is about {table.provenance.space}, not about {space.name}")
    column = column_of_text(table, column_text)
    if column.direction == "none":
        raise ValueError(f"of {column.metric} neither more nor less is better: it ranks nothing")
    positions = np.array([space.position(one) for one in architectures], dtype=np.int64)
    values = table.over(space, column).of(positions)
    recorded = agreements_of(table.name, column)
    best = recorded[0] if recorded else None
    return ScoredTruth(
        values=-values if column.direction == "lower" else values,
        dataset=column.dataset or "",
        words=f"{table.name}: {column}",
        unit=column.unit,
        ceiling=best.values["tau"] if best else float("nan"),
        second=f"{best.second.words}; what differs: {best.differs}" if best else "",
        citation=table.provenance.citation,
    )
