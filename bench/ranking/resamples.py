"""Rank correlations of many resamples of one pool at once.

A bootstrap resample of n architectures is a vector of counts: how often each was drawn. With the pair signs
S[i, j] = sign(score_i - score_j) * sign(truth_i - truth_j), tau-b of a resample is w'Sw / sqrt((w'Xw) (w'Yw)), where X
and Y hold 1 for the pairs that scores and truth do not tie. All resamples together are one matrix product, exact (the
sums are whole numbers) and some twenty times faster than sorting each resample at n = 1000. Pools of many thousands are
sorted.

Each function takes `scores (n,)`, `truth (n,)` and `counts (draws, n)` and returns `(draws,)`, equal to the metric of
the same name on `np.repeat(scores, counts[d])`; NaN where a resample leaves a side constant.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.bench.ranking.arrays import CountArray, FloatArray, top_count
from nasrank.bench.ranking.metrics import in_multiples, kendall_tau, round_to_multiples, sparse_kendall_tau

_MOST_AT_ONCE = 6_000
"""Architectures of a pool; from about here on sorting each resample is faster."""

_MOST_ALIKE = 60
"""Architectures that share a bin of the truth, or a score; all pairs of them are looked at in each resample."""

_BLOCK_VALUES = 2**22  # pair signs held at once, as float32: 16 MiB


def kendall_tau_of_resamples(scores: FloatArray, truth: FloatArray, counts: CountArray) -> FloatArray:
    """`metrics.kendall_tau` of every resample."""
    if scores.size > _MOST_AT_ONCE:
        return np.array([_sorted_tau(scores, truth, drawn) for drawn in counts])
    pairs = counts.sum(axis=1, dtype=np.float64) ** 2
    untied_scores = pairs - np.sum(_group_totals(scores, counts) ** 2, axis=1)
    untied_truth = pairs - np.sum(_group_totals(truth, counts) ** 2, axis=1)
    with np.errstate(invalid="ignore"):  # 0 / 0: a constant side
        tau: FloatArray = _signed_pairs(scores, truth, counts) / (np.sqrt(untied_scores) * np.sqrt(untied_truth))
    return tau.clip(-1.0, 1.0)


def _sorted_tau(scores: FloatArray, truth: FloatArray, drawn: npt.NDArray[Any]) -> float:
    """Of one resample, by sorting: the time grows with n log n, that of all pairs with its square."""
    first, second = np.repeat(scores, drawn), np.repeat(truth, drawn)
    return kendall_tau(first, second) if first.size > 1 else float("nan")


def kendall_tau_top_of_resamples(
    scores: FloatArray, truth: FloatArray, counts: CountArray, *, fraction: float
) -> FloatArray:
    """`metrics.kendall_tau_top` of every resample; each resample has its own border."""
    best_first = np.argsort(-truth, kind="stable")
    seen = np.cumsum(counts[:, best_first], axis=1)
    wanted = np.array([[top_count(int(size), fraction)] for size in seen[:, -1]])
    last_inside = np.argmax(seen >= wanted, axis=1)
    border = truth[best_first][last_inside]
    return kendall_tau_of_resamples(scores, truth, np.where(truth >= border[:, None], counts, 0))


def rounded_kendall_tau_of_resamples(
    scores: FloatArray, truth: FloatArray, counts: CountArray, *, threshold: float
) -> FloatArray:
    """`metrics.sparse_kendall_tau(mode="round_prediction")` of every resample."""
    return kendall_tau_of_resamples(round_to_multiples(scores, threshold), truth, counts)


def sparse_kendall_tau_of_resamples(
    scores: FloatArray, truth: FloatArray, counts: CountArray, *, threshold: float
) -> FloatArray:
    """`metrics.sparse_kendall_tau(mode="official")` of every resample.

    What a resample assigns in the order of the scores differs from these by ties alone: where all places of two scores
    are of one bin of the truth, both are assigned that bin. So from the concordance of the scores with the bins those
    pairs are taken off.
    """
    bins = np.unique(np.floor(in_multiples(truth, threshold)), return_inverse=True)[1]
    most_alike = max(np.bincount(bins).max(), np.unique(scores, return_counts=True)[1].max())
    if scores.size > _MOST_AT_ONCE or most_alike > _MOST_ALIKE:
        each = (np.repeat(values, drawn) for drawn in counts for values in (scores, truth))
        pairs_of = zip(each, each, strict=True)
        return np.array([sparse_kendall_tau(*pair, threshold=threshold, mode="official") for pair in pairs_of])
    order = np.argsort(scores, kind="stable")
    drawn, own = counts[:, order], bins[order]
    classes = _assigned(scores[order], bins, counts, drawn)
    agreement = _signed_pairs(scores, bins.astype(np.float64), counts)
    group = np.unique(scores[order], return_inverse=True)[1]
    for apart in range(1, scores.size):
        alike = classes[:, apart:] == classes[:, :-apart]
        if not alike.any():
            break
        signs = np.sign(group[apart:] - group[:-apart]) * np.sign(own[apart:] - own[:-apart])
        agreement -= 2.0 * np.sum(alike * drawn[:, apart:] * drawn[:, :-apart] * signs, axis=1)
    pairs = counts.sum(axis=1, dtype=np.float64) ** 2
    untied_truth = pairs - np.sum(_group_totals(bins.astype(np.float64), counts) ** 2, axis=1)
    width = int(classes.max()) + 1
    places = classes + width * np.arange(len(counts))[:, None]
    totals = np.bincount(places.ravel(), drawn.ravel(), width * len(counts)).reshape(len(counts), width)
    untied_assigned = pairs - np.sum(totals**2, axis=1)
    with np.errstate(invalid="ignore"):  # 0 / 0: a constant side
        tau: FloatArray = agreement / (np.sqrt(untied_assigned) * np.sqrt(untied_truth))
    return tau.clip(-1.0, 1.0)


def _assigned(
    ascending: FloatArray, bins: npt.NDArray[np.int64], counts: CountArray, drawn: CountArray
) -> npt.NDArray[np.int64]:
    """Which architectures, in ascending order of their scores, are assigned the same, `(draws, n)`.

    Args:
        drawn: `counts` in that order.
    """
    scores, starts, group = np.unique(ascending, return_index=True, return_inverse=True)
    sizes = np.add.reduceat(drawn, starts, axis=1)
    ends = np.cumsum(sizes, axis=1)
    up_to = np.cumsum(_group_totals(bins.astype(np.float64), counts), axis=1).astype(np.int64)
    whole, (draws, most) = int(up_to[:, -1].max()), up_to.shape
    shift = (whole + 1) * np.arange(draws)[:, None]  # so that the places of all draws are in one ascending row

    def bin_at(places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        inside = np.clip(places, 0, up_to[:, -1:] - 1)
        found = np.searchsorted((up_to + shift).ravel(), (inside + shift).ravel(), side="right")
        return np.asarray(found.reshape(places.shape) - most * np.arange(draws)[:, None])

    first = bin_at(ends - sizes)
    last = np.where(sizes > 0, bin_at(ends - 1), first)
    classes = np.where(first == last, first, most + np.arange(scores.size))
    return np.asarray(classes[:, group])


def spearman_of_resamples(scores: FloatArray, truth: FloatArray, counts: CountArray) -> FloatArray:
    """`metrics.spearman` of every resample."""
    first, second = _centred_mid_ranks(scores, counts), _centred_mid_ranks(truth, counts)
    covariance = np.sum(counts * first * second, axis=1)
    variances = np.sum(counts * first**2, axis=1) * np.sum(counts * second**2, axis=1)
    with np.errstate(invalid="ignore"):  # 0 / 0: a constant side
        rho: FloatArray = covariance / np.sqrt(variances)
    return rho.clip(-1.0, 1.0)


def _signed_pairs(scores: FloatArray, truth: FloatArray, counts: CountArray) -> FloatArray:
    """Concordant minus discordant ordered pairs of every resample, (draws,)."""
    # float32 is exact here: every entry of the product is a whole number of at most n, far below 2 ** 24.
    weights = counts.astype(np.float32)
    total = np.zeros(len(counts))
    width = max(1, _BLOCK_VALUES // scores.size)
    for start in range(0, scores.size, width):
        block = slice(start, start + width)
        signs = _pair_signs(scores, block) * _pair_signs(truth, block)
        total += np.einsum("dn,dn->d", weights @ signs, counts[:, block], dtype=np.float64)
    return total


def _pair_signs(values: FloatArray, block: slice) -> npt.NDArray[np.float32]:
    return np.sign(values[:, None] - values[block]).astype(np.float32)


def _group_totals(values: FloatArray, counts: CountArray) -> FloatArray:
    """Counts of every distinct value in ascending order, (draws, distinct)."""
    order = np.argsort(values, kind="stable")
    _, starts = np.unique(values[order], return_index=True)
    return np.add.reduceat(counts[:, order], starts, axis=1).astype(np.float64)


def _centred_mid_ranks(values: FloatArray, counts: CountArray) -> FloatArray:
    """Mid-rank minus mean rank of every architecture in every resample, (draws, n)."""
    totals = _group_totals(values, counts)
    up_to = np.cumsum(totals, axis=1)
    mid_ranks = up_to - (totals - 1) / 2
    mean_rank = (up_to[:, -1:] + 1) / 2
    _, group = np.unique(values, return_inverse=True)
    return np.asarray((mid_ranks - mean_rank)[:, group])
