"""A part of a label study as it is worked with: its architectures, their truth, and every feature by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.label_studies.grammar import SUPERNET_KINDS, TRUTH_KIND, PartSection
from nasrank.bench.label_studies.proxies import ScoreFile
from nasrank.bench.label_studies.supernets import SuperNetScores
from nasrank.bench.oracles import open_oracle
from nasrank.bench.runner.truth import truth_in
from nasrank.predictors.encodings.computed_once import EncodedOnce
from nasrank.spaces import Enumerated, get_enumerated

COORDINATES = ("plain_activations", "guided_activations")
"""Kinds of features that are several numbers in one geometry."""

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Subject:
    """Architectures of a part. Where it has super-nets, these are their ranked pool, then their landmarks.

    Attributes:
        architectures: all that may be labelled or ranked.
        truths: of each `(n,)`, by the name of the truth; NaN where it is not known.
        supernets: what the super-nets of the part's study score, if it names one.
        proxies: what the part's score file holds, if it names one.
    """

    part: PartSection
    space: Enumerated[Any]
    architectures: Sequence[Any]
    truths: Mapping[str, FloatArray]
    supernets: SuperNetScores | None = None
    proxies: ScoreFile | None = None
    places: dict[Any, int] = field(default_factory=dict)

    @classmethod
    def read(cls, name: str, part: PartSection, reports: Path, data_root: Path | None = None) -> Subject:
        """Everything that a part names.

        Args:
            name: what the study calls it; its architectures are drawn by it.
            reports: the folder within which score files and studies lie.

        Raises:
            ValueError: a file is missing or of another space.
        """
        space = get_enumerated(part.space)
        supernets = (
            SuperNetScores.read(reports / part.supernets, space=part.space, score=part.score)
            if part.supernets
            else None
        )
        proxies = ScoreFile.read(reports / part.scores, space) if part.scores else None
        known = {
            key: truth_in(open_oracle(truth.oracle, data_root=data_root), space, truth)
            for key, truth in part.truths.items()
        }
        architectures: Sequence[Any]
        if supernets:
            architectures = supernets.architectures
        elif part.cells == "all":
            architectures = list(space)
        elif isinstance(part.cells, int):
            architectures = space.sample(generator(0, Purpose.POOL, name), part.cells)
        else:
            first = next(iter(known.values()))
            architectures = first.at(first.known)
            if part.cells == "classes":
                of_class: dict[str, Any] = {}
                for one in architectures:
                    of_class.setdefault(space.key(one), one)
                architectures = list(of_class.values())
        truths = {key: truth.of(architectures) for key, truth in known.items()}
        places = {one: place for place, one in enumerate(architectures)}
        return cls(part, space, architectures, truths, supernets, proxies, places)

    @cached_property
    def encodings(self) -> EncodedOnce:
        """Of the architectures, each computed once for all draws."""
        return EncodedOnce(self.space, self.architectures)

    def feature(self, name: str, seed: int) -> dict[str, FloatArray]:
        """The features of this name by what each is called, `(n,)` each, higher is better; none for coordinates.

        Args:
            seed: of the super-nets.

        Raises:
            ValueError: there is none of this name.
        """
        kind, _, what = name.partition(":")
        if kind in COORDINATES:
            return {}
        if kind == TRUTH_KIND:
            return {name: self.truths[what]}
        if kind in ("plain", "guided"):
            assert self.supernets is not None
            return self.supernets.feature(what, seed, guided=kind == "guided")
        assert self.proxies is not None
        return self.proxies.feature(kind, what, self.architectures)

    def coordinates(self, name: str, seed: int) -> FloatArray | None:
        """The feature of this name `(n, coordinates)`, if it is coordinates, else None; ValueError as of `feature`."""
        kind, _, what = name.partition(":")
        if kind not in COORDINATES:
            return None
        assert self.supernets is not None
        return self.supernets.coordinates(what, seed, guided=kind == COORDINATES[1])

    def checksums(self, features: Sequence[str]) -> list[str]:
        """Of the files that these features are read from."""
        kinds = {name.partition(":")[0] for name in features}
        supernets = self.supernets.checksum if self.supernets and kinds & set(SUPERNET_KINDS) else ""
        proxies = self.proxies.checksum if self.proxies and kinds - {*SUPERNET_KINDS, TRUTH_KIND} else ""
        return [one for one in (supernets, proxies) if one]
