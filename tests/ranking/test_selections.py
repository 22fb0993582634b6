"""Selection metrics of many resamples are those of each resample."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasrank.bench.ranking import metrics, selections

PAIRS = [
    *((partial(selections.best_rank_of_resamples, k=k), partial(metrics.best_rank_at, k=k)) for k in (1, 10)),
    *((partial(selections.regret_of_resamples, k=k), partial(metrics.regret_at, k=k)) for k in (1, 10)),
    (selections.surpassing_of_resamples, metrics.probability_to_surpass_random),
    (partial(selections.precision_top_of_resamples, fraction=0.1), partial(metrics.precision_at_top, fraction=0.1)),
]
NAMES = ["rank 1", "rank 10", "regret 1", "regret 10", "surpass", "precision"]


@pytest.mark.parametrize(("many", "one"), PAIRS, ids=NAMES)
@settings(max_examples=30)
@given(
    n=st.integers(10, 120),
    levels=st.sampled_from([1, 2, 5, 10**6]),
    best=st.sampled_from([1, 3, 10**6]),
    seed=st.integers(0, 99),
)
def test_each_resample_has_the_value_of_the_metric(many, one, n, levels, best, seed):
    generator = np.random.default_rng(seed)
    scores = generator.integers(0, levels, n).astype(float)
    truth = generator.integers(0, best, n).astype(float)
    counts = generator.multinomial(n, np.full(n, 1 / n), size=5)
    expected = [one(np.repeat(scores, drawn), np.repeat(truth, drawn)) for drawn in counts]
    np.testing.assert_allclose(many(scores, truth, counts), expected, atol=1e-9)
