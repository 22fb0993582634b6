"""How much each architecture moves a rank correlation: the variance of a large pool without resampling pairs.

A correlation of a resample that holds architecture i `w_i` times is, to first order, its value on the pool plus
`sum_i (w_i - 1) u_i`. The influences u `(n,)` sum to 0, and the sum of their squares is the infinitesimal jackknife's
variance over pools [Jaeckel1972, Efron1982]. One vector a column of scores makes every interval and every paired
difference, in O(n log n): a bootstrap of tau by pairs costs O(n^2) a draw, which is out of reach beyond some thousands.

Each function takes `scores (n,)` and `truth (n,)`, checked as in `nasrank.bench.ranking.metrics`, and returns `(n,)`;
NaN where the metric is undefined.

Where the metric has a border that itself depends on the pool, the top fraction of the truth, the border's own share is
added by the slope of the metric in the fraction. The bins of the sparse tau are held fixed.

References:
    [Jaeckel1972] L. A. Jaeckel. The infinitesimal jackknife. Bell Laboratories memorandum MM 72-1215-11, 1972.
    [Efron1982] B. Efron. The Jackknife, the Bootstrap and Other Resampling Plans. SIAM, 1982.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nasrank.bench.ranking import metrics
from nasrank.bench.ranking.arrays import FloatArray, top_count

IntArray = npt.NDArray[np.int64]

_STEP = 0.1
"""Of a top fraction, by which it is widened and narrowed for the slope."""


def of_kendall_tau(scores: FloatArray, truth: FloatArray) -> FloatArray:
    """Of `metrics.kendall_tau`."""
    n = scores.size
    agreement = concordance(scores, truth).astype(np.float64)
    untied = [n - _sizes(values).astype(np.float64) for values in (scores, truth)]
    if not all(one.any() for one in untied):
        return np.full(n, np.nan)
    pairs = np.sqrt(untied[0].sum()) * np.sqrt(untied[1].sum())
    tau = agreement.sum() / pairs
    return np.asarray(2 * agreement / pairs - tau * sum(one / one.sum() for one in untied))


def of_spearman(scores: FloatArray, truth: FloatArray) -> FloatArray:
    """Of `metrics.spearman`."""
    first, second = _centred_ranks(scores), _centred_ranks(truth)
    squares = np.sum(first**2), np.sum(second**2)
    if not all(squares):
        return np.full(scores.size, np.nan)
    scale = np.sqrt(squares[0]) * np.sqrt(squares[1])
    rho = np.sum(first * second) / scale
    moved = first * second + _moved_by(scores, second) + _moved_by(truth, first)
    own = [
        (ranks**2 + 2 * _moved_by(values, ranks)) / square
        for values, ranks, square in zip((scores, truth), (first, second), squares, strict=True)
    ]
    return np.asarray(moved / scale - rho / 2 * (own[0] + own[1]))


def of_kendall_tau_top(scores: FloatArray, truth: FloatArray, *, fraction: float) -> FloatArray:
    """Of `metrics.kendall_tau_top`; 0 for those below the border but for what they move the border."""
    n = scores.size
    inside = truth >= np.partition(truth, n - top_count(n, fraction))[n - top_count(n, fraction)]
    found = np.zeros(n)
    found[inside] = of_kendall_tau(scores[inside], truth[inside])
    wider, narrower = min(fraction * (1 + _STEP), 1.0), fraction * (1 - _STEP)
    if top_count(n, narrower) < 2:
        return found
    slope = metrics.kendall_tau_top(scores, truth, fraction=wider)
    slope = (slope - metrics.kendall_tau_top(scores, truth, fraction=narrower)) / (wider - narrower)
    border: FloatArray = slope * (inside - inside.mean()) / n
    return found - border


def of_rounded_kendall_tau(scores: FloatArray, truth: FloatArray, *, threshold: float) -> FloatArray:
    """Of `metrics.sparse_kendall_tau(mode="round_prediction")`."""
    return of_kendall_tau(metrics.round_to_multiples(scores, threshold), truth)


def of_sparse_kendall_tau(scores: FloatArray, truth: FloatArray, *, threshold: float) -> FloatArray:
    """Of `metrics.sparse_kendall_tau(mode="official")`."""
    return of_kendall_tau(*metrics.sparse_bins(scores, truth, threshold=threshold))


def concordance(scores: FloatArray, truth: FloatArray) -> IntArray:
    """Of each architecture, the others in the same order in both less those in opposite order, `(n,)`."""
    n = scores.size
    first, second = _dense(scores), _dense(truth)
    both = _dense(first.astype(np.float64) * (int(second.max()) + 1) + second)
    below_both = _below_both(first, second)
    lower = [_starts(one) for one in (first, second)]
    equal = [np.bincount(one)[one] for one in (first, second)]
    alike = np.bincount(both)[both]
    tied_first_below = _starts(both) - lower[0]  # equal in scores, lower in truth
    flipped = _dense(second.astype(np.float64) * (int(first.max()) + 1) + first)
    tied_second_below = _starts(flipped) - lower[1]
    lower_higher = lower[0] - below_both - tied_second_below
    higher_lower = lower[1] - below_both - tied_first_below
    above_tied = equal[1] - tied_second_below - alike  # higher in scores, equal in truth
    above_both = n - lower[0] - equal[0] - higher_lower - above_tied
    return np.asarray(below_both + above_both - lower_higher - higher_lower)


def _below_both(first: IntArray, second: IntArray) -> IntArray:
    """How many others are lower in both, `(n,)`."""
    n = first.size
    order = np.lexsort((-second, first))  # of equal firsts the higher second comes first, and counts none of the others
    ranked = np.empty(n, dtype=np.int64)
    ranked[np.lexsort((-np.arange(n), second[order]))] = np.arange(n)  # of equal seconds the later one is the lower
    found = np.empty(n, dtype=np.int64)
    found[order] = _smaller_before(ranked)
    return found


def _smaller_before(permutation: IntArray) -> IntArray:
    """Of every number of a permutation of 0 to n - 1, how many smaller ones stand before it, `(n,)`.

    Numbers are sorted by one bit after the other, the highest first, in the order in which they stand. Two that are the
    same but for the bits that follow are in one group, and there each with the bit counts those before it without.
    """
    n = permutation.size
    place, values = np.arange(n), permutation
    where, found = place, np.zeros(n, dtype=np.int64)
    for bit in reversed(range(max(int(n - 1).bit_length(), 1))):
        has = (values >> bit & 1).astype(bool)
        start = values >> (bit + 1) << (bit + 1)  # of the group: all smaller numbers are in those before
        without = np.cumsum(~has) - ~has
        before = without - without[start]
        found[where[has]] += before[has]
        in_group = np.minimum(1 << bit, n - start)
        target = np.where(has, start + in_group + (place - start - before), start + before)
        sorted_values, sorted_where = np.empty_like(values), np.empty_like(where)
        sorted_values[target], sorted_where[target] = values, where
        values, where = sorted_values, sorted_where
    return found


def _dense(values: npt.NDArray[np.generic]) -> IntArray:
    """Which of the distinct values each is, from 0, `(n,)`."""
    return np.asarray(np.unique(values, return_inverse=True)[1], dtype=np.int64)


def _starts(dense: IntArray) -> IntArray:
    """How many are lower, `(n,)`."""
    sizes = np.bincount(dense)
    return np.asarray((np.cumsum(sizes) - sizes)[dense])


def _sizes(values: FloatArray) -> IntArray:
    dense = _dense(values)
    return np.asarray(np.bincount(dense)[dense])


def _centred_ranks(values: FloatArray) -> FloatArray:
    """How many are lower less how many are higher, `(n,)`."""
    dense = _dense(values)
    lower, equal = _starts(dense), np.bincount(dense)[dense]
    return np.asarray(2 * lower + equal - values.size, dtype=np.float64)


def _moved_by(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Of each k the sum over i of sign(values_i - values_k) * weights_i, `(n,)`."""
    dense = _dense(values)
    totals = np.bincount(dense, weights=weights)
    up_to = np.cumsum(totals)
    return np.asarray((up_to[-1] - up_to - (up_to - totals))[dense])
