"""What is chosen: how often each option, and which option by which decision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nasrank.predictors.arrays import FloatArray
from nasrank.predictors.encodings.encoding import ENCODINGS, Encoding
from nasrank.spaces.decisions import Decision
from nasrank.spaces.space import SearchSpace


class Choices(Encoding):
    """As of `encode`."""

    name = "choices"
    label = "choices"

    def rows(self, space: SearchSpace[Any], architectures: Sequence[Any]) -> FloatArray:
        return encode(space, architectures)


ENCODINGS.register(Choices())


class EffectiveChoices(Encoding):
    """Choices of what is left of an architecture when operations that no signal crosses are taken away."""

    name = "effective_choices"
    label = "choices that have an effect"

    def rows(self, space: SearchSpace[Any], architectures: Sequence[Any]) -> FloatArray:
        return encode(space, [space.functional(one, silence_is_zero=True) for one in architectures])


ENCODINGS.register(EffectiveChoices())


def encode(space: SearchSpace[Any], architectures: Sequence[Any]) -> FloatArray:
    """Counts of each option, one-hot choices of each decision, then how far up an ordered one is.

    `(n, distinct options + all options + ordered decisions)`. Options of different decisions count together when they
    have the same name, and numbers when the decisions are between the same ones. An ordered decision is 0 at its first
    option and 1 at its last, between them by its values where it has some, else evenly. A decision that an architecture
    does not depend on is as if it had chosen none.
    """
    decisions = len(space.decisions)
    choices = np.array([space.to_choices(architecture) for architecture in architectures], dtype=np.int64)
    active = np.array([space.active(architecture) for architecture in architectures], dtype=bool)
    choices, active = choices.reshape(-1, decisions), active.reshape(-1, decisions)
    one_hot = np.concatenate(
        [
            np.eye(len(decision.options))[choices[:, place]] * active[:, [place]]
            for place, decision in enumerate(space.decisions)
        ],
        axis=1,
    )
    columns = [(option, decision.values) for decision in space.decisions for option in decision.options]
    counts = one_hot @ np.array([[float(column == kind) for kind in sorted(set(columns))] for column in columns])
    levels = [
        _heights(decision)[choices[:, place]] * active[:, place]
        for place, decision in enumerate(space.decisions)
        if decision.ordered
    ]
    return np.column_stack([counts, one_hot, *levels])


def _heights(decision: Decision) -> FloatArray:
    """How far up each option of an ordered decision is, `(options,)`, from 0 to 1."""
    values = np.array(decision.values or range(len(decision.options)), dtype=np.float64)
    return np.asarray((values - values[0]) / (np.ptp(values) or 1.0))
