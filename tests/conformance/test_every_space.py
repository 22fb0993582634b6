"""Laws that every registered search space keeps. A new space is tested by being registered."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from multiply_adds import counted
from scipy.stats import chisquare

from nasrank.spaces import SPACES, get_space

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


def test_one_architecture_has_one_representative(space):
    """Whatever choices make it: those of a uniform draw of every decision, where they make one."""
    generator, made = np.random.default_rng(0), 0
    for _ in range(3000):
        choices = [int(generator.integers(len(decision.options))) for decision in space.decisions]
        if not space.allows(choices):
            with pytest.raises(ValueError, match=r"."):
                space.representative(choices)
            continue
        made += 1
        position = space.position(space.from_choices(choices))
        assert space.representative(choices) == space.to_choices(space.at(position))
        if made == 40:
            break
    assert made, "no draw made an architecture"


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


@pytest.mark.slow
def test_a_mixture_is_charged_no_less_than_it_computes(space):
    """Multiply-adds of a super-net of one cell a stage, compared with the mean of random paths; rounded."""
    supernet, image = space.supernet(channels=8, cells_per_stage=1), torch.zeros(1, 3, 16, 16)
    generator = np.random.default_rng(0)
    paths = [space.random_choices(generator) for _ in range(200)]
    mixture = [torch.full((len(decision.options),), 1 / len(decision.options)) for decision in space.decisions]
    ratio = counted(supernet, image, mixture) / np.mean([counted(supernet, image, path) for path in paths])
    assert ratio <= space.passes_per_mixture + 0.5


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


def test_costs_are_counts_and_depend_on_the_size_of_the_network(space):
    for architecture in some(space, 10):
        cost = space.cost(architecture)
        assert cost == space.cost(architecture)
        assert isinstance(cost.parameters, int)
        assert isinstance(cost.multiply_adds, int)
        assert 0 < space.cost(architecture, channels=8).parameters < cost.parameters
        assert 0 < space.cost(architecture, channels=8).multiply_adds < cost.multiply_adds
