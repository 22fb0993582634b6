"""A rank report as one tidy data frame, a line a number, in the columns that the frame of a study has, too.

| column | what |
|---|---|
| `arm` | the column of scores, or the baseline; empty for the noise ceiling |
| `base` | of a paired difference, what is subtracted; else empty |
| `estimator` | `given` for the caller's scores, a baseline's registered name, or `second measurement` for the ceiling |
| `seed` | of one run: its number, or its place among names that are none; missing for the mean over runs |
| `score` | which end of the scores is better: `higher` or `lower` |
| `metric` | the name under which the metric is registered |
| `part` | empty: all lines are of the ranked architectures |
| `value`, `low`, `high` | in the metric's unit, with its own interval; NaN where there is none |
| `n` | how many architectures it is over |
| `status` | of a difference `better`, `worse` or `undecided`, by Holm's test; else why there is no value |
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

if TYPE_CHECKING:
    from nasrank.bench.judging.differences import PairedDifference
    from nasrank.bench.judging.report import Judged, MetricValue, RankReport

GIVEN, SECOND = "given", "second measurement"

_NONE = float("nan")


class Line(NamedTuple):
    """A line of the frame; its fields are the columns."""

    arm: str
    base: str
    estimator: str
    seed: int | None
    score: str
    metric: str
    part: str
    value: float
    low: float
    high: float
    n: int
    status: str


def frame(report: RankReport) -> pd.DataFrame:
    """Values of all columns and baselines, by seed where there are several, differences, and the noise ceiling."""
    made = pd.DataFrame(list(_lines(report)), columns=list(Line._fields))
    return made.astype({"seed": "Int64", "n": "int64", **dict.fromkeys(("value", "low", "high"), "float64")})


def _lines(report: RankReport) -> Iterator[Line]:
    seeds, n = _numbers(report.seeds), report.counts.ranked
    for one in report.values:
        about = report.column(one.name)
        yield _line(about, one, n, None, one.value, one.low, one.high)
        if len(one.by_seed) > 1:
            for seed, value in zip(seeds, one.by_seed, strict=True):
                yield _line(about, one, n, seed, value)
    for pair in report.differences:
        about = report.column(pair.first)
        key = about.name, pair.second, _estimator(about), None, _better(about), pair.metric, ""
        yield Line(*key, pair.value, pair.low, pair.high, n, _verdict(pair))
    if report.ceiling is not None:
        for metric, value in report.ceiling.metrics.items():
            key = "", "", SECOND, None, "higher", metric, ""
            yield Line(*key, value, _NONE, _NONE, report.ceiling.architectures, "")


def _line(
    about: Judged, one: MetricValue, n: int, seed: int | None, value: float, low: float = _NONE, high: float = _NONE
) -> Line:
    return Line(
        about.name, "", _estimator(about), seed, _better(about), one.metric, "", value, low, high, n, one.reason
    )


def _estimator(about: Judged) -> str:
    return about.estimator if about.baseline else GIVEN


def _better(about: Judged) -> str:
    return "lower" if about.direction.startswith("lower") else "higher"


def _verdict(pair: PairedDifference) -> str:
    if not pair.decided:
        return "undecided"
    return "better" if pair.value > 0 else "worse"


def _numbers(names: tuple[str, ...]) -> list[int]:
    """What the names of the runs say, where all are whole numbers; else their places."""
    numbers = [int(name) for name in names if name.isdecimal() and len(name) < 16]
    return numbers if len(set(numbers)) == len(names) else list(range(len(names)))
