"""Rows of the reports on predictors: one number of one predictor, on one space, against one truth.

| field | what |
|---|---|
| `space` | name of the search space |
| `truth` | label of the stand-alone results; empty where nothing is compared with any |
| `predictor` | its name |
| `features` | what it looks at: a set-up of networks and images, or what a regression takes |
| `labels` | how many stand-alone results it was told |
| `metric` | name of a ranking metric, or of what else was measured |
| `mean` | over draws |
| `ci_low`, `ci_high` | its interval; NaN where there is none |
| `draws` | how many draws of labels, or initializations, the mean is over |
| `seconds` | for one architecture where nothing is fitted, else of fitting; NaN where it was not measured |
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from nasrank.bench.foundation.escaping import csv_text

NOTHING = float("nan")


@dataclass(frozen=True)
class Row:
    """One number; see the module for its fields."""

    space: str
    truth: str
    predictor: str
    features: str
    labels: int
    metric: str
    mean: float
    ci_low: float
    ci_high: float
    draws: int
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Plain values, None for NaN."""
        return {
            name: None if isinstance(value, float) and math.isnan(value) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Row:
        """What `to_json` gives; ValueError for another thing."""
        if set(content) != set(COLUMNS):
            raise ValueError(f"a row has the fields {', '.join(COLUMNS)}, not {', '.join(map(str, content))}")
        floats = ("mean", "ci_low", "ci_high", "seconds")
        return cls(**{**content, **{name: NOTHING if content[name] is None else content[name] for name in floats}})


COLUMNS = tuple(field.name for field in fields(Row))


def csv_of(rows: Iterable[Row]) -> str:
    """table.csv: a line a row; an empty cell for NaN."""
    lines = (list(row.to_json().values()) for row in rows)
    return csv_text(COLUMNS, [["" if value is None else value for value in line] for line in lines])


class Rows(tuple[Row, ...]):
    """Rows that can be asked for."""

    def select(self, **wanted: Any) -> Rows:
        """Those that have these values in these fields."""
        return Rows(row for row in self if all(getattr(row, name) == value for name, value in wanted.items()))

    def find(self, **wanted: Any) -> Row | None:
        """The first of these; None without any."""
        return next(iter(self.select(**wanted)), None)
