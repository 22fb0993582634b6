"""The architecture that scores highest when every option of every decision has a score of its own.

Where decisions are free that is the best option of each. Where a space forbids combinations it may know the best, as
that of DARTS does. Elsewhere the free decisions still take their best, and combinations of the others are tried in the
order of what they lose, so that the first allowed one is the best there is. On NAS-Bench-101 it is usually among the
first thousand. Should it be too far down, the answer is the best of many random architectures.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from copy import deepcopy
from itertools import islice
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from torch import Tensor

from nasrank.predictors.arrays import integers
from nasrank.spaces.space import SearchSpace
from nasrank.spaces.subspace import Choosable

Ranks: TypeAlias = tuple[tuple[int, int], ...]
"""Indices of decisions, each with the rank of one of its options; the others have their best, of rank zero."""

MOST_COMBINATIONS = 20_000
"""As many are tried in order; on NAS-Bench-101 that takes a second."""

SAMPLES = 1000
"""Random architectures to choose from when that was not enough."""


def best_choices(space: Choosable, scores: Sequence[Tensor], generator: np.random.Generator) -> list[int]:
    """The allowed choices of greatest total score, or the best that were found where that is too hard.

    Args:
        scores: one vector `(options,)` a decision.
        generator: left where it is, so that asking does not change what is drawn later.
    """
    if (known := _known_to(space, scores)) is not None:
        return known
    tables = [vector.tolist() for vector in scores]
    ranked = [sorted(range(len(table)), key=table.__getitem__, reverse=True) for table in tables]
    best = [options[0] for options in ranked]
    losses = {
        place: [tables[place][best[place]] - tables[place][option] for option in ranked[place]]
        for place, decision in enumerate(space.decisions)
        if not decision.free and len(decision.options) > 1
    }
    places = sorted(losses, key=lambda place: losses[place][1])
    for ranks in islice(cheapest_ranks([losses[place] for place in places]), MOST_COMBINATIONS):
        choices = list(best)
        for index, rank in ranks:
            choices[places[index]] = ranked[places[index]][rank]
        if space.allows(choices):
            return choices

    generator = deepcopy(generator)
    samples = [space.random_choices(generator) for _ in range(SAMPLES)]
    return max(samples, key=lambda sample: sum(table[choice] for table, choice in zip(tables, sample, strict=True)))


def _known_to(space: Choosable, scores: Sequence[Tensor]) -> list[int] | None:
    """What a whole space that forbids combinations says itself; None where it says nothing, or not of such scores."""
    if not isinstance(space, SearchSpace) or type(space).best is SearchSpace.best:
        return None
    if all(decision.free for decision in space.decisions) or not all(vector.isfinite().all() for vector in scores):
        return None
    return list(space.to_choices(space.best([vector.double().numpy() for vector in scores])))


def total_scores(scores: Sequence[Tensor], paths: Sequence[Sequence[int]]) -> npt.NDArray[np.float64]:
    """Sum of the scores of the options that each path chooses, `(paths,)`; ValueError for what is no integer."""
    chosen = integers("paths", paths)
    return np.asarray(np.sum([table.double().numpy()[chosen[:, place]] for place, table in enumerate(scores)], axis=0))


def cheapest_ranks(losses: Sequence[Sequence[float]]) -> Iterator[Ranks]:
    """Every combination once, in the order of its total loss.

    Args:
        losses: of each decision, those of its options by rank, two or more ascending from zero; the decisions are in
            ascending order of the loss of their rank one.
    """
    heap: list[tuple[float, Ranks]] = []

    def push(ranks: Ranks) -> None:
        index, rank = ranks[-1]
        if index < len(losses) and rank < len(losses[index]):
            heapq.heappush(heap, (sum(losses[index][rank] for index, rank in ranks), ranks))

    yield ()
    push(((0, 1),))
    while heap:  # each combination comes from one other, which costs no more
        _, ranks = heapq.heappop(heap)
        yield ranks
        *earlier, (index, rank) = ranks
        push((*earlier, (index, rank + 1)))
        push((*ranks, (index + 1, 1)))
        if rank == 1:
            push((*earlier, (index + 1, 1)))
