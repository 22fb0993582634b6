"""Tau on the natural pool, from which the landmarks are missing and nothing else, as in the figures that others print.

What is like one of a few landmarks is mostly weak, and weak cells are easy to tell apart; so most methods have a higher
tau there than on the pool of this report, whether or not they know the landmarks. See `nasrank.bench.runner.pool`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nasrank.bench.analysis.comparison import Comparison
from nasrank.bench.analysis.findings import EstimatorRow
from nasrank.bench.analysis.scores import pool_truth, sides_of, stored_scores
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth


def natural_rows(results: Results, truth: Truth, compare: Comparison) -> tuple[EstimatorRow, ...]:
    """For each arm one row a score; of arms all of whose finished trials scored the natural pool.

    Args:
        results: as they were stored, with the twins of landmarks.
        compare: what the other rows are compared by.
    """
    if not results.design.lookalikes:
        return ()
    design = replace(results.design, pool=results.design.natural_pool, lookalikes=())
    compare = replace(compare, truth=pool_truth(design, truth))
    rows = []
    for name, row in design.rows.items():
        every = [one for arm in row.arms for one in results.of(arm)]
        trials = [one for one in every if not one["failure"]]
        if not trials or not all(trial["lookalike_scores"] for trial in trials):
            continue
        on_natural = Results(design, {one["trial"]: _on_natural(one, results.design) for one in every})
        rows += [
            EstimatorRow(name, score, *compare.values(*sides_of(on_natural, row, score)))
            for score in stored_scores(on_natural.trials[trials[0]["trial"]])
        ]
    return tuple(rows)


def _on_natural(trial: dict[str, Any], design: Design) -> dict[str, Any]:
    """A trial of this design whose scores are of the natural pool."""
    kept = len(design.pool) - len(design.lookalikes)
    scores = {name: [*values[:kept], *trial["lookalike_scores"][name]] for name, values in trial["scores"].items()}
    return {**trial, "scores": scores}
