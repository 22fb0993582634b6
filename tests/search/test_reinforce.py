"""REINFORCE: its gradient and its steps are PyTorch's, its baseline is counted by hand, and it climbs."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import chisquare
from toy import CONSTRAINED, TOY, ToySpace, stream

from nasrank.bench.search.policy import MovingAverage, PolicySettings, draw_allowed
from nasrank.bench.search.reinforce import Adam, IndependentOptions, Reinforce
from nasrank.bench.search.searcher import MOST_DRAWS, search
from nasrank.spaces import get_space
from nasrank.spaces.subspace import SubSpace

SPACE = get_space("nb201")
OPTIONS = [(0, 1), (0, 2, 3), (4,)]
"""Of three decisions, of which two lack some."""


def closeness(paths, target=(3, 1, 3, 2, 0, 3)):
    """How many choices are those of one hidden architecture."""
    return (np.array(paths) == target).sum(axis=1).astype(float)


def opinionated():
    """A policy far from uniform."""
    policy = IndependentOptions(OPTIONS, stream(), learning_rate=0.1)
    policy.logits *= 1000
    return policy


@pytest.mark.slow
def test_it_finds_what_random_search_of_the_same_size_does_not():
    found = [closeness(search(Reinforce(SPACE, stream(seed)), [closeness], evaluations=400)) for seed in range(5)]
    randoms = stream(9)
    random = [closeness([SPACE.random_choices(randoms) for _ in range(400)]) for _ in range(5)]
    assert np.mean([values.max() for values in found]) > np.mean([values.max() for values in random])
    assert min(values[-50:].mean() for values in found) > 2 * np.mean(random), "what it draws last is good in the mean"


def test_the_gradient_is_that_of_autograd():
    policy = opinionated()
    drawn, advantages = policy.draw(7), stream(1).standard_normal(7)
    logits = torch.from_numpy(policy.logits.copy()).requires_grad_()
    chosen = torch.tensor(drawn)
    each = logits.log_softmax(-1).expand(7, -1, -1).gather(2, chosen[:, :, None]).sum((1, 2))
    (-(torch.from_numpy(advantages) * each).mean()).backward()
    present = np.isfinite(policy.logits)
    found = policy.gradient(drawn, advantages)
    np.testing.assert_allclose(found[present], logits.grad.numpy()[present], atol=1e-12)
    assert not found[~present].any()


def test_steps_are_those_of_torchs_adam():
    gradients = stream(2).standard_normal((20, 3, 4)) * 10.0 ** stream(3).integers(-4, 3, (20, 3, 4))
    own, theirs = np.ones((3, 4)), torch.ones(3, 4, dtype=torch.float64, requires_grad=True)
    ours, reference = Adam(own, 0.03), torch.optim.Adam([theirs], lr=0.03)
    for gradient in gradients:
        ours.descend(gradient)
        theirs.grad = torch.from_numpy(gradient)
        reference.step()
        np.testing.assert_allclose(own, theirs.detach().numpy(), rtol=1e-12)


def test_draws_have_the_probabilities_of_the_logits():
    policy, draws = opinionated(), 4000
    probabilities, drawn = policy.probabilities(), np.array(policy.draw(4000))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    for place, options in enumerate(OPTIONS):
        assert set(drawn[:, place]) <= set(options)
        counts = [(drawn[:, place] == option).sum() for option in options]
        assert len(options) == 1 or chisquare(counts, draws * probabilities[place, list(options)]).pvalue > 1e-3


def test_first_logits_are_nearly_equal():
    logits = Reinforce(SPACE, stream()).policy.logits
    assert logits.shape == (6, 5)
    assert 5e-4 < logits.std() < 2e-3


def test_the_moving_average_has_no_bias_to_its_start():
    average = MovingAverage(0.9)
    assert average.after(80.0) == pytest.approx(80)
    assert average.after(90.0) == pytest.approx((0.9 * 80 + 90) / 1.9)
    assert average.after(70.0) == pytest.approx((0.81 * 80 + 0.9 * 90 + 70) / 2.71)


def test_it_learns_by_how_much_more_than_the_average_it_was_told(monkeypatch):
    searcher, learned = Reinforce(TOY, stream()), []
    monkeypatch.setattr(searcher.policy, "learn", lambda drawn, advantages: learned.append((drawn, advantages)))
    asked = []
    for value in (80.0, 90.0, np.nan, 70.0):
        asked += searcher.ask()
        searcher.tell(asked[-1:], [value])
    expected = [0, 90 - 162 / 1.9, 80 - (64.8 + 81 + 80) / 2.71, 70 - (58.32 + 72.9 + 72 + 70) / 3.439]
    assert [drawn for drawn, _ in learned] == [[one] for one in asked]
    np.testing.assert_allclose(np.concatenate([advantages for _, advantages in learned]), expected)


def test_a_step_takes_as_many_as_are_set_however_they_are_told(monkeypatch):
    searcher, sizes = Reinforce(TOY, stream(), PolicySettings(samples=4)), []
    monkeypatch.setattr(searcher.policy, "learn", lambda drawn, _: sizes.append(len(drawn)))
    asked = searcher.ask() + searcher.ask()
    assert len(asked) == 8
    for start, end in ((0, 3), (3, 7), (7, 8)):
        searcher.tell(asked[start:end], np.arange(float(end - start)))
    assert sizes == [4, 4]


def test_what_it_did_not_ask_for_it_does_not_learn_from():
    searcher = Reinforce(TOY, stream())
    before = searcher.policy.logits.copy()
    searcher.tell([(0, 1, 2), (1, 4, 0)], [1.0, 2.0])
    np.testing.assert_array_equal(searcher.policy.logits, before)
    assert searcher.best() == (1, 4, 0)


def test_numbers_stay_finite_whatever_it_is_told():
    searcher = Reinforce(TOY, stream())
    for value in (np.nan, -np.inf, 3.0, np.inf, -np.inf, np.nan, 1.0):
        searcher.tell(searcher.ask(), [value])
    assert np.isfinite(searcher.policy.probabilities()).all()


def test_it_gives_representatives_out_and_learns_on_what_was_drawn(monkeypatch):
    """What an activation without a convolution chooses makes no difference."""
    space, learned = get_space("nb201-activations"), []
    searcher = Reinforce(space, stream())
    monkeypatch.setattr(searcher.policy, "learn", lambda drawn, _: learned.extend(drawn))
    looked = search(searcher, [lambda paths: np.zeros(len(paths))], evaluations=50)
    assert list(map(space.representative, learned)) == looked != learned


def test_a_part_of_a_space_is_not_left():
    part = SubSpace(SPACE, {0: (1, 3), 4: (2,)})
    policy = Reinforce(part, stream()).policy
    assert (policy.probabilities() > 0).sum(axis=1).tolist() == [2, 5, 5, 5, 1, 5]
    looked = search(Reinforce(part, stream()), [closeness], evaluations=100)
    assert all(map(part.owns, looked))


def test_forbidden_choices_are_drawn_again():
    pairs = draw_allowed(
        IndependentOptions([range(2), range(5), range(3)], stream(), 0.1),
        lambda drawn: drawn if CONSTRAINED.allows(drawn) else None,
        30,
        otherwise=lambda: pytest.fail("one in five is allowed"),
    )
    assert len(pairs) == 30
    assert all(CONSTRAINED.allows(drawn) for drawn, _ in pairs)


def test_where_hardly_anything_is_allowed_a_random_architecture_stands_in():
    only = (1, 4, 2)
    space, drawn = ToySpace(rule=lambda choices: tuple(choices) == only), []
    searcher = Reinforce(space, stream())
    searcher.policy.logits[1, 4] = -100
    draw = searcher.policy.draw
    searcher.policy.draw = lambda count: drawn.append(count) or draw(count)
    assert searcher.ask() == [only]
    assert len(drawn) == MOST_DRAWS
    searcher.tell([only], [1.0])
    assert np.isfinite(searcher.policy.probabilities()).all()


def test_settings_are_the_published_ones():
    assert PolicySettings() == PolicySettings(learning_rate=0.01, decay=0.9, samples=1)
