"""What NAO's predictor makes of the best labelled architectures: new ones of the space, better than most."""

from __future__ import annotations

import numpy as np
import pytest

from nasrank.predictors import Context, Labels
from nasrank.predictors.nao import NaoPredictor
from nasrank.spaces import get_space

SPACE = get_space("nb101")
LABELLED = SPACE.sample(np.random.default_rng(0), 100)


def truth(architectures):
    """Of a cell of NAS-Bench-101: 3 for each 3x3 convolution and 1 for each 1x1."""
    return np.array([sum((3, 1, 0)[one] for one in cell.operations) for cell in architectures], dtype=float)


@pytest.fixture(scope="module")
def predictor():
    labels = Labels(LABELLED, truth(LABELLED))
    return NaoPredictor().prepared(Context(SPACE, generator=np.random.default_rng(0), labels=labels))


@pytest.mark.slow
def test_proposals_are_new_and_better_than_random_ones(predictor):
    proposed = predictor.propose(20, starts=50)
    assert len(proposed) == 20
    keys = {SPACE.key(one) for one in proposed}
    assert len(keys) == 20
    assert not keys & {SPACE.key(one) for one in LABELLED}
    assert truth(proposed).mean() > truth(LABELLED).mean() + 0.5 * truth(LABELLED).std()
    assert predictor.score(proposed).min() > predictor.score(LABELLED).min()


@pytest.mark.slow
def test_fewer_are_the_first_of_more(predictor):
    assert predictor.propose(5) == predictor.propose(20)[:5]
    assert predictor.propose(0) == []


@pytest.mark.slow
def test_better_labelled_ones_are_where_steps_start_from(predictor):
    from_best = predictor.propose(10, starts=1)
    assert from_best
    (best,) = predictor._best_first[:1].tolist()
    assert truth([SPACE.from_choices(best)]) == truth(LABELLED).max()


@pytest.mark.parametrize(("count", "starts"), [(-1, 5), (3, 0)])
def test_numbers_that_make_no_sense_are_refused(predictor, count, starts):
    with pytest.raises(ValueError, match=f"{count} architectures from {starts} starts"):
        predictor.propose(count, starts)


def test_without_preparing_there_are_no_proposals():
    with pytest.raises(ValueError, match="has not been prepared"):
        NaoPredictor().propose(3)
