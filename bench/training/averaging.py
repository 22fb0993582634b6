"""Averages of the shared weights over the steps of a training, beside which they go on as they would without them.

A step changes the weights on its paths and no others, most of a super-net rests. So an average takes in the value of a
weight only when a step is about to change it, for all the steps over which the weight has had that value; when an
average is read, the present values are taken in for the steps since. Both averages here can be moved so, in one
operation for each weight that a step changes.

References:
    [Izmailov2018] Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization", UAI 2018.
    [Polyak1992] Polyak & Juditsky, "Acceleration of Stochastic Approximation by Averaging", SIAM J. Control 1992.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from math import exp, expm1
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nasrank.spaces.supernet import SuperNet

Kind = Literal["ema", "last_third"]


@dataclass(frozen=True)
class Average:
    """One way to average weights over the steps of a training, of which step 0 is its start.

    Attributes:
        kind: `ema`, an exponential moving average [Polyak1992], or `last_third`, the mean over the last third of the
            steps [Izmailov2018], before which it is the weights as they are.
        horizon: of a moving average, as a fraction of the training: steps so far back count 1/e of the latest. Its
            decay is never more than (1 + step) / (10 + step), so that the start is soon forgotten.
    """

    kind: Kind
    horizon: float = 0.0

    @property
    def name(self) -> str:
        """By which snapshots know it."""
        return f"{self.kind}-{self.horizon:g}" if self.kind == "ema" else self.kind

    def begins(self, total: int) -> int:
        """The first step of `total` that it counts."""
        return total - max(1, round(total / 3)) + 1 if self.kind == "last_third" else 0

    def share(self, since: int, upto: int, total: int) -> float:
        """How much of the average after step `upto` of `total` a weight's value makes up that it has had `since`."""
        if self.kind == "last_third":
            first = self.begins(total)
            return (upto - max(since, first) + 1) / (upto - first + 1) if upto >= first else 1.0
        kept = _log_kept(self.horizon, total)
        return -expm1(float(kept[upto] - kept[since - 1])) if since else 1.0


@lru_cache(maxsize=8)
def _log_kept(horizon: float, total: int) -> npt.NDArray[np.float64]:
    """Logarithm of what the steps from 1 on leave of the start, after each step `(total + 1,)`."""
    steps = np.arange(1, total + 1)
    decays = np.minimum(exp(-1 / max(horizon * total, 1e-2)), (1 + steps) / (10 + steps))
    return np.concatenate([[0.0], np.cumsum(np.log(decays))])


class Averages:
    """Averages of the weights of one super-net over one training of it; buffers, such as statistics, have none.

    Attributes:
        asked: those that are kept.
        done: steps of the training, and `total` of the whole of it.
    """

    changing: ClassVar[tuple[str, ...]] = ("done", "total", "_since", "_values")

    def __init__(self, supernet: SuperNet, asked: Sequence[Average] = ()) -> None:
        self.asked = tuple(asked)
        self.done = self.total = 0
        self._weights = list(supernet.parameters()) if asked else []
        self._since = [0] * len(self._weights)
        self._values = {one.name: [weight.detach().clone() for weight in self._weights] for one in asked}

    def of(self, supernet: SuperNet) -> Averages:
        """The same averages of another super-net, from its start on."""
        return Averages(supernet, self.asked)

    def forget(self) -> None:
        """Of a super-net whose training is over: the room is given back."""
        self._weights, self._since, self._values = [], [], {}

    @torch.no_grad()
    def before_update(self, done: int, total: int) -> None:
        """The training loop is about to change the weights that have a gradient, in the step after so many of them."""
        self.done, self.total = done + 1, total
        changed = [place for place, weight in enumerate(self._weights) if weight.grad is not None]
        for average in self.asked:
            if done >= average.begins(total):
                values = self._values[average.name]
                for place in changed:
                    values[place].lerp_(self._weights[place], average.share(self._since[place], done, total))
        for place in changed:
            self._since[place] = self.done

    @contextmanager
    def in_place(self, average: Average | None) -> Iterator[None]:
        """While this lasts, the super-net has an average of its weights; None leaves it as it is.

        Raises:
            ValueError: the average is none of those that are kept.
        """
        if average is None:
            yield
            return
        if average.name not in self._values:
            raise ValueError(f"no average {average.name!r} of these weights is kept")
        present: list[Tensor] = []
        try:
            with torch.no_grad():
                for weight, value, since in zip(self._weights, self._values[average.name], self._since, strict=True):
                    present.append(weight.detach().clone())
                    share = average.share(since, self.done, self.total)
                    weight.copy_(torch.lerp(value.to(weight.device), weight, share))
            yield
        finally:
            with torch.no_grad():
                for weight, value in zip(self._weights, present, strict=False):
                    weight.copy_(value)
