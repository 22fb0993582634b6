"""Two objectives on NAS-Bench-201 that contradict each other, for searchers of fronts."""

from __future__ import annotations

import numpy as np

from nasrank import get_space
from nasrank.bench.ranking.fronts import hypervolume
from nasrank.bench.search.searcher import SEARCHERS, search

SPACE = get_space("nb201")
LARGEST = SPACE.cost(SPACE.from_choices((3,) * 6)).multiply_adds
WORTH = np.array([0.0, 0.6, 0.8, 1.0, 0.3])
NOISE = np.random.default_rng(0).normal(0.0, 0.03, (5,) * 6)


def cheapness(paths):
    return -np.array([SPACE.cost(SPACE.from_choices(path)).multiply_adds / LARGEST for path in paths])


def accuracy_like(paths):
    """Rises with what stands on the edges, less with every edge, and has noise of its own for every architecture."""
    return np.array([np.sqrt(WORTH[list(path)].mean()) + NOISE[tuple(path)] for path in paths])


def volume_found(name, seed, evaluations=400):
    searcher = SEARCHERS[name](SPACE, np.random.default_rng(seed), objectives=2)
    search(searcher, [cheapness, accuracy_like], evaluations=evaluations)
    return hypervolume([searcher.seen[choices] for choices in searcher.front()], [-1.05, -0.05])
