"""Networks fitted to the scores of a super-net: errors of single architectures are taken out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kendalltau

from nasrank.predictors.learned import fitted_scores
from nasrank.predictors.learned.fitted_scores import fitted_to_scores, out_of_fold
from nasrank.spaces import get_space

SPACE = get_space("nb101")


def cells(count, seed=0):
    return SPACE.sample(np.random.default_rng(seed), count)


def truth(architectures):
    """Of a cell of NAS-Bench-101: 3 for each 3x3 convolution and 1 for each 1x1."""
    return np.array([sum((3, 1, 0)[one] for one in cell.operations) for cell in architectures], dtype=float)


def scores(architectures, seed=0):
    """As if a super-net gave them: with twice as much error of each architecture as they differ."""
    noise = np.random.default_rng(seed).normal(size=len(architectures))
    return truth(architectures) + 2 * truth(architectures).std() * noise


def agreement(found, architectures):
    return kendalltau(found, truth(architectures)).statistic


@pytest.fixture(scope="module")
def sampled():
    return cells(120)


@pytest.mark.slow
def test_predictions_rank_better_than_the_scores_they_were_fitted_to(sampled):
    others = cells(200, seed=1)
    predictor = fitted_to_scores(SPACE, sampled, scores(sampled), np.random.default_rng(0))
    assert agreement(predictor.score(others), others) > agreement(scores(others), others) + 0.03


@pytest.mark.slow
def test_out_of_fold_they_do_so_too(sampled):
    predicted = out_of_fold(SPACE, sampled, scores(sampled), np.random.default_rng(0), folds=2)
    assert agreement(predicted, sampled) > agreement(scores(sampled), sampled) + 0.05


@pytest.mark.usefixtures("_hasty")
def test_no_architecture_is_predicted_from_its_own_score(monkeypatch):
    """Nor from that of another with the same reduced graph."""
    space = get_space("nb201")
    silent = [f"|{one}~0|+|none~0|none~1|+|none~0|none~1|none~2|" for one in ("none", "skip_connect", "avg_pool_3x3")]
    architectures = [str(one) for one in space.sample(np.random.default_rng(0), 12)] + silent
    fits = []

    def watched(space, inside, values, generator):
        fits.append((set(inside), dict(zip(inside, values, strict=True))))
        return fitted_to_scores(space, inside, values, generator)

    monkeypatch.setattr(fitted_scores, "fitted_to_scores", watched)
    values = np.arange(15.0)
    predicted = out_of_fold(space, architectures, values, np.random.default_rng(0), folds=3)
    assert len(fits) == 3
    held_out = [set(architectures) - inside for inside, _ in fits]
    assert sorted(one for part in held_out for one in part) == sorted(architectures)
    assert sum(bool(set(silent) & part) for part in held_out) == 1
    given = dict(zip(architectures, values, strict=True))
    assert all(seen.items() <= given.items() for _, seen in fits)
    assert len(set(predicted[-3:])) == 1


@pytest.mark.parametrize(
    ("count", "given", "folds", "message"),
    [
        (6, np.arange(5.0), 2, "6 architectures need as many scores, not 5"),
        (6, np.array([0, 1, 2, 3, 4, np.nan]), 2, "1 of 6 scores are not finite"),
        (6, np.arange(6.0), 1, "1 folds of 6 kinds"),
        (6, np.arange(6.0), 7, "7 folds of 6 kinds"),
        (0, np.arange(0.0), 2, "2 folds of 0 kinds"),
    ],
)
def test_what_cannot_be_folded_is_refused(count, given, folds, message):
    with pytest.raises(ValueError, match=message):
        out_of_fold(SPACE, cells(count), given, np.random.default_rng(0), folds)
