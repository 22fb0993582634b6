"""What scores are read against: what a network costs, and a ridge on the same labels.

They are the registered estimators, imported from where they are: the registry would load all others, and torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nasrank.bench.judging.alignment import Pool
from nasrank.bench.ranking.arrays import FloatArray
from nasrank.predictors import Context, Labels
from nasrank.predictors.costs import CostEstimator, MultiplyAdds, ParameterCount
from nasrank.predictors.labelled.label_matched import LabelMatchedRidge
from nasrank.spaces import Cost, Enumerated

COSTS: tuple[type[CostEstimator], ...] = (ParameterCount, MultiplyAdds)


def baseline_scores(space: Enumerated[Any], pool: Pool) -> tuple[dict[str, FloatArray], dict[str, str], list[str]]:
    """Scores of the pool `(1, n)` by estimator, what tables call each, and notes on those that there cannot be.

    They are the costs, and the ridge where two architectures or more have labels.
    """
    scores, labels, notes = {}, {}, []
    parameters, multiply_adds = space.costs(pool.positions)
    networks = [Cost(int(a), int(b)) for a, b in zip(parameters, multiply_adds, strict=True)]
    for kind in COSTS:
        scores[kind.name] = np.array([[kind.number(network) for network in networks]], dtype=np.float64)
        labels[kind.name] = kind.label
    if len(pool.labelled) >= 2:
        known = Labels([space.at(int(one)) for one in pool.labelled], pool.labels)
        ridge = LabelMatchedRidge().prepared(Context(space, labels=known))
        scores[ridge.name] = ridge.score([space.at(int(one)) for one in pool.positions])[None]
        labels[ridge.name] = f"{ridge.label} ({len(pool.labelled)})"
    elif pool.counts.labelled:
        notes.append("one label is too few for a ridge on the same labels")
    return scores, labels, notes


def renamed(scores: Mapping[str, FloatArray], taken: Mapping[str, FloatArray]) -> dict[str, str]:
    """A name for each baseline that no column of the caller's has, by its own name."""
    return {name: name if name not in taken else f"{name} (baseline)" for name in scores}
