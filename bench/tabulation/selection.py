"""Which networks a table asks for, in one random order of each space."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.ranking import MOST_SEEDS
from nasrank.bench.tabulation.grouping import levels_of, shared_places
from nasrank.bench.tabulation.settings import COMMON_SEED
from nasrank.spaces import Enumerated, get_enumerated
from nasrank.spaces.moves import different
from nasrank.spaces.subspace import left_by


@dataclass(frozen=True)
class Selection:
    """Which networks a table holds.

    Attributes:
        cells: so many architectures; None for all.
        max_nodes: only those whose graph has at most so many nodes, input and output included; None for all.
        seeds: training seeds 0 to `seeds` - 1.
        stratified: whether each of the space's strata has as many of them, up to one.
        source: name of the file that names them; empty where they are drawn.
        only: of decisions those options that are left, as `graph=0,1`; all of others. A decision that makes no
            difference counts as its first option.
        classes: whether of isomorphic architectures one is trained, whose numbers are those of all of them.
        each: so many of each group, whose architectures have all levels of decisions but the last alike; of a group
            that has fewer, all. None for groups as chance has them.
    """

    cells: int | None
    max_nodes: int | None
    seeds: int
    stratified: bool = False
    source: str = ""
    only: tuple[str, ...] = ()
    classes: bool = False
    each: int | None = None

    def __post_init__(self) -> None:
        if self.cells is not None and self.cells < 1:
            raise ValueError(f"at least 1 architecture is needed, not {self.cells}")
        if self.max_nodes is not None and self.max_nodes < 2:
            raise ValueError(f"a graph has at least 2 nodes, input and output; max nodes is {self.max_nodes}")
        if self.classes and (self.only or self.stratified):
            raise ValueError("one of each class is drawn from all, not from strata or from those with some options")
        if self.only and self.stratified:
            raise ValueError("an architecture is drawn from strata or from those with some options, not both")
        if self.each is not None and self.each < 2:
            raise ValueError(f"a group has at least 2 members to tell it from them, not {self.each}")
        if self.each is not None and (self.only or self.stratified or self.classes):
            raise ValueError("groups are drawn from all, not from strata, classes or those with some options")
        if not 1 <= self.seeds <= MOST_SEEDS:
            raise ValueError(f"seeds is how many of them, 1 to {MOST_SEEDS}, not {self.seeds}")

    def words(self, space_name: str) -> str:
        """Which architectures of a space they are."""
        if self.source:
            which = f"those named in {self.source}"
        elif self.cells is None:
            which = "all"
        else:
            how = "drawn from each stratum in turn" if self.stratified else "the first in one random order"
            which = f"{how}, of those" if self.stratified else f"{how} of those"
        if self.each is not None:
            which = f"{self.each} of each group that has all but the last level of decisions alike: {which}"
        if self.classes:
            which = f"one of each isomorphism class, whose numbers are those of all its members: {which}"
        parts = list(self.only)
        if self.max_nodes is not None:
            parts.append(f"at most {self.max_nodes} nodes, input and output included")
        return f"{which} of {space_name}" + (f" with {' and '.join(parts)}" if parts else "")

    def architectures(self, space_name: str) -> list[Any]:
        """In the one random order of the space, so that any beginning is a uniform sample, and a longer one goes on.

        Raises:
            ValueError: there are fewer, they are too many to list, or the space has no strata.
        """
        found = list(islice(self._in_order(get_enumerated(space_name)), self.cells))
        if len(found) < (self.cells or 1):
            parts = [*self.only, *([] if self.max_nodes is None else [f"at most {self.max_nodes} nodes"])]
            small = f" with {' and '.join(parts)}" if parts else ""
            raise ValueError(f"{space_name} has {len(found):,} architectures{small}, not {self.cells or 1:,}")
        return found

    def _in_order(self, space: Enumerated[Any]) -> Iterator[Any]:
        for architecture in self._drawn(space):
            if self.max_nodes is None or len(space.graph(architecture).labels) <= self.max_nodes:
                yield architecture

    def _of_those_options(self, space: Enumerated[Any]) -> npt.NDArray[np.int64]:
        """Positions of the architectures that take none but these."""
        named = {}
        for asked in self.only:
            name, equals, options = asked.partition("=")
            if not equals or name in named:
                raise ValueError(f"{asked!r} is not of the form DECISION=OPTION,OPTION, once for each decision")
            named[name] = options.split(",")
        return space.positions_within(left_by(space, named))

    def _drawn(self, space: Enumerated[Any]) -> Iterator[Any]:
        stream = generator(COMMON_SEED, Purpose.TABULATED_ORDER)
        if self.classes:
            return (space.at(int(position)) for position in stream.permutation(_first_members(space)))
        if self.only:
            return (space.at(int(position)) for position in stream.permutation(self._of_those_options(space)))
        if self.each is not None:
            return (space.at(int(position)) for position in _in_groups(space, self.each, stream))
        if self.stratified:
            if space.strata == 1:
                raise ValueError(f"{space.name} has no strata to draw from in turn")
            return different(space.key, lambda count: space.sample_of_stratum(stream, count % space.strata))
        if space.listable:
            return (space.at(int(position)) for position in stream.permutation(len(space)))
        if self.cells is None:
            space.refuse_listing()
        return different(space.key, lambda _: space.from_choices(space.random_choices(stream)))


def members(space: Enumerated[Any], architectures: Sequence[Any]) -> list[list[Any]]:
    """Of each of these, all that are isomorphic to it, itself among them; ValueError where all are too many to list."""
    space.refuse_listing()
    numbers = space.classes_of(np.arange(len(space)))
    order = np.argsort(numbers, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)
    of_number = {int(numbers[part[0]]): part for part in parts}
    own = [of_number[int(numbers[space.position(one)])] for one in architectures]
    return [[space.at(int(position)) for position in part] for part in own]


def _in_groups(space: Enumerated[Any], each: int, stream: np.random.Generator) -> npt.NDArray[np.int64]:
    """Positions of all groups in a random order, of each its first members in a random order of all architectures."""
    if len(levels_of(space)) < 2:
        raise ValueError(f"decisions of {space.name} have one level, so that there are no groups to draw from")
    space.refuse_listing()
    order = stream.permutation(len(space))
    labels = np.unique(space.choices(order)[:, shared_places(space)], axis=0, return_inverse=True)[1].ravel()
    groups: dict[int, list[int]] = {}
    for position, label in zip(order.tolist(), labels.tolist(), strict=True):
        found = groups.setdefault(label, [])
        if len(found) < each:
            found.append(position)
    return np.concatenate(list(groups.values())).astype(np.int64)


def _first_members(space: Enumerated[Any]) -> npt.NDArray[np.int64]:
    """The least position of each isomorphism class; ValueError where all are too many to list."""
    space.refuse_listing()
    return np.sort(np.unique(space.classes_of(np.arange(len(space))), return_index=True)[1])
