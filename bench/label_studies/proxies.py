"""The scores of a file that `nasrank score` wrote, as features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.bench.foundation.files import DataError, sha256_of
from nasrank.bench.scoring.sheet import ScoreSheet, read_scores
from nasrank.predictors.zero_cost.aggregate import AGGREGATES
from nasrank.spaces import Enumerated

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ScoreFile:
    """Proxies of a space's architectures; the mean over seeds where there are several.

    Attributes:
        path: of the file.
        places: of each architecture in the file.
    """

    path: Path
    sheet: ScoreSheet
    places: Mapping[Any, int]

    @classmethod
    def read(cls, path: Path, space: Enumerated[Any]) -> ScoreFile:
        """Raises DataError when there is no such file, or it is of another space."""
        sheet = read_scores(path)
        try:
            places = {space.parse(text): place for place, text in enumerate(sheet.architectures)}
        except ValueError as error:
            raise DataError(f"{path} is not about {space.name}: {error}") from None
        return cls(path, sheet, places)

    @cached_property
    def checksum(self) -> str:
        """Of the file."""
        return sha256_of(self.path)[:16]

    @cached_property
    def scores(self) -> dict[str, FloatArray]:
        """Of every architecture of the file `(n,)` by name of the proxy, higher is better; NaN where there is none."""
        return {
            name: values.mean(axis=0) * (1 if self.sheet.columns[name].higher_is_better else -1)
            for name, values in self.sheet.scores.items()
        }

    def columns(self) -> dict[str, dict[Any, float]]:
        """The same by architecture."""
        return {name: dict(zip(self.places, values.tolist(), strict=True)) for name, values in self.scores.items()}

    def feature(self, kind: str, name: str, architectures: Sequence[Any]) -> dict[str, FloatArray]:
        """Of these architectures `(n,)`: the proxy of this name, the aggregate, or all proxies, each by its own.

        Raises:
            ValueError: there is none of this name, or an architecture was not scored.
        """
        missing = [one for one in architectures if one not in self.places]
        if missing:
            raise DataError(
                f"{self.path} lacks {len(missing)} of {len(architectures)} architectures, first {missing[0]}"
            )
        places = np.array([self.places[one] for one in architectures], dtype=np.int64)
        if kind == "proxies":
            return {key: values[places] for key, values in self.scores.items()}
        if kind == "proxy":
            if name not in self.scores:
                raise DataError(f"{self.path} has no {name!r}; it has {', '.join(self.scores)}")
            return {name: self.scores[name][places]}
        aggregate = AGGREGATES.named(name)
        if absent := [part for part in aggregate.parts if part not in self.scores]:
            raise DataError(f"{self.path} lacks {', '.join(absent)}, which {name} is made of")
        return {name: aggregate.of({part: self.scores[part][places] for part in aggregate.parts}).scores}
