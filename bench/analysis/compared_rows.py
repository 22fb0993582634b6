"""What studies of predictors say, as rows: one for a metric of a predictor that knows so many labels of a truth.

These studies share no super-net's seeds, so that their intervals are Student's, over draws that are independent.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np
from scipy import stats

from nasrank.bench.analysis.frame import BETTER, UNDECIDED, WORSE
from nasrank.bench.analysis.json_values import as_json
from nasrank.bench.analysis.prediction_rows import NOTHING, Row
from nasrank.bench.ranking import METRICS
from nasrank.bench.ranking.multiplicity import holm


@dataclass(frozen=True)
class ComparedRow(Row):
    """A row with what it is compared with; `seconds` are to fit and to rank, the mean, and `space` is the part's name.

    Attributes:
        units: how many of the draws are independent of each other: some share a super-net.
        base: the predictor that it is compared with on the same labels; empty for none.
        gain, gain_low, gain_high: its mean minus that of the base, paired by draw; NaN without a base.
        status: `better`, `worse` or `undecided` by Holm's test over the rows that are decided together; or why there is
            no mean.
    """

    units: int = 0
    base: str = ""
    gain: float = NOTHING
    gain_low: float = NOTHING
    gain_high: float = NOTHING
    status: str = ""

    @property
    def known(self) -> bool:
        """Whether it has a mean."""
        return not math.isnan(self.mean)


COLUMNS = tuple(field.name for field in fields(ComparedRow))


@dataclass(frozen=True)
class Estimate:
    """A mean over independent units, with its Student interval and the chance of one as far from 0, were it 0."""

    mean: float
    low: float
    high: float
    p: float


def estimate(values: Sequence[float], units: Sequence[int], confidence: float) -> Estimate:
    """The mean of the units' means, each over the values of its unit; NaN without values or where one is NaN."""
    numbers, groups = np.asarray(values, dtype=np.float64), np.asarray(units)
    if not len(numbers) or not np.isfinite(numbers).all():
        return Estimate(NOTHING, NOTHING, NOTHING, NOTHING)
    means = np.array([numbers[groups == one].mean() for one in np.unique(groups)])
    mean, count = float(means.mean()), len(means)
    if count < 2:
        return Estimate(mean, NOTHING, NOTHING, NOTHING)
    error = float(means.std(ddof=1)) / math.sqrt(count)
    if error < 1e-12:
        return Estimate(mean, mean, mean, 1.0 if abs(mean) < 1e-12 else 0.0)
    reach = float(stats.t.ppf(0.5 + confidence / 2, count - 1)) * error
    return Estimate(mean, mean - reach, mean + reach, float(2 * stats.t.sf(abs(mean) / error, count - 1)))


def decide(rows: Sequence[ComparedRow], chances: Sequence[float], confidence: float) -> list[ComparedRow]:
    """The same rows with their status, by Holm's test over all that are given.

    Args:
        chances: of each gain, were there none `(rows,)`; NaN where there is no gain.
    """
    verdicts = holm(chances, 1 - confidence)
    return [
        row if math.isnan(chance) else replace(row, status=_status(row, rejected))
        for row, chance, rejected in zip(rows, chances, verdicts, strict=True)
    ]


def _status(row: ComparedRow, rejected: bool) -> str:
    if not rejected:
        return UNDECIDED
    return BETTER if (row.gain > 0) == METRICS[row.metric].higher_is_better else WORSE


_ALWAYS = {field.name for field in fields(Row)}
_FLOATS = [field.name for field in fields(ComparedRow) if field.type == "float"]


def plain(rows: Iterable[ComparedRow]) -> list[dict[str, Any]]:
    """As JSON holds them: rounded, and None for what is not known; of a comparison that there is not, nothing."""
    plains = (as_json(asdict(row)) for row in rows)
    return [
        {name: value for name, value in row.items() if name in _ALWAYS or value not in (None, "")} for row in plains
    ]


def read_rows(content: Iterable[Mapping[str, Any]]) -> list[ComparedRow]:
    """What `plain` made; TypeError for rows with other fields."""
    return [
        ComparedRow(**{**row, **{name: NOTHING if row.get(name) is None else row[name] for name in _FLOATS}})
        for row in content
    ]
