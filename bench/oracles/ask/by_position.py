"""Values of architectures by their position in a space: of all of them, or of a few of very many."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from nasrank.spaces.integers import IntArray


@dataclass(frozen=True, eq=False)
class ByPosition:
    """One number of each architecture of a space that has one.

    Attributes:
        values: `(n,)`, NaN where none is known.
        positions: whose they are, `(n,)`, ascending; None where they are those of every position, one after the other.
    """

    values: npt.NDArray[np.float64]
    positions: IntArray | None = None

    @property
    def known(self) -> int:
        """How many architectures have one."""
        return int(np.isfinite(self.values).sum())

    def of(self, positions: IntArray) -> npt.NDArray[np.float64]:
        """At these positions, `(m,)`; NaN where none is known."""
        if self.positions is None:
            return self.values[positions]
        if not len(self.positions):
            return np.full(len(positions), np.nan)
        place = np.minimum(np.searchsorted(self.positions, positions), len(self.positions) - 1)
        return np.where(self.positions[place] == positions, self.values[place], np.nan)

    def negative(self) -> ByPosition:
        """The same with every sign changed."""
        return replace(self, values=-self.values)
