"""Laws that every registered search space keeps. A new space is tested by being registered."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from spaces import SPACES, get_space

SMALL_NET = {"channels": 6, "cells_per_stage": 1}

pytestmark = pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)


def some(space, count=40, seed=0):
    return space.sample(np.random.default_rng(seed), min(count, len(space)))


def test_it_is_registered_by_its_name(space):
    assert get_space(space.name) is space


def test_decisions_have_different_names_and_options(space):
    assert len({decision.name for decision in space.decisions}) == len(space.decisions)
    for decision in space.decisions:
        assert len(set(decision.options)) == len(decision.options) >= 2


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_positions_choices_and_texts_all_lead_back(space, data):
    position = data.draw(st.integers(0, len(space) - 1))
    architecture = space.at(position)
    assert space.position(architecture) == position
    assert space.from_choices(space.to_choices(architecture)) == architecture
    assert space.parse(str(architecture)) == architecture
    assert tuple(space.choices(np.array([position]))[0]) == space.to_choices(architecture)
    assert hash(space.at(position)) == hash(architecture)
    assert all(type(choice) is int for choice in space.to_choices(architecture))


def test_all_choices_come_in_the_order_of_positions(space):
    everything = space.choices()
    assert everything.shape == (len(space), len(space.decisions))
    assert everything.dtype == np.int64
    for position in np.random.default_rng(0).integers(len(space), size=50).tolist():
        assert tuple(everything[position]) == space.to_choices(space.at(position))
    first = [architecture for architecture, _ in zip(space, range(7), strict=False)]
    assert first == [space.at(position) for position in range(7)]


def test_classes_are_no_more_than_architectures(space):
    assert len({space.canonical(architecture) for architecture in some(space, 300)}) <= space.classes <= len(space)


def test_positions_outside_are_refused(space):
    for position in (-1, len(space)):
        with pytest.raises(ValueError, match=f"0 to {len(space) - 1}"):
            space.at(position)


def test_choices_outside_are_refused(space):
    inside = list(space.to_choices(space.at(0)))
    for place, decision in enumerate(space.decisions):
        for wrong in (-1, len(decision.options)):
            with pytest.raises(ValueError, match=str(wrong)):
                space.from_choices([*inside[:place], wrong, *inside[place + 1 :]])
    for wrong_length in (inside[:-1], [*inside, 0]):
        with pytest.raises(ValueError, match=str(len(wrong_length))):
            space.from_choices(wrong_length)


def test_what_a_space_allows_makes_an_architecture(space):
    generator = np.random.default_rng(0)
    for _ in range(300):
        choices = [int(generator.integers(len(decision.options))) for decision in space.decisions]
        if space.allows(choices):
            assert 0 <= space.position(space.from_choices(choices)) < len(space)
        else:
            with pytest.raises(ValueError, match=r".{10,}"):
                space.from_choices(choices)


def test_a_free_decision_goes_with_whatever_the_others_choose(space):
    for architecture in some(space, 10):
        choices = space.to_choices(architecture)
        for place, decision in enumerate(space.decisions):
            for option in range(len(decision.options)) if decision.free else ():
                assert space.allows([*choices[:place], option, *choices[place + 1 :]])


def test_an_inactive_decision_does_not_matter(space):
    for architecture in some(space):
        choices, active = space.to_choices(architecture), space.active(architecture)
        assert len(active) == len(space.decisions)
        for place, decision in enumerate(space.decisions):
            for option in range(len(decision.options)) if not active[place] else ():
                assert space.from_choices([*choices[:place], option, *choices[place + 1 :]]) == architecture


def test_architectures_have_the_same_traits_each_with_a_number(space):
    traits = [space.traits(architecture) for architecture in some(space)]
    assert all(one.keys() == traits[0].keys() for one in traits)
    assert all(type(value) is int for one in traits for value in one.values())
    for trait in traits[0]:
        assert len({one[trait] for one in traits}) > 1, "groups that tell architectures apart"


@pytest.mark.parametrize("text", ["", "nonsense", "|", "+", "0", "None"])
def test_malformed_texts_are_refused(space, text):
    with pytest.raises(ValueError, match=r".{10,}"):
        space.parse(text)


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: t[1:], lambda t: t + t, lambda t: t[: len(t) // 2]])
def test_damaged_texts_are_refused_and_never_read_as_another_architecture(space, change):
    for architecture in some(space, 20):
        with pytest.raises(ValueError, match=r".{10,}"):
            space.parse(change(str(architecture)))


def test_samples_are_different_reproducible_and_without_the_excluded(space):
    excluded = some(space, 10, seed=1)
    drawn = space.sample(np.random.default_rng(2), 200, exclude=excluded)
    assert len(set(drawn)) == 200
    assert not set(drawn) & set(excluded)
    assert drawn == space.sample(np.random.default_rng(2), 200, exclude=excluded)
    assert drawn != space.sample(np.random.default_rng(3), 200, exclude=excluded)


def test_samples_and_random_choices_are_uniform(space):
    generator, count = np.random.default_rng(0), min(2000, len(space) // 2)
    drawn = [space.from_choices(space.random_choices(generator)) for _ in range(count)]
    for architectures in (drawn, space.sample(generator, count)):
        bins = np.array([20 * space.position(architecture) // len(space) for architecture in architectures])
        assert chisquare(np.bincount(bins, minlength=20)).pvalue > 1e-4


def test_more_samples_than_there_are_is_refused(space):
    with pytest.raises(ValueError, match=str(len(space))):
        space.sample(np.random.default_rng(0), len(space) + 1)
    with pytest.raises(ValueError, match="1 of them excluded"):
        space.sample(np.random.default_rng(0), len(space), exclude=[space.at(0)])


def test_neighbours_are_other_architectures_and_mutations_too(space):
    generator = np.random.default_rng(0)
    for architecture in some(space, 10):
        neighbours = space.neighbours(architecture)
        assert len(set(neighbours)) == len(neighbours) > 0
        assert architecture not in neighbours
        mutants = [space.mutate(architecture, generator) for _ in range(10)]
        assert architecture not in mutants
        assert all(0 <= space.position(other) < len(space) for other in (*neighbours, *mutants))


def test_mutations_and_children_are_reproducible(space):
    first, second = some(space, 2)

    def moves(seed):
        generator = np.random.default_rng(seed)
        return [(space.mutate(first, generator), space.crossover(first, second, generator)) for _ in range(10)]

    assert moves(0) == moves(0) != moves(1)


def test_a_child_of_equal_parents_is_their_like(space):
    for architecture in some(space, 10):
        assert space.crossover(architecture, architecture, np.random.default_rng(0)) == architecture


def test_graphs_are_labelled_and_acyclic(space):
    for architecture in some(space):
        graph = space.graph(architecture)
        assert (graph.labels[0], graph.labels[-1]) == ("input", "output")
        assert len(set(graph.edges)) == len(graph.edges)
        assert all(0 <= source < target < len(graph.labels) for source, target in graph.edges)
        adjacency = graph.adjacency()
        assert adjacency.sum() == len(graph.edges)
        assert not np.tril(adjacency).any()
        assert not adjacency[:, 0].any()
        assert not adjacency[-1].any()


def test_different_architectures_have_different_graphs(space):
    architectures = some(space, 300)
    graphs = {(space.graph(a).labels, space.graph(a).edges) for a in architectures}
    assert len(graphs) == len(architectures)


@pytest.mark.parametrize("silence_is_zero", [True, False])
def test_the_functional_representative_is_its_own(space, silence_is_zero):
    for architecture in some(space, 300):
        reduced = space.functional(architecture, silence_is_zero=silence_is_zero)
        assert space.functional(reduced, silence_is_zero=silence_is_zero) == reduced


def test_what_reaches_nothing_does_not_change_the_isomorphism_class(space):
    for architecture in some(space, 300):
        reduced = space.functional(architecture, silence_is_zero=False)
        assert space.canonical(reduced) == space.canonical(architecture)


def test_silence_merges_only_more(space):
    for architecture in some(space, 300):
        loud = space.functional(architecture, silence_is_zero=False)
        assert space.functional(loud, silence_is_zero=True) == space.functional(architecture, silence_is_zero=True)


@pytest.mark.parametrize("options", [{}, {"affine": True}, {"tracked": True}], ids=["batch", "affine", "tracked"])
def test_functionally_equal_architectures_have_equal_outputs(space, options):
    """With the super-net's own stand-alone path, so that sharing work between paths cannot hide a difference."""
    torch.manual_seed(0)
    supernet = space.supernet(**SMALL_NET, **options)
    with torch.no_grad():
        for weights in supernet.parameters():
            weights.add_(0.3 * torch.randn_like(weights))  # normalizations away from the identity
    supernet.eval()
    images = torch.randn(6, 3, 8, 8)
    silence = not options
    one_hot = [torch.eye(len(decision.options)) for decision in space.decisions]
    with torch.inference_mode():
        for architecture in some(space, 25):
            reduced = space.functional(architecture, silence_is_zero=silence)
            full, less = (
                supernet(images, [table[choice] for table, choice in zip(one_hot, space.to_choices(a), strict=True)])
                for a in (architecture, reduced)
            )
            torch.testing.assert_close(full, less, atol=1e-5, rtol=1e-4)
            torch.testing.assert_close(full, supernet(images, space.to_choices(architecture)), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("options", [{}, {"affine": True}, {"tracked": True}], ids=["batch", "affine", "tracked"])
def test_paths_that_share_weights_are_trained_in_one_step(space, options):
    """As the two of a landmark pair are: neither forward pass may spoil what the backward pass of the other needs."""
    torch.manual_seed(0)
    supernet = space.supernet(**SMALL_NET, **options).train()
    images = torch.randn(6, 3, 8, 8)
    paths = [space.to_choices(architecture) for architecture in some(space, 2)]

    def gradients(groups):
        supernet.zero_grad()
        for group in groups:
            sum(supernet(images, path).square().mean() for path in group).backward()
        return {name: weights.grad.clone() for name, weights in supernet.named_parameters() if weights.grad is not None}

    together, alone = gradients([paths]), gradients([paths[:1], paths[1:]])
    assert together.keys() == alone.keys() != set()
    for name, gradient in together.items():
        torch.testing.assert_close(gradient, alone[name], atol=1e-6, rtol=1e-4)


def test_supernet_paths_of_wrong_form_are_refused(space):
    supernet = space.supernet(**SMALL_NET)
    images = torch.randn(2, 3, 8, 8)
    path = space.to_choices(space.at(0))
    with pytest.raises(ValueError, match=str(len(space.decisions))):
        supernet(images, path[:-1])
    with pytest.raises(ValueError, match="99"):
        supernet(images, (99, *path[1:]))


def test_each_path_covers_every_place_once(space):
    torch.manual_seed(0)
    supernet = space.supernet(**SMALL_NET).eval()
    images = torch.randn(4, 3, 8, 8)
    paths = [space.to_choices(architecture) for architecture in some(space, 30)]
    paths += paths[:5]
    with torch.inference_mode():
        found = list(supernet.each_path(images, paths))
    assert sorted(place for places, _ in found for place in places) == list(range(35))
    for places, outputs in found:
        for place in places:
            torch.testing.assert_close(outputs, supernet(images, paths[place]), atol=1e-5, rtol=1e-4)


def test_costs_are_counts_and_depend_on_the_size_of_the_network(space):
    for architecture in some(space, 10):
        cost = space.cost(architecture)
        assert cost == space.cost(architecture)
        assert isinstance(cost.parameters, int)
        assert isinstance(cost.multiply_adds, int)
        assert 0 < space.cost(architecture, channels=8).parameters < cost.parameters
        assert 0 < space.cost(architecture, channels=8).multiply_adds < cost.multiply_adds


def test_a_network_has_the_parameters_that_its_cost_counts(space):
    images = torch.randn(2, 3, 8, 8)
    for architecture in some(space, 5):
        network = space.network(architecture, classes=4, **SMALL_NET)
        assert network(images).shape == (2, 4)
        counted = sum(weights.numel() for weights in network.parameters() if weights.requires_grad)
        assert counted == space.cost(architecture, classes=4, **SMALL_NET).parameters


def test_its_super_net_says_which_weights_lie_on_ways_as_every_trial_asks(space):
    supernet = space.supernet(**SMALL_NET)
    weights = dict(supernet.named_parameters())
    for architecture in some(space, 5):
        ways = supernet.weights_on_ways(space.to_choices(architecture))
        assert all(count >= 1 and part.of(weights).numel() for part, count in ways.counts.items())
    assert any(supernet.weights_on_ways(space.to_choices(one)).counts for one in some(space, 5))
