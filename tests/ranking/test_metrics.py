"""Every metric against an independent definition: brute force over pairs, over tie-breaks, scipy, scikit-learn."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from itertools import combinations, pairwise, permutations
from random import Random

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import precision_score

from nasrank.bench.ranking import METRICS, get_metric, metrics

SMALL = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=3, max_size=6)
POOL = st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=4, max_size=40)


def columns(pairs: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    scores, truth = np.array(pairs, dtype=float).T
    return scores, truth


def tau_b_over_pairs(first: list[float], second: list[float], groups: Sequence[int] | None = None) -> float:
    """Kendall's definition, one pair at a time; those within a group only, where there are groups."""
    agreement = untied_first = untied_second = 0
    for i, j in combinations(range(len(first)), 2):
        if groups is not None and groups[i] != groups[j]:
            continue
        a, b = int(np.sign(first[i] - first[j])), int(np.sign(second[i] - second[j]))
        agreement, untied_first, untied_second = agreement + a * b, untied_first + a * a, untied_second + b * b
    return agreement / (untied_first * untied_second) ** 0.5 if untied_first and untied_second else float("nan")


def mean_over_tie_breaks(scores: np.ndarray, value: Callable[[list[int]], float]) -> float:
    """Mean of `value(order)` over every order of the pool, best first, that the scores allow."""
    orders = permutations(range(len(scores)))
    allowed = [o for o in orders if all(scores[a] >= scores[b] for a, b in pairwise(o))]
    return float(np.mean([value(list(order)) for order in allowed]))


@pytest.mark.slow
@given(POOL)
def test_kendall_tau_is_tau_b(pairs: list[tuple[int, int]]) -> None:
    scores, truth = columns(pairs)
    assert metrics.kendall_tau(scores, truth) == pytest.approx(tau_b_over_pairs(scores, truth), nan_ok=True)


@pytest.mark.slow
@given(POOL, st.integers(1, 4))
def test_kendall_tau_within_counts_the_pairs_of_a_group(pairs: list[tuple[int, int]], groups: int) -> None:
    scores, truth = columns(pairs)
    group = [place % groups for place in range(len(scores))]
    expected = tau_b_over_pairs(scores, truth, group)
    assert metrics.kendall_tau_within(scores, truth, group) == pytest.approx(expected, abs=1e-12, nan_ok=True)
    whole = metrics.kendall_tau_within(scores, truth, np.zeros(len(scores)))
    assert whole == pytest.approx(metrics.kendall_tau(scores, truth), abs=1e-12, nan_ok=True)


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([3, 40, 10**6]), st.sampled_from([1, 7, 400]))
def test_kendall_tau_within_is_the_definition_on_large_pools(seed: int, levels: int, groups: int) -> None:
    """As sums over all pairs of a group, which is what it was computed by; many ties and none."""
    generator = np.random.default_rng(seed)
    scores, truth = generator.integers(levels, size=(2, 500)).astype(float)
    group = generator.integers(groups, size=500)
    together = group[:, None] == group
    first, second = (np.sign(side[:, None] - side) * together for side in (scores, truth))
    pairs = np.count_nonzero(first) * np.count_nonzero(second)
    expected = np.sum(first * second) / np.sqrt(pairs) if pairs else np.nan
    found = metrics.kendall_tau_within(scores, truth, group)
    assert found == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_kendall_tau_within_takes_no_memory_to_speak_of() -> None:
    """Cases, group 4: that of all pairs was 0.9 GiB at 6,000 architectures; here it would be 72 MB."""
    generator = np.random.default_rng(0)
    scores, truth = generator.normal(size=(2, 3000))
    metrics.kendall_tau_within(scores, truth, np.zeros(3000))
    tracemalloc.start()
    metrics.kendall_tau_within(scores, truth, np.zeros(3000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 300 * 3000


def test_kendall_tau_within_needs_a_group_for_each() -> None:
    with pytest.raises(ValueError, match=r"groups must have the shape \(3,\) of the scores, not \(2,\)"):
        metrics.kendall_tau_within([1, 2, 3], [1, 2, 3], [0, 1])


@pytest.mark.slow
@given(POOL)
def test_spearman_is_pearson_of_mid_ranks(pairs: list[tuple[int, int]]) -> None:
    scores, truth = columns(pairs)
    if len(set(scores)) == 1 or len(set(truth)) == 1:
        assert np.isnan(metrics.spearman(scores, truth))
    else:
        expected = np.corrcoef(stats.rankdata(scores), stats.rankdata(truth))[0, 1]
        assert metrics.spearman(scores, truth) == pytest.approx(expected)


@given(POOL, st.sampled_from([0.3, 0.5, 1.0]))
def test_tau_top_keeps_everything_tied_with_the_border(pairs: list[tuple[int, int]], fraction: float) -> None:
    scores, truth = columns(pairs)
    wanted = Fraction(str(fraction)) * len(pairs)
    inside = [i for i in range(len(pairs)) if sum(other > truth[i] for other in truth) < wanted]
    expected = tau_b_over_pairs(scores[inside], truth[inside])
    assert metrics.kendall_tau_top(scores, truth, fraction=fraction) == pytest.approx(expected, nan_ok=True)


def test_tau_top_differs_from_tau() -> None:
    scores, truth = [1, 2, 3, 7, 6, 5, 4], [1, 2, 3, 4, 5, 6, 7]
    assert metrics.kendall_tau_top(scores, truth, fraction=0.5) == -1.0
    assert metrics.kendall_tau(scores, truth) == pytest.approx((21 - 2 * 6) / 21)


def test_top_count_is_not_fooled_by_floating_point() -> None:
    assert 0.07 * 100 > 7
    truth = np.arange(100.0)
    scores = np.where(truth == 92, 1000, truth)  # wrong about the eighth best only
    assert metrics.kendall_tau_top(scores, truth, fraction=0.07) == 1.0
    assert metrics.kendall_tau_top(scores, truth, fraction=0.08) < 1.0


def official_sparse_tau(scores: np.ndarray, truth: np.ndarray, threshold: Fraction) -> float:
    """The published procedure step by step, in exact arithmetic; scores without ties."""
    bins = [Fraction(str(value)) // threshold for value in truth]
    by_truth = sorted(range(len(truth)), key=lambda i: truth[i])
    rank, ranks = 0, {}
    for previous, current in zip([by_truth[0], *by_truth], by_truth, strict=False):
        rank += bins[current] > bins[previous]
        ranks[current] = rank
    by_score = sorted(range(len(scores)), key=lambda i: scores[i])
    return tau_b_over_pairs([ranks[i] for i in by_truth], [ranks[i] for i in by_score])


@given(st.lists(st.integers(9000, 9040), min_size=3, max_size=25), st.randoms(), st.sampled_from(["0.1", "0.01", "1"]))
def test_official_sparse_tau_is_the_published_procedure(hundredths: list[int], random: Random, threshold: str) -> None:
    truth = np.array(hundredths) / 100
    scores = np.array(random.sample(range(100), len(truth)), dtype=float)
    value = metrics.sparse_kendall_tau(scores, truth, threshold=float(threshold), mode="official")
    assert value == pytest.approx(official_sparse_tau(scores, truth, Fraction(threshold)), nan_ok=True)


def test_official_sparse_tau_by_hand() -> None:
    # bins 0 0 1 2; predicted order (worst first) a c b d, so own bins in places 0..3 are 0 1 0 2 against 0 0 1 2
    scores, truth = [1, 3, 2, 4], [90.01, 90.09, 90.15, 90.25]
    assert metrics.sparse_kendall_tau(scores, truth, threshold=0.1, mode="official") == pytest.approx(2 / 5)
    # plain tau-b of the scores and the binned truth is something else
    assert metrics.kendall_tau(scores, np.array([0, 0, 1, 2])) == pytest.approx(3 / (6 * 5) ** 0.5)


def test_official_sparse_tau_shares_the_assigned_ranks_of_tied_scores() -> None:
    # b and c tie, their places are assigned ranks 1 and 2, so each gets 1.5
    scores, truth = [1, 2, 2, 3], [90.0, 90.1, 90.2, 90.3]
    expected = tau_b_over_pairs([0, 1.5, 1.5, 3], [0, 1, 2, 3])
    assert metrics.sparse_kendall_tau(scores, truth, threshold=0.1, mode="official") == pytest.approx(expected)


def test_bins_are_not_fooled_by_floating_point() -> None:
    assert 91.1 / 0.1 < 911  # so a plain floor would put 91.1 into bin 910, together with 91.05
    scores, truth = [1, 2, 3], [91.05, 91.1, 91.15]
    expected = tau_b_over_pairs([0, 1, 1], [0, 1, 1])
    assert metrics.sparse_kendall_tau(scores, truth, threshold=0.1, mode="official") == pytest.approx(expected)


@given(POOL)
def test_rounded_sparse_tau_is_tau_of_rounded_scores(pairs: list[tuple[int, int]]) -> None:
    scores, truth = columns(pairs)
    scores = 90 + scores / 30
    value = metrics.sparse_kendall_tau(scores, truth, threshold=0.1, mode="round_prediction")
    assert value == pytest.approx(tau_b_over_pairs(np.round(scores, 1), truth), nan_ok=True)


def test_the_two_readings_of_sparse_tau_differ() -> None:
    generator = np.random.default_rng(0)
    truth = 90 + generator.normal(size=200)
    scores = truth + generator.normal(size=200)
    sparse = partial(metrics.sparse_kendall_tau, scores, truth, threshold=1.0)
    assert abs(sparse(mode="official") - sparse(mode="round_prediction")) > 0.01


@pytest.mark.slow
@given(SMALL, st.integers(1, 3))
def test_selection_metrics_are_means_over_all_tie_breaks(pairs: list[tuple[int, int]], k: int) -> None:
    scores, truth = columns(pairs)
    assume(len(set(truth)) > 1)
    n = len(truth)
    rank = [1 + sum(other > value for other in truth) for value in truth]
    share = [sum(other <= value for other in truth) / n for value in truth]
    kth = sorted(truth, reverse=True)[k - 1]
    mean = partial(mean_over_tie_breaks, scores)
    approx = partial(pytest.approx, abs=1e-12)

    assert metrics.best_rank_at(scores, truth, k=k) == approx(mean(lambda o: min(rank[i] for i in o[:k])))
    assert metrics.regret_at(scores, truth, k=k) == approx(mean(lambda o: max(truth) - max(truth[i] for i in o[:k])))
    assert metrics.precision_at(scores, truth, k=k) == approx(mean(lambda o: sum(truth[i] >= kth for i in o[:k]) / k))
    surpass = metrics.probability_to_surpass_random(scores, truth, draws=4, k=k)
    assert surpass == approx(mean(lambda o: max(share[i] for i in o[:k]) ** 4))


def test_precision_is_scikit_learns_precision() -> None:
    generator = np.random.default_rng(1)
    scores, truth = generator.permutation(100), generator.permutation(100)
    expected = precision_score(truth >= 90, scores >= 90)
    assert metrics.precision_at(scores, truth, k=10) == pytest.approx(expected)
    assert metrics.precision_at_top(scores, truth, fraction=0.1) == pytest.approx(expected)


def test_surpass_probability_is_what_random_search_does() -> None:
    generator = np.random.default_rng(2)
    truth, scores = generator.integers(0, 30, 50), generator.normal(size=50)
    found = truth[np.argmax(scores)]
    frequency = np.mean(generator.choice(truth, size=(200_000, 5)).max(axis=1) <= found)
    assert metrics.probability_to_surpass_random(scores, truth, draws=5) == pytest.approx(frequency, abs=0.005)


def test_a_better_find_surpasses_random_search_more_probably() -> None:
    truth = np.arange(20.0)
    found = [metrics.probability_to_surpass_random(np.arange(20) == best, truth) for best in range(20)]
    assert found == sorted(found)
    assert found[0] == pytest.approx(0.05**10)
    assert found[-1] == 1.0


def test_constant_scores_get_what_blind_sampling_gets() -> None:
    truth, scores = np.arange(10.0), np.zeros(10)
    assert np.isnan(metrics.kendall_tau(scores, truth))
    assert metrics.precision_at(scores, truth, k=3) == pytest.approx(0.3)
    assert metrics.best_rank_at(scores, truth, k=1) == pytest.approx(5.5)
    assert metrics.regret_at(scores, truth, k=1) == pytest.approx(4.5)


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.name)
def test_a_constant_truth_is_undefined(metric: Callable[..., float]) -> None:
    assert np.isnan(metric(np.arange(40.0), np.full(40, 93.0)))


def test_share_of_tied_pairs() -> None:
    assert metrics.tied_pair_share([1, 1, 1, 2]) == pytest.approx(3 / 6)
    assert metrics.tied_pair_share([1, 2, 3]) == 0.0


def test_metrics_are_found_by_name() -> None:
    assert get_metric("tau").function is metrics.kendall_tau
    with pytest.raises(ValueError, match=r"unknown ranking metric 'kendall'; known are tau, spearman"):
        get_metric("kendall")
