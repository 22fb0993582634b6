"""What a search ends with: what an arm derives, what its own parameters prefer and what scores highest in the pool.

All are looked up in the truth. Whether a search works is more than its ranking says: one good architecture at the top
is enough, and one bad one there is too much. Where a study asks for it, there is also what a query of the table would
choose among the super-nets of a divided space, which no search can know.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import Any

import numpy as np

from nasrank.bench.analysis.baselines import Baselines, BaselineScores
from nasrank.bench.analysis.findings import NOTHING, Contrast, Derivation, Find, SearchRow
from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth
from nasrank.bench.scores.preference import PREFERENCE

DERIVED, HIGHEST = "derived", "highest score"
PREFERRED = "best of the pool by its own parameters"
ORACLE = "chosen by table query among its super-nets (oracle selection)"
BEST_OF_POOL = "best of the pool"
RANDOM_DRAWS = 10

SKIPS = ("skip", "identity")
"""Words in the names of options that pass on what they are given."""


class Search:
    """Looks up what was found."""

    def __init__(self, results: Results, truth: Truth) -> None:
        self.results = results
        self.truth = truth
        self.space = results.design.space
        self.pool = results.design.pool
        self.truth_of_pool = truth.of(self.pool)
        self.known = truth.rising

    def rows(self) -> tuple[SearchRow, ...]:
        """Of every arm, by each way that any of its trials goes."""
        design = self.results.design
        found = []
        for name, row in design.rows.items():
            sides = [self.results.of(arm) for arm in row.arms]
            trials = [trial for side in sides for trial in side]
            ways: dict[str, Callable[[dict[str, Any]], Find]] = {}
            if any(trial["derived"] is not None for trial in trials):
                ways[DERIVED] = self._derived
            if any(PREFERENCE in trial["scores"] for trial in trials):
                ways[PREFERRED] = partial(self._highest, PREFERENCE)
            ways[HIGHEST] = partial(self._highest, row.score)
            if design.study.analysis.oracle_selection and any(trial.get("parts") for trial in trials):
                ways[ORACLE] = partial(self._by_oracle, row.score)
            for way, find in ways.items():
                before, after = ([find(trial) for trial in side] for side in sides)
                found.append(SearchRow(name, way, _mean(before), _mean(after), tuple(before), tuple(after)))
        return tuple(found)

    def references(self, baselines: Baselines[BaselineScores]) -> dict[str, Find]:
        """By label: what the baselines score highest, and the best of the pool.

        A label-matched one of arms with labels of their own is named after the first of them.
        """
        named = {id(one): (one.label, one) for one in baselines.shared.values()}
        for row, others in baselines.own.items():
            for one in others.values():
                named.setdefault(id(one), (f"{one.label}: {self.results.design.rows[row].label}", one))
        found = {label: _mean([self._best(row) for row in one.scores]) for label, one in named.values()}
        return {**found, BEST_OF_POOL: self._best(self.truth_of_pool)}

    def contrasts(self) -> tuple[Contrast, ...]:
        """Of every arm whose own parameters prefer some architectures to others."""
        found = []
        for name, row in self.results.design.rows.items():
            sides = [self.results.of(arm) for arm in row.arms]
            if any(PREFERENCE in trial["scores"] for side in sides for trial in side):
                found.append(Contrast(name, *map(_contrast, sides)))
        return tuple(found)

    def derivations(self) -> tuple[Derivation, ...]:
        """Of every arm that derives architectures during training, without and with landmarks."""
        found = []
        for name, row in self.results.design.rows.items():
            for arm in row.arms:
                finished = [trial for trial in self.results.of(arm) if trial["failure"] is None]
                curves = [[(point["fraction"], point.get("derived")) for point in trial["curve"]] for trial in finished]
                if any(choices for curve in curves for _, choices in curve):
                    found.append(self._derivation(name, arm is row.after, curves))
        return tuple(found)

    def _derivation(self, row: str, after: bool, curves: list[list[tuple[float, list[int] | None]]]) -> Derivation:
        rows = [[choices for _, choices in curve] for curve in curves]
        return Derivation(
            row,
            after,
            fractions=tuple(fraction for fraction, _ in curves[0]),
            accuracy=tuple(tuple(map(self._truth_of, row)) for row in rows),
            skips=tuple(tuple(map(self._skips_of, row)) for row in rows) if any(self._skip) else (),
            derived=sum(choices is not None for row in rows for choices in row),
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
        return float(self.truth.of([self.space.from_choices(choices)])[0])

    def _derived(self, trial: dict[str, Any]) -> Find:
        choices = trial["derived"]
        if choices is None:
            return Find(missing="failed" if trial["failure"] else "nothing derived")
        architecture = str(self.space.from_choices(choices))
        value = self._truth_of(choices)
        if np.isnan(value):
            return Find(architecture=architecture, missing="truth not known")
        return self._find(np.array([value]), architecture)

    def _highest(self, score: str, trial: dict[str, Any]) -> Find:
        if trial["failure"]:
            return Find(missing="failed")
        if score not in trial["scores"]:
            return Find(missing=f"no {score}")
        return self._best(np.array(trial["scores"][score], dtype=np.float64))

    def _by_oracle(self, score: str, trial: dict[str, Any]) -> Find:
        """Of what each super-net scores highest the best in truth, also among equal scores."""
        if trial["failure"]:
            return Find(missing="failed")
        if not trial.get("parts"):
            return Find(missing="not divided")
        scores, parts = np.array(trial["scores"][score]), np.array(trial["parts"])
        highest = np.array([scores[parts == part].max() for part in np.unique(parts)])
        offered = scores == highest[np.searchsorted(np.unique(parts), parts)]
        return self._best(np.where(offered, self.truth_of_pool, -np.inf))

    def _best(self, scores: FloatArray) -> Find:
        """Of the pool; among equal scores, the expectation."""
        if np.isnan(scores).any():
            return Find(missing="no value")
        highest = np.flatnonzero(scores == scores.max())
        architecture = str(self.pool[highest[0]]) if len(highest) == 1 else ""
        return self._find(self.truth_of_pool[highest], architecture)

    def _find(self, values: FloatArray, architecture: str) -> Find:
        at_or_below = np.searchsorted(self.known, values, side="right")
        return Find(
            accuracy=float(values.mean()),
            regret=float(self.known[-1] - values.mean()),
            rank=float(np.mean(1 + len(self.known) - at_or_below)),
            surpasses=float(np.mean((at_or_below / len(self.known)) ** RANDOM_DRAWS)),
            architecture=architecture,
        )


def _contrast(trials: Sequence[dict[str, Any]]) -> float:
    """Preferences are sums of logarithms of weights."""
    if any(PREFERENCE not in trial["scores"] for trial in trials):
        return NOTHING
    return float(np.exp(np.mean([np.ptp(trial["scores"][PREFERENCE]) for trial in trials])))


def _mean(found: Sequence[Find]) -> Find:
    """Over all seeds or none: a mean over those that have a value would be of the seeds that happened to succeed."""
    missing = [one.missing for one in found if one.missing]
    if missing:
        reasons = [f"{reason} ({missing.count(reason)} of {len(found)})" for reason in dict.fromkeys(missing)]
        return Find(missing=", ".join(reasons))
    return Find(*np.mean([(one.accuracy, one.regret, one.rank, one.surpasses) for one in found], axis=0).tolist())
