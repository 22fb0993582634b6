"""How well one honest measurement of a space ranks like another: the noise ceiling of each truth.

No estimator can be asked to agree with a table better than a second measurement of the same architectures does. The
agreements are recorded here, so that a report reads the same whether or not both tables are at hand when it is
written; `nasrank.bench.analysis.ceiling` measures them again where both are, and refuses to go on when they differ.

Any second measurement proves that this much agreement can be reached, so the ceiling of a truth is the best one
recorded. Every number is an aggregate over all architectures of a space that both measured. To add one, append it to
`_RECORDED`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from nasrank.bench.oracles.ask.axes import Column, Split


@dataclass(frozen=True)
class Measurement:
    """One column of one oracle, with a few words that say whose it is."""

    oracle: str
    column: Column
    words: str


@dataclass(frozen=True)
class Agreement:
    """How well `second`, taken as scores, ranks `architectures` of `first`, taken as the truth.

    Attributes:
        differs: what is not the same in the two measurements; whatever is the same can raise their agreement.
        values: by the names of `nasrank.bench.ranking.METRICS`, to three decimals.
        mean_absolute_difference: of the two, in points of accuracy or the column's own unit, to two decimals.
    """

    first: Measurement
    second: Measurement
    differs: str
    architectures: int
    values: Mapping[str, float]
    mean_absolute_difference: float


_ANALOG = Measurement(
    "analog-nasbench",
    Column("accuracy", "cifar10", Split.TEST_50K_AUGMENTED, 200, "one_run"),
    "AnalogNAS-Bench, one run",
)
_NATS = Measurement(
    "nats-bench-extract", Column("accuracy", "cifar10", Split.TEST_50K, 200, "mean"), "NATS-Bench, mean over seeds"
)
_NATS_MEANS = replace(_NATS, oracle="nas-bench-201-means")  # the same numbers, see tests/oracles/test_means.py
_NATS_HALF = Measurement(
    "nats-bench-extract",
    Column("accuracy", "cifar10", Split.TEST_25K, 200, "mean"),
    "NATS-Bench trained on 25,000 images, mean over seeds",
)

_OTHER_LABORATORY = (
    "all training runs and the laboratory; one run against two or three; test images cropped and flipped in one of "
    "them. The training images and the 10,000 test images are the same"
)

_PERPLEXITY = ("perplexity", "ptb-characters", Split.TEST_TABULATED, 2)

_RECORDED: tuple[Agreement, ...] = (
    Agreement(
        first=_ANALOG,
        second=_NATS_MEANS,
        differs=_OTHER_LABORATORY,
        architectures=15625,
        values={
            "tau": 0.926,
            "spearman": 0.991,
            "sparse_tau": 0.935,
            "tau_top50": 0.799,
            "tau_top10": 0.595,
            "precision_top10": 0.882,
        },
        mean_absolute_difference=0.39,
    ),
    Agreement(
        first=_NATS,
        second=_ANALOG,
        differs=_OTHER_LABORATORY,
        architectures=15625,
        values={
            "tau": 0.926,
            "spearman": 0.991,
            "sparse_tau": 0.936,
            "tau_top50": 0.799,
            "tau_top10": 0.572,
            "precision_top10": 0.883,
        },
        mean_absolute_difference=0.39,
    ),
    Agreement(
        first=_NATS,
        second=_NATS_HALF,
        differs=(
            "all training runs, with half of the training images. The laboratory, the number of seeds and the 10,000 "
            "test images are the same"
        ),
        architectures=15625,
        values={
            "tau": 0.899,
            "spearman": 0.986,
            "sparse_tau": 0.909,
            "tau_top50": 0.760,
            "tau_top10": 0.521,
            "precision_top10": 0.834,
        },
        mean_absolute_difference=3.66,
    ),
    Agreement(
        first=Measurement("recurrent-ptb", Column(*_PERPLEXITY, 0), "recurrent-ptb, one seed"),
        second=Measurement("recurrent-seeds-ptb", Column(*_PERPLEXITY, 1), "recurrent-seeds-ptb, another seed"),
        differs="the seed of training, and the processor, for 300 of the 1,499 isomorphism classes",
        architectures=1234,
        values={"tau": 0.818, "spearman": 0.948, "sparse_tau": 0.862, "tau_top50": 0.595},
        mean_absolute_difference=0.05,
    ),
)

AGREEMENTS = (*_RECORDED, *(replace(one, first=_NATS_MEANS) for one in _RECORDED if one.first == _NATS))


def agreements_of(oracle: str, column: Column) -> list[Agreement]:
    """Those recorded for this column as the truth, the best tau first."""
    found = [one for one in AGREEMENTS if (one.first.oracle, one.first.column.axes) == (oracle, column.axes)]
    return sorted(found, key=lambda one: -one.values["tau"])
