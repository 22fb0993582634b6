"""Laws that every registered search space keeps. A new space is tested by being registered."""

from __future__ import annotations

import inspect
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from multiply_adds import counted
from scipy.stats import chisquare

from spaces import SPACES, get_space

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


NO_INDEX = [1.0, np.float64(1.7), True, np.True_, "1", None, np.array([1, 1]), np.ma.masked]
"""What stands where an integer belongs; cases, group 2: `from_choices([1.7, ...])` took 1."""


@pytest.mark.parametrize("wrong", NO_INDEX, ids=repr)
def test_what_is_no_integer_is_no_choice_and_no_position(space, wrong):
    inside = list(space.to_choices(space.at(0)))
    for place in range(len(space.decisions)):
        with pytest.raises(ValueError, match=r".{10,}"):
            space.from_choices([*inside[:place], wrong, *inside[place + 1 :]])
    with pytest.raises(ValueError, match=f"position in {space.name}: .* is not an index"):
        space.at(wrong)


@pytest.mark.parametrize(
    "wrong",
    [[0.0], [True], ["0"], [None], [-1], [10**9], [[0]], 0, np.array([1.5]), np.ma.masked_equal([0, 1], 1)],
    ids=repr,
)
def test_what_is_no_position_is_not_one_among_many(space, wrong):
    """Negative ones counted from the end, and truth values chose, in NAS-Bench-101."""
    with pytest.raises(ValueError, match=f"positions in {space.name}"):
        space.choices(wrong)


def test_numpys_integers_are_integers(space):
    for architecture in some(space, 5):
        choices, position = space.to_choices(architecture), space.position(architecture)
        for kind in (np.int64, np.uint8, np.int32):
            again = space.from_choices(np.array(choices, dtype=kind))
            assert again == architecture
            assert hash(again) == hash(architecture)
            assert all(type(choice) is int for choice in space.to_choices(again))
        assert space.at(np.int64(position)) == architecture
        assert tuple(space.choices(np.array([position], dtype=np.uint32))[0]) == choices
    assert space.choices([]).shape == (0, len(space.decisions))


@pytest.mark.parametrize("other", SPACES.values(), ids=SPACES)
class TestAskedForTheArchitecturesOfAnother:
    """Cases, group 2: NAS-Bench-201 had a plausible cost for a cell of NAS-Bench-101. Every method is asked."""

    TAKE_ONE = ("architecture", "first", "second")

    def methods(self, space):
        """Those of a space that take an architecture, and the names of the parameters that do."""
        for name, _ in inspect.getmembers(type(space), inspect.isfunction):
            if not name.startswith("_"):
                method = getattr(space, name)
                taken = [one for one in inspect.signature(method).parameters if one in self.TAKE_ONE]
                if taken:
                    yield method, taken

    def arguments(self, method, own):
        """Some that go with architectures of its own."""
        fitting = {"generator": np.random.default_rng(0), "silence_is_zero": True, **dict.fromkeys(self.TAKE_ONE, own)}
        parameters = inspect.signature(method).parameters.values()
        return {
            one.name: fitting[one.name]
            for one in parameters
            if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)
        }

    def test_every_method_refuses_them_by_both_names(self, space, other):
        if space is other:
            return
        own, foreign, asked = space.at(1), other.at(len(other) // 2), set()
        for method, taken in self.methods(space):
            for name in taken:
                with pytest.raises(ValueError, match=f"is an architecture of {other.name}, not of {space.name}$"):
                    method(**self.arguments(method, own) | {name: foreign})
            asked.add(method.__name__)
        assert {"cost", "network", "position", "canonical", "active", "traits", "crossover"} <= asked
        with pytest.raises(ValueError, match=f"is an architecture of {other.name}, not of {space.name}$"):
            space.sample(np.random.default_rng(0), 2, exclude=[foreign])

    def test_architectures_of_different_spaces_are_different_values(self, space, other):
        assert (space.value_type is other.value_type) == (space is other)
        assert (space.at(0) == other.at(0)) == (space is other)


@pytest.mark.parametrize("wrong", ["nonsense", 3, None, (0, 0, 0, 0, 0, 0), np.array([0] * 6)], ids=repr)
def test_what_is_no_architecture_has_no_numbers(space, wrong):
    for ask in (space.cost, space.position, space.canonical, space.network, space.traits, space.active):
        with pytest.raises(ValueError, match=f"is not an architecture of {space.name}"):
            ask(wrong)


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


@pytest.mark.parametrize("wrong", [0, -16, 16.5, 16.0, True, "16", None], ids=repr)
def test_what_is_no_size_costs_nothing_that_could_be_taken_for_a_number(space, wrong):
    for name in ("channels", "cells_per_stage", "classes", "resolution", "image_channels"):
        with pytest.raises(ValueError, match=f"{name} is .*; a network needs at least 1"):
            space.cost(space.at(0), **{name: wrong})
        if name != "resolution":
            for build in (partial(space.network, space.at(0)), space.supernet):
                with pytest.raises(ValueError, match=f"{name} is .*; a network needs at least 1"):
                    build(**{name: wrong})


def test_costs_are_counts_and_depend_on_the_size_of_the_network(space):
    for architecture in some(space, 10):
        cost = space.cost(architecture)
        assert cost == space.cost(architecture)
        assert isinstance(cost.parameters, int)
        assert isinstance(cost.multiply_adds, int)
        assert 0 < space.cost(architecture, channels=8).parameters < cost.parameters
        assert 0 < space.cost(architecture, channels=8).multiply_adds < cost.multiply_adds
