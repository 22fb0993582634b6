"""The groups of table studies: their architectures without gaps, and what intervals over these are over."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from nasrank.bench.table_studies.measured import Measured
from nasrank.bench.tabulation.grouping import Grouping, grouping
from nasrank.bench.tabulation.reliability import Reliability, reliability
from nasrank.spaces import get_enumerated

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Group:
    """The runs of a group without gaps.

    Attributes:
        there: which architectures are part of it `(architectures measured,)`.
    """

    measured: Measured
    there: npt.NDArray[np.bool_]

    @cached_property
    def values(self) -> FloatArray:
        """Accuracies in percent, or perplexities, `(seeds, architectures)`."""
        return self.measured.values[:, self.there]

    @cached_property
    def names(self) -> list[str]:
        """Of the architectures."""
        return [name for name, kept in zip(self.measured.architectures, self.there, strict=True) if kept]

    @cached_property
    def units(self) -> npt.NDArray[np.int64]:
        """What each architecture counts for `(architectures,)`: itself, or with others those of its generator."""
        if self._grouping is None:
            return np.arange(len(self.names))
        return np.unique(np.array(self._grouping.labels), axis=0, return_inverse=True)[1].ravel()

    @property
    def level(self) -> str:
        """What units of several architectures are called, such as paths; empty where a unit is one architecture."""
        return self._grouping.groups if self._grouping else ""

    @cached_property
    def means(self) -> FloatArray:
        """Of each architecture `(architectures,)`."""
        return self.values.mean(axis=0) if len(self.values) else np.empty(0)

    @cached_property
    def means_of_units(self) -> FloatArray:
        """`(units,)`."""
        return np.array([self.means[self.units == one].mean() for one in np.unique(self.units)])

    @cached_property
    def reliability(self) -> Reliability | None:
        """None with too few architectures."""
        return reliability(self.values, self._grouping)

    @cached_property
    def _grouping(self) -> Grouping | None:
        space = get_enumerated(self.measured.space)
        return grouping(space, [space.parse(name) for name in self.names])


def group_of(measured: Measured) -> Group:
    """The architectures whose every run has a value."""
    return Group(measured, np.asarray(np.isfinite(measured.values).all(axis=0)))
