"""Cost as a predictor: the larger network is taken for the better one. Needs no label and no training.

It is the baseline that a trained super-net has to beat first: on NAS-Bench-201 the parameter count alone reaches a
Kendall's tau near 0.6 over the whole space.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.spaces.space import SearchSpace


@dataclass(frozen=True)
class ParameterCount:
    """Score = trainable parameters of the stand-alone network."""

    space: SearchSpace[Any]
    name = "parameters"
    label = "parameter count"

    def score(self, architectures: Sequence[Any]) -> npt.NDArray[np.float64]:
        return np.array([self.space.cost(architecture).parameters for architecture in architectures], dtype=float)


@dataclass(frozen=True)
class MultiplyAdds:
    """Score = multiply-adds of the stand-alone network for one image."""

    space: SearchSpace[Any]
    name = "multiply_adds"
    label = "FLOPs"

    def score(self, architectures: Sequence[Any]) -> npt.NDArray[np.float64]:
        return np.array([self.space.cost(architecture).multiply_adds for architecture in architectures], dtype=float)
