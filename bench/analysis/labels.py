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

from nasrank.bench.analysis.ceiling import Seeds, ceilings
from nasrank.bench.analysis.comparison import Comparison
from nasrank.bench.analysis.findings import Value
from nasrank.bench.analysis.scores import Side, landmark_scores, side
from nasrank.bench.analysis.summary import DECIMALS, MAIN_METRIC
from nasrank.bench.foundation.escaping import csv_text
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth
from nasrank.predictors import Context, Labels
from nasrank.predictors.costs import ParameterCount
from nasrank.predictors.known_scores import KnownScores
from nasrank.predictors.labelled.label_matched import LabelMatched, regressions

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
        predictor: key of `regressions()`; empty for the landmark super-net.
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


def label_uses(results: Results, truth: Truth, compare: Comparison, seeds: Seeds = None) -> LabelUses:
    """Compare the uses of labels on the pool, for the first strategy of the study.

    Args:
        seeds: what the truth is the mean of, see `seeds_of_truth`.
    """
    design = results.design
    arms = arms_by_labels(design)
    ways: list[tuple[str, Stacked]] = [("", ""), *((name, stacked) for stacked in _FEATURES for name in regressions())]
    points: dict[tuple[str, Stacked], list[Point]] = {way: [] for way in ways}
    for labels, arm in arms.items():
        sides = {way: _scores(results, arm, truth, *way) for way in ways}
        for predictor, stacked in ways:
            one = sides[predictor, stacked]
            _, tau, margin = compare.values(sides["", ""], one)
            gain = compare.values(sides[predictor, ""], one)[2] if stacked else None
            points[predictor, stacked].append(Point(labels, tau, margin, gain))
    base = design.study.strategies[0]
    plain, cost = side(results, design.rows[base].before), _parameters(design)
    known = ceilings(design.study, seeds)
    return LabelUses(
        strategy=design.rows[base].label,
        labels=tuple(arms),
        without=compare.values(plain, plain)[0],
        parameters=compare.values(cost, cost)[0],
        ceiling=known[0].metrics[MAIN_METRIC] if known else float("nan"),
        uses=tuple(Use(_name(*way), _label(*way), *way, tuple(found)) for way, found in points.items()),
    )


def arms_by_labels(design: Design) -> dict[int, str]:
    """The study's first strategy, and the variants of it that change the number of landmarks alone; by that number."""
    base = design.rows[design.study.strategies[0]]
    found: dict[int, str] = {}
    for name, row in design.rows.items():
        landmarks = row.study.landmarks
        alike = landmarks.model_copy(update={"count": base.study.landmarks.count}) == base.study.landmarks
        if row.before == base.before and row.study.terms == base.study.terms and alike:
            found.setdefault(landmarks.count, name)
    return dict(sorted(found.items()))


def _scores(results: Results, arm: str, truth: Truth, predictor: str, stacked: Stacked) -> Side:
    """Of the pool, in one use of an arm's labels. A predictor is fitted anew for each seed."""
    if not predictor:
        return side(results, results.design.rows[arm].after)
    design = results.design
    space, pool = design.space, design.pool
    row = design.rows[arm]
    trained = row.after if stacked == "guided" else row.before
    supernet, of_landmarks = side(results, trained), landmark_scores(results, row, trained)
    rows = []
    for seed, of_pool, theirs in zip(design.study.seeds, supernet.scores, of_landmarks, strict=True):
        landmarks = design.landmarks_of(arm, seed)
        known = None
        if stacked:
            if theirs is None or np.isnan(of_pool).any():
                rows.append(np.full(len(pool), np.nan))
                continue
            known = KnownScores(pool + landmarks, np.concatenate([of_pool, theirs]))
        context = Context(space, labels=Labels(landmarks, design.labels_of(arm, seed, truth)), known=known)
        rows.append(regressions()[predictor]().prepared(context).score(pool))
    return Side(np.stack(rows), supernet.failures if stacked else {})


def _parameters(design: Design) -> Side:
    return Side(ParameterCount().prepared(Context(design.space)).score(design.pool)[None], {})


def _name(predictor: str, stacked: Stacked) -> str:
    return f"{predictor}+{stacked}" if stacked else predictor or SUPERNET


def _label(predictor: str, stacked: Stacked) -> str:
    if not predictor:
        return "landmark super-net"
    return without_labels(regressions()[predictor]) + _FEATURES[stacked]


def without_labels(predictor: type[LabelMatched]) -> str:
    """What a predictor is called where it goes without saying which labels it is fitted on."""
    return predictor.label.removesuffix(" on the same labels")


def _cells(value: Value | None) -> Sequence[Any]:
    if value is None:
        return ("", "", "")
    numbers = (value.value, value.low, value.high)
    return tuple("" if math.isnan(number) else f"{number:.{DECIMALS}f}" for number in numbers)
