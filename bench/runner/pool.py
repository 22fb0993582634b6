"""The architectures that all trials score: drawn at random, but none that is like a landmark.

Those that are like one are scored, too, so that a tau can also be given for the natural pool, from which the landmarks
themselves are missing and nothing else. It is what others print, and it is higher for most methods: what is like one
of a few landmarks is mostly weak, and weak cells are easy to tell apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np
import numpy.typing as npt

from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.identities import identities
from nasrank.bench.studies.study import Study
from nasrank.spaces import get_enumerated

Known = npt.NDArray[np.bool_]
"""Whether the truth of an architecture is known, by position."""

LandmarkSets = dict[int, tuple[int, ...]]
"""Positions of the landmarks of each seed."""


def passed_over(design: Design, known: Known) -> list[int]:
    """Positions that came before the last of the pool in the random order it was drawn in, but are not in it."""
    pool = set(design.pool)
    order = list(_order(design.study, known))
    last = max(place for place, position in enumerate(order) if position in pool)
    return [position for position in order[:last] if position not in pool]


def draw_pool(study: Study, landmarks: list[LandmarkSets], known: Known) -> tuple[int, ...]:
    """From the architectures of known truth: those that come first in a random order of the whole space."""
    candidates = (position for position, allowed in _in_random_order(study, landmarks, known) if allowed)
    pool = tuple(islice(candidates, study.pool.size))
    if len(pool) < study.pool.size:
        raise ValueError(f"pool.size = {study.pool.size}, but only {len(pool)} differ from every landmark")
    return pool


def draw_lookalikes(
    study: Study, landmarks: list[LandmarkSets], known: Known, pool: tuple[int, ...]
) -> tuple[int, ...]:
    """What the natural pool of the same size has in place of the last of this one, in the same random order."""
    chosen = {position for sets in landmarks for positions in sets.values() for position in positions}
    natural = islice((position for position in _order(study, known) if position not in chosen), study.pool.size)
    strict = set(pool)
    return tuple(position for position in natural if position not in strict)


def _in_random_order(study: Study, landmarks: list[LandmarkSets], known: Known) -> Iterator[tuple[int, bool]]:
    """Positions of known truth, and whether they differ from every landmark."""
    space = get_enumerated(study.space)
    positions = {position for sets in landmarks for positions in sets.values() for position in positions}
    barred = {key for position in positions for key in identities(space, position)}
    for position in _order(study, known):
        yield position, not barred & identities(space, position)


def _order(study: Study, known: Known) -> Iterator[int]:
    """Positions of known truth in the random order that a pool is drawn in."""
    order = generator(study.common_seed, Purpose.POOL).permutation(len(get_enumerated(study.space)))
    return map(int, order[known[order]])
