"""An archive of what nothing seen so far surpasses, kept up to date point by point."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.ranking.fronts import non_dominated
from nasrank.bench.search.searcher import Choices


class ParetoArchive:
    """Architectures than which no other told of is better by one objective and worse by none, in the order of telling.

    Architectures of equal values are all kept. To tell of one more compares it with the members only, so that a search
    of thousands does not compare all with all; what was surpassed once is surpassed by a member for ever.

    Args:
        objectives: of how many values there are of an architecture; higher is better.
    """

    def __init__(self, objectives: int) -> None:
        self._members: dict[Choices, FloatArray] = {}
        self._rows = np.empty((64, objectives))  # values of the members in their order, and room for more

    @classmethod
    def of(cls, seen: Mapping[Choices, FloatArray], objectives: int) -> ParetoArchive:
        """The archive of all these, found at once."""
        archive = cls(objectives)
        kept = non_dominated(np.array(list(seen.values())).reshape(len(seen), objectives))
        for (choices, values), inside in zip(seen.items(), kept, strict=True):
            if inside:
                archive._append(choices, values)
        return archive

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, choices: object) -> bool:
        return choices in self._members

    @property
    def members(self) -> list[Choices]:
        return list(self._members)

    @property
    def values(self) -> FloatArray:
        """Of the members in their order, `(n, objectives)`."""
        return self._rows[: len(self)].copy()

    def add(self, choices: Choices, values: FloatArray) -> bool:
        """Tell of an architecture; members that it surpasses leave. Returns whether it is a member now.

        Raises:
            ValueError: it is a member with other values; what it has surpassed is forgotten, so that takes a new
                archive.
        """
        if choices in self._members:
            if not np.array_equal(self._members[choices], values):
                raise ValueError(f"{choices} is in the archive with {self._members[choices]}, not {values}")
            return True
        rows = self._rows[: len(self)]
        no_worse, no_better = np.all(rows >= values, axis=1), np.all(rows <= values, axis=1)
        if np.any(no_worse & ~no_better):
            return False
        surpassed: npt.NDArray[np.bool_] = no_better & ~no_worse
        if np.any(surpassed):
            left = rows[~surpassed]
            for place, member in enumerate(self.members):
                if surpassed[place]:
                    del self._members[member]
            self._rows[: len(left)] = left
        self._append(choices, values)
        return True

    def _append(self, choices: Choices, values: FloatArray) -> None:
        if len(self) == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        self._rows[len(self)] = values
        self._members[choices] = np.array(values)
