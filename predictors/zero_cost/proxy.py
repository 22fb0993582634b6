"""What every zero-cost proxy is: an estimator that measures one untrained network at a time.

    class GradientNorm(Proxy):
        def measure(self, probe):
            return sum(float(layer.gradient.norm()) for layer in probe.descent.layers)

A proxy that has no finite value for a network, such as the correlation of gradients that are all zero, has NaN for it,
and `Proxy.failures` says why.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, ClassVar

import numpy as np

from nasrank.predictors.arrays import FloatArray
from nasrank.predictors.estimator import ESTIMATORS, Context, Estimator
from nasrank.predictors.zero_cost.probe import NotMeasurable, Probe


@dataclass(frozen=True)
class Measured:
    """What a proxy found on one network.

    Attributes:
        value: the score, higher is better; NaN where there is none.
        reason: why there is none; empty where there is one.
        seconds: how long it took, what was computed for several proxies counted with the first that asked for it.
    """

    value: float
    reason: str
    seconds: float


class Proxy(Estimator):
    """A number of an untrained network, in `ESTIMATORS` like every estimator.

    Attributes:
        reference: key of the paper under the file's `References:`, or empty for what nobody claims.
        higher_is_better: whether the authors hold greater measurements for better; it is not adapted to any space.
        images: how many images of the batch it looks at, where the batch has as many; 0 for none.
        keeps_dead_branches: whether operations that no signal crosses are counted, too, where it is set before scoring.
    """

    reference: ClassVar[str]
    higher_is_better: ClassVar[bool] = True
    images: ClassVar[int] = 0
    keeps_dead_branches: bool = False

    def prepare(self, context: Context) -> None:
        """Remember the context, and a seed that its generator decides: 0 where it has none."""
        super().prepare(context)
        self._seed = 0 if context.generator is None else int(context.generator.integers(2**63))
        self.failures: dict[str, str] = {}

    def score(self, architectures: Sequence[Any]) -> FloatArray:
        """One score an architecture `(n,)`, higher is better; NaN where there is none, for which see `failures`."""
        return np.array([self._scored(architecture) for architecture in architectures], dtype=np.float64)

    def _scored(self, architecture: Any) -> float:
        probe = Probe.of(self.context, architecture, seed=self._seed, keeps_dead_branches=self.keeps_dead_branches)
        found = self.measured(probe)
        if found.reason:
            self.failures[str(architecture)] = found.reason
        return found.value

    def measured(self, probe: Probe) -> Measured:
        """The score with the reason where it is NaN, and the seconds that it took."""
        start = perf_counter()
        try:
            value, reason = float(self.measure(probe)), ""
        except NotMeasurable as error:
            value, reason = math.nan, str(error)
        if not reason and not math.isfinite(value):
            value, reason = math.nan, f"it is {value}"
        return Measured(value if self.higher_is_better else -value, reason, perf_counter() - start)

    @abstractmethod
    def measure(self, probe: Probe) -> float:
        """The proxy as its authors define it; whether higher is better says `higher_is_better`.

        Raises:
            NotMeasurable: it is not defined for this network; the message says why.
        """


def proxies() -> dict[str, type[Proxy]]:
    """All registered proxies by name, in the registry's order."""
    return {name: kind for name, kind in ESTIMATORS.items() if issubclass(kind, Proxy)}


def measure_all(wanted: Iterable[Proxy], probe: Probe) -> dict[str, Measured]:
    """What each proxy finds, by its name; they share what the probe computes, and need not be prepared."""
    return {proxy.name: proxy.measured(probe) for proxy in wanted}
