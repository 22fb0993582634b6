"""The estimators that every super-net is read against: the same labels without a super-net, and cost without labels.

Their scores are read as they were stored; nothing is fitted here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nasrank.bench.analysis.scores import Side
from nasrank.bench.analysis.summary import Reference
from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.runner.label_sets import estimates_of, first_with_labels_of
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.tasks import Estimate

Sides = dict[tuple[str, str], Side]
"""By estimator and the first row that has its labels; "" for one without labels."""


def references_of(results: Results) -> tuple[Reference, ...]:
    """The baselines of the study, with how many labels they have for its first strategy."""
    design = results.design
    first = first_with_labels_of(design, design.study.strategies[0])
    found = {one.estimator: one for one in _baselines(results) if one.row in ("", first)}
    stored = {name: _stored(results, one) for name, one in found.items()}
    return tuple(Reference(name, one["label"], one["labels"]) for name, one in stored.items())


def baseline_sides(results: Results) -> Sides:
    """Scores of the pool of every baseline; one with labels was fitted anew for each seed, on the labels of a term.

    Raises:
        ValueError: one is not stored, as in results of before they were.
    """
    groups: dict[tuple[str, str], list[Estimate]] = {}
    for estimate in _baselines(results):
        groups.setdefault((estimate.estimator, estimate.row), []).append(estimate)
    return {key: side_of(results, estimates) for key, estimates in groups.items()}


def _baselines(results: Results) -> list[Estimate]:
    names = results.design.study.estimators.baselines
    return [one for one in estimates_of(results.design) if one.estimator in names and not one.stacked_on]


def side_of(results: Results, estimates: Sequence[Estimate]) -> Side:
    """What these scored in the pool, one line each."""
    rows, failures = [], {}
    for estimate in estimates:
        row = estimate_scores(results, estimate)
        if np.isnan(row).any():
            failures[estimate.name] = "it has no scores of the pool"
        rows.append(row)
    return Side(np.stack(rows), failures)


def estimate_scores(results: Results, estimate: Estimate) -> FloatArray:
    """What an estimator scored in the pool, `(n,)`; NaN where it failed, and ValueError when it is not stored."""
    stored = _stored(results, estimate)["scores"].get(estimate.estimator)
    return np.array(stored) if stored is not None else np.full(len(results.design.pool), np.nan)


def label_of(results: Results, estimator: str) -> str:
    """How an estimator that was stored by itself calls itself."""
    return next(
        str(_stored(results, estimate)["label"])
        for estimate in estimates_of(results.design)
        if estimate.estimator == estimator and not estimate.stacked_on
    )


def _stored(results: Results, estimate: Estimate) -> dict[str, Any]:
    """What is stored of it; ValueError when nothing is."""
    if estimate.name not in results.estimates:
        words = "'nasrank report' with their folder adds what is missing"
        raise ValueError(f"{estimate.name} is not among the results: {words}")
    return results.estimates[estimate.name]
