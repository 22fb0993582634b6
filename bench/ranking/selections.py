"""Selection metrics of many resamples of one pool at once; what `nasrank.bench.ranking.resamples` is to correlations.

What a metric of the k highest scores needs of a resample is its head: those of the pool with the highest scores, down
to where k are drawn, and how many of the others are truly better than each of them. That takes sums over the order of
the truth, for all resamples together, and sorts nothing but the head.

Each function takes `scores (n,)`, `truth (n,)` and `counts (draws, n)` and returns `(draws,)`, equal to the metric of
the same name on `np.repeat(scores, counts[d])`; NaN where a resample leaves the truth constant.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from nasrank.bench.ranking.arrays import CountArray, FloatArray, top_count, whole_number
from nasrank.bench.ranking.metrics import expected_best

Worth = Callable[[FloatArray, FloatArray], FloatArray]
"""From truth and the share of a resample that is no better, `(head,)` each, to what is to be large, `(head,)`."""


def best_rank_of_resamples(scores: FloatArray, truth: FloatArray, counts: CountArray, *, k: int) -> FloatArray:
    """`metrics.best_rank_at` of every resample."""
    size = int(counts[0].sum())

    def worth(truth: FloatArray, at_or_below: FloatArray) -> FloatArray:
        del truth
        return np.asarray(np.rint(size * at_or_below) - size - 1)

    return np.asarray(-_best(scores, truth, counts, k, worth))


def regret_of_resamples(scores: FloatArray, truth: FloatArray, counts: CountArray, *, k: int) -> FloatArray:
    """`metrics.regret_at` of every resample."""
    found = _best(scores, truth, counts, k, lambda truth, at_or_below: truth)
    best_first = np.argsort(-truth, kind="stable")
    best = truth[best_first[np.argmax(counts[:, best_first] > 0, axis=1)]]
    return np.asarray(np.abs(best - found))


def surpassing_of_resamples(
    scores: FloatArray, truth: FloatArray, counts: CountArray, *, draws: int = 10, k: int = 1
) -> FloatArray:
    """`metrics.probability_to_surpass_random` of every resample."""
    return _best(scores, truth, counts, k, lambda truth, at_or_below: at_or_below**draws)


def precision_top_of_resamples(
    scores: FloatArray, truth: FloatArray, counts: CountArray, *, fraction: float
) -> FloatArray:
    """`metrics.precision_at_top` of every resample."""
    size = int(counts[0].sum())
    k = top_count(size, fraction)
    score_border, truth_border = (_borders(values, counts, k)[:, None] for values in (scores, truth))
    hits, above, tied = truth >= truth_border, scores > score_border, scores == score_border
    places = k - np.sum(counts * above, axis=1)
    share = np.sum(counts * (hits & tied), axis=1) / np.sum(counts * tied, axis=1)
    found = (np.sum(counts * (hits & above), axis=1) + places * share) / k
    return np.where(_constant(truth, counts), np.nan, found)


def _best(scores: FloatArray, truth: FloatArray, counts: CountArray, k: int, worth: Worth) -> FloatArray:
    """The expected largest worth among the k highest scores of every resample."""
    order = np.argsort(-scores, kind="stable")
    borders = _borders(scores, counts, k)
    size = counts.sum(axis=1)
    head = order[: int(np.count_nonzero(scores >= borders.min()))]
    levels, level = np.unique(truth, return_inverse=True)
    by_truth = np.argsort(level, kind="stable")
    ends = np.cumsum(np.bincount(level)) - 1
    found = np.empty(len(counts))
    for draw, drawn in enumerate(counts):
        inside = head[: int(np.searchsorted(-scores[head], -borders[draw], side="right"))]
        inside = inside[drawn[inside] > 0]
        at_or_below = np.cumsum(drawn[by_truth])[ends][level[inside]] / size[draw]
        worths, times = worth(levels[level[inside]], at_or_below), drawn[inside]
        found[draw] = expected_best(np.repeat(worths, times), np.repeat(scores[inside], times), k)
    return np.where(_constant(truth, counts), np.nan, found)


def _borders(values: FloatArray, counts: CountArray, k: int) -> FloatArray:
    """The k-th highest value of every resample, `(draws,)`."""
    k = whole_number("k", k, low=1, high=int(counts.sum(axis=1).min()))
    order = np.argsort(-values, kind="stable")
    head = min(values.size, 4 * k + 64)  # which holds k but once in a blue moon
    while True:
        seen = np.cumsum(counts[:, order[:head]], axis=1)
        if (seen[:, -1] >= k).all():
            return np.asarray(values[order[np.argmax(seen >= k, axis=1)]])
        head = min(values.size, 4 * head)


def _constant(truth: FloatArray, counts: CountArray) -> npt.NDArray[np.bool_]:
    """Whether a resample has one value of the truth only, `(draws,)`."""
    best_first = np.argsort(-truth, kind="stable")
    there, ordered = counts[:, best_first] > 0, truth[best_first]
    first, last = np.argmax(there, axis=1), truth.size - 1 - np.argmax(there[:, ::-1], axis=1)
    return np.asarray(ordered[first] == ordered[last])
