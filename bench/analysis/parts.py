"""Strategies that end with several super-nets: how well each ranks its part, and whether their scores compare."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from nasrank.bench.analysis.frame import NOTHING, Finding
from nasrank.bench.analysis.ranked import Ranked
from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.ranking.metrics import kendall_tau_within
from nasrank.bench.runner.arms import Arm

WITHIN = "pairs within a super-net"
"""The part: pairs of the pool that the same super-net scored. `SAME` is the first row's tau over these same pairs."""
SAME = "the same pairs by the first row"
SUPERNETS = "supernets"


def within_supernets(ranked: Ranked) -> Iterator[Finding]:
    """Of each arm whose trials say which super-net scored what, means over seeds; NaN where a trial failed.

    The first row's are NaN where that has several super-nets, too.
    """
    results, first = ranked.scored.results, ranked.pairs[0]
    rows = results.design.rows
    done = set()
    for pair in ranked.pairs:
        arms = rows[pair.name].arms
        if not any(trial.get("parts") for arm in arms for trial in results.of(arm)):
            continue
        for arm, whole in zip(arms, rows[first.name].arms, strict=True):
            if (arm.name, pair.score) in done:
                continue
            done.add((arm.name, pair.score))
            supernets, own, of_whole = _means(ranked, arm, pair.score, whole, first.score)
            at = Finding(arm.name, score=pair.score, part=WITHIN, n=len(results.design.pool))
            yield at._replace(metric=SUPERNETS, value=supernets)
            yield at._replace(value=own)
            yield at._replace(value=of_whole, part=SAME)


def _means(ranked: Ranked, arm: Arm, score: str, whole: Arm, whole_score: str) -> tuple[float, float, float]:
    """Super-nets that scored any of the pool, tau over the pairs of one super-net, and that of the first row's arm."""
    trials, whole_trials = ranked.scored.results.of(arm), ranked.scored.results.of(whole)
    own, others = ranked.scored.side(arm, score).scores, ranked.scored.side(whole, whole_score).scores
    values = [
        _of_seed(trial, own[place], others[place], ranked.compare.truth, whole_is_one=not whole_trial.get("parts"))
        for place, (trial, whole_trial) in enumerate(zip(trials, whole_trials, strict=False))
    ]
    supernets, within, whole_within = np.mean(values, axis=0).tolist()
    return supernets, within, whole_within


def _of_seed(
    trial: dict[str, Any], own: FloatArray, whole: FloatArray, truth: FloatArray, *, whole_is_one: bool
) -> tuple[float, float, float]:
    if trial["failure"] is not None or np.isnan(own).any():
        return NOTHING, NOTHING, NOTHING
    parts = np.array(trial["parts"])
    comparable = whole_is_one and not np.isnan(whole).any()
    return (
        float(len(np.unique(parts))),
        kendall_tau_within(own, truth, parts),
        kendall_tau_within(whole, truth, parts) if comparable else NOTHING,
    )
