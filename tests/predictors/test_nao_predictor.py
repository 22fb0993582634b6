"""The encoder, predictor and decoder of NAO: it predicts, reconstructs, and steps to better architectures."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import kendalltau

from nasrank.predictors import nao
from nasrank.predictors.nao import EncoderPredictorDecoder

OPTIONS = (2, 5, 3, 5, 1, 4)


def draw(count, seed=0):
    return np.random.default_rng(seed).integers(OPTIONS, size=(count, len(OPTIONS)))


def truth(choices):
    """In percent, say: additive, but for one pair that goes well together."""
    first, second, third, fourth, _, last = choices.T
    return 60.0 + 4 * first + 3 * (second == 2) + third - (fourth - 3) ** 2 + 5 * (last == 1) * (second == 2)


def fitted(seed=0):
    model = EncoderPredictorDecoder(OPTIONS, np.random.default_rng(seed))
    model.fit(draw(200), truth(draw(200)))
    return model


@pytest.fixture
def _hasty(monkeypatch):
    monkeypatch.setattr(nao, "UPDATES", 3)


@pytest.fixture(scope="module")
def model():
    return fitted()


@pytest.mark.slow
def test_it_predicts_architectures_that_it_has_not_seen(model):
    unseen = draw(300, seed=1)
    predicted = model.predict(unseen)
    assert predicted.shape == (300,)
    assert predicted.dtype == np.float64
    assert kendalltau(predicted, truth(unseen)).statistic > 0.8
    known = truth(draw(200))
    assert (predicted >= known.min()).all()
    assert (predicted <= known.max()).all(), "in the unit of the targets"
    assert np.abs(predicted - truth(unseen)).mean() < 0.1 * np.ptp(known)


@pytest.mark.slow
def test_a_prediction_depends_on_its_architecture_alone(model):
    choices, order = draw(50, seed=2), np.random.default_rng(3).permutation(50)
    np.testing.assert_allclose(model.predict(choices[order]), model.predict(choices)[order], rtol=1e-5)
    np.testing.assert_allclose(model.predict(choices[7:8]), model.predict(choices)[7:8], rtol=1e-5)


def test_a_step_of_length_zero_reconstructs(model):
    choices = draw(200)
    assert (model.improve(choices, 0.0) == choices).all(1).mean() > 0.9


def test_steps_up_the_gradient_lead_to_architectures_that_are_better(model):
    choices = draw(100, seed=4)
    gains = []
    for length in (3, 10, 30):
        improved = model.improve(choices, length)
        assert improved.shape == choices.shape
        assert ((improved >= 0) & (improved < OPTIONS)).all(), "only options that each decision has"
        gains.append((truth(improved) - truth(choices)).mean())
    assert sorted(gains) == gains
    assert gains[-1] > 4
    assert (model.improve(choices, 30) != choices).any(1).mean() > 0.5


@pytest.mark.usefixtures("_hasty")
def test_the_seed_decides_everything():
    first, same, other = (fitted(seed).predict(draw(20)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)


@pytest.mark.usefixtures("_hasty")
def test_a_fit_starts_anew():
    generator = np.random.default_rng(0)
    model = EncoderPredictorDecoder(OPTIONS, generator)
    model.fit(draw(50, seed=1), np.arange(50.0))
    generator.bit_generator.state = np.random.default_rng(0).bit_generator.state
    model.fit(draw(200), truth(draw(200)))
    np.testing.assert_array_equal(model.predict(draw(20)), fitted(seed=0).predict(draw(20)))


@pytest.mark.usefixtures("_hasty")
def test_torchs_global_stream_is_left_alone():
    before = torch.random.get_rng_state()
    fitted()
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.usefixtures("_hasty")
def test_equal_targets_are_predicted_as_they_are():
    model = EncoderPredictorDecoder(OPTIONS, np.random.default_rng(0))
    model.fit(draw(3), np.full(3, 0.1))
    np.testing.assert_array_equal(model.predict(draw(5, seed=1)), np.full(5, 0.1))


@pytest.mark.parametrize(
    ("choices", "targets", "message"),
    [
        (draw(3), np.zeros(2), r"targets of shape \(2,\) for 3 choices"),
        (draw(0), np.zeros(0), "for 0 choices"),
        (draw(3), np.array([0.0, np.nan, np.inf]), "2 of 3 targets are not finite"),
        (draw(3), np.ma.masked_equal([0.0, 1.0, 2.0], 1.0), "1 of 3 targets are not finite: NaN, infinite or masked"),
        (draw(3), np.array(["0", "1", "2"]), "targets must be real numbers"),
        (draw(3) * 1.0, np.zeros(3), "choices must be integers, not float64"),
        (draw(3) == 0, np.zeros(3), "choices must be integers, not bool"),
        (np.ma.masked_equal(draw(3), 0), np.zeros(3), "choices must be integers, not masked in places"),
        (draw(3)[:, :4], np.zeros(3), r"choices have shape \(3, 4\), not \(n, 6\)"),
        (draw(3) + 1, np.zeros(3), "not options of their decisions"),
        (draw(3) - 9, np.zeros(3), "not options of their decisions"),
    ],
)
def test_bad_input_is_refused(choices, targets, message):
    with pytest.raises(ValueError, match=message):
        EncoderPredictorDecoder(OPTIONS, np.random.default_rng(0)).fit(choices, targets)
