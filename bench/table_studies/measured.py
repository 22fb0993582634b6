"""What a table has measured of a group of architectures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.bench.oracles import open_oracle
from nasrank.bench.oracles.ask.seeds import unmasked
from nasrank.bench.oracles.ask.table import Table
from nasrank.bench.table_studies.grammar import GroupSection, TableStudy
from nasrank.spaces import Enumerated, get_enumerated
from nasrank.spaces.subspace import places_of_options


@dataclass(frozen=True, eq=False)
class Measured:
    """Single runs of a group.

    Attributes:
        space: name of the search space.
        architectures: their texts, in the order of the table or as the study names them.
        seeds: training seeds of the table.
        values: accuracies in percent, or perplexities, `(seeds, architectures)`; NaN where a run diverged or there was
            none.
        protocol: how the table was made.
    """

    space: str
    architectures: tuple[str, ...]
    seeds: tuple[int, ...]
    values: npt.NDArray[np.float64]
    protocol: str


def measure(study: TableStudy, data_root: Path | None = None) -> dict[str, Measured]:
    """Read the runs of every group, by its name.

    Raises:
        ValueError: there is no such table or column, an architecture is not in it, or none is left; names the group.
    """
    found = {}
    for name, group in study.groups.items():
        try:
            found[name] = _measure(study.metric, group, data_root)
        except ValueError as error:
            raise ValueError(f"group {name}: {error}") from None
    return found


def _measure(metric: str, group: GroupSection, data_root: Path | None) -> Measured:
    table = open_oracle(group.oracle, data_root=data_root)
    space = get_enumerated(table.provenance.space)
    chosen = _chosen(group, table, space)
    find = partial(table.find, metric=metric, dataset=group.dataset, split=group.split, epochs=group.epochs)
    seeds = table.seeds_of(metric=metric, dataset=group.dataset, split=group.split, epochs=group.epochs)
    columns = [find(seeds=seed) for seed in seeds or (0,)]  # seed 0, so that it says what the table lacks
    values = np.asarray([unmasked(table.masked(chosen, column)) for column in columns], dtype=np.float64)
    return Measured(space.name, tuple(map(str, chosen)), seeds, values, table.provenance.protocol)


def _chosen(group: GroupSection, table: Table, space: Enumerated[Any]) -> Sequence[Any]:
    if group.architectures:
        named = {space.parse(text): text for text in group.architectures}
        if len(named) < len(group.architectures):
            raise ValueError("an architecture is named by two texts")
        return list(named)
    every = [table.rows.architecture(row) for row in range(len(table.rows))]
    left = places_of_options(space, group.only)
    found = [one for one in every if _takes(space.to_choices(one), left)]
    if not found:
        options = " and ".join(f"{name}={','.join(options)}" for name, options in group.only.items())
        raise ValueError(f"no architecture of {group.oracle} has {options}")
    return found


def _takes(choices: Sequence[int], left: Mapping[int, Sequence[int]]) -> bool:
    return all(choices[place] in options for place, options in left.items())
