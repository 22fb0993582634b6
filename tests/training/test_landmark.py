"""The landmark term against its definition: which pairs, which gradient, and nothing for pairs in the right order."""

from __future__ import annotations

from itertools import combinations
from math import exp, log1p

import numpy as np
import pytest
import torch
from scipy.stats import chisquare
from toy import CLASSES, LossTable, MeanOutput, count_backward_passes, make_step, random_batch, stream

from nasrank.bench.training.terms import TermContext
from nasrank.bench.training.terms.landmark import LOSSES, LandmarkTerm
from nasrank.bench.training.terms.schedule import Schedule
from nasrank.spaces import get_space

ALWAYS = {"schedule": "constant", "warm_up": 0.0}


def landmark_term(accuracies, *, paths=None, seed=0, **settings):
    """Landmark i is option i of the one decision of a `LossTable`."""
    paths = [(option,) for option in range(len(accuracies))] if paths is None else paths
    settings = LandmarkTerm.Settings(**{**ALWAYS, "coefficient": 1.0, **settings})
    return LandmarkTerm(settings, TermContext(stream(seed), paths, np.array(accuracies)))


def accumulate(term, losses, fraction=0.5):
    """The gradient on the options' losses, and the number of backward passes."""
    supernet = LossTable(losses)
    passes = count_backward_passes(supernet.values)
    term.accumulate(make_step(supernet, fraction, task=MeanOutput()))
    gradient = supernet.values.grad
    return np.zeros(len(losses)) if gradient is None else gradient.numpy(), len(passes)


class TestOnePair:
    """Two landmarks, the second the better one."""

    def test_in_the_wrong_order_the_better_one_is_pushed_down_and_the_worse_one_up(self):
        gradient, passes = accumulate(landmark_term([60.0, 90.0], coefficient=10.0), [0.5, 0.8])
        np.testing.assert_allclose(gradient, [-10, 10])
        assert passes == 1

    @pytest.mark.parametrize("losses", [[0.8, 0.5], [0.5, 0.5]], ids=["right order", "equal"])
    def test_in_the_right_order_there_is_neither_gradient_nor_backward_pass(self, losses):
        gradient, passes = accumulate(landmark_term([60.0, 90.0]), losses)
        np.testing.assert_array_equal(gradient, [0, 0])
        assert passes == 0

    def test_the_factor_of_the_schedule_multiplies_the_coefficient(self):
        schedule = Schedule("cosine_increase", 0.3)
        for fraction in (0.31, 0.65, 0.99):
            term = landmark_term([60.0, 90.0], coefficient=10.0, schedule="cosine_increase", warm_up=0.3)
            gradient, _ = accumulate(term, [0.5, 0.8], fraction)
            np.testing.assert_allclose(gradient, [-10 * schedule.factor(fraction), 10 * schedule.factor(fraction)])

    def test_during_warm_up_nothing_is_drawn_or_computed(self):
        def no_images():
            raise AssertionError("held-out images were drawn during warm-up")

        term = landmark_term([60.0, 90.0], warm_up=0.3)
        state = term.generator.bit_generator.state
        term.accumulate(make_step(LossTable([0.5, 0.8]), 0.29, held_out=no_images, task=MeanOutput()))
        assert term.generator.bit_generator.state == state
        assert term.record() == {}

    @pytest.mark.parametrize(
        ("loss", "slope"),
        [
            ("hinge", lambda d: float(d > 0)),
            ("softplus", lambda d: 1 / (1 + exp(-5 * d))),
            ("cross_entropy", lambda d: 1 / (1 + exp(-d))),
        ],
    )
    @pytest.mark.parametrize("difference", [-0.4, 0.3])
    def test_the_slope_of_each_loss(self, loss, slope, difference):
        gradient, _ = accumulate(landmark_term([60.0, 90.0], loss=loss, coefficient=3.0), [0.5, 0.5 + difference])
        np.testing.assert_allclose(gradient, [-3 * slope(difference), 3 * slope(difference)], rtol=1e-6)

    def test_cross_entropy_is_minus_the_log_probability_of_the_right_order(self):
        difference = torch.tensor(0.7)
        assert LOSSES["cross_entropy"](difference, 1.0).item() == pytest.approx(log1p(exp(0.7)))

    def test_a_negative_coefficient_pushes_the_other_way(self):
        gradient, _ = accumulate(landmark_term([60.0, 90.0], coefficient=-10.0), [0.5, 0.8])
        np.testing.assert_allclose(gradient, [10, -10])


@pytest.mark.parametrize(("loss", "plain"), [("weighted_hinge", "hinge"), ("weighted_softplus", "softplus")])
def test_weighted_losses_weigh_by_the_gap_as_a_share_of_the_range(loss, plain):
    accuracies, losses = [60.0, 90.0, 80.0], [0.1, 0.5, 0.9]
    for low, high in combinations(sorted(range(3), key=accuracies.__getitem__), 2):
        pair = {"paths": [(low,), (high,)]}
        gap = (accuracies[high] - accuracies[low]) / 30.0
        unweighted, _ = accumulate(landmark_term([accuracies[low], accuracies[high]], loss=plain, **pair), losses)
        term = landmark_term(accuracies, loss=loss)
        place = {option: term.landmarks.index((option,)) for option in (low, high)}
        term.pairs = lambda chosen=(place[low], place[high]): [chosen]
        weighted, _ = accumulate(term, losses)
        np.testing.assert_allclose(weighted, gap * unweighted, rtol=1e-6)


def test_the_gradient_is_that_of_the_definition_on_a_real_supernet():
    """coefficient x factor x max(0, loss(better) - loss(worse)), both on the same held-out images."""
    space = get_space("nb201")
    torch.manual_seed(0)
    supernet = space.supernet(channels=2, cells_per_stage=1, classes=CLASSES).double()
    paths = [space.to_choices(cell) for cell in space.sample(stream(1), 8)]
    accuracies = stream(2).uniform(50, 95, 8)
    images, targets = random_batch(16, seed=3, shape=(3, 8, 8))
    step = make_step(supernet, 0.8, held_out=lambda: (images.double(), targets))
    schedule = Schedule("cosine_increase", 0.3)
    course = {"schedule": "cosine_increase", "warm_up": 0.3}
    term = landmark_term(accuracies, paths=paths, pair_sampling="all", coefficient=10.0, **course)
    term.accumulate(step)
    found = {name: weights.grad.clone() for name, weights in supernet.named_parameters() if weights.grad is not None}

    losses = [torch.nn.functional.cross_entropy(supernet(images.double(), path), targets) for path in paths]
    total, violated = torch.zeros(()), 0
    for one, two in combinations(range(8), 2):
        worse, better = (one, two) if accuracies[one] < accuracies[two] else (two, one)
        total = total + 10.0 * schedule.factor(0.8) * torch.clamp(losses[better] - losses[worse], min=0)
        violated += int(losses[better] > losses[worse])
    weights = dict(supernet.named_parameters())
    expected = torch.autograd.grad(total, list(weights.values()), allow_unused=True)
    assert term.record() == {"violated": violated / 28}
    for name, gradient in zip(weights, expected, strict=True):
        if gradient is None:
            assert name not in found
        else:
            torch.testing.assert_close(found[name], gradient, atol=1e-10, rtol=1e-7)


class TestWhichPairs:
    accuracies = (70.0, 50.0, 90.0, 70.0, 80.0)  # landmarks 0 and 3 are tied

    def drawn(self, count=4000, **settings):
        """How often each pair of original landmarks, `(worse, better)`, came up."""
        term = landmark_term(self.accuracies, **settings)
        options = [path[0] for path in term.landmarks]
        pairs = [pair for _ in range(count) for pair in term.pairs()]
        found = {}
        for worse, better in pairs:
            pair = options[worse], options[better]
            found[pair] = found.get(pair, 0) + 1
        return found

    def test_uniform_is_uniform_over_pairs_of_unequal_accuracy(self):
        drawn = self.drawn()
        assert set(drawn) == {(1, 0), (1, 3), (1, 4), (1, 2), (0, 4), (3, 4), (0, 2), (3, 2), (4, 2)}
        assert chisquare(list(drawn.values())).pvalue > 1e-3

    def test_official_draws_the_worse_one_first(self):
        """P(worse = i) = 1 / (n - 1), then the better one uniform above it, so pairs of good landmarks are favoured."""
        term = landmark_term([1.0, 2.0, 3.0, 4.0, 5.0], pair_sampling="official")
        draws = 5000
        drawn = [term.pairs()[0] for _ in range(draws)]
        pairs = list(combinations(range(5), 2))
        expected = [draws / 4 / (4 - worse) for worse, _ in pairs]
        assert sum(expected) == pytest.approx(draws)
        assert chisquare([drawn.count(pair) for pair in pairs], expected).pvalue > 1e-3

    def test_adjacent_is_uniform_over_neighbours_in_rank(self):
        term = landmark_term([1.0, 2.0, 3.0, 4.0, 5.0], pair_sampling="adjacent")
        drawn = [term.pairs()[0] for _ in range(2000)]
        neighbours = [(place, place + 1) for place in range(4)]
        assert set(drawn) == set(neighbours)
        assert chisquare([drawn.count(pair) for pair in neighbours]).pvalue > 1e-3

    def test_all_is_each_pair_once(self):
        assert self.drawn(count=1, pair_sampling="all") == dict.fromkeys(self.drawn(), 1)

    def test_all_adjacent_is_each_pair_of_neighbours_once(self):
        drawn = self.drawn(count=1, pair_sampling="all_adjacent")
        assert set(drawn.values()) == {1}
        assert drawn.keys() == {(1, 0), (3, 4), (4, 2)}

    @pytest.mark.parametrize("sampling", ["uniform", "official", "adjacent"])
    def test_pairs_per_step(self, sampling):
        assert len(landmark_term(self.accuracies, pair_sampling=sampling, pairs_per_step=7).pairs()) == 7

    def test_the_seed_decides_the_pairs(self):
        one, two, other = (landmark_term(self.accuracies, seed=seed, pairs_per_step=50).pairs() for seed in (0, 0, 1))
        assert one == two != other


def test_the_order_in_which_landmarks_are_given_does_not_matter():
    accuracies = [60.0, 75.0, 90.0, 82.0]
    losses = [0.3, 0.9, 0.4, 0.7]
    forward, _ = accumulate(landmark_term(accuracies, pair_sampling="all"), losses)
    backward, _ = accumulate(
        landmark_term(accuracies[::-1], paths=[(option,) for option in (3, 2, 1, 0)], pair_sampling="all"), losses
    )
    np.testing.assert_allclose(forward, backward)


@pytest.mark.parametrize(("images", "expected"), [("held_out", -1.0), ("training", 1.0)])
def test_the_term_sees_the_images_it_is_told_to(images, expected):
    seen = []

    class Watcher(LossTable):
        def forward(self, images, path):
            seen.append(images.mean().sign().item())
            return super().forward(images, path)

    targets = torch.zeros(4, dtype=torch.long)
    step = make_step(
        Watcher([0.1, 0.2]),
        batch=(torch.ones(4, 3, 2, 2), targets),
        held_out=lambda: (-torch.ones(4, 3, 2, 2), targets),
        task=MeanOutput(),
    )
    landmark_term([1.0, 2.0], images=images).accumulate(step)
    assert seen == [expected, expected]


def test_all_pairs_of_a_step_are_compared_on_one_batch():
    seeds = iter(range(100))
    step = make_step(LossTable([0.3, 0.2, 0.1]), held_out=lambda: random_batch(seed=next(seeds)), task=MeanOutput())
    landmark_term([1.0, 2.0, 3.0], pair_sampling="all").accumulate(step)
    assert next(seeds) == 1


def test_violations_are_counted_since_the_last_record():
    term = landmark_term([1.0, 2.0, 3.0], pair_sampling="all")
    accumulate(term, [0.1, 0.2, 0.0])  # 1 of 3 pairs in the wrong order
    accumulate(term, [0.3, 0.2, 0.1])  # none
    assert term.record() == {"violated": pytest.approx(1 / 6)}
    assert term.record() == {}


def violations_after_training(coefficient):
    supernet = LossTable(stream(3).uniform(0, 0.1, 12).tolist())
    term = landmark_term(np.arange(12.0), coefficient=coefficient, pairs_per_step=2)
    for _ in range(150):
        supernet.zero_grad()
        term.accumulate(make_step(supernet, task=MeanOutput()))
        if supernet.values.grad is not None:
            supernet.values.data -= 0.002 * supernet.values.grad
    losses = supernet.values.tolist()
    return np.mean([losses[better] > losses[worse] for worse, better in combinations(range(12), 2)])


def test_guidance_orders_the_landmarks_and_a_flipped_sign_disorders_them():
    before, after, flipped = (violations_after_training(coefficient) for coefficient in (0.0, 1.0, -1.0))
    assert after < before / 2
    assert flipped >= before


class TestBadInput:
    @pytest.mark.parametrize(
        ("accuracies", "message"),
        [
            ([50.0], r"2 landmarks need as many finite accuracies, not shape \(1,\)"),
            ([50.0, float("nan")], "finite"),
            ([50.0, 50.0], "two different accuracies"),
        ],
    )
    def test_accuracies(self, accuracies, message):
        with pytest.raises(ValueError, match=message):
            landmark_term(accuracies, paths=[(0,), (1,)])

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"loss": "hing"}, r"loss\s+Input should be 'hinge', 'softplus'"),
            ({"pairs_per_step": 0}, r"pairs_per_step\s+Input should be greater than or equal to 1"),
            ({"pairs_per_step": 10_001}, r"pairs_per_step\s+Input should be less than or equal to 10000"),
            ({"pair_sampling": "al"}, r"pair_sampling\s+Input should be 'uniform', 'official'"),
            ({"images": "heldout"}, r"images\s+Input should be 'held_out' or 'training'"),
            ({"coefficient": float("nan")}, r"coefficient\s+Input should be"),
            ({"coefficient": -2e6}, r"coefficient\s+Input should be greater than or equal to -1000000"),
            ({"schedule": "cosine"}, r"schedule\s+Input should be 'constant'"),
            ({"warm_up": 1.0}, r"warm_up\s+Input should be less than 1"),
            ({"horizon": "all"}, r"horizon\s+Input should be 'after_warmup' or 'all_epochs'"),
        ],
    )
    def test_settings(self, settings, message):
        with pytest.raises(ValueError, match=message):
            landmark_term([1.0, 2.0], **settings)


class TestWithin:
    PATHS = ((0, 0), (0, 1), (1, 0), (1, 1), (2, 2))

    def within(self, owns):
        context = TermContext(stream(), self.PATHS, np.array([5.0, 3.0, 4.0, 1.0, 1.0]))
        term = LandmarkTerm(LandmarkTerm.Settings(), context)
        return term, term.within(owns)

    def test_the_owned_landmarks_keep_their_accuracies_settings_and_stream(self):
        whole, part = self.within(lambda path: path[0] < 2 and path != (1, 0))
        assert list(zip(part.landmarks, part.accuracies, strict=True)) == [((1, 1), 1), ((0, 1), 3), ((0, 0), 5)]
        assert part.settings is whole.settings
        assert part.generator is whole.generator

    def test_without_two_different_accuracies_there_is_no_term(self):
        assert self.within(lambda path: False)[1] is None
        assert self.within(lambda path: path == (0, 1))[1] is None
        assert self.within(lambda path: path in {(1, 1), (2, 2)})[1] is None


class TestCost:
    """What the term adds to the compute of a training, read off its record."""

    def test_a_violated_pair_costs_two_whole_passes_and_another_two_forward_ones_by_a_hinge(self):
        settings = LandmarkTerm.Settings()
        costs = [settings.passes_per_step(30, {"violated": share}) for share in (0.0, 0.5, 1.0)]
        assert costs == pytest.approx([2 / 3, 4 / 3, 2])
        assert LandmarkTerm.Settings(loss="softplus").passes_per_step(30, {"violated": 0.0}) == 2

    @pytest.mark.parametrize(("sampling", "pairs"), [("uniform", 4), ("all", 435), ("all_adjacent", 29)])
    def test_pairs_that_are_taken_anyway_are_counted(self, sampling, pairs):
        settings = LandmarkTerm.Settings(pair_sampling=sampling, pairs_per_step=4)
        assert settings.passes_per_step(30, {"violated": 1.0}) == 2 * pairs

    def test_stretches_add_up_by_the_steps_in_which_the_term_is_on(self):
        rows = [
            {"fraction": 0.2, "loss": 1.0},
            {"fraction": 0.4, "loss": 1.0, "landmark.violated": 1.0, "other.violated": 9.0},
            {"fraction": 1.0, "loss": 1.0, "landmark.violated": 0.5},
        ]
        settings = LandmarkTerm.Settings(schedule="constant", warm_up=0.3)
        expected = 100 * (0.1 * 2 + 0.6 * 4 / 3)
        assert LandmarkTerm.added_passes(settings, 30, 100, rows) == pytest.approx(expected, rel=0.02)
