"""How far two options of a decision pull the other shared weights apart, and how best to separate them [Hu2022].

The distance of two options is 1 minus the cosine similarity of the gradients of the loss along two paths that differ
in that decision alone, on the same images, over all shared weights but those of one option alone. A weight that a path
does not use, for instance behind a `none`, has a gradient of zero. The distance lies in [0, 2].

References:
    [Hu2022] Hu et al., "Generalizing Few-Shot NAS with Gradient Matching", ICLR 2022.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nasrank.bench.training.step import Step
from nasrank.spaces.supernet import HardPath

Gradient: TypeAlias = Sequence[Tensor | None]
"""Of every weight of a super-net; None for one that the path does not use."""

Groups: TypeAlias = tuple[tuple[int, ...], tuple[int, ...]]


def option_distances(
    step: Step, path: HardPath, options: Mapping[int, Sequence[int]]
) -> dict[int, npt.NDArray[np.float64]]:
    """For decisions by place, the distances `(options, options)` of their options, the others being those of the path.

    The path itself takes one option of each of these decisions, so that it costs one forward-backward pass, and any
    other option one more.
    """
    own = _gradient(step, path)

    def varied(place: int, option: int) -> Gradient:
        return own if option == path[place] else _gradient(step, [*path[:place], option, *path[place + 1 :]])

    return {place: _distances([varied(place, option) for option in known]) for place, known in options.items()}


def _gradient(step: Step, path: HardPath) -> Gradient:
    return torch.autograd.grad(step.loss(path), list(step.supernet.parameters()), allow_unused=True)


def _distances(gradients: Sequence[Gradient]) -> npt.NDArray[np.float64]:
    """Of all pairs, which are read together; a gradient of zero is at distance 1 from any other."""
    vectors = _shared(gradients)
    distances = np.zeros((len(gradients), len(gradients)))
    pairs = list(combinations(range(len(gradients)), 2))
    if not pairs:
        return distances
    cosines = [torch.cosine_similarity(vectors[one], vectors[other], dim=0) for one, other in pairs]
    for (one, other), cosine in zip(pairs, torch.stack(cosines).tolist(), strict=True):
        distances[one, other] = distances[other, one] = 1.0 - cosine
    return distances


def _shared(gradients: Sequence[Gradient]) -> list[Tensor]:
    """One vector a path, of the weights that more than one of them uses."""
    vectors: list[list[Tensor]] = [[] for _ in gradients]
    for parts in zip(*gradients, strict=True):
        used = [part for part in parts if part is not None]
        if len(used) > 1:
            for vector, part in zip(vectors, parts, strict=True):
                vector.append((torch.zeros_like(used[0]) if part is None else part).flatten())
    return [torch.cat(vector) for vector in vectors]


def best_cut(distances: npt.NDArray[np.float64]) -> Groups:
    """Two groups, equal in size up to one, with the least sum of distances within them: so the greatest between."""
    options = range(len(distances))
    cuts = [
        (group, tuple(option for option in options if option not in group))
        for group in combinations(options, len(distances) // 2)
    ]
    return max(cuts, key=lambda groups: cut_score(distances, groups))


def cut_score(distances: npt.NDArray[np.float64], groups: Groups) -> float:
    """The sum of the distances between options of different groups."""
    return float(distances[np.ix_(*groups)].sum())
