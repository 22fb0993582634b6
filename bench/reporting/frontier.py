"""What a core-minute buys: rows of a study as points of cost and tau, their hull, and tables of both."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from nasrank.bench.analysis.costs import DEVIATION, MINUTES, OF_THE_BEST
from nasrank.bench.analysis.frame import Finding
from nasrank.bench.analysis.summary import Pair, Summary
from nasrank.bench.reporting import words
from nasrank.bench.reporting.tables import Line, Table
from nasrank.bench.reporting.words import number, with_interval
from nasrank.bench.scores import further_name, parts_of_name

BUDGET = 10.0
"""Minutes of one core that sentences are about."""


@dataclass(frozen=True)
class Point:
    """One way to train and to score.

    Attributes:
        label: of the row and, where it is not the row's own, the score.
        minutes: of one core, for training and scoring.
    """

    pair: Pair
    after: bool
    score: str
    label: str
    minutes: float
    tau: Finding


def asked(summary: Summary) -> bool:
    """Whether the study's question is what a ranking costs."""
    return bool(summary.frame.select(metric=MINUTES))


def points(summary: Summary, after: bool) -> list[Point]:
    """Every row that is a way to train, by every score of the task; those without a value are left out."""
    found = []
    for pair in summary.pairs:
        for score in _scores(summary, pair, after):
            tau = summary.level(pair, after, score=score)
            minutes = summary.level(pair, after, MINUTES, score=score).value
            if not pair.control and tau.known and not math.isnan(minutes):
                found.append(Point(pair, after, score, _label(pair, score), minutes, tau))
    return found


def _scores(summary: Summary, pair: Pair, after: bool) -> list[str]:
    """Names of those whose cost is known, the row's own first."""
    arm = pair.after if after else pair.before
    known = [one.score for one in summary.frame.select(arm=arm, metric=MINUTES)]
    return sorted(known, key=lambda score: score != pair.score)


def _label(pair: Pair, score: str) -> str:
    return pair.label if score == pair.score else f"{pair.label}, by {words.score_label(score)}"


def hull(every: Iterable[Point]) -> list[Point]:
    """The upper hull over the logarithm of the cost, from the cheapest point to the highest tau.

    Between two of its points lies what dividing the logarithm of the budget between them would have on average; no
    other point is above it.
    """
    found: list[Point] = []
    for point in sorted(every, key=lambda one: (one.minutes, -one.tau.value)):
        if found and point.tau.value <= found[-1].tau.value:
            continue
        while len(found) > 1 and _slope(found[-2], found[-1]) <= _slope(found[-2], point):
            found.pop()
        if len(found) == 1 and point.minutes == found[0].minutes:
            continue
        found.append(point)
    return found


def _slope(first: Point, second: Point) -> float:
    return (second.tau.value - first.tau.value) / math.log(second.minutes / first.minutes)


def best_within(every: Sequence[Point], minutes: float) -> Point | None:
    """That of the highest tau among those that cost no more; None where all cost more."""
    return max((one for one in every if one.minutes <= minutes), key=lambda one: one.tau.value, default=None)


def tables(summary: Summary) -> Iterator[Table]:
    """Rows by their own score without and with the terms, and then further scores of the same super-nets."""
    if not asked(summary):
        return
    for key, after, title in (
        ("frontier", False, "What a core-minute buys, without landmarks"),
        ("frontier-guided", True, "The same with landmarks"),
    ):
        on_hull = {(one.pair.name, one.score) for one in hull(points(summary, after))}
        lines = [
            _line(summary, pair, after, pair.score, pair.label, on_hull) for pair in summary.pairs if not pair.control
        ]
        figure = "" if after else "frontier"
        yield Table(key, title, _head(summary), tuple(lines), figure=figure, lead="frontier", where=_WHERE)
    lines = [
        _line(summary, pair, after, score, f"{pair.label}, {words.score_label(score)}{', guided' if after else ''}", ())
        for pair in summary.pairs
        for after in (False, True)
        for score in _scores(summary, pair, after)
        if parts_of_name(score)[1]
    ]
    title = "Other ways to score the same super-nets"
    yield Table("frontier-scores", title, _head(summary), tuple(lines), lead="frontier_scores", where=_WHERE)


def _head(summary: Summary) -> tuple[str, ...]:
    return (
        "core-minutes",
        words.TAU.label,
        *(f"by {words.score_label(kind)}" for kind in _other_kinds(summary)),
        *(words.metric_head(name) for name in OF_THE_BEST),
        "deviation of tau over seeds",
        "on the hull",
    )


def _other_kinds(summary: Summary) -> list[str]:
    """Scores of the task, in whatever way they are measured, but for that by which the first row is ranked."""
    kinds = dict.fromkeys(parts_of_name(one.score)[0] for one in summary.frame.select(metric=MINUTES))
    return [kind for kind in kinds if kind != parts_of_name(summary.pairs[0].score)[0]]


_WHERE = ("part=", f"metric={MINUTES}", f"metric={DEVIATION}", "metric=tau", *(f"metric={one}" for one in OF_THE_BEST))


def _line(
    summary: Summary, pair: Pair, after: bool, score: str, label: str, on_hull: Iterable[tuple[str, str]]
) -> Line:
    kind, way = parts_of_name(score)
    others = [
        number(summary.level(pair, after, score=further_name(other, way)).value) if other != kind else ""
        for other in _other_kinds(summary)
    ]
    minutes = summary.level(pair, after, MINUTES, score=score).value
    return label, (
        words.MISSING if math.isnan(minutes) else f"{minutes:.1f}",
        with_interval(summary.level(pair, after, score=score)),
        *others,
        *(number(summary.level(pair, after, name, score=score).value) for name in OF_THE_BEST),
        number(summary.level(pair, after, DEVIATION, score=score).value),
        "yes" if (pair.name, score) in on_hull else "",
    )
