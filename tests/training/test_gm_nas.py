"""GM-NAS: distances against their definition, groups against brute force, and what a division costs."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, product, repeat

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from toy import CLASSES, CONSTRAINED, TOY, ToySuperNet, make_step, random_batch, stream

from nasrank.bench.tasks.classification import Classification
from nasrank.bench.training import gradient_matching
from nasrank.bench.training.generations import Generations
from nasrank.bench.training.gradient_matching import best_cut, cut_score, option_distances
from nasrank.bench.training.strategies.gm_nas import BATCHES, GradientMatching
from nasrank.bench.training.trainer import Optimization
from nasrank.spaces import get_space
from nasrank.spaces.subspace import SubSpace, options_left, split, whole_decisions

BUDGET = 9375
"""Passes of a trial of the committed studies."""


def unused():
    raise AssertionError("this division looks at no images")


def alike(groups_by_place):
    """A super-net in which the options of a group have the same weights."""
    supernet = ToySuperNet()
    for place, groups in groups_by_place.items():
        for first, *others in groups:
            for other in others:
                supernet.options[place][other].load_state_dict(supernet.options[place][first].state_dict())
    return supernet


def counted(supernet):
    """A factory of steps on fresh batches, and the list to which every forward pass adds."""
    passes, seeds = [], iter(range(1000))
    supernet.register_forward_hook(lambda *_: passes.append(1))
    return (lambda: make_step(supernet, batch=random_batch(seed=next(seeds)))), passes


def split_of(part):
    """Place and options left of the one decision that sets a part apart."""
    (found,) = [(p, left) for p, left in enumerate(options_left(part)) if left != options_left(part.space)[p]]
    return found


def dense_gradient(supernet, step, path):
    """The gradient of every weight by name, zeros for those that the path does not use, and the names of these."""
    supernet.zero_grad()
    step(supernet).loss(path).backward()
    weights = dict(supernet.named_parameters())
    unused = {name for name, weight in weights.items() if weight.grad is None}
    return {
        name: np.zeros(weight.numel()) if weight.grad is None else weight.grad.double().numpy().ravel()
        for name, weight in weights.items()
    }, unused


def expected_distances(supernet, step, path, place, options, own):
    """By the definition, over all weights without `own` in their name."""
    distances = np.zeros((len(options), len(options)))
    for (i, one), (j, other) in combinations(enumerate(options), 2):
        paths = [[*path[:place], option, *path[place + 1 :]] for option in (one, other)]
        first, second = (dense_gradient(supernet, step, path)[0] for path in paths)
        a, b = (np.concatenate([part for name, part in g.items() if own not in name]) for g in (first, second))
        distances[i, j] = distances[j, i] = 1 - a @ b / (np.linalg.norm(a) * np.linalg.norm(b))
    return distances


class TestDistances:
    def test_they_are_one_minus_the_cosine_over_all_weights_but_the_options_own(self):
        supernet, path = ToySuperNet(), [1, 3, 0]
        found = option_distances(make_step(supernet), path, {0: (0, 1), 1: (2, 3, 4)})
        for place, options in {0: (0, 1), 1: (2, 3, 4)}.items():
            expected = expected_distances(supernet, make_step, path, place, options, f"options.{place}.")
            np.testing.assert_allclose(found[place], expected, atol=1e-5)

    def test_weights_that_an_option_cuts_off_have_a_gradient_of_zero(self):
        """With `none` on the edge 1->2, nothing reaches the edge 2->3, whose convolution the other options train."""
        none, place, path = 0, 2, [3, 0, 1, 3, 0, 2]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            supernet = get_space("nb201").supernet(channels=4, cells_per_stage=1, classes=CLASSES)

        def step(supernet):
            return make_step(supernet, batch=random_batch(16, 1, shape=(3, 8, 8)))

        _, unused = dense_gradient(supernet, step, [*path[:place], none, *path[place + 1 :]])
        _, used = dense_gradient(supernet, step, path)
        cut_off = unused - used
        own = f".{place}.conv.weight"
        assert any(own not in name for name in cut_off), "the option must cut something off"
        found = option_distances(step(supernet), path, {place: range(5)})[place]
        np.testing.assert_allclose(found, expected_distances(supernet, step, path, place, range(5), own), atol=1e-5)

    def test_options_that_do_the_same_are_at_distance_zero(self):
        supernet = alike({1: [(0, 4)]})
        distances = option_distances(make_step(supernet), [0, 2, 1], {1: range(5)})[1]
        assert distances[0, 4] == pytest.approx(0, abs=1e-6)
        others = [distances[pair] for pair in combinations(range(5), 2) if pair != (0, 4)]
        assert min(others) > 0.01
        np.testing.assert_array_equal(distances, distances.T)

    def test_gradients_stay_out_of_the_super_net(self):
        supernet = ToySuperNet()
        option_distances(make_step(supernet), [0, 0, 0], {1: range(5)})
        assert all(weights.grad is None for weights in supernet.parameters())

    def test_the_path_serves_for_its_own_options(self):
        step, passes = counted(ToySuperNet())
        option_distances(step(), [0, 2, 1], {0: range(2), 1: range(5)})
        assert len(passes) == 1 + 1 + 4


@given(st.integers(2, 6), st.integers(0, 1000))
def test_groups_are_those_of_least_distance_within(options, seed):
    distances = np.random.default_rng(seed).random((options, options))
    distances = np.triu(distances, 1) + np.triu(distances, 1).T

    def within(labels):
        pairs = combinations(range(options), 2)
        return sum(distances[pair] for pair in pairs if labels[pair[0]] == labels[pair[1]])

    balanced = [labels for labels in product((0, 1), repeat=options) if abs(2 * sum(labels) - options) <= 1]
    groups = best_cut(distances)
    labels = [int(option in groups[1]) for option in range(options)]
    assert sorted(groups[0] + groups[1]) == list(range(options))
    assert tuple(labels) in balanced
    assert within(labels) == pytest.approx(min(map(within, balanced)))
    total = sum(distances[pair] for pair in combinations(range(options), 2))
    assert cut_score(distances, groups) == pytest.approx(total - within(labels))


def test_what_divisions_of_nb201_cost_is_what_the_docstring_says():
    """250 passes, then twice 210: ten batches, each with its own path and every other option of what can be split."""
    whole = GradientMatching(get_space("nb201"), stream())
    part = GradientMatching(split(whole.space, 0, [(0, 1), (2, 3, 4)])[0], stream())
    assert (whole.passes_per_division, part.passes_per_division) == (250, 210)


SAME = {0: [(0, 1)], 1: [(0, 3), (1, 2, 4)], 2: [(0, 1, 2)]}
"""Only the second decision matters, and only by two groups of its options."""


class TestByGradientMatching:
    def test_it_separates_options_that_disagree(self):
        step, _ = counted(alike(SAME))
        parts = GradientMatching(TOY, stream()).divide(step)
        assert [split_of(part) for part in parts] == [(1, (0, 3)), (1, (1, 2, 4))]

    def test_a_decision_is_split_once(self):
        step, _ = counted(alike(SAME))
        for part in split(TOY, 1, [(0, 3), (1, 2, 4)]):
            assert {split_of(smaller)[0] for smaller in GradientMatching(part, stream()).divide(step)} < {0, 2}

    @pytest.mark.parametrize(
        "space", [TOY, SubSpace(TOY, {1: (0, 2)}), CONSTRAINED], ids=["toy", "part", "constrained"]
    )
    def test_it_spends_what_it_says(self, space):
        step, passes = counted(ToySuperNet(space.decisions))
        strategy = GradientMatching(space, stream())
        strategy.divide(step)
        assert len(passes) == strategy.passes_per_division

    @pytest.mark.parametrize(("name", "first", "second"), [("nb201", 25, 21), ("nb101", 11, 9)])
    def test_it_spends_less_than_a_tenth_of_a_trial(self, name, first, second):
        strategy = GradientMatching(get_space(name), stream())
        halves = split(
            strategy.space, whole_decisions(strategy.space)[2], [(0, 1), range(2, 5 if name == "nb201" else 3)]
        )
        costs = [strategy.passes_per_division, *(GradientMatching(h, stream()).passes_per_division for h in halves)]
        assert costs == [BATCHES * first, BATCHES * second, BATCHES * second]
        assert sum(costs) < 0.1 * BUDGET

    def test_gradients_that_are_not_finite_end_the_training(self):
        supernet = ToySuperNet()
        with torch.no_grad():
            supernet.classifier.bias[0] = torch.inf
        with pytest.raises(FloatingPointError, match="GM-NAS cannot compare gradients that are not finite"):
            GradientMatching(TOY, stream()).divide(counted(supernet)[0])


class TestBaselines:
    def test_random_takes_any_decision_and_any_groups_of_the_same_sizes(self):
        found = Counter()
        for seed in range(150):
            parts = GradientMatching(TOY, stream(seed), split="random").divide(unused)
            (place, first), (same, second) = map(split_of, parts)
            assert place == same
            assert sorted(first + second) == list(range(len(TOY.decisions[place].options)))
            assert abs(len(first) - len(second)) <= 1
            found[place, first] += 1
        assert {place for place, _ in found} == {0, 1, 2}
        assert len({group for place, group in found if place == 1}) == 10

    def test_exhaustive_makes_a_part_for_each_option_of_any_decision(self):
        places = set()
        for seed in range(20):
            parts = GradientMatching(TOY, stream(seed), split="exhaustive").divide(unused)
            (place,) = {split_of(part)[0] for part in parts}
            assert sorted(split_of(part)[1] for part in parts) == [(o,) for o in options_left(TOY)[place]]
            places.add(place)
        assert places == {0, 1, 2}

    @pytest.mark.parametrize(("how", "rounds"), [("gradient_matching", 2), ("random", 2), ("exhaustive", 1)])
    def test_all_train_the_whole_space_equally_long(self, how, rounds):
        strategy = GradientMatching(TOY, stream(), split=how)
        assert strategy.generations[0] == 0.4
        assert len(strategy.generations) == rounds + 1
        assert sum(strategy.generations) == pytest.approx(1)
        assert (strategy.passes_per_division > 0) == (how == "gradient_matching")

    @pytest.mark.parametrize("how", ["gradient_matching", "random"])
    def test_in_the_papers_course_epochs_are_those_of_its_code(self, how):
        """20 of one super-net, 20 of each of two, 50 of each of four."""
        strategy = GradientMatching(TOY, stream(), split=how, course="paper")
        assert strategy.generations == pytest.approx((20 / 260, 40 / 260, 200 / 260))

    def test_so_they_are_where_every_option_gets_a_super_net(self):
        space = get_space("nb201")
        assert GradientMatching(space, stream(), split="exhaustive", course="paper").generations == pytest.approx(
            (20 / 270, 250 / 270)
        )

    @pytest.mark.parametrize("how", ["gradient_matching", "random", "exhaustive"])
    @pytest.mark.parametrize("course", ["even", "paper"])
    def test_the_least_budget_is_enough_for_every_super_net(self, how, course):
        strategy = GradientMatching(TOY, stream(), split=how, course=course)
        settings = Optimization(passes=strategy.least_passes, batch_size=4)
        batches, found = repeat(random_batch(4, 0)), []
        held_out, task = {"strategy": batches}, Classification(CLASSES)
        Generations(
            ToySuperNet(), task, strategy, [], settings, batches, held_out, on_leaf=lambda *leaf: found.append(leaf)
        ).run()
        assert len(found) in ((2, 3, 5) if how == "exhaustive" else (4,))


def test_there_must_be_a_decision_left():
    part = SubSpace(CONSTRAINED, {2: (0, 1)})
    with pytest.raises(ValueError, match="GM-NAS has no free decision left to split"):
        GradientMatching(part, stream()).divide(unused)


def test_a_gradient_of_zero_is_at_distance_one():
    found = gradient_matching._distances([(torch.ones(3),), (torch.zeros(3),)])
    np.testing.assert_array_equal(found, [[0, 1], [1, 0]])
