"""Strategies that end with several super-nets: how well each ranks its part, and whether their scores compare."""

from __future__ import annotations

from typing import Any

import numpy as np

from nasrank.bench.analysis.findings import NOTHING
from nasrank.bench.analysis.scores import pool_truth, side
from nasrank.bench.analysis.summary import PartsRow
from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.ranking.metrics import kendall_tau_within
from nasrank.bench.runner.arms import Arm
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth


def parts_rows(results: Results, truth: Truth) -> tuple[PartsRow, ...]:
    """One for each arm whose trials say which super-net scored what; NaN where a trial failed."""
    pool, rows = pool_truth(results.design, truth), list(results.design.rows.values())
    found = []
    for row in rows:
        if any(trial.get("parts") for arm in row.arms for trial in results.of(arm)):
            sides = [_side(results, pool, *pair) for pair in zip(row.arms, rows[0].arms, strict=True)]
            found.append(PartsRow(row.name, *(value for pair in zip(*sides, strict=True) for value in pair)))
    return tuple(found)


def _side(results: Results, pool: FloatArray, arm: Arm, first: Arm) -> tuple[float, float, float]:
    """Super-nets, tau over the pairs of one super-net, and that of the first arm; means over seeds."""
    trials, whole_trials = (results.of(one) for one in (arm, first))
    own, whole = (side(results, one).scores for one in (arm, first))
    values = [
        _of_seed(trial, own[place], whole[place], pool, whole_is_one=not whole_trial.get("parts"))
        for place, (trial, whole_trial) in enumerate(zip(trials, whole_trials, strict=True))
    ]
    supernets, within, whole_within = np.mean(values, axis=0).tolist()
    return supernets, within, whole_within


def _of_seed(
    trial: dict[str, Any], own: FloatArray, whole: FloatArray, pool: FloatArray, *, whole_is_one: bool
) -> tuple[float, float, float]:
    if trial["failure"] is not None or np.isnan(own).any():
        return NOTHING, NOTHING, NOTHING
    parts = np.array(trial["parts"])
    comparable = whole_is_one and not np.isnan(whole).any()
    return (
        float(len(np.unique(parts))),
        kendall_tau_within(own, pool, parts),
        kendall_tau_within(whole, pool, parts) if comparable else NOTHING,
    )
