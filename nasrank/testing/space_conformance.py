"""Laws that every search space keeps, as classes of pytest that a user runs over a space of his own.

    @pytest.mark.parametrize("space", [Mine()])
    class TestMine(SpaceConformance):
        pass

A space of any size is tested on a few dozen random architectures, with seeds of its own, in about a second.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import product
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pytest

from nasrank.spaces.data_kinds import DATA_KINDS
from nasrank.spaces.decisions import PLACEHOLDER, conditions
from nasrank.spaces.enumerated import Enumerated
from nasrank.spaces.space import SearchSpace

Space = SearchSpace[Any]

NO_INDEX = (1.0, np.float64(1.7), True, np.True_, "1", None, np.array([1, 1]), np.ma.masked)
"""What stands where the index of an option belongs, and is no integer."""


def some(space: Space, count: int = 40, seed: int = 0) -> list[Any]:
    """Random architectures of different keys or positions; fewer where an enumeration has no more."""
    return list(_drawn(space, count, seed))


@lru_cache(maxsize=64)
def _drawn(space: Space, count: int, seed: int) -> tuple[Any, ...]:
    if isinstance(space, Enumerated):
        count = min(count, len(space))
    return tuple(space.sample(np.random.default_rng(seed), count))


def identity(space: Space, architecture: Any) -> str | int:
    """What tells architectures apart: the position where the enumeration has one, else the key."""
    return space.position(architecture) if isinstance(space, Enumerated) else space.key(architecture)


def changed(choices: Sequence[int], place: int, option: Any) -> list[Any]:
    """The choices with another option of one decision."""
    return [*choices[:place], option, *choices[place + 1 :]]


class SpaceConformance:
    """Laws of a `SearchSpace`; `space` comes from a fixture or a parametrization of the class.

    Attributes:
        image_shape: channels, height and width of the images that networks are given.
        length: tokens of the windows that networks of text are given.
    """

    image_shape: ClassVar[tuple[int, int, int]] = (3, 2, 2)
    length: ClassVar[int] = 4

    # --- decisions and choices ---

    def test_decisions_have_different_names_and_options(self, space: Space) -> None:
        assert len({decision.name for decision in space.decisions}) == len(space.decisions)
        for decision in space.decisions:
            assert len(set(decision.options)) == len(decision.options) >= 2

    def test_choices_and_texts_lead_back(self, space: Space) -> None:
        for architecture in some(space):
            choices = space.to_choices(architecture)
            assert space.from_choices(choices) == space.parse(str(architecture)) == architecture
            assert hash(space.from_choices(choices)) == hash(architecture)
            assert space.allows(choices)
            assert all(type(choice) is int for choice in choices)
            assert space.from_choices([np.uint8(choice) for choice in choices]) == architecture  # type: ignore[misc]

    def test_random_choices_make_architectures_and_are_theirs(self, space: Space) -> None:
        generator = np.random.default_rng(0)
        for _ in range(40):
            choices = space.random_choices(generator)
            assert space.allows(choices)
            assert tuple(choices) == space.representative(choices)

    def test_open_options_lead_to_architectures(self, space: Space) -> None:
        """To every one, and, where they are not found by chance, to nothing else."""
        for architecture in some(space, 10):
            choices = space.to_choices(architecture)
            assert all(space.open_options(choices[:place])[option] for place, option in enumerate(choices))
        generator = np.random.default_rng(0)
        for _ in range(0 if space.found_by_chance else 50):
            drawn: list[int] = []
            while len(drawn) < len(space.decisions):
                drawn.append(int(generator.choice(np.flatnonzero(space.open_options(drawn)))))
            assert space.allows(drawn)

    def test_one_architecture_has_one_representative(self, space: Space) -> None:
        """Whatever choices make it, those of inactive decisions included; what makes none has none."""
        generator = np.random.default_rng(0)
        for architecture in some(space):
            choices, active = list(space.to_choices(architecture)), space.active(architecture)
            for place, decision in enumerate(space.decisions):
                choices[place] = choices[place] if active[place] else int(generator.integers(len(decision.options)))
            assert space.from_choices(choices) == architecture
            assert space.representative(choices) == space.representative(space.to_choices(architecture))
            drawn = [int(generator.integers(len(decision.options))) for decision in space.decisions]
            if space.allows(drawn):
                again = space.representative(drawn)
                assert space.representative(again) == again
                assert space.key(space.from_choices(again)) == space.key(space.from_choices(drawn))
            else:
                for ask in (space.from_choices, space.representative):
                    with pytest.raises(ValueError, match=r".{10,}"):
                        ask(drawn)

    def test_a_free_decision_goes_with_whatever_the_others_choose(self, space: Space) -> None:
        for architecture in some(space, 10):
            choices = space.to_choices(architecture)
            for place, decision in enumerate(space.decisions):
                for option in range(len(decision.options)) if decision.free else ():
                    assert space.allows(changed(choices, place, option))

    def test_a_decision_is_active_exactly_where_a_condition_holds(self, space: Space) -> None:
        for architecture in some(space):
            choices, active = space.to_choices(architecture), space.active(architecture)
            assert len(active) == len(space.decisions)
            for place, alternatives in enumerate(conditions(space.decisions)):
                if alternatives:
                    holds = any(active[other] and choices[other] in options for other, options in alternatives)
                    assert active[place] == holds
                    assert holds or choices[place] == PLACEHOLDER

    # --- texts and keys ---

    @pytest.mark.parametrize("text", ["", "nonsense", "|", "+", "0", "None"])
    def test_malformed_texts_are_refused(self, space: Space, text: str) -> None:
        with pytest.raises(ValueError, match=r".{10,}"):
            space.parse(text)

    @pytest.mark.parametrize(
        "damage",
        [lambda text: text[:-1], lambda text: text[1:], lambda text: text + text, lambda text: text[: len(text) // 2]],
        ids=["last lost", "first lost", "twice", "half"],
    )
    def test_damaged_texts_are_never_read_as_another_architecture(
        self, space: Space, damage: Callable[[str], str]
    ) -> None:
        for architecture in some(space, 20):
            with pytest.raises(ValueError, match=r".{10,}"):
                space.parse(damage(str(architecture)))

    def test_texts_tell_architectures_apart_and_keys_no_more(self, space: Space) -> None:
        architectures = some(space, 100)
        assert len(set(map(str, architectures))) == len(set(architectures)) == len(architectures)
        assert len(set(map(space.key, architectures))) <= len(architectures)
        assert all(space.key(space.parse(str(one))) == space.key(one) for one in architectures)

    # --- sampling ---

    def test_samples_are_different_reproducible_and_without_the_excluded(self, space: Space) -> None:
        excluded = some(space, 10, seed=1)
        drawn = space.sample(np.random.default_rng(2), 100, exclude=excluded)
        known = [identity(space, architecture) for architecture in (*drawn, *excluded)]
        assert len(set(known)) == len(known) == 110
        assert drawn == space.sample(np.random.default_rng(2), 100, exclude=excluded)
        assert drawn != space.sample(np.random.default_rng(3), 100, exclude=excluded)

    def test_a_sample_of_each_part_is_in_it(self, space: Space) -> None:
        generator = np.random.default_rng(0)
        for stratum in range(space.strata):
            drawn = space.sample_of_stratum(generator, stratum)
            assert space.allows(space.to_choices(drawn))
            assert space.stratum(drawn) == stratum
        assert all(0 <= space.stratum(one) < space.strata for one in some(space, 20))
        for wrong in (-1, space.strata):
            with pytest.raises(ValueError, match=r"stratum: |there is no part"):
                space.sample_of_stratum(generator, wrong)

    # --- moves ---

    def test_neighbours_are_other_allowed_architectures_each_once(self, space: Space) -> None:
        for architecture in some(space, 10):
            known = [identity(space, one) for one in (architecture, *space.neighbours(architecture))]
            assert len(set(known)) == len(known) > 1
            assert all(space.allows(space.to_choices(one)) for one in space.neighbours(architecture))

    def test_neighbours_are_mutual_where_promised(self, space: Space) -> None:
        generator = np.random.default_rng(0)
        for architecture in some(space, 10) if space.mutual_neighbours else ():
            neighbours = space.neighbours(architecture)
            neighbour = neighbours[generator.integers(len(neighbours))]
            assert space.key(architecture) in map(space.key, space.neighbours(neighbour))

    def test_mutants_are_other_allowed_architectures(self, space: Space) -> None:
        generator = np.random.default_rng(0)
        for architecture in some(space, 10):
            for mutant in (space.mutate(architecture, generator) for _ in range(10)):
                assert identity(space, mutant) != identity(space, architecture)
                assert space.allows(space.to_choices(mutant))

    def test_children_take_every_choice_from_a_parent(self, space: Space) -> None:
        generator = np.random.default_rng(0)
        first, second = some(space, 2)
        own, other = space.to_choices(first), space.to_choices(second)
        for _ in range(20):
            crossed = space.cross_choices(own, other, generator)
            assert all(one in pair for one, *pair in zip(crossed, own, other, strict=True))
            assert space.allows(space.to_choices(space.crossover(first, second, generator)))
        assert all(space.crossover(one, one, generator) == one for one in (first, second))

    def test_moves_are_reproducible(self, space: Space) -> None:
        first, second = some(space, 2)

        def moves(seed: int) -> list[Any]:
            generator = np.random.default_rng(seed)
            pairs = [(space.mutate(first, generator), space.crossover(first, second, generator)) for _ in range(10)]
            return [*pairs, space.mutate_choices(space.to_choices(first), generator, 0.5)]

        assert moves(0) == moves(0) != moves(1)

    def test_choices_mutate_as_often_as_asked(self, space: Space) -> None:
        """Up to every option that some architecture takes: a space need not draw one that it never allows."""
        generator, choices = np.random.default_rng(0), space.to_choices(some(space, 1)[0])
        assert space.mutate_choices(choices, generator, 0.0) == choices
        drawn = {option for _ in range(200) for option in enumerate(space.mutate_choices(choices, generator, 1.0))}
        taken = {option for one in some(space, 200) for option in enumerate(space.to_choices(one))}
        options = {(place, i) for place, one in enumerate(space.decisions) for i in range(len(one.options))}
        assert taken <= drawn <= options
        assert drawn == options or not all(decision.free for decision in space.decisions)

    # --- the best by the scores of options ---

    def test_the_best_has_the_greatest_sum_where_the_space_offers_it(self, space: Space) -> None:
        """Compared with all architectures that a few decisions lead to, where every other option is out of question."""
        generator = np.random.default_rng(0)
        zeros = [np.zeros(len(decision.options)) for decision in space.decisions]
        try:
            space.best(zeros)
        except ValueError:
            with pytest.raises(ValueError, match=f"{space.name} does not say which architecture"):
                space.best(zeros)
            return
        for architecture in some(space, 5):
            base = space.representative(space.to_choices(architecture))
            scores = [generator.random(len(decision.options)) for decision in space.decisions]
            varied = generator.permutation(len(space.decisions))[:3].tolist()
            for place in set(range(len(base))) - set(varied):
                scores[place][np.arange(len(scores[place])) != base[place]] -= 1000
            options = [range(len(one)) if place in varied else (base[place],) for place, one in enumerate(scores)]
            sums = [self.total(space, scores, choices) for choices in product(*options) if space.allows(choices)]
            assert self.total(space, scores, space.to_choices(space.best(scores))) == pytest.approx(max(sums))

    @staticmethod
    def total(space: Space, scores: Sequence[npt.NDArray[np.float64]], choices: Sequence[int]) -> float:
        """Sum of the scores over the active decisions."""
        active = space.active(space.from_choices(choices))
        parts = zip(scores, choices, active, strict=True)
        return float(sum(vector[choice] for vector, choice, counts in parts if counts))

    def test_scores_of_another_shape_have_no_best(self, space: Space) -> None:
        zeros = [np.zeros(len(decision.options)) for decision in space.decisions]
        for wrong in (zeros[:-1], [*zeros[:-1], zeros[-1][:-1]], [*zeros[:-1], zeros[-1] + np.nan]):
            with pytest.raises(ValueError, match="scores"):
                space.best(wrong)

    # --- refusals ---

    def test_choices_outside_are_refused(self, space: Space) -> None:
        inside = space.to_choices(some(space, 1)[0])
        for place, decision in enumerate(space.decisions):
            for wrong in (-1, len(decision.options)):
                with pytest.raises(ValueError, match=str(wrong)):
                    space.from_choices(changed(inside, place, wrong))
        for wrong_length in (inside[:-1], [*inside, 0]):
            with pytest.raises(ValueError, match=str(len(wrong_length))):
                space.from_choices(wrong_length)

    @pytest.mark.parametrize("wrong", NO_INDEX, ids=repr)
    def test_what_is_no_integer_is_no_choice(self, space: Space, wrong: Any) -> None:
        inside = space.to_choices(some(space, 1)[0])
        for place in range(len(space.decisions)):
            with pytest.raises(ValueError, match=r".{10,}"):
                space.from_choices(changed(inside, place, wrong))

    @pytest.mark.parametrize("foreign", ["nonsense", 3, None, (0, 0), np.zeros(3)], ids=repr)
    def test_what_is_no_architecture_is_refused(self, space: Space, foreign: Any) -> None:
        generator, own = np.random.default_rng(0), some(space, 1)[0]
        asked: list[Callable[[], Any]] = [
            lambda: space.mutate(foreign, generator),
            lambda: space.crossover(foreign, own, generator),
            lambda: space.crossover(own, foreign, generator),
            lambda: space.sample(generator, 1, exclude=[foreign]),
            lambda: space.functional(foreign, silence_is_zero=True),
        ]
        of_one = (space.key, space.to_choices, space.active, space.traits, space.graph, space.cost, space.neighbours)
        for ask in (*asked, *(lambda method=method: method(foreign) for method in (*of_one, space.network))):
            with pytest.raises(ValueError, match=f"is not an architecture of {space.name}"):
                ask()

    def test_texts_stand_for_architectures(self, space: Space) -> None:
        """Wherever an architecture is asked about."""
        for architecture in some(space, 5):
            text = str(architecture)
            for ask in (space.key, space.to_choices, space.active, space.traits, space.expressions, space.graph):
                assert ask(text) == ask(architecture), ask
            assert space.cost(text) == space.cost(architecture)
            assert space.functional(text, silence_is_zero=True) == space.functional(architecture, silence_is_zero=True)
            assert space.neighbours(text)[:5] == space.neighbours(architecture)[:5]
            mutants = [space.mutate(one, np.random.default_rng(0)) for one in (text, architecture)]
            assert mutants[0] == mutants[1]
            children = [space.crossover(one, one, np.random.default_rng(0)) for one in (text, architecture)]
            assert children == [architecture, architecture]
            drawn = [space.sample(np.random.default_rng(0), 3, exclude=[one]) for one in (text, architecture)]
            assert drawn[0] == drawn[1]
            if isinstance(space, Enumerated):
                assert space.position(text) == space.position(architecture)

    # --- traits, graphs, functions and costs ---

    def test_architectures_have_the_same_traits_each_with_a_number(self, space: Space) -> None:
        traits = [space.traits(architecture) for architecture in some(space)]
        assert all(one.keys() == traits[0].keys() for one in traits)
        assert all(type(value) is int for one in traits for value in one.values())
        for trait in traits[0]:
            assert len({one[trait] for one in traits}) > 1, "groups that tell architectures apart"

    def test_graphs_are_labelled_and_acyclic(self, space: Space) -> None:
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

    def test_architectures_of_one_graph_have_one_key(self, space: Space) -> None:
        """Different choices may lead to one graph, as parameters without effect do, but then nobody can tell them."""
        keys: dict[Any, set[str]] = {}
        for architecture in some(space, 100):
            keys.setdefault(space.graph(architecture), set()).add(space.key(architecture))
        assert len(keys) > 30, "graphs that tell architectures apart"
        assert all(len(of_graph) == 1 for of_graph in keys.values())

    def test_the_functional_representative_is_its_own(self, space: Space) -> None:
        for architecture in some(space, 100):
            for silence_is_zero in (True, False):
                reduced = space.functional(architecture, silence_is_zero=silence_is_zero)
                assert space.functional(reduced, silence_is_zero=silence_is_zero) == reduced

    def test_what_reaches_nothing_does_not_change_the_key(self, space: Space) -> None:
        for architecture in some(space, 100):
            reduced = space.functional(architecture, silence_is_zero=False)
            assert space.key(reduced) == space.key(architecture)

    def test_silence_merges_only_more(self, space: Space) -> None:
        for architecture in some(space, 100):
            loud = space.functional(architecture, silence_is_zero=False)
            assert space.functional(loud, silence_is_zero=True) == space.functional(architecture, silence_is_zero=True)

    def test_costs_are_counts(self, space: Space) -> None:
        for architecture in some(space, 10):
            cost = space.cost(architecture)
            assert cost == space.cost(architecture)
            assert type(cost.parameters) is type(cost.multiply_adds) is int
            assert cost.parameters > 0
            assert cost.multiply_adds > 0

    def test_networks_have_the_parameters_that_they_cost(self, space: Space) -> None:
        for architecture in some(space, 2):
            weights = space.network(architecture).parameters()
            assert sum(weight.numel() for weight in weights) == space.cost(architecture).parameters

    def test_networks_of_the_smallest_options_take_the_data(self, space: Space) -> None:
        """With as many classes and channels of images, or tokens, as there are, and for what they are said to cost."""
        import torch

        assert space.inputs in DATA_KINDS, f"inputs are one of {', '.join(DATA_KINDS)}"
        options, kind = space.network_options.smallest().arguments, DATA_KINDS[space.inputs]
        channels, *sides = self.image_shape
        shape = (channels * kind.views, *sides) if kind.views else (self.length,)
        assert not {*kind.network_sizes, *kind.cost_sizes} & options.keys(), "the data decide these"
        for architecture in some(space, 5):
            for told in (2, 5):
                given = {**options, **kind.network_sizes_of(shape, told)}
                network = space.network(architecture, **given)
                inputs = torch.zeros(3, *shape, dtype=torch.float32 if kind.views else torch.int64)
                assert network(inputs).shape == (3, *kind.outputs(shape, told))
                weights = sum(weight.numel() for weight in network.parameters())
                assert weights == space.cost(architecture, **given).parameters
