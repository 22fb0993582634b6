"""What every estimator is: a way to score architectures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt


class Estimator(Protocol):
    """Scores architectures.

    Attributes:
        name: key in tables and stored results.
        label: how tables and figures call it.
    """

    name: str
    label: str

    def score(self, architectures: Sequence[Any]) -> npt.NDArray[np.float64]:
        """One score an architecture `(n,)`, higher is better."""
