"""What the rankings of a study are compared with, read from its oracle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from nasrank.bench.oracles import Table, open_oracle
from nasrank.bench.runner.design import Design
from nasrank.bench.studies.study import Study
from nasrank.spaces import get_enumerated


def truth_of(study: Study, table: Table) -> npt.NDArray[np.float64]:
    """What rankings are compared with, by position `(architectures,)`: NaN where the table has nothing finite.

    Higher is better: accuracy in percent, or minus the loss in nats.
    """
    truth = study.truth
    column = table.find(
        metric=truth.metric, dataset=truth.dataset, split=truth.split, epochs=truth.epochs, seeds=truth.seeds
    )
    values = table.whole(column)
    found = by_position(study, table, np.where(np.isfinite(values), values, np.nan))
    return found if column.direction == "higher" else -found


def by_position(study: Study, table: Table, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Values of a table's rows by position in the study's space, `(architectures,)`: NaN where there is no row.

    The table may be of a space that the study's own contains.
    """
    space, rows = get_enumerated(study.space), table.rows.positions.astype(np.int64)
    found = np.full(len(space), np.nan)
    found[rows if table.provenance.space == space.name else space.positions_of(rows)] = values
    return found


def seeds_of_truth(study: Study, table: Table) -> npt.NDArray[np.float64] | None:
    """The same for every seed, `(seeds, architectures)`, of a truth that is the mean of several; else None."""
    truth = study.truth
    seeds = table.seeds_of(metric=truth.metric, dataset=truth.dataset, split=truth.split, epochs=truth.epochs)
    if truth.seeds != "mean" or len(seeds) < 2:
        return None
    single = (truth.model_copy(update={"seeds": seed}) for seed in seeds)
    return np.stack([truth_of(study.model_copy(update={"truth": one}), table) for one in single])


def open_truth(study: Study, data_root: Path | None = None) -> Table:
    """The oracle of a study; ValueError unless it describes its space, or one that this contains."""
    table = open_oracle(study.truth.oracle, data_root=data_root)
    if table.provenance.space not in (study.space, get_enumerated(study.space).contains):
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
