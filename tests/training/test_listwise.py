"""The listwise term against its definition: brute force over orders, the pairwise losses, and which lists are drawn."""

from __future__ import annotations

from itertools import permutations
from math import exp, log, prod

import numpy as np
import pytest
import torch
from scipy.special import softmax
from scipy.stats import chisquare
from toy import CLASSES, LossTable, MeanOutput, count_backward_passes, make_step, random_batch, stream

from nasrank.bench.training.terms import TermContext
from nasrank.bench.training.terms.landmark import LandmarkTerm
from nasrank.bench.training.terms.listwise import ListwiseTerm, surprise
from nasrank.spaces import get_space

ALWAYS = {"schedule": "constant", "warm_up": 0.0}


def term_of(kind, accuracies, *, paths=None, seed=0, **settings):
    """Landmark i is option i of the one decision of a `LossTable`."""
    paths = [(option,) for option in range(len(accuracies))] if paths is None else paths
    settings = kind.Settings(**{**ALWAYS, "coefficient": 1.0, **settings})
    return kind(settings, TermContext(stream(seed), paths, np.array(accuracies)))


def gradient(term, losses, fraction=0.5):
    """On the options' losses."""
    supernet = LossTable(losses)
    term.accumulate(make_step(supernet, fraction, task=MeanOutput()))
    return np.zeros(len(losses)) if supernet.values.grad is None else supernet.values.grad.numpy()


def chance(scores, order):
    """That things are drawn in this order, the next in proportion to the exponential of its score, one by one."""
    weights = [exp(scores[place]) for place in order]
    return prod(weight / sum(weights[place:]) for place, weight in enumerate(weights))


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_the_surprise_is_minus_the_logarithm_of_the_chance_of_the_order(length):
    scores = stream(length).normal(0, 2, length).tolist()
    chances = {order: chance(scores, order) for order in permutations(range(length))}
    assert sum(chances.values()) == pytest.approx(1)
    for order, one in chances.items():
        found = surprise(torch.tensor([scores[place] for place in order], dtype=torch.float64))
        assert found.item() == pytest.approx(-log(one), abs=1e-12)


def test_the_true_order_is_the_likeliest_where_the_losses_rise_in_it():
    losses = [0.1, 0.4, 0.5, 2.0]
    found = {order: surprise(-torch.tensor([losses[place] for place in order])) for order in permutations(range(4))}
    assert min(found, key=found.get) == (0, 1, 2, 3)


@pytest.mark.parametrize("differing", [1.0, 100.0, 1e4])
def test_losses_far_apart_stay_finite(differing):
    scores = torch.tensor([0.0, differing, -differing], requires_grad=True)
    found = surprise(scores)
    found.backward()
    assert found.item() == pytest.approx(differing, rel=1e-3, abs=1)
    assert torch.isfinite(scores.grad).all()


@pytest.mark.parametrize(("sharpness", "loss"), [(1.0, "cross_entropy"), (5.0, "softplus")])
@pytest.mark.parametrize("losses", [[0.5, 0.9], [0.9, 0.5], [0.7, 0.7]])
def test_a_list_of_two_is_a_pair(sharpness, loss, losses):
    pair = term_of(LandmarkTerm, [60.0, 90.0], loss=loss, coefficient=3.0)
    found = term_of(ListwiseTerm, [60.0, 90.0], list_size=2, sharpness=sharpness, coefficient=3.0)
    np.testing.assert_allclose(gradient(found, losses), gradient(pair, losses), rtol=1e-5)


def test_the_gradient_on_losses_is_that_of_the_closed_form():
    """That of loss j is 1 minus how likely it is to come next, summed over the draws up to its own."""
    losses, accuracies = np.array([0.9, 0.3, 0.8, 0.1, 0.6]), [3.0, 5.0, 1.0, 2.0, 4.0]
    order = np.argsort(accuracies)[::-1]
    expected = np.ones(5)
    for place in range(5):
        expected[order[place:]] -= softmax(-2.0 * losses[order[place:]])
    found = gradient(term_of(ListwiseTerm, accuracies, list_size=5, sharpness=2.0, coefficient=10.0), losses.tolist())
    np.testing.assert_allclose(found, 10 * expected, rtol=1e-5, atol=1e-6)


def test_the_best_is_pushed_down_and_the_worst_up():
    found = gradient(term_of(ListwiseTerm, [1.0, 2.0, 3.0, 4.0], list_size=4), [0.5] * 4)
    assert found[3] > 0 > found[0], "descent lowers the loss of the best"
    assert (np.diff(found) > 0).all()
    assert found.sum() == pytest.approx(0, abs=1e-6)


def test_guidance_orders_the_landmarks():
    supernet = LossTable(stream(3).uniform(0, 0.1, 12).tolist())
    term = term_of(ListwiseTerm, np.arange(12.0), sharpness=20.0)
    for _ in range(300):
        supernet.zero_grad()
        term.accumulate(make_step(supernet, task=MeanOutput()))
        supernet.values.data -= 0.01 * supernet.values.grad
    assert np.mean(np.diff(supernet.values.tolist()) < 0) > 0.9


def test_the_gradient_is_that_of_the_definition_on_a_real_supernet():
    space = get_space("nb201")
    torch.manual_seed(0)
    supernet = space.supernet(channels=2, cells_per_stage=1, classes=CLASSES).double()
    paths = [space.to_choices(cell) for cell in space.sample(stream(1), 4)]
    accuracies = [50.0, 80.0, 70.0, 60.0]
    images, targets = random_batch(16, seed=3, shape=(3, 8, 8))
    step = make_step(supernet, 0.8, held_out=lambda: (images.double(), targets))
    term_of(ListwiseTerm, accuracies, paths=paths, list_size=4, coefficient=10.0).accumulate(step)
    found = {name: weights.grad.clone() for name, weights in supernet.named_parameters() if weights.grad is not None}
    losses = [torch.nn.functional.cross_entropy(supernet(images.double(), path), targets) for path in paths]
    best_first = [losses[place] for place in (1, 2, 3, 0)]
    total = sum(
        torch.stack([-one for one in best_first[place:]]).logsumexp(0) + best_first[place] for place in range(4)
    )
    weights = dict(supernet.named_parameters())
    expected = torch.autograd.grad(10.0 * total, list(weights.values()), allow_unused=True)
    for name, one in zip(weights, expected, strict=True):
        if one is None:
            assert name not in found
        else:
            torch.testing.assert_close(found[name], one, atol=1e-5, rtol=1e-4)  # the term is in single precision


class TestLists:
    accuracies = (70.0, 50.0, 90.0, 70.0, 80.0)  # landmarks 0 and 3 are tied

    def drawn(self, count, **settings):
        """Lists of original landmarks."""
        term = term_of(ListwiseTerm, self.accuracies, **settings)
        return [tuple(term.landmarks[place][0] for place in term.draw()) for _ in range(count)]

    def test_they_fall_from_the_best_and_have_no_ties(self):
        for found in self.drawn(200, list_size=3):
            values = [self.accuracies[landmark] for landmark in found]
            assert len(found) == 3
            assert (np.diff(values) < 0).all()

    def test_one_of_a_tie_is_taken_as_often_as_the_other(self):
        drawn = self.drawn(2000, list_size=4)
        assert {len(found) for found in drawn} == {4}
        assert chisquare([sum(landmark in found for found in drawn) for landmark in (0, 3)]).pvalue > 1e-3

    def test_without_ties_every_list_is_as_likely(self):
        term = term_of(ListwiseTerm, [1.0, 2.0, 3.0, 4.0], list_size=2)
        drawn = [tuple(term.draw()) for _ in range(3000)]
        lists = sorted(set(drawn))
        assert len(lists) == 6
        assert chisquare([drawn.count(one) for one in lists]).pvalue > 1e-3

    def test_there_are_no_more_landmarks_than_differ(self):
        assert {len(found) for found in self.drawn(20, list_size=100)} == {4}

    def test_the_seed_decides(self):
        one, two, other = (self.drawn(20, list_size=3, seed=seed) for seed in (0, 0, 1))
        assert one == two != other


class TestInterval:
    def test_a_list_every_so_many_steps_beginning_with_the_first(self):
        term, supernet = term_of(ListwiseTerm, [1.0, 2.0, 3.0], interval=3), LossTable([0.1, 0.2, 0.3])
        passes = count_backward_passes(supernet.values)
        counts = []
        for _ in range(7):
            term.accumulate(make_step(supernet, task=MeanOutput()))
            counts.append(len(passes))
        assert counts == [1, 1, 1, 2, 2, 2, 3]

    @pytest.mark.parametrize("settings", [{"warm_up": 0.6}, {"coefficient": 0.0}])
    def test_while_it_is_off_nothing_is_drawn_or_counted(self, settings):
        term = term_of(ListwiseTerm, [1.0, 2.0, 3.0], interval=2, **settings)
        state = term.generator.bit_generator.state
        np.testing.assert_array_equal(gradient(term, [0.1, 0.2, 0.3]), [0, 0, 0])
        assert term.generator.bit_generator.state == state
        assert term.record() == {}


def test_violations_are_pairs_of_the_list_in_the_wrong_order_since_the_last_record():
    term = term_of(ListwiseTerm, [1.0, 2.0, 3.0], list_size=3)
    gradient(term, [0.1, 0.2, 0.0])  # 1 of 3
    gradient(term, [0.3, 0.2, 0.1])  # none
    assert term.record() == {"violated": pytest.approx(1 / 6)}
    assert term.record() == {}


def test_a_part_of_the_space_has_the_landmarks_that_it_owns():
    term = term_of(ListwiseTerm, [5.0, 3.0, 4.0, 1.0], list_size=3)
    part = term.within(lambda path: path[0] != 2)
    assert part.landmarks == [(3,), (1,), (0,)]
    assert part.settings is term.settings
    assert term.within(lambda path: path == (0,)) is None


class TestCost:
    def test_every_landmark_of_a_list_is_a_whole_pass(self):
        settings = ListwiseTerm.Settings(list_size=4, interval=2)
        assert settings.passes_per_step(30, {"violated": 0.1}) == 2
        assert settings.passes_per_step(3, {"violated": 0.1}) == 1.5
        assert settings.passes_per_step(30, {}) == 0, "it was not on"

    def test_with_as_many_steps_apart_as_a_list_is_long_it_costs_what_a_pair_does(self):
        pair, lists = LandmarkTerm.Settings(), ListwiseTerm.Settings(list_size=6, interval=6)
        assert lists.expected_passes(30) == pytest.approx(pair.expected_passes(30)) == pytest.approx(0.7, abs=0.01)

    @pytest.mark.parametrize("kind", [LandmarkTerm, ListwiseTerm])
    def test_with_a_coefficient_of_zero_there_is_none(self, kind):
        assert kind.Settings(coefficient=0.0).expected_passes(30) == 0
