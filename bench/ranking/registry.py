"""The metrics of our reports. A name, a label and a function make one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from nasrank.bench.foundation.registry import Registry
from nasrank.bench.ranking import influence, metrics, resamples, selections
from nasrank.bench.ranking.arrays import CountArray, FloatArray, paired_arrays

CORRELATION = (-1.0, 1.0)
SHARE = (0.0, 1.0)
UNITS = ("", "fraction", "rank", "probability", "points")
SPARSE_THRESHOLD = 0.1  # percentage points: 1e-3 of [Yu2021], see nasrank.bench.ranking.metrics


FEWER_DRAWS = 200
"""Of a metric that goes by a few architectures, whose values on resamples are a handful, of the official sparse tau, as
committed reports have it, and of one of a plugin that cannot compute many at once. Intervals may need more."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A ranking metric with what a report has to know about it.

    `unit` is one of `UNITS`: "" (correlations), "fraction", "rank", "probability", or "points" (percentage points; the
    truth is in percent); ValueError otherwise. `bounds` are the least and largest possible value. `vectorised`, where
    there is one, computes all bootstrap resamples at once (`nasrank.bench.ranking.resamples`), at most `most_draws` of
    them where that is given. `influence`, where there is one, says how much each architecture moves the value
    (`nasrank.bench.ranking.influence`): for pools too large to be resampled. `scores_in_truth_units` marks a metric
    that is meaningless for scores in other units, such as zero-cost proxies; all others see only the order of the
    scores. `truth_in_percent` marks one that is meaningless for a truth in another unit, such as a loss.
    """

    name: str
    label: str
    function: Callable[[FloatArray, FloatArray], float]
    higher_is_better: bool = True
    unit: str = ""
    bounds: tuple[float, float] = CORRELATION
    vectorised: Callable[[FloatArray, FloatArray, CountArray], FloatArray] | None = None
    most_draws: int | None = None
    influence: Callable[[FloatArray, FloatArray], FloatArray] | None = None
    scores_in_truth_units: bool = False
    truth_in_percent: bool = False

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise ValueError(f"the unit of the metric {self.name} is {self.unit!r}; it must be one of {UNITS}")

    def __call__(self, scores: npt.ArrayLike, truth: npt.ArrayLike) -> float:
        """Value for `scores` (n,) against `truth` (n,); NaN where undefined, ValueError for unusable input.

        Unusable are other shapes, fewer than 2 architectures, NaN, infinite and masked elements, and what is no number;
        the function of a metric sees none of them.
        """
        return self.function(*paired_arrays(scores, truth))

    def of_resamples(self, scores: FloatArray, truth: FloatArray, counts: CountArray) -> FloatArray:
        """Values (draws,) on the resamples that hold architecture i `counts[d, i]` times; `counts` is (draws, n)."""
        scores, truth = paired_arrays(scores, truth)
        if self.vectorised is not None:
            return self.vectorised(scores, truth, counts)
        return np.array([self.function(np.repeat(scores, drawn), np.repeat(truth, drawn)) for drawn in counts])


_REPORTED = (
    Metric(
        name="tau",
        label="Kendall's tau-b",
        function=metrics.kendall_tau,
        vectorised=resamples.kendall_tau_of_resamples,
        influence=influence.of_kendall_tau,
    ),
    Metric(
        name="spearman",
        label="Spearman's rho",
        function=metrics.spearman,
        vectorised=resamples.spearman_of_resamples,
        influence=influence.of_spearman,
    ),
    Metric(
        name="sparse_tau",
        label="sparse tau (0.1 points, official)",
        function=partial(metrics.sparse_kendall_tau, threshold=SPARSE_THRESHOLD, mode="official"),
        vectorised=partial(resamples.sparse_kendall_tau_of_resamples, threshold=SPARSE_THRESHOLD),
        most_draws=FEWER_DRAWS,
        influence=partial(influence.of_sparse_kendall_tau, threshold=SPARSE_THRESHOLD),
        truth_in_percent=True,
    ),
    Metric(
        name="sparse_tau_rounded",
        label="sparse tau (0.1 points, rounded prediction)",
        function=partial(metrics.sparse_kendall_tau, threshold=SPARSE_THRESHOLD, mode="round_prediction"),
        vectorised=partial(resamples.rounded_kendall_tau_of_resamples, threshold=SPARSE_THRESHOLD),
        influence=partial(influence.of_rounded_kendall_tau, threshold=SPARSE_THRESHOLD),
        scores_in_truth_units=True,
        truth_in_percent=True,
    ),
    Metric(
        name="tau_top50",
        label="tau-b in the top 50 %",
        function=partial(metrics.kendall_tau_top, fraction=0.5),
        vectorised=partial(resamples.kendall_tau_top_of_resamples, fraction=0.5),
        influence=partial(influence.of_kendall_tau_top, fraction=0.5),
    ),
    Metric(
        name="tau_top10",
        label="tau-b in the top 10 %",
        function=partial(metrics.kendall_tau_top, fraction=0.1),
        vectorised=partial(resamples.kendall_tau_top_of_resamples, fraction=0.1),
        influence=partial(influence.of_kendall_tau_top, fraction=0.1),
    ),
    Metric(
        name="precision_top10",
        label="precision at the top 10 %",
        function=partial(metrics.precision_at_top, fraction=0.1),
        vectorised=partial(selections.precision_top_of_resamples, fraction=0.1),
        most_draws=FEWER_DRAWS,
        unit="fraction",
        bounds=SHARE,
    ),
    Metric(
        name="best_rank_at10",
        label="best true rank among the 10 highest scores",
        function=partial(metrics.best_rank_at, k=10),
        vectorised=partial(selections.best_rank_of_resamples, k=10),
        most_draws=FEWER_DRAWS,
        higher_is_better=False,
        unit="rank",
        bounds=(1.0, math.inf),
    ),
    Metric(
        name="regret_at10",
        label="regret of the best of the 10 highest scores",
        function=partial(metrics.regret_at, k=10),
        vectorised=partial(selections.regret_of_resamples, k=10),
        most_draws=FEWER_DRAWS,
        higher_is_better=False,
        unit="points",
        truth_in_percent=True,
        bounds=(0.0, math.inf),
    ),
    Metric(
        name="regret_at1",
        label="regret of the highest score",
        function=partial(metrics.regret_at, k=1),
        vectorised=partial(selections.regret_of_resamples, k=1),
        most_draws=FEWER_DRAWS,
        higher_is_better=False,
        unit="points",
        truth_in_percent=True,
        bounds=(0.0, math.inf),
    ),
    Metric(
        name="surpass_random10",
        label="probability to surpass random search of 10 draws",
        function=partial(metrics.probability_to_surpass_random, draws=10),
        vectorised=partial(selections.surpassing_of_resamples, draws=10),
        most_draws=FEWER_DRAWS,
        unit="probability",
        bounds=SHARE,
    ),
)

METRICS: Registry[Metric] = Registry("ranking metric", "nasrank.bench.ranking")
"""Every reported metric by name, in the order of tables. To add one: a file here that registers it, or a plugin."""

for _metric in _REPORTED:
    METRICS.register(_metric)


def get_metric(name: str) -> Metric:
    """The metric called `name`; ValueError naming the known ones otherwise."""
    return METRICS.named(name)
