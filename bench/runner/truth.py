"""What the rankings of a study are compared with, read from its oracle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.bench.oracles import Column, Table, open_oracle
from nasrank.bench.runner.design import Design
from nasrank.bench.studies.sections import TruthSection
from nasrank.bench.studies.study import Study
from nasrank.spaces import Enumerated, get_enumerated, get_space

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class Truth:
    """Stand-alone values of architectures, which may be asked for any of them; higher is better.

    There is a place for each architecture of the space, in the order of their positions; in a space that is too large
    to be listed, for each of those in the table. What is drawn from a truth is drawn by places; everything else knows
    architectures.

    Attributes:
        values: by place `(places,)`, NaN where none is known: accuracy in percent, or minus the loss in nats.
    """

    def __init__(self, space: Enumerated[Any], values: FloatArray, positions: IntArray | None = None) -> None:
        places = len(space) if positions is None else len(positions)
        if values.shape != (places,):
            raise ValueError(f"a truth of {space.name} is {places} values, not of shape {values.shape}")
        self.space, self.values, self._positions = space, values, positions
        self._places: dict[Any, int] = {}
        self._known_places = None if positions is None else {int(one): place for place, one in enumerate(positions)}

    @classmethod
    def of_column(cls, table: Table, space: Enumerated[Any], column: Column) -> Truth:
        """A column of a table; not known where the table has nothing finite."""
        found = table.over(space, column)
        found = found if column.direction == "higher" else found.negative()
        return cls(space, found.values, found.positions)

    def __len__(self) -> int:
        return len(self.values)

    def of(self, architectures: Iterable[Any]) -> FloatArray:
        """Of each of these `(n,)`; NaN where it is not known."""
        places = [self._place(architecture) for architecture in architectures]
        return np.array([np.nan if place is None else self.values[place] for place in places], dtype=np.float64)

    def at(self, places: npt.ArrayLike) -> tuple[Any, ...]:
        """The architectures at these places."""
        found = tuple(self.space.at(int(position)) for position in self._position(np.asarray(places)))
        self._places.update(zip(found, map(int, np.asarray(places)), strict=True))
        return found

    def choices(self, places: IntArray) -> IntArray:
        """Of the architectures at these places, `(n, decisions)`."""
        return self.space.choices(self._position(places))

    @cached_property
    def known(self) -> IntArray:
        """Places whose value is known, rising."""
        return np.flatnonzero(np.isfinite(self.values))

    @cached_property
    def rising(self) -> FloatArray:
        """All values that are known, from the worst to the best."""
        return np.sort(self.values[self.known])

    def order(self, generator: np.random.Generator) -> IntArray:
        """Places whose value is known, in a random order of all places."""
        drawn = generator.permutation(len(self))
        return drawn[np.isfinite(self.values)[drawn]]

    def places(self, architectures: Iterable[Any]) -> IntArray:
        """Of each of these, `(n,)`; ValueError for one that has none."""
        found = []
        for architecture in architectures:
            if (place := self._place(architecture)) is None:
                raise ValueError(f"nothing is known of {architecture}")
            found.append(place)
        return np.array(found, dtype=np.int64)

    def _place(self, architecture: Any) -> int | None:
        place = self._places.get(architecture)
        if place is None:
            position = self.space.position(architecture)
            place = position if self._known_places is None else self._known_places.get(position)
            if place is not None:
                self._places[architecture] = place
        return place

    def _position(self, places: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return places if self._positions is None else self._positions[places]


def truth_of(study: Study, table: Table) -> Truth:
    """What rankings are compared with; not known where the table has nothing finite."""
    return truth_in(table, get_enumerated(study.space), study.truth)


def truth_in(table: Table, space: Enumerated[Any], truth: TruthSection) -> Truth:
    """The column of a table that a section of a study file names."""
    column = table.find(
        metric=truth.metric, dataset=truth.dataset, split=truth.split, epochs=truth.epochs, seeds=truth.seeds
    )
    return Truth.of_column(table, space, column)


def seeds_of_truth(study: Study, table: Table) -> Sequence[Truth] | None:
    """The same of every seed, of a truth that is the mean of several; else None."""
    truth = study.truth
    seeds = table.seeds_of(metric=truth.metric, dataset=truth.dataset, split=truth.split, epochs=truth.epochs)
    if truth.seeds != "mean" or len(seeds) < 2:
        return None
    single = (truth.model_copy(update={"seeds": seed}) for seed in seeds)
    return [truth_of(study.model_copy(update={"truth": one}), table) for one in single]


def open_truth(study: Study, data_root: Path | None = None) -> Table:
    """The oracle of a study; ValueError unless it describes its space, or one that this contains."""
    table = open_oracle(study.truth.oracle, data_root=data_root)
    if table.provenance.space not in (study.space, get_space(study.space).contains):
        raise ValueError(f"the study is about {study.space}, but {study.truth.oracle} holds {table.provenance.space}")
    return table


def reopen_truth(design: Design, data_root: Path | None = None) -> Table:
    """The oracle of stored results; ValueError when a table of that name has another source by now."""
    table = open_truth(design.study, data_root)
    refuse_another(design, table)
    return table


def refuse_another(design: Design, table: Table) -> None:
    """ValueError when stored results were drawn from another source than a table's."""
    known, found = design.truth["sha256"], table.provenance.sha256
    if known != found:
        raise ValueError(
            f"these results were drawn from the table {design.study.truth.oracle} with sha256 {known[:16]}..., but the "
            f"table of that name has {found[:16]}... now: run the study again, or import the earlier table"
        )
