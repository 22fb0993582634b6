"""What happened on the way: tau, violated landmark pairs, and what would be derived, seed by seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nasrank.bench.analysis.frame import Finding
from nasrank.bench.analysis.landmarks import VIOLATED, violations
from nasrank.bench.analysis.scores import pool_truth
from nasrank.bench.ranking import METRICS
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth
from nasrank.spaces import SearchSpace

AT = "at {:g} of training"
"""The part of a point on the way."""
ACCURACY, SKIPS = "derived_accuracy", "derived_skips"
_SKIPS = ("skip", "identity")
"""Words in the names of options that pass on what they are given."""


def fraction_of(part: str) -> float:
    """The inverse of `AT`."""
    return float(part.split()[1])


def during_training(results: Results, truth: Truth) -> Iterator[Finding]:
    """Of every arm, a line a seed that finished and point: tau of the first pool architectures, violated pairs, and of
    what it derives the truth and the number of skip connections; NaN where these are not known."""
    pool = pool_truth(results.design, truth)
    skip = _skip_options(results.design.space)
    for arm in {arm.name: arm for row in results.design.rows.values() for arm in row.arms}.values():
        for seed, trial in zip(results.design.seeds_of_arm(arm.name), results.of(arm), strict=True):
            if trial["failure"] is not None:
                continue
            at = Finding(arm.name, seed=seed, score=arm.score)
            for point in trial["curve"]:
                here = at._replace(part=AT.format(point["fraction"]))
                n = len(point["scores"])
                yield here._replace(value=METRICS["tau"](np.array(point["scores"]), pool[:n]), n=n)
                if "derived" in point:
                    yield from _derived(results.design.space, truth, skip, point["derived"], here)
            for fraction, share in violations(trial).items():
                yield at._replace(metric=VIOLATED, part=AT.format(fraction), value=share)


def _derived(
    space: SearchSpace[Any], truth: Truth, skip: Sequence[str | None], choices: Sequence[int] | None, at: Finding
) -> Iterator[Finding]:
    """Nothing where there was no architecture yet."""
    if choices is None:
        return
    value = float(truth.of([space.from_choices(choices)])[0])
    unknown = "" if value == value else "truth not known"
    yield at._replace(metric=ACCURACY, value=value, n=1, status=unknown)
    if any(skip):
        chosen = [decision.options[choice] for decision, choice in zip(space.decisions, choices, strict=True)]
        yield at._replace(
            metric=SKIPS, value=float(sum(name == one for name, one in zip(chosen, skip, strict=True))), n=1
        )


def _skip_options(space: SearchSpace[Any]) -> list[str | None]:
    """The option of each decision that is a skip connection."""
    names = [decision.options for decision in space.decisions]
    return [next((name for name in options if any(word in name for word in _SKIPS)), None) for options in names]
