"""Ranking metrics: how well the order of some scores agrees with the order of the truth.

Every function takes `scores (n,)` and `truth (n,)` of the same architectures, higher is better in both, and returns
one float. None depends on the order in which the pool is listed. ValueError for other shapes, NaN, infinity, masked
elements, what is no real number, or fewer than 2 architectures. A mask without masked elements is fine, and so are
integers.

Ties
    *Correlations* use Kendall's tau-b and mid-ranks, and are NaN when a side is constant.
    *Selection metrics* (`..._at`) look at the k highest scores. When several architectures tie for the last of the k
    places, the value is the exact expectation over a uniformly random choice among them: what a user who has to pick
    gets on average. A pessimistic choice would charge coarse scores (accuracy on few images) for more than they cost
    a search; with the expectation, constant scores get just what blind sampling gets. Architectures of equal truth
    share the better rank (1 + how many are strictly better). NaN when the truth is constant: there is nothing to find.

References
----------
[Kendall1945] M. G. Kendall. The treatment of ties in ranking problems. Biometrika 33(3), 1945.
[Yu2020] K. Yu, R. Ranftl, M. Salzmann. How to Train Your Super-Net. arXiv:2003.04276, 2020.
[Yu2021] K. Yu, R. Ranftl, M. Salzmann. Landmark Regularization: Ranking Guided Super-Net Training in Neural
    Architecture Search. CVPR 2021; its code is github.com/kcyu2014/nas-landmarkreg.
[Ning2021] X. Ning et al. Evaluating Efficient Performance Estimators of Neural Architectures. NeurIPS 2021.
[Zela2022] A. Zela et al. Surrogate NAS Benchmarks: Going Beyond the Limited Search Spaces of Tabular NAS Benchmarks.
    ICLR 2022.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from nasrank.bench.ranking.arrays import FloatArray, group_members, is_constant, paired_arrays, top_count, whole_number

SparseMode = Literal["official", "round_prediction"]


def kendall_tau(scores: npt.ArrayLike, truth: npt.ArrayLike) -> float:
    """Kendall's tau-b [Kendall1945], in [-1, 1]; NaN when a side is constant."""
    return _tau_b(*paired_arrays(scores, truth))


def kendall_tau_within(scores: npt.ArrayLike, truth: npt.ArrayLike, groups: npt.ArrayLike) -> float:
    """Kendall's tau-b of the pairs within a group, in [-1, 1]; NaN when a side is constant in every group.

    Args:
        groups: which each architecture is in, `(n,)`: numbers or texts.
    """
    scores, truth = paired_arrays(scores, truth)
    agreement = untied_scores = untied_truth = 0
    for inside in group_members(groups, scores.size):
        first, second = _untied_pairs(scores[inside]), _untied_pairs(truth[inside])
        untied_scores, untied_truth = untied_scores + first, untied_truth + second
        if first and second:  # a whole number of pairs, which the rounding of tau-b is far too small to miss
            agreement += round(_tau_b(scores[inside], truth[inside]) * math.sqrt(first) * math.sqrt(second))
    if not (untied_scores and untied_truth):
        return float("nan")
    return agreement / math.sqrt(untied_scores) / math.sqrt(untied_truth)


def spearman(scores: npt.ArrayLike, truth: npt.ArrayLike) -> float:
    """Spearman's rank correlation with mid-ranks, in [-1, 1]; NaN when a side is constant."""
    scores, truth = paired_arrays(scores, truth)
    if is_constant(scores) or is_constant(truth):
        return float("nan")
    return float(stats.spearmanr(scores, truth).statistic)


def kendall_tau_top(scores: npt.ArrayLike, truth: npt.ArrayLike, *, fraction: float) -> float:
    """Tau-b among the architectures in the top `fraction` of the pool by truth, in [-1, 1].

    The top holds the best ceil(fraction * n) architectures and everything that ties with the last of them, so it may
    be larger. NaN when a side is constant within it; ValueError when it is meant to hold fewer than 2.
    """
    scores, truth = paired_arrays(scores, truth)
    count = top_count(truth.size, fraction)
    if count < 2:
        raise ValueError(f"the top {fraction:.3g} of {truth.size} architectures holds {count}: at least 2 are needed")
    inside = truth >= _kth_best(truth, count)
    return _tau_b(scores[inside], truth[inside])


def sparse_kendall_tau(scores: npt.ArrayLike, truth: npt.ArrayLike, *, threshold: float, mode: SparseMode) -> float:
    """Kendall's tau that overlooks differences below `threshold`, in [-1, 1]; NaN when a side is constant after that.

    `threshold` is in the truth's units: 0.1 with accuracies in percent is the 1e-3 of [Yu2021]'s online evaluation.
    Two things are published under this name:

    - "official", as coded by [Yu2020, Yu2021]: truth is cut into bins, floor(truth / threshold), and the occupied bins
      are numbered in order. The i-th architecture of the predicted order is *assigned* the i-th smallest bin number of
      the pool. The result is tau-b between assigned and own bin numbers. Both sides are tied in the same places, so it
      is not tau-b of the scores with binned truth. The published code breaks ties in the scores by its sorting
      algorithm; here architectures of equal score share the mean of what their places are assigned, like mid-ranks.
    - "round_prediction" [Zela2022]: tau-b between the scores rounded to multiples of `threshold` and the unrounded
      truth. It makes sense only for scores in the truth's units, that is, for predicted accuracies.
    """
    scores, truth = paired_arrays(scores, truth)
    if mode == "round_prediction":
        return _tau_b(round_to_multiples(scores, threshold), truth)
    if mode != "official":
        raise ValueError(f"mode must be 'official' or 'round_prediction', got {mode!r}")
    return _tau_b(*sparse_bins(scores, truth, threshold=threshold))


def sparse_bins(scores: FloatArray, truth: FloatArray, *, threshold: float) -> tuple[FloatArray, FloatArray]:
    """Assigned and own bin numbers `(n,)`, whose tau-b is the official sparse tau, see `sparse_kendall_tau`."""
    _, own = np.unique(np.floor(in_multiples(truth, threshold)), return_inverse=True)
    _, group, sizes = np.unique(scores, return_inverse=True, return_counts=True)
    totals = np.add.reduceat(np.sort(own), np.cumsum(sizes) - sizes)
    return (totals / sizes)[group], own.astype(np.float64)


def precision_at(scores: npt.ArrayLike, truth: npt.ArrayLike, *, k: int) -> float:
    """Share of the k highest-scored architectures that are truly among the k best, in [0, 1] [Ning2021].

    Whatever ties in truth with the k-th best counts as a hit, so a perfect order has precision 1.
    """
    scores, truth = paired_arrays(scores, truth)
    k = whole_number("k", k, low=1, high=truth.size)
    if is_constant(truth):
        return float("nan")
    border = _kth_best(scores, k)
    above, tied = scores > border, scores == border
    hits = truth >= _kth_best(truth, k)
    places_left = k - np.count_nonzero(above)
    return float((np.count_nonzero(hits & above) + places_left * np.mean(hits[tied])) / k)


def precision_at_top(scores: npt.ArrayLike, truth: npt.ArrayLike, *, fraction: float) -> float:
    """`precision_at` for k = ceil(fraction * n), in [0, 1]: "P@top x %" of [Ning2021]."""
    return precision_at(scores, truth, k=top_count(np.size(truth), fraction))


def best_rank_at(scores: npt.ArrayLike, truth: npt.ArrayLike, *, k: int) -> float:
    """True rank of the best of the k highest-scored architectures, in [1, n], 1 is the best; lower is better.

    "BR@k" of [Ning2021], as a rank. Not whole when scores tie at the border (an expectation, see the module).
    """
    scores, truth = paired_arrays(scores, truth)
    ranks = stats.rankdata(-truth, method="min").astype(np.float64)
    return -_expected_best(-ranks, scores, k)


def regret_at(scores: npt.ArrayLike, truth: npt.ArrayLike, *, k: int) -> float:
    """Best truth of the pool minus the best truth among the k highest-scored, in the truth's units, >= 0.

    What is lost by training only those k and keeping the best. Lower is better.
    """
    scores, truth = paired_arrays(scores, truth)
    return abs(_expected_best(truth - truth.max(), scores, k))


def probability_to_surpass_random(scores: npt.ArrayLike, truth: npt.ArrayLike, *, draws: int = 10, k: int = 1) -> float:
    """Chance that random search of `draws` architectures finds nothing better than what the scores find, in [0, 1].

    The scores find the best of the k highest-scored architectures. If a share p of the pool is at or below it in
    truth, all `draws` architectures drawn uniformly from the pool (with replacement) are at or below it with
    probability p ** draws. A better find has the larger value: this is the direction of [Yu2021]'s code,
    (rank / largest rank) ** draws with ranks that ascend with accuracy; `draws` = 10 is its value for NAS-Bench-201.
    """
    scores, truth = paired_arrays(scores, truth)
    draws = whole_number("draws", draws, low=1)
    at_or_below = stats.rankdata(truth, method="max") / truth.size
    return _expected_best(at_or_below**draws, scores, k)


def tied_pair_share(values: npt.ArrayLike) -> float:
    """Share of all pairs that `values` (n,) leaves tied, in [0, 1]: the ties to print beside a correlation."""
    values, _ = paired_arrays(values, values)
    pairs = values.size * (values.size - 1) // 2
    return (pairs - _untied_pairs(values)) / pairs


def round_to_multiples(values: FloatArray, threshold: float) -> FloatArray:
    """The whole multiple of `threshold` nearest to each of `values`, as a count; halves go to the even one."""
    return np.rint(in_multiples(values, threshold))


def in_multiples(values: FloatArray, threshold: float) -> FloatArray:
    """`values` over `threshold`, without the last digits of their division."""
    if not (np.isfinite(threshold) and threshold > 0):
        raise ValueError(f"threshold must be a positive number in the truth's units, got {threshold}")
    return np.round(values / threshold, 6)  # 91.1 / 0.1 is 910.9999999999999, yet 91.1 is in bin 911


def _untied_pairs(values: FloatArray) -> int:
    """Pairs of `values` (n,) of which one is the larger."""
    _, sizes = np.unique(values, return_counts=True)
    return (values.size * (values.size - 1) - int(np.sum(sizes * (sizes - 1)))) // 2


def _tau_b(first: FloatArray, second: FloatArray) -> float:
    if is_constant(first) or is_constant(second):
        return float("nan")
    return float(stats.kendalltau(first, second, variant="b").statistic)


def _kth_best(values: FloatArray, k: int) -> float:
    return float(np.partition(values, values.size - k)[values.size - k])


def _expected_best(values: FloatArray, scores: FloatArray, k: int) -> float:
    """`expected_best`, NaN for constant values, which a constant truth makes: there is nothing to find."""
    k = whole_number("k", k, low=1, high=scores.size)
    return float("nan") if is_constant(values) else expected_best(values, scores, k)


def expected_best(values: FloatArray, scores: FloatArray, k: int) -> float:
    """Expected largest of `values` (n,) among the k highest `scores` (n,), ties for the last places broken at random.

    1 <= k <= n.
    """
    border = _kth_best(scores, k)
    certain = values[scores > border]
    tied = np.sort(values[scores == border])[::-1]
    places = k - certain.size
    # The best drawn is worse than tied[i] exactly when none of tied[0..i] is drawn.
    left = np.arange(tied.size, places, -1)
    missed = np.cumprod((left - places) / left)
    best = np.maximum(tied[: tied.size - places + 1], certain.max(initial=-np.inf))
    return float(best[0] + missed @ np.diff(best))
