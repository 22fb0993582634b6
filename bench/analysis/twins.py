"""What is ranked in a report: the pool without architectures that a landmark gives away, see `Design.ranked`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from nasrank.bench.runner.results import Results

T = TypeVar("T")


def without_twins(results: Results) -> Results:
    """The same results, of the pool architectures that have no expression in common with a landmark."""
    design = results.design
    ranked = set(design.ranked)
    kept = [place for place, architecture in enumerate(design.pool) if architecture in ranked]
    if len(kept) == len(design.pool):
        return results
    trials = {name: _trial(trial, kept) for name, trial in results.trials.items()}
    return replace(results, design=replace(design, pool=design.ranked), trials=trials)


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
