"""The noise ceiling of a study's truth: as recorded, and checked against the tables that are at hand.

Where none is recorded, one is estimated from the seeds in the truth's own table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import nan
from pathlib import Path

import numpy as np

from nasrank.bench.analysis.frame import MAIN_METRIC, SECOND, Finding
from nasrank.bench.analysis.summary import Ceiling
from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles import RECIPES, Column, open_oracle
from nasrank.bench.oracles.ask.agreements import Agreement, agreements_of
from nasrank.bench.oracles.ask.comparison import agreement as agree
from nasrank.bench.ranking import MOST_SEEDS, ceiling_of_seeds
from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.truth import Truth
from nasrank.bench.studies.study import Study
from nasrank.spaces import get_enumerated

Seeds = Sequence[Truth] | None
"""What a truth is the mean of, one a training seed, see `seeds_of_truth`."""

STATUS = "recorded in bench/oracles/ask/agreements.py, and measured again wherever both tables are at hand"

FEWEST = 10
"""Architectures with all seeds, below which these tell nothing."""

ROUNDING = 0.5001
"""Of the last recorded digit: as much as rounding can explain."""


@dataclass(frozen=True)
class Recomputed:
    """An agreement measured again: over the whole space, where it equals the recorded one, and on the study's pool.

    Both of architectures that have two values; of a pool that has one of them or none, NaN.
    """

    second: str
    whole: dict[str, float]
    on_pool: dict[str, float]


DIFFERENCE = "mean_absolute_difference"
"""Of the two measurements, in the truth's unit; listed like a metric, and none of the registry."""


def ceilings(study: Study, seeds: Seeds = None) -> tuple[tuple[Ceiling, ...], list[Finding]]:
    """The recorded agreements of the study's truth, the best first, else what its seeds tell; empty without either.

    In words, and with their numbers as lines of the frame whose `score` is the other measurement's column.
    """
    recorded = [_recorded(one) for one in _agreements(study)]
    if not recorded and seeds is not None:
        recorded = _ceiling_of_seeds(study, np.stack([one.values for one in seeds]))
    return tuple(words for words, _ in recorded), [finding for _, findings in recorded for finding in findings]


def _recorded(one: Agreement) -> tuple[Ceiling, list[Finding]]:
    column = f"{one.second.oracle}: {one.second.column}"
    words = Ceiling(column, STATUS, first=one.first.words, second=one.second.words, differs=one.differs)
    at = Finding(estimator=SECOND, score=column, n=one.architectures)
    values = {**one.values, DIFFERENCE: one.mean_absolute_difference}
    return words, [at._replace(metric=name, value=value) for name, value in values.items()]


def _ceiling_of_seeds(study: Study, seeds: FloatArray) -> list[tuple[Ceiling, list[Finding]]]:
    """Args:
    seeds: `(seeds, architectures)`, NaN where one is missing.
    """
    complete = seeds[:, np.isfinite(seeds).all(axis=0)]
    if complete.shape[1] < FEWEST or len(complete) > MOST_SEEDS:
        return []
    found = ceiling_of_seeds(complete, description=study.truth.oracle, fractions=())
    if np.isnan(found.between_means):
        return []
    column = f"{study.truth.oracle}: as many other seeds"
    words = Ceiling(
        column,
        "estimated from the seeds in the table",
        first=f"{study.truth.oracle}, mean over {len(seeds)} seeds",
        second=f"another mean of {len(seeds)} seeds",
        differs=(
            f"the seeds of training; stepped up from split halves, with a tau-b of {found.between_seeds.tau:.3f} "
            "between single seeds"
        ),
    )
    at = Finding(estimator=SECOND, score=column, metric=MAIN_METRIC, value=found.between_means, n=complete.shape[1])
    return [(words, [at])]


def recompute(design: Design, truth: Truth, data_root: Path | None = None) -> list[Recomputed]:
    """Measure the recorded agreements again wherever the second table is at hand.

    The agreements are over all architectures that both have a value of.

    Raises:
        ValueError: a value differs from the recorded one by more than rounding.
    """
    found = []
    for agreement in _agreements(design.study):
        second = _second(design.study, agreement, data_root)
        if second is None:
            continue
        everywhere = _both(truth.values, second.values)
        of_pool = _both(truth.of(design.pool), second.of(design.pool))
        _check(agreement, *everywhere)
        found.append(
            Recomputed(
                second=agreement.second.words,
                whole=agree(*everywhere, agreement.values),
                on_pool=_agree(*of_pool, agreement.values),
            )
        )
    return found


def _agree(first: FloatArray, second: FloatArray, metrics: Iterable[str]) -> dict[str, float]:
    return agree(first, second, metrics) if len(first) > 1 else dict.fromkeys(metrics, nan)


def _both(first: FloatArray, second: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Of architectures in the same order, the values of those that both know."""
    known = np.isfinite(first) & np.isfinite(second)
    return first[known], second[known]


def _agreements(study: Study) -> list[Agreement]:
    return agreements_of(study.truth.oracle, _column(study))


def _column(study: Study) -> Column:
    truth = study.truth
    return Column(truth.metric, truth.dataset, truth.split, truth.epochs, truth.seeds)


def _second(study: Study, agreement: Agreement, data_root: Path | None) -> Truth | None:
    """The other measurement, or None where its source is not installed."""
    oracle, column = agreement.second.oracle, agreement.second.column
    try:
        RECIPES[oracle].locate(data_root)
    except DataError:  # absent, which is allowed; a source that is there but altered fails when it is opened
        return None
    table = open_oracle(oracle, data_root=data_root)
    return Truth.of_column(table, get_enumerated(study.space), column)


def _check(agreement: Agreement, truth: FloatArray, second: FloatArray) -> None:
    measured = agree(truth, second, agreement.values)
    recorded = {
        **{name: (value, measured[name], 1e-3) for name, value in agreement.values.items()},
        "mean absolute difference": (
            agreement.mean_absolute_difference,
            float(np.abs(second - truth).mean()),
            1e-2,
        ),
    }
    for name, (value, found, last_digit) in recorded.items():
        if not abs(found - value) <= ROUNDING * last_digit:
            raise ValueError(
                f"the recorded {name} of {agreement.second.words} against {agreement.first.words} is {value}, but the "
                f"tables at hand give {found:.5f}: correct bench/oracles/ask/agreements.py or the tables"
            )
