"""One tidy table of everything that a report says: a line a number, the same columns for every study.

| column | what |
|---|---|
| `arm` | what was trained: an arm of the study; of an estimator with labels, the row whose labels it has |
| `base` | of a paired difference, what is subtracted: an arm, an estimator, another score of the same arm |
| `estimator` | what gave the scores: `super-net`, the name of an estimator, `truth`, or `second measurement` |
| `seed` | of one trial; empty for the mean over seeds, which has an interval |
| `score` | what the arm is ranked by, or its search chose by |
| `metric` | what is measured; of ranking metrics the name under which they are registered |
| `part` | of what: empty for the ranked pool, else `natural pool`, `landmarks`, a trait of the space, a `claim` |
| `value`, `low`, `high` | in the metric's unit, with the interval by itself; NaN where there is none |
| `n` | how many architectures it is over |
| `status` | of a difference `better`, `worse` or `undecided`, by Holm's test over its column; or why it has no value |

Tables, figures and sentences look up lines here; after this, rows are only counted, averaged and correlated.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from nasrank.bench.foundation.escaping import csv_text, text_of_cell

if TYPE_CHECKING:
    import pandas as pd

NOTHING = float("nan")
MAIN_METRIC = "tau"
"""Of the main table and of what is said in sentences."""

TIES = "tied_pairs"
"""Share of the pool's pairs that are tied; listed like a metric, and none of the registry."""

SUPERNET, TRUTH, SECOND = "super-net", "truth", "second measurement"
BETTER, WORSE, UNDECIDED = "better", "worse", "undecided"

DECIMALS = 6
"""Of every number in a file: far below any interval, far above rounding errors of another processor."""


class Finding(NamedTuple):
    """A line of the frame."""

    arm: str = ""
    base: str = ""
    estimator: str = SUPERNET
    seed: int | None = None
    score: str = ""
    metric: str = MAIN_METRIC
    part: str = ""
    value: float = NOTHING
    low: float = NOTHING
    high: float = NOTHING
    n: int = 0
    status: str = ""

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells it from every other line of its frame: all but its numbers and its status."""
        return self[:_KEYS]

    @property
    def known(self) -> bool:
        """Whether it has a value."""
        return not math.isnan(self.value)

    @property
    def alone(self) -> str:
        """What a difference would be taken for by its own interval: "above", "below", "open", or "" without one."""
        if not self.low <= self.high:
            return ""
        return "above" if self.low > 0 else "below" if self.high < 0 else "open"


COLUMNS = Finding._fields
_TEXTS = ("arm", "base", "estimator", "score", "metric", "part", "status")
_KEYS = 7
"""As many columns, the first, tell lines apart."""


@dataclass(frozen=True)
class Frame:
    """All findings of a study, in the order of its rows."""

    findings: tuple[Finding, ...] = ()

    def __len__(self) -> int:
        return len(self.findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    @cached_property
    def _by_key(self) -> dict[tuple[Any, ...], Finding]:
        return {finding.key: finding for finding in self.findings}

    def find(
        self,
        arm: str = "",
        metric: str = MAIN_METRIC,
        *,
        base: str = "",
        estimator: str = SUPERNET,
        seed: int | None = None,
        score: str = "",
        part: str = "",
    ) -> Finding:
        """The one line of this key, without a value where there is none."""
        key = (arm, base, estimator, seed, score, metric, part)
        return self._by_key.get(key) or Finding(*key, status="not measured")

    def select(self, **columns: Any) -> list[Finding]:
        """All lines that have these values in these columns, such as `metric="tau"`."""
        wanted = columns.items()
        return [one for one in self.findings if all(getattr(one, name) == value for name, value in wanted)]

    def to_pandas(self) -> pd.DataFrame:
        """A data frame of these columns; `seed` is an integer that may be missing."""
        import pandas as pd

        frame = pd.DataFrame(self.findings, columns=list(COLUMNS))
        return frame.astype({"seed": "Int64", "n": "int64", **dict.fromkeys(("value", "low", "high"), "float64")})

    def to_csv(self) -> str:
        """Comma-separated values; numbers are rounded to `DECIMALS`, and empty where there are none."""
        return csv_text(COLUMNS, map(_cells, self.findings))

    @classmethod
    def from_csv(cls, text: str) -> Frame:
        """The inverse of `to_csv`, but for rounding.

        Texts come back in one line, see `one_line`.

        Raises:
            ValueError: it has other columns, a line that has more or fewer, or no number where one must be.
        """
        lines = csv.reader(io.StringIO(text))
        try:
            head = next(lines, [])
            if tuple(head) != COLUMNS:
                raise ValueError(f"a frame has the columns {', '.join(COLUMNS)}, not {', '.join(head) or 'none'}")
            return cls(tuple(_finding(cells, lines.line_num) for cells in lines))
        except csv.Error as error:
            raise ValueError(f"line {lines.line_num} of the frame: {error}") from error


def _cells(one: Finding) -> list[str | int]:
    numbers = ("" if math.isnan(value) else f"{value:.{DECIMALS}f}" for value in (one.value, one.low, one.high))
    seed = "" if one.seed is None else one.seed
    return [one.arm, one.base, one.estimator, seed, one.score, one.metric, one.part, *numbers, one.n, one.status]


def _finding(cells: Sequence[str], number: int) -> Finding:
    if len(cells) != len(COLUMNS):
        raise ValueError(f"line {number} of the frame has {len(cells)} columns, not {len(COLUMNS)}")
    line = {name: text_of_cell(cell) if name in _TEXTS else cell for name, cell in zip(COLUMNS, cells, strict=True)}
    try:
        numbers: dict[str, Any] = {name: float(line[name] or "nan") for name in ("value", "low", "high")}
        numbers |= {"seed": int(line["seed"]) if line["seed"] else None, "n": int(line["n"])}
    except ValueError as error:
        raise ValueError(f"line {number} of the frame: {error}") from error
    return Finding(**{**line, **numbers})
