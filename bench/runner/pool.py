"""The architectures that all trials score: drawn at random, but none that is like a landmark.

Those that are like one are scored, too, so that a tau can also be given for the natural pool, from which the landmarks
themselves are missing and nothing else. It is what others print, and it is higher for most methods: what is like one
of a few landmarks is mostly weak, and weak cells are easy to tell apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.runner.design import Architectures, Design, LandmarkSets
from nasrank.bench.runner.identities import identities
from nasrank.bench.runner.truth import Truth
from nasrank.bench.studies.study import Study
from nasrank.spaces import get_space


def passed_over(design: Design, truth: Truth) -> list[Any]:
    """Architectures that came before the last of the pool in the random order it was drawn in, but are not in it.

    Of a pool that was drawn from less than all whose truth is known, those that were recorded.
    """
    if design.drawn_from:
        return list(design.passed_over)
    places = {int(place) for place in truth.places(design.pool)}
    order = _order(design.study, truth)
    last = max(count for count, place in enumerate(order) if place in places)
    return list(truth.at([place for place in order[:last] if place not in places]))


def draw_pool(study: Study, landmarks: list[LandmarkSets], truth: Truth) -> Architectures:
    """From the architectures of known truth: those that come first in a random order and differ from every landmark."""
    space = get_space(study.space)
    chosen = {one for sets in landmarks for architectures in sets.values() for one in architectures}
    barred = {key for one in chosen for key in identities(space, one)}
    every = _architectures(study, truth)
    pool = tuple(islice((one for one in every if not barred & identities(space, one)), study.pool.size))
    if len(pool) < study.pool.size:
        raise ValueError(f"pool.size = {study.pool.size}, but only {len(pool)} differ from every landmark")
    return pool


def draw_lookalikes(study: Study, landmarks: list[LandmarkSets], truth: Truth, pool: Architectures) -> Architectures:
    """What the natural pool of the same size has in place of the last of this one, in the same random order."""
    chosen = {one for sets in landmarks for architectures in sets.values() for one in architectures}
    natural = islice((one for one in _architectures(study, truth) if one not in chosen), study.pool.size)
    strict = set(pool)
    return tuple(one for one in natural if one not in strict)


def _architectures(study: Study, truth: Truth) -> Iterator[Any]:
    """Those of known truth in the random order that a pool is drawn in."""
    return (truth.at([place])[0] for place in _order(study, truth))


def _order(study: Study, truth: Truth) -> list[int]:
    order: list[int] = truth.order(generator(study.common_seed, Purpose.POOL)).tolist()
    return order
