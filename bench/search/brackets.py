"""Hyperband's brackets [Li2017]: many architectures trained for a little, the best of them for longer, and so on.

References:
    [Li2017] Li, Jamieson, DeSalvo, Rostamizadeh & Talwalkar, "Hyperband: Bandit-Based Configuration Evaluation for
        Hyperparameter Optimization", ICLR 2017.
"""

from __future__ import annotations

from typing import NamedTuple


class Rung(NamedTuple):
    """So many architectures are trained for so many epochs."""

    architectures: int
    epochs: int


def brackets(fewest: int, most: int, eta: int) -> list[list[Rung]]:
    """Every bracket, that with the most architectures first; a rung keeps the best of the one before, one in `eta`.

    With s + 1 rungs, bracket s begins with floor((S + 1) / (s + 1)) eta^s architectures, S being the largest s: the
    numbers of table 1 of the paper, whose formula rounds otherwise. Its last rung trains for `most` epochs and each
    before that for an eta-th of the next, rounded down.

    Args:
        fewest: epochs; no rung trains for fewer, before rounding.
        most: epochs, at least as many.
        eta: 2 or more.
    """
    largest = 0
    while fewest * eta ** (largest + 1) <= most:
        largest += 1
    return [
        [Rung((largest + 1) // (s + 1) * eta ** (s - rung), most // eta ** (s - rung)) for rung in range(s + 1)]
        for s in range(largest, -1, -1)
    ]
