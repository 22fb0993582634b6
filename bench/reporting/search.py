"""What a search ends with: the architecture that an arm derives, and that of the highest score in the pool.

Both are looked up in the truth. Whether a search works is more than its ranking says: one good architecture at the top
is enough, and one bad one there is too much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from bench.ranking.arrays import FloatArray
from bench.reporting.baselines import BaselineScores
from bench.reporting.findings import NOTHING, Derivation, Find, SearchRow
from bench.runner.results import Results
from spaces import get_space

DERIVED, HIGHEST = "derived", "highest score"
BEST_OF_POOL = "best of the pool"
RANDOM_DRAWS = 10

SKIPS = ("skip", "identity")
"""Words in the names of options that pass on what they are given."""


class Search:
    """Looks up what was found.

    Args:
        truth: of the whole space by position; NaN where it is not known.
    """

    def __init__(self, results: Results, truth: FloatArray) -> None:
        self.results = results
        self.truth = truth
        self.space = get_space(results.design.study.space)
        self.pool = np.array(results.design.pool)
        self.known = np.sort(truth[np.isfinite(truth)])

    def rows(self) -> tuple[SearchRow, ...]:
        """Of every arm, what it derives, if it does, and what scores highest."""
        found = []
        for arm in self.results.design.arms:
            sides = [self.results.of(arm, guided=guided) for guided in (False, True)]
            if any(trial["derived"] is not None for side in sides for trial in side):
                found.append(_row(arm, DERIVED, *([self._derived(trial) for trial in side] for side in sides)))
            found.append(_row(arm, HIGHEST, *([self._highest(arm, trial) for trial in side] for side in sides)))
        return tuple(found)

    def references(self, baselines: Mapping[str, BaselineScores]) -> dict[str, Find]:
        """By label: what the baselines score highest, and the best of the pool."""
        found = {one.label: _mean([self._best(row) for row in one.scores]) for one in baselines.values()}
        return {**found, BEST_OF_POOL: self._best(self.truth[self.pool])}

    def derivations(self) -> tuple[Derivation, ...]:
        """Of every arm that derives architectures during training, without and with landmarks."""
        found = []
        for arm in self.results.design.arms:
            for guided in (False, True):
                finished = [trial for trial in self.results.of(arm, guided=guided) if trial["failure"] is None]
                curves = [[(point["fraction"], point.get("derived")) for point in trial["curve"]] for trial in finished]
                if any(choices for curve in curves for _, choices in curve):
                    found.append(self._derivation(arm, guided, curves))
        return tuple(found)

    def _derivation(self, arm: str, guided: bool, curves: list[list[tuple[float, list[int] | None]]]) -> Derivation:
        rows = [[choices for _, choices in curve] for curve in curves]
        return Derivation(
            arm,
            guided,
            fractions=tuple(fraction for fraction, _ in curves[0]),
            accuracy=tuple(tuple(map(self._truth_of, row)) for row in rows),
            skips=tuple(tuple(map(self._skips_of, row)) for row in rows) if any(self._skip) else (),
        )

    @cached_property
    def _skip(self) -> list[str | None]:
        """The option of each decision that is a skip connection."""
        names = [decision.options for decision in self.space.decisions]
        return [next((name for name in options if any(word in name for word in SKIPS)), None) for options in names]

    def _skips_of(self, choices: Sequence[int] | None) -> float:
        if choices is None:
            return NOTHING
        chosen = [decision.options[choice] for decision, choice in zip(self.space.decisions, choices, strict=True)]
        return float(sum(name == skip for name, skip in zip(chosen, self._skip, strict=True)))

    def _truth_of(self, choices: Sequence[int] | None) -> float:
        if choices is None:
            return NOTHING
        return float(self.truth[self.space.position(self.space.from_choices(choices))])

    def _derived(self, trial: dict[str, Any]) -> Find:
        choices = trial["derived"]
        if choices is None:
            return Find(missing="failed" if trial["failure"] else "nothing derived")
        architecture = str(self.space.from_choices(choices))
        value = self._truth_of(choices)
        if np.isnan(value):
            return Find(architecture=architecture, missing="truth not known")
        return self._find(np.array([value]), architecture)

    def _highest(self, arm: str, trial: dict[str, Any]) -> Find:
        if trial["failure"]:
            return Find(missing="failed")
        return self._best(np.array(trial["scores"][self.results.design.arms[arm].score]))

    def _best(self, scores: FloatArray) -> Find:
        """Of the pool; among equal scores, the expectation."""
        highest = self.pool[scores == scores.max()]
        architecture = str(self.space.at(int(highest[0]))) if len(highest) == 1 else ""
        return self._find(self.truth[highest], architecture)

    def _find(self, values: FloatArray, architecture: str) -> Find:
        at_or_below = np.searchsorted(self.known, values, side="right")
        return Find(
            accuracy=float(values.mean()),
            regret=float(self.known[-1] - values.mean()),
            rank=float(np.mean(1 + len(self.known) - at_or_below)),
            surpasses=float(np.mean((at_or_below / len(self.known)) ** RANDOM_DRAWS)),
            architecture=architecture,
        )


def _row(arm: str, way: str, before: list[Find], after: list[Find]) -> SearchRow:
    return SearchRow(arm, way, _mean(before), _mean(after), tuple(before), tuple(after))


def _mean(found: Sequence[Find]) -> Find:
    """Over all seeds or none: a mean over those that have a value would be of the seeds that happened to succeed."""
    missing = [one.missing for one in found if one.missing]
    if missing:
        reasons = [f"{reason} ({missing.count(reason)} of {len(found)})" for reason in dict.fromkeys(missing)]
        return Find(missing=", ".join(reasons))
    return Find(*np.mean([(one.accuracy, one.regret, one.rank, one.surpasses) for one in found], axis=0).tolist())
