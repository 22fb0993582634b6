"""A table as a `BlackboxTabular` of syne-tune, for its simulator [Salinas2022].

    blackbox = syne_tune_blackbox(table, Question("cifar10", Split.VALID_25K, 200, 777))
    backend = UserBlackboxBackend(blackbox, elapsed_time_attr="elapsed_time")

A blackbox is an array `(architectures, seeds, epochs, objectives)`. syne-tune 0.16.0, which this was checked against,
cannot live with a gap in it: a trial reports an accuracy that is NaN as its result, the simulation waits for ever for a
time that is NaN, and a surrogate is fitted to the number of the epoch before, for the first epoch to that of the last.
So there are no gaps here: what is incomplete is refused, or left out when that is asked for.

References:
    [Salinas2022] Salinas et al., "Syne Tune: A Library for Large Scale Hyperparameter Tuning and Reproducible
        Research", AutoML 2022.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from nasrank.bench.oracles.ask.clock import Question
from nasrank.bench.oracles.ask.rows import RowNumbers
from nasrank.bench.oracles.ask.table import Table
from nasrank.bench.oracles.export.answers import Runs, space_over
from nasrank.bench.oracles.export.hyperparameters import is_integer_range, values_of
from nasrank.bench.oracles.export.packages import installed_by
from nasrank.spaces import Decision

if TYPE_CHECKING:
    import pandas as pd
    from syne_tune.blackbox_repository.blackbox_tabular import BlackboxTabular

By = Literal["decisions", "architecture"]

OBJECTIVES = ("accuracy", "error", "elapsed_time")
"""Accuracy in percent, 100 less that, and simulated seconds since the training began, without evaluation."""

FIDELITY = "epochs"
"""Of the schedule that the question is about, so many have been trained for."""


def syne_tune_blackbox(
    table: Table, question: Question, *, seeds: Sequence[int] = (), by: By = "decisions", leave_out: bool = False
) -> BlackboxTabular:
    """The runs that a question is about, with `OBJECTIVES` after every epoch at which accuracy and time are known.

    Args:
        seeds: training seeds, of which the simulator draws one for each trial; its number in syne-tune is its place in
            here. By default the question's own seed or reduction is the only one.
        by: the hyperparameters. "decisions" are those of the space, which takes a table that has every combination of
            options, for any may be suggested; "architecture" is a single one whose values are the architectures of the
            table as texts, for spaces with forbidden or conditional options, and for tables of a part of their space.
        leave_out: whether architectures are left out that lack a number in one of the seeds or epochs.

    Raises:
        ValueError: the table has no such accuracy or no time of these runs; an architecture lacks a number and is not
            to be left out; a combination of options has no row; or syne-tune is not installed.
    """
    with installed_by("syne-tune"):
        from syne_tune.blackbox_repository.blackbox_tabular import BlackboxTabular
        from syne_tune.config_space import choice, randint

    if by not in ("decisions", "architecture"):
        raise ValueError(f'a blackbox goes by "decisions" or "architecture", not {by!r}')
    found = evaluations(table, question, seeds)
    kept = found.complete(table, leave_out=leave_out)
    if by == "decisions":
        hyperparameters = decisions_in(table, kept)
        domains = {one.name: _domain(one) for one in space_over(table, None).decisions}
    else:
        hyperparameters = architectures_in(table, kept)
        domains = {"architecture": choice(hyperparameters["architecture"].tolist()), "space": table.provenance.space}
    return BlackboxTabular(
        hyperparameters=hyperparameters,
        configuration_space=domains,
        fidelity_space={FIDELITY: randint(found.epochs[0], found.epochs[-1])},
        objectives_evaluations=found.values if len(kept) == len(found.values) else found.values[kept],
        fidelity_values=np.array(found.epochs),
        objectives_names=list(OBJECTIVES),
    )


@dataclass(frozen=True)
class Evaluations:
    """The numbers of all rows of a table.

    Attributes:
        values: float64 `(rows, seeds, epochs, objectives)`, NaN where missing.
        epochs: ascending.
        seeds: that were asked for.
    """

    values: npt.NDArray[np.float64]
    epochs: tuple[int, ...]
    seeds: tuple[int | str, ...]

    def complete(self, table: Table, *, leave_out: bool) -> RowNumbers:
        """The rows without a gap; ValueError when there are none, or others and these are not to be left out."""
        gaps = np.asarray(np.isnan(self.values).any(axis=(1, 2, 3)))
        kept = np.flatnonzero(~gaps)
        if not kept.size or (gaps.any() and not leave_out):
            named = ", ".join(map(str, self.seeds))
            raise ValueError(
                f"{gaps.sum():,} of {len(gaps):,} architectures lack a number in seeds {named}, the first being "
                f"{table.rows.architecture(int(np.argmax(gaps)))}: ask for seeds or a reduction that all have, or "
                "leave these out with leave_out=True"
            )
        return kept


def evaluations(table: Table, question: Question, seeds: Sequence[int] = ()) -> Evaluations:
    """The numbers behind a blackbox, before anything is left out; needs no syne-tune.

    Raises:
        ValueError: the table has no such accuracy, or no time of these runs.
    """
    asked = [replace(question, seeds=seed) for seed in seeds] or [question]
    runs = [Runs(table, one) for one in asked]
    if untimed := next((one.untimed for one in runs if one.untimed), ""):
        raise ValueError(f"a simulator needs the time of every run: {untimed}")
    rows = np.arange(len(table.rows))
    known = [epoch for epoch in runs[0].epochs if all(_is_known(one, rows, epoch) for one in runs)]
    values = np.empty((len(rows), len(runs), len(known), len(OBJECTIVES)))
    for seed, one in enumerate(runs):
        for place, epoch in enumerate(known):
            accuracy = one.accuracy(rows, epoch)
            values[:, seed, place] = np.stack([accuracy, 100 - accuracy, one.seconds(rows, epoch)], axis=1)
    return Evaluations(values, tuple(known), tuple(one.seeds for one in asked))


def _is_known(runs: Runs, rows: RowNumbers, epoch: int) -> bool:
    """Whether the table has accuracies and times after this epoch, of any architecture."""
    return epoch in runs.epochs and bool(np.isfinite(runs.seconds(rows, epoch)).any())


def decisions_in(table: Table, rows: RowNumbers) -> pd.DataFrame:
    """The choices of these rows, a column a decision; ValueError unless they are every combination of options."""
    import pandas as pd

    space = space_over(table, None)
    combinations = prod(len(one.options) for one in space.decisions)
    if combinations != len(rows):
        raise ValueError(
            f"{len(rows):,} of the {combinations:,} combinations of options of {space.name} have numbers in "
            f'{table.name}, and syne-tune may suggest any: give by="architecture"'
        )
    choices = space.choices(table.rows.positions[rows].astype(np.int64))
    columns = {
        one.name: np.array(values_of(one), dtype=object)[choices[:, place]] for place, one in enumerate(space.decisions)
    }
    return pd.DataFrame(columns)


def architectures_in(table: Table, rows: RowNumbers) -> pd.DataFrame:
    """The architectures in these rows as texts, and the name of their space.

    That is a constant in syne-tune, whose tables cannot be looked up by a single hyperparameter.
    """
    import pandas as pd

    texts = [str(table.rows.architecture(int(row))) for row in rows]
    return pd.DataFrame({"architecture": texts, "space": table.provenance.space})


def _domain(decision: Decision) -> Any:
    from syne_tune.config_space import choice, ordinal, randint

    values = values_of(decision)
    if is_integer_range(decision):
        return randint(int(values[0]), int(values[-1]))
    return ordinal(list(values), kind="equal") if decision.ordered else choice(list(values))
