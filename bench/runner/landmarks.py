"""Which architectures are landmarks, and what is said of them.

What is chosen among has a known truth. Labels are that truth; with noise, they are what a cheaper measurement of the
same architectures might have given.
"""

from __future__ import annotations

from typing import get_args

import numpy as np
import numpy.typing as npt

from nasrank.bench.studies.compared import Choice, Order

DROWNING = 1000.0
"""Deviation of a noise in which neither accuracies in percent nor losses in nats can be made out."""

CANDIDATES = 1000
"""Random ones, among which diverse landmarks are looked for."""


def choose_landmarks(
    accuracies: npt.NDArray[np.float64],
    choices: npt.NDArray[np.int64],
    count: int,
    choice: Choice,
    generator: np.random.Generator,
) -> npt.NDArray[np.int64]:
    """Places of `count` landmarks, rising, among candidates of these accuracies `(n,)`.

    `random` draws uniformly; `even` takes evenly spaced ranks from the worst to the best, which only a benchmark can
    know beforehand; `diverse` starts with a random one and adds, again and again, one of the candidates whose least
    edit distance from those there are is greatest.

    What a super-net chooses is not known before it is trained: see `nasrank.bench.runner.chosen`.

    Args:
        choices: of the candidates, `(n, decisions)`. The edit distance of two is how many decisions differ.

    Raises:
        ValueError: fewer than two landmarks, more than candidates, or an unknown choice.
    """
    if not 2 <= count <= len(accuracies):
        raise ValueError(f"cannot choose {count} landmarks: they must be from 2 to the {len(accuracies)} candidates")
    match choice:
        case "random":
            return np.sort(generator.choice(len(accuracies), size=count, replace=False))
        case "even":
            ranks = np.linspace(0, len(accuracies) - 1, count).round().astype(np.int64)
            return np.sort(np.argsort(accuracies, kind="stable")[ranks])
        case "diverse":
            drawn = generator.permutation(len(accuracies))[: max(count, CANDIDATES)]
            return np.sort(drawn[_farthest_first(choices[drawn], count)])
        case _:
            raise ValueError(f"landmark choice {choice!r} is not one of {', '.join(get_args(Choice)[:-1])}")


def _farthest_first(choices: npt.NDArray[np.int64], count: int) -> list[int]:
    """Places of rows `(n, decisions)`, the first first; of equally far ones the first is taken."""
    taken = [0]
    nearest = (choices != choices[0]).sum(axis=1)
    while len(taken) < count:
        nearest[taken[-1]] = -1  # copies of a landmark have distance 0 and are still to be had
        taken.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, (choices != choices[taken[-1]]).sum(axis=1))
    return taken


def refuse_unordered(labels: npt.NDArray[np.float64], whose: str) -> None:
    """ValueError that says whose labels `(n,)` these are, where no two of them have an order to guide by."""
    if not np.isfinite(labels).all():
        raise ValueError(f"{whose}: labels of landmarks are not finite; label_noise is too large")
    if len(np.unique(labels)) < 2:
        raise ValueError(
            f"{whose}: all {len(labels)} landmarks have the label {labels[0]:g}, so that no two of them have an order "
            "to guide by; choose more landmarks, or in another way"
        )


def labels(
    truth: npt.NDArray[np.float64], order: Order, noise: float, generator: np.random.Generator
) -> npt.NDArray[np.float64]:
    """What is said of landmarks of this truth `(n,)`, in its unit.

    Args:
        order: of the `truth`, or `random`, where noise drowns it.
        noise: its standard deviation.
    """
    noise = DROWNING if order == "random" else noise
    if not noise:
        return truth
    with np.errstate(over="ignore"):  # infinite ones are refused by name
        return truth + noise * generator.standard_normal(len(truth))
