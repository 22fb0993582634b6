"""For the same labels, what is the best use of them? One answer for every number of landmarks that a study tries.

A landmark super-net uses them in training. Predictors fitted on labels use nothing else, and stacked ones take a
super-net's scores for one more feature: those of the super-net that was trained without landmarks, or those of the
landmark super-net. The latter has been trained on the very labels that the predictor is fitted to, so its scores agree
with them better than with those of other architectures, and the predictor trusts it too much.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from nasrank.bench.analysis.baselines import baseline_scores, estimate_scores, label_of
from nasrank.bench.analysis.ceiling import Seeds, ceilings
from nasrank.bench.analysis.comparison import Comparison
from nasrank.bench.analysis.findings import Value
from nasrank.bench.analysis.scores import Side, side
from nasrank.bench.analysis.summary import DECIMALS, MAIN_METRIC
from nasrank.bench.foundation.escaping import csv_text
from nasrank.bench.runner.arms import Row
from nasrank.bench.runner.label_sets import rows_by_labels, use_of
from nasrank.bench.runner.results import Results

Stacked = Literal["", "plain", "guided"]
"""Which super-net's scores a predictor has for a feature: none, that without landmarks, or that with them."""

SUPERNET = "landmark_supernet"
"""Name of the use that is no predictor."""

_FEATURES: dict[Stacked, str] = {"": "", "plain": " + super-net", "guided": " + landmark super-net"}


@dataclass(frozen=True)
class Point:
    """What some number of labels is worth in one use: tau on the pool.

    Attributes:
        margin: minus tau of the landmark super-net with the same labels.
        gain: of a stacked predictor, minus tau of the same predictor fitted on the labels alone; else None.
    """

    labels: int
    tau: Value
    margin: Value
    gain: Value | None


@dataclass(frozen=True)
class Use:
    """A way to use labels.

    Attributes:
        predictor: name of the estimator; empty for the landmark super-net.
        points: one for each number of labels, rising.
    """

    name: str
    label: str
    predictor: str
    stacked: Stacked
    points: tuple[Point, ...]


@dataclass(frozen=True)
class LabelUses:
    """All uses of the labels, and what they are read against.

    Attributes:
        strategy: how the super-net is trained, in words.
        without: tau of the super-net that was trained without labels.
        parameters: tau of the parameter count.
        ceiling: the noise ceiling of tau; NaN when it is not known.
    """

    strategy: str
    labels: tuple[int, ...]
    without: Value
    parameters: Value
    ceiling: float
    uses: tuple[Use, ...]

    def use(self, predictor: str, stacked: Stacked = "") -> Use:
        """The one use of this predictor; that of the landmark super-net for an empty name."""
        return next(use for use in self.uses if (use.predictor, use.stacked) == (predictor, stacked))

    def best(self, place: int) -> Use | None:
        """The use with the highest tau for the number of labels in this place; None where none has a value."""
        known = [use for use in self.uses if not math.isnan(use.points[place].tau.value)]
        return max(known, key=lambda use: use.points[place].tau.value, default=None)

    def to_csv(self) -> str:
        """One line a use and number of labels, with intervals; what could not be computed is empty."""
        values = ("tau", "margin", "gain")
        ends = [f"{name}{end}" for name in values for end in ("", "_low", "_high")]
        lines: list[Sequence[Any]] = [
            ["supernet", 0, *_cells(self.without), *_cells(None), *_cells(None)],
            ["parameters", 0, *_cells(self.parameters), *_cells(None), *_cells(None)],
        ]
        for use in self.uses:
            for point in use.points:
                cells = [cell for name in values for cell in _cells(getattr(point, name))]
                lines.append([use.name, point.labels, *cells])
        return csv_text(["use", "labels", *ends], lines)


def label_uses(results: Results, compare: Comparison, seeds: Seeds = None) -> LabelUses:
    """Compare the uses of labels on the pool, for the first strategy of the study.

    Args:
        seeds: what the truth is the mean of, see `seeds_of_truth`.
    """
    design = results.design
    rows = rows_by_labels(design)
    names = design.study.estimators.label_uses
    ways: list[tuple[str, Stacked]] = [("", ""), *((name, stacked) for stacked in _FEATURES for name in names)]
    points: dict[tuple[str, Stacked], list[Point]] = {way: [] for way in ways}
    for labels, row in rows.items():
        sides = {way: _scores(results, design.rows[row], *way) for way in ways}
        for predictor, stacked in ways:
            one = sides[predictor, stacked]
            _, tau, margin = compare.values(sides["", ""], one)
            gain = compare.values(sides[predictor, ""], one)[2] if stacked else None
            points[predictor, stacked].append(Point(labels, tau, margin, gain))
    base = design.study.strategies[0]
    plain, cost = side(results, design.rows[base].before), _parameters(results)
    known = ceilings(design.study, seeds)
    return LabelUses(
        strategy=design.rows[base].label,
        labels=tuple(rows),
        without=compare.values(plain, plain)[0],
        parameters=compare.values(cost, cost)[0],
        ceiling=known[0].metrics[MAIN_METRIC] if known else float("nan"),
        uses=tuple(Use(_name(*way), _label(results, *way), *way, tuple(found)) for way, found in points.items()),
    )


def _scores(results: Results, row: Row, estimator: str, stacked: Stacked) -> Side:
    """Of the pool, in one use of a row's labels. An estimator was fitted anew for each seed."""
    if not estimator:
        return side(results, row.after)
    trained = {"": None, "plain": row.before, "guided": row.after}[stacked]
    failures = side(results, trained).failures if trained else {}
    rows = [
        estimate_scores(results, use_of(results.design, row.name, estimator, seed, trained.name if trained else ""))
        for seed in results.design.study.seeds
    ]
    return Side(np.stack(rows), failures)


def _parameters(results: Results) -> Side:
    """The parameter count, where it is among the baselines."""
    cost = baseline_scores(results).shared.get("parameters")
    return Side(cost.scores if cost else np.full((1, len(results.design.pool)), np.nan), {})


def _name(predictor: str, stacked: Stacked) -> str:
    return f"{predictor}+{stacked}" if stacked else predictor or SUPERNET


def _label(results: Results, predictor: str, stacked: Stacked) -> str:
    return without_labels(label_of(results, predictor)) + _FEATURES[stacked] if predictor else "landmark super-net"


def without_labels(label: str) -> str:
    """What a predictor is called where it goes without saying which labels it is fitted on."""
    return label.removesuffix(" on the same labels")


def _cells(value: Value | None) -> Sequence[Any]:
    if value is None:
        return ("", "", "")
    numbers = (value.value, value.low, value.high)
    return tuple("" if math.isnan(number) else f"{number:.{DECIMALS}f}" for number in numbers)
