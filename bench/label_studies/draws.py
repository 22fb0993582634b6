"""Which architectures of a subject are labelled in a draw, and which are ranked."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.label_studies.subject import Subject

IntArray = npt.NDArray[np.int64]


class Draw(NamedTuple):
    """Places among the architectures of a subject.

    Attributes:
        labelled: `(count,)`.
        ranked: all others of known truth, without the landmarks of super-nets.
        unit: what this draw shares with others: those of one unit are not independent of each other.
        seed: of the super-nets.
    """

    labelled: IntArray
    ranked: IntArray
    unit: int
    seed: int


def draw_labels(subject: Subject, name: str, truth: str, count: int, number: int) -> Draw:
    """The labels of draw `number`: the first of one random order, so that more of them hold fewer.

    Where there are super-nets, the landmarks of a seed come first, and draws take turns with the seeds: a guided
    super-net has seen its landmarks, so that they are paid for, and whatever is labelled besides is of the pool. Draws
    of one seed share its super-nets, which is their unit.

    Args:
        name: of the part.

    Raises:
        ValueError: there are not so many architectures of known truth.
    """
    known = np.isfinite(subject.truths[truth])
    if subject.supernets is None:
        order = generator(number, Purpose.LABELS, name).permutation(len(subject.architectures))
        order = order[known[order]]
        first, unit, seed = np.empty(0, dtype=np.int64), number, 0
    else:
        seeds = subject.supernets.seeds
        seed = unit = seeds[number % len(seeds)]
        first = np.array([subject.places[one] for one in subject.supernets.landmarks(seed)], dtype=np.int64)
        first = generator(number, Purpose.LABELS, f"{name} landmarks").permutation(first)
        order = generator(number, Purpose.LABELS, name).permutation(subject.supernets.pool)
        order = order[known[order]]
    more = max(count - len(first), 0)
    if more >= len(order):
        raise ValueError(f"{name}: {count} labels of {len(first) + len(order)} architectures leave none to rank")
    return Draw(np.concatenate([first[:count], order[:more]]), np.sort(order[more:]), unit, seed)
