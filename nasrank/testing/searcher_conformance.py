"""Laws that every searcher keeps, as a class of pytest that a user runs over a searcher of his own.

    @pytest.mark.parametrize("space", [get_space("nb201")])
    @pytest.mark.parametrize("kind", [Mine])
    class TestMine(SearcherConformance):
        pass

It is asked for a few hundred architectures and told sums of their choices, or numbers of parameters. No law says that a
searcher finds anything: that is what `nasrank search` is for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.search.searcher import Choices, Objective, Searcher, of_architectures, search
from nasrank.predictors.costs import ParameterCount
from nasrank.predictors.estimator import Context
from nasrank.spaces.enumerated import Enumerated
from nasrank.spaces.space import SearchSpace
from nasrank.spaces.subspace import Choosable, SubSpace, options_left

Space = SearchSpace[Any]
Kind = type[Searcher]

FEW = 12
"""Architectures of a space that is looked through, at most."""

MOST = 1000
"""Combinations of options that such a space is chosen among, at a time."""


class Few(SubSpace):
    """So few architectures of a space, around one of them, that a searcher comes to the end; each is equally likely."""

    def __init__(self, space: Choosable) -> None:
        centre = space.representative(space.random_choices(np.random.default_rng(0)))
        options: dict[int, Sequence[int]] = {place: (choice,) for place, choice in enumerate(centre)}
        self.members: list[Choices] = [tuple(centre)]
        for place, own in enumerate(options_left(space)):
            if len(own) * len(self.members) > MOST:
                continue
            wider = {**options, place: own}
            paths = product(*wider.values())
            members = [path for path in paths if space.allows(path) and space.representative(path) == path]
            if len(self.members) < len(members) <= FEW:
                options, self.members = wider, members
        super().__init__(space, options)

    def random_choices(self, generator: np.random.Generator) -> list[int]:
        return list(self.members[generator.integers(len(self.members))])


def total(paths: Sequence[Choices]) -> FloatArray:
    """A value in which many architectures are equal."""
    sums: FloatArray = np.array(paths, dtype=np.float64).sum(axis=1)
    return sums


def first(paths: Sequence[Choices]) -> FloatArray:
    """Another one, which contradicts it."""
    return -np.array(paths, dtype=np.float64)[:, 0]


def several(space: Choosable, count: int) -> list[Choices]:
    """Choices of so many different architectures."""
    generator = np.random.default_rng(9)
    drawn = (space.representative(space.random_choices(generator)) for _ in range(20 * count))
    return list(dict.fromkeys(map(tuple, drawn)))[:count]


class SearcherConformance:
    """Laws of a `Searcher`; `kind`, its class, and `space` come from fixtures or parametrizations of the class."""

    def settings(self, kind: Kind) -> Mapping[str, Any]:
        """With which it is made, where by its own ones it takes long."""
        del kind
        return {}

    def questions(self, kind: Kind, count: int) -> int:
        """For how many architectures it is asked, of the many that a law asks for: fewer where each takes long."""
        del kind
        return count

    def usual(self, kind: Kind, space: Space) -> Choosable:
        """What it searches for laws that any space will do for."""
        del kind
        return space

    def small(self, kind: Kind, space: Space) -> Choosable:
        """What it looks through to the end: a few architectures; the space itself where it serves no part of one."""
        few = Few(space)
        try:
            kind.refuse(few, kind.fewest_objectives)
        except ValueError:
            return space
        return few

    def made(self, kind: Kind, space: Choosable, seed: int = 0, objectives: int | None = None) -> Searcher:
        """A searcher of as few objectives as it can do with, unless there are to be others."""
        count = kind.fewest_objectives if objectives is None else objectives
        settings = kind.settings_type(**self.settings(kind))
        return kind(space, np.random.default_rng(seed), settings, objectives=count)

    def looked(
        self, kind: Kind, space: Choosable, objective: Objective, count: int, seed: int = 0
    ) -> tuple[Searcher, list[Choices]]:
        """A searcher, each of whose objectives is this one, and what it has looked at."""
        searcher = self.made(kind, space, seed)
        return searcher, search(searcher, [objective] * searcher.objectives, evaluations=count)

    # --- what it says of itself ---

    def test_it_names_itself(self, kind: Kind, space: Space) -> None:
        del space
        assert kind.name
        assert kind.label
        assert kind.reference
        assert kind.revision >= 1

    def test_settings_have_defaults_a_description_and_refuse_others(self, kind: Kind, space: Space) -> None:
        del space
        for name, field in kind.settings_type.model_fields.items():
            assert not field.is_required(), f"{name} has no default"
            assert field.description, f"{name} is not explained"
        with pytest.raises(ValueError, match="nonsense"):
            kind.settings_type.model_validate({"nonsense": 1})

    # --- asking ---

    def test_it_looks_at_different_architectures_of_the_space(self, kind: Kind, space: Space) -> None:
        most = len(space) // 2 if isinstance(space, Enumerated) else 250
        count = min(self.questions(kind, 250), most)
        searcher, looked = self.looked(kind, space, total, count)
        architectures = [space.from_choices(choices) for choices in looked]
        assert len(looked) == count or (kind.ends and searcher.ask() == [])
        assert len(set(architectures)) > len(looked) / 5
        assert kind.repeats or len(set(architectures)) == len(looked)
        assert all(space.to_choices(one) == choices for one, choices in zip(architectures, looked, strict=True))

    def test_a_small_space_is_looked_through_and_then_left(self, kind: Kind, space: Space) -> None:
        small = self.small(kind, space)
        if small is space:
            pytest.skip(f"{kind.name} serves whole spaces only")
        paths = product(*options_left(small))
        representatives = {small.representative(path) for path in paths if small.allows(path)}
        members = set(filter(small.allows, representatives))
        searcher, looked = self.looked(kind, small, total, self.questions(kind, 300) if kind.repeats else 10_000)
        assert set(looked) <= members
        assert kind.repeats or kind.ends or set(looked) == members
        assert kind.repeats or searcher.ask() == []

    def test_the_generator_decides(self, kind: Kind, space: Space) -> None:
        count = self.questions(kind, 120)
        one, again, other = (self.looked(kind, space, total, count, seed)[1] for seed in (0, 0, 1))
        assert one == again != other

    def test_global_random_states_are_left_alone(self, kind: Kind, space: Space) -> None:
        torchs, numpys = torch.get_rng_state(), repr(np.random.get_state(legacy=False))  # noqa: NPY002
        self.looked(kind, space, total, self.questions(kind, 40))
        assert torch.equal(torch.get_rng_state(), torchs)
        assert repr(np.random.get_state(legacy=False)) == numpys  # noqa: NPY002

    # --- being told ---

    def test_it_knows_what_it_was_told_wherever_that_came_from(self, kind: Kind, space: Space) -> None:
        searcher = self.made(kind, self.usual(kind, space))
        worse, better = several(searcher.space, 2)
        searcher.tell([worse, better], [[0.5] * searcher.objectives, [0.9] * searcher.objectives])
        assert searcher.best() == better
        for asked in (searcher.ask(), searcher.ask()):
            assert kind.repeats or not set(asked) & set(searcher.seen)

    def test_what_has_no_value_is_worst(self, kind: Kind, space: Space) -> None:
        searcher = self.made(kind, self.usual(kind, space))
        count, (nothing, better, worse, masked) = searcher.objectives, several(searcher.space, 4)
        searcher.tell([nothing, better, worse], [[np.nan] * count, [-5.0] * count, [-7.0] * count])
        assert searcher.best() == better
        searcher.tell([masked], np.ma.masked_equal([[9.0] * count], 9.0))
        assert searcher.best() == better
        assert len(searcher.ask()) > 0

    @pytest.mark.parametrize("values", [[1.0], [[1.0, 2.0], [3.0, 4.0]], [["a"], ["b"]], [[[1.0]], [[2.0]]]])
    def test_values_of_another_shape_or_kind_are_refused(self, kind: Kind, space: Space, values: npt.ArrayLike) -> None:
        searcher = self.made(kind, self.usual(kind, space))
        with pytest.raises(ValueError, match="values"):
            searcher.tell(several(searcher.space, 2), values)

    # --- objectives ---

    def test_several_objectives_have_a_front(self, kind: Kind, space: Space) -> None:
        usual, count = self.usual(kind, space), max(2, kind.fewest_objectives)
        if kind.most_objectives == 1:
            with pytest.raises(ValueError, match=r"searches by at most 1 objective\(s\), not by 2"):
                self.made(kind, usual, objectives=2)
            return
        searcher = self.made(kind, usual, objectives=count)
        objectives = [total, *[first] * (count - 1)]
        looked = dict.fromkeys(search(searcher, objectives, evaluations=self.questions(kind, 30)))
        values = {choices: (total([choices])[0], first([choices])[0]) for choices in looked}

        def surpasses(one: Choices, other: Choices) -> bool:
            return bool(np.all(np.greater_equal(values[one], values[other]))) and values[one] != values[other]

        assert searcher.front() == [one for one in looked if not any(surpasses(other, one) for other in looked)]
        assert searcher.best(1) == max(looked, key=lambda choices: values[choices][1])

    def test_an_estimator_is_an_objective(self, kind: Kind, space: Space) -> None:
        parameters = ParameterCount().prepared(Context(space))
        objective = of_architectures(space, parameters.score)
        searcher, _ = self.looked(kind, space, objective, self.questions(kind, 100))
        found = space.from_choices(searcher.best())
        assert space.cost(found).parameters == max(float(value[0]) for value in searcher.seen.values())

    def test_a_search_of_nothing_is_refused(self, kind: Kind, space: Space) -> None:
        usual = self.usual(kind, space)
        with pytest.raises(ValueError, match="objectives = 0; a search has at least one"):
            self.made(kind, usual, objectives=0)
        searcher = self.made(kind, usual)
        count = searcher.objectives
        with pytest.raises(ValueError, match=f"the searcher has {count} objectives, not {count + 1}"):
            search(searcher, [total] * (count + 1), evaluations=10)
        with pytest.raises(ValueError, match="has not looked at an architecture yet"):
            searcher.best()
        assert searcher.front() == []
