"""What a search ends with: what an arm derives, what its own parameters prefer and what scores highest in the pool.

All are looked up in the truth. Whether a search works is more than its ranking says: one good architecture at the top
is enough, and one bad one there is too much. Where a study asks for it, there is also what a query of the table would
choose among the super-nets of a divided space, which no search can know.

A line of one seed has the architecture in `status`, in the space's notation, or why there is none; where several share
the highest score, its numbers are expectations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from nasrank.bench.analysis.baselines import Sides
from nasrank.bench.analysis.frame import NOTHING, TRUTH, Finding
from nasrank.bench.analysis.summary import Pair
from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth
from nasrank.bench.scores.preference import PREFERENCE

DERIVED, HIGHEST = "derived", "highest score"
PREFERRED = "best of the pool by its own parameters"
ORACLE = "chosen by table query among its super-nets (oracle selection)"
BEST_OF_POOL = "best of the pool"
WAYS = (DERIVED, PREFERRED, HIGHEST, ORACLE)
"""How an arm finds something: the `part` of its lines."""

FOUND = ("found_accuracy", "found_regret", "found_rank", "found_surpasses")
"""Truth of what was found; the best truth there is minus it; the rank of it; and the probability that random search of
`RANDOM_DRAWS` finds nothing better. All count the architectures whose truth is known."""

CONTRAST = "preference_contrast"
RANDOM_DRAWS = 10


class Find(NamedTuple):
    """What a search found in one seed, in the order of `FOUND`; `words` are the architecture, or why there is none."""

    numbers: tuple[float, float, float, float] = (NOTHING,) * 4
    words: str = ""


class Search:
    """Looks up what was found."""

    def __init__(self, results: Results, truth: Truth) -> None:
        self.results = results
        self.truth = truth
        self.space = results.design.space
        self.pool = results.design.pool
        self.truth_of_pool = truth.of(self.pool)
        self.known = truth.rising

    def findings(self, pairs: Sequence[Pair], baselines: Sides) -> Iterator[Finding]:
        """Of every arm by each way that any trial of its row goes, of the baselines, and of the best of the pool."""
        done = set()
        for pair in pairs:
            row = self.results.design.rows[pair.name]
            ways = self._ways([trial for arm in row.arms for trial in self.results.of(arm)], pair.score)
            for arm in row.arms:
                trials = self.results.of(arm)
                for way, find in ways.items():
                    at = Finding(arm.name, score=pair.score, part=way)
                    if at.key in done:
                        continue
                    done.add(at.key)
                    yield from self._lines(at, [find(trial) for trial in trials])
                    if way == PREFERRED:
                        yield at._replace(metric=CONTRAST, part="", value=_contrast(trials), n=len(self.pool))
        for (name, labels_of), side in baselines.items():
            at = Finding(labels_of, estimator=name, part=HIGHEST)
            yield from self._lines(at, [self._best(row) for row in side.scores], by_seed=False)
        yield from self._lines(
            Finding(estimator=TRUTH, part=BEST_OF_POOL), [self._best(self.truth_of_pool)], by_seed=False
        )

    def _ways(self, trials: Sequence[dict[str, Any]], score: str) -> dict[str, Callable[[dict[str, Any]], Find]]:
        ways: dict[str, Callable[[dict[str, Any]], Find]] = {}
        if any(trial["derived"] is not None for trial in trials):
            ways[DERIVED] = self._derived
        if any(PREFERENCE in trial["scores"] for trial in trials):
            ways[PREFERRED] = partial(self._highest, PREFERENCE)
        ways[HIGHEST] = partial(self._highest, score)
        if self.results.design.study.analysis.oracle_selection and any(trial.get("parts") for trial in trials):
            ways[ORACLE] = partial(self._by_oracle, score)
        return ways

    def _lines(self, at: Finding, found: Sequence[Find], *, by_seed: bool = True) -> Iterator[Finding]:
        """Means over all seeds or none, as one over those that have a value would be of the seeds that happened to
        succeed; then, where asked for, the seeds."""
        at = at._replace(n=len(self.known))
        missing = [one.words for one in found if np.isnan(one.numbers[0])]
        reasons = [f"{reason} ({missing.count(reason)} of {len(found)})" for reason in dict.fromkeys(missing)]
        means = np.mean([one.numbers for one in found], axis=0).tolist()
        for metric, mean in zip(FOUND, means, strict=True):
            yield at._replace(metric=metric, value=mean, status=", ".join(reasons))
        for seed, one in zip(self.results.design.seeds, found, strict=False) if by_seed else ():
            for metric, value in zip(FOUND, one.numbers, strict=True):
                yield at._replace(seed=seed, metric=metric, value=value, status=one.words)

    def _derived(self, trial: dict[str, Any]) -> Find:
        choices = trial["derived"]
        if choices is None:
            return Find(words="failed" if trial["failure"] else "nothing derived")
        architecture = self.space.from_choices(choices)
        value = self.truth.of([architecture])
        if np.isnan(value[0]):
            return Find(words=f"truth not known of {architecture}")
        return self._find(value, str(architecture))

    def _highest(self, score: str, trial: dict[str, Any]) -> Find:
        if trial["failure"]:
            return Find(words="failed")
        if score not in trial["scores"]:
            return Find(words=f"no {score}")
        return self._best(np.array(trial["scores"][score], dtype=np.float64))

    def _by_oracle(self, score: str, trial: dict[str, Any]) -> Find:
        """Of what each super-net scores highest the best in truth, also among equal scores."""
        if trial["failure"]:
            return Find(words="failed")
        if not trial.get("parts"):
            return Find(words="not divided")
        scores, parts = np.array(trial["scores"][score]), np.array(trial["parts"])
        highest = np.array([scores[parts == part].max() for part in np.unique(parts)])
        offered = scores == highest[np.searchsorted(np.unique(parts), parts)]
        return self._best(np.where(offered, self.truth_of_pool, -np.inf))

    def _best(self, scores: FloatArray) -> Find:
        """Of the pool; among equal scores, the expectation."""
        if np.isnan(scores).any():
            return Find(words="no value")
        highest = np.flatnonzero(scores == scores.max())
        words = str(self.pool[highest[0]]) if len(highest) == 1 else f"{len(highest)} with equal scores"
        return self._find(self.truth_of_pool[highest], words)

    def _find(self, values: FloatArray, words: str) -> Find:
        at_or_below = np.searchsorted(self.known, values, side="right")
        return Find(
            (
                float(values.mean()),
                float(self.known[-1] - values.mean()),
                float(np.mean(1 + len(self.known) - at_or_below)),
                float(np.mean((at_or_below / len(self.known)) ** RANDOM_DRAWS)),
            ),
            words,
        )


def _contrast(trials: Sequence[dict[str, Any]]) -> float:
    """How many times as much the most preferred of the pool weighs as the least; geometric mean over seeds.

    Preferences are sums of logarithms of weights, so that a product of the weights of options is meant.
    """
    if any(PREFERENCE not in trial["scores"] for trial in trials):
        return NOTHING
    return float(np.exp(np.mean([np.ptp(trial["scores"][PREFERENCE]) for trial in trials])))
