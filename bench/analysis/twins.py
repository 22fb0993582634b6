"""What is ranked in a report: the pool without architectures that a landmark gives away.

A pool is drawn without what the benchmark holds isomorphic to a landmark, and without what computes the same once edges
that cannot matter are left out. Neither sees that a sum may be written in another order, or that a skip connection may
take another way. Such a twin of a landmark, of any arm and seed, was trained on as that landmark; what it scores says
nothing about how guidance ranks other architectures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from nasrank.bench.runner.design import Design
from nasrank.bench.runner.results import Results

T = TypeVar("T")


def without_twins(results: Results) -> Results:
    """The same results, of the pool architectures that have no expression in common with a landmark."""
    design = results.design
    kept = _kept(design)
    if len(kept) == len(design.pool):
        return results
    pool = tuple(_of(design.pool, kept))
    return Results(replace(design, pool=pool), {name: _trial(trial, kept) for name, trial in results.trials.items()})


def _kept(design: Design) -> list[int]:
    """Places in the pool."""
    expressions, sets = design.space.expressions, [design.landmarks, *design.own_landmarks.values()]
    landmarks = {landmark for one in sets for architectures in one.values() for landmark in architectures}
    barred = {text for landmark in landmarks for text in expressions(landmark)}
    return [place for place, architecture in enumerate(design.pool) if not barred & expressions(architecture)]


def _trial(trial: dict[str, Any], kept: Sequence[int]) -> dict[str, Any]:
    """With the scores of these architectures; those during training are of the first few."""
    curve = [
        {**point, "scores": _of(point["scores"], [place for place in kept if place < len(point["scores"])])}
        for point in trial["curve"]
    ]
    return {
        **trial,
        "scores": {name: _of(values, kept) for name, values in trial["scores"].items()},
        "curve": curve,
        "parts": _of(trial["parts"], kept) if trial.get("parts") else trial.get("parts"),
    }


def _of(values: Sequence[T], kept: Sequence[int]) -> list[T]:
    return [values[place] for place in kept]
