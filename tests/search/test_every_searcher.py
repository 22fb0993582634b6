"""What every registered searcher owes, on registered spaces and on toys that are small enough to look through."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch
from toy import CONSTRAINED, TOY, stream

from nasrank import get_space
from nasrank.bench.search.searcher import SEARCHERS, of_architectures, search
from nasrank.predictors import Context
from nasrank.predictors.costs import ParameterCount
from nasrank.spaces.subspace import SubSpace, options_left

pytestmark = pytest.mark.parametrize("kind", SEARCHERS.values(), ids=SEARCHERS)

SPACE = get_space("nb201")


class Part(SubSpace):
    """Some architectures of a space whose decisions are free, drawn as if there were no others."""

    def random_choices(self, generator):
        return [options[generator.integers(len(options))] for options in self.options]


SMALL = Part(SPACE, {0: (1, 2), 1: (0, 1, 3), **{place: (place % 5,) for place in range(2, 6)}})
"""Six architectures of a whole space, for searchers that a toy does not serve."""

MOST = {"optuna_gp": 14, "optuna_tpe": 60, "bananas": 60, "npenas": 60}
"""How many architectures those are asked for that take their time, as they fit a model to what they were told."""

SEVERAL = {name for name, kind in SEARCHERS.items() if kind.most_objectives is None or kind.most_objectives > 1}


def served(kind, toy, instead=SPACE):
    """The toy, or a space instead where that is none for this searcher."""
    try:
        kind.refuse(toy, kind.fewest_objectives)
    except ValueError:
        return instead
    return toy


def beginning(searcher, *beginnings):
    """Choices that begin like this, as many as its space has."""
    return [(*one, *[0] * (len(searcher.space.decisions) - len(one))) for one in beginnings]


def few(kind, count):
    return min(count, MOST.get(kind.name, count))


def look(kind, space, objective, evaluations, seed=0):
    """Of a searcher of as few objectives as it can do with, all of which are this one."""
    objectives = kind.fewest_objectives
    searcher = kind(space, stream(seed), objectives=objectives)
    return searcher, search(searcher, [objective] * objectives, evaluations=evaluations)


def total(paths):
    """A value in which many architectures are equal."""
    return np.array(paths, dtype=float).sum(axis=1)


def first(paths):
    return -np.array(paths, dtype=float)[:, 0]


def test_it_is_registered_by_its_name_and_says_what_it_is(kind):
    assert SEARCHERS[kind.name] is kind
    assert kind.label
    module = __import__(kind.__module__, fromlist=["x"])
    assert module.__doc__.count(f"[{kind.reference}]") >= 2, "cited, and resolved in the references"


@pytest.mark.parametrize("name", ["nb201", "nb101", "nb201-activations"])
def test_it_looks_at_different_architectures_of_the_space(kind, name):
    space, count = get_space(name), few(kind, 250)
    _, looked = look(kind, space, total, count)
    architectures = [space.from_choices(choices) for choices in looked]
    assert len(looked) == count
    assert len(set(architectures)) > count / 5
    assert kind.repeats or len(set(architectures)) == count
    assert all(space.to_choices(one) == choices for one, choices in zip(architectures, looked, strict=True))


def test_a_small_space_is_looked_through_and_then_left(kind):
    space = served(kind, CONSTRAINED, SMALL)
    options = options_left(space)
    allowed = {path for path in product(*options) if space.allows(path)}
    assert len(allowed) == 6
    _, looked = look(kind, space, total, few(kind, 300) if kind.repeats else 10_000)
    assert set(looked) == allowed if not kind.repeats else set(looked) <= allowed


def test_the_generator_decides(kind):
    count = few(kind, 120)
    first, again, other = (look(kind, SPACE, total, count, seed)[1] for seed in (0, 0, 1))
    assert first == again != other


def test_it_knows_what_it_was_told_wherever_that_came_from(kind):
    count = kind.fewest_objectives
    searcher = kind(served(kind, TOY), stream(), objectives=count)
    searcher.tell(beginning(searcher, (0, 1, 2), (1, 4, 0)), [[0.5] * count, [0.9] * count])
    assert searcher.best()[:3] == (1, 4, 0)
    for asked in (searcher.ask(), searcher.ask()):
        assert kind.repeats or not set(asked) & set(searcher.seen)


def test_what_has_no_value_is_worst(kind):
    count = kind.fewest_objectives
    searcher = kind(served(kind, TOY), stream(), objectives=count)
    told = beginning(searcher, (0, 1, 2), (1, 4, 0), (1, 3, 0))
    searcher.tell(told, [[np.nan] * count, [-5.0] * count, [-7.0] * count])
    assert searcher.best() == told[1]
    searcher.tell(beginning(searcher, (0, 0, 0)), np.ma.masked_equal([[9.0] * count], 9.0))
    assert searcher.best() == told[1]
    assert len(searcher.ask()) > 0


def test_several_objectives_have_a_front(kind):
    if kind.name not in SEVERAL:
        with pytest.raises(ValueError, match=r"searches by at most 1 objective\(s\), not by 2"):
            kind(TOY, stream(), objectives=2)
        return
    searcher = kind(served(kind, TOY), stream(), objectives=2)
    looked = search(searcher, [total, first], evaluations=few(kind, 30))
    values = {choices: (total([choices])[0], first([choices])[0]) for choices in looked}

    def surpasses(one, other):
        return all(np.greater_equal(values[one], values[other])) and values[one] != values[other]

    assert searcher.front() == [one for one in values if not any(surpasses(other, one) for other in looked)]
    assert searcher.best(1) == max(looked, key=lambda choices: values[choices][1])


def test_an_estimator_is_an_objective(kind):
    parameters = ParameterCount().prepared(Context(SPACE))
    searcher, _ = look(kind, SPACE, of_architectures(SPACE, parameters.score), few(kind, 100))
    best = float(searcher.seen[searcher.best()][0])
    assert SPACE.cost(SPACE.from_choices(searcher.best())).parameters == best
    assert searcher.epochs is not None or best == max(float(value[0]) for value in searcher.seen.values())


@pytest.mark.parametrize("values", [[1.0], [[1.0, 2.0], [3.0, 4.0]], [["a"], ["b"]], [[[1.0]], [[2.0]]]])
def test_values_of_another_shape_or_kind_are_refused(kind, values):
    searcher = kind(served(kind, TOY), stream(), objectives=kind.fewest_objectives)
    with pytest.raises(ValueError, match="values"):
        searcher.tell(beginning(searcher, (0, 1, 2), (1, 4, 0)), values)


def test_a_search_of_nothing_is_refused(kind):
    with pytest.raises(ValueError, match="objectives = 0; a search has at least one"):
        kind(TOY, stream(), objectives=0)
    count = kind.fewest_objectives
    searcher = kind(served(kind, TOY), stream(), objectives=count)
    with pytest.raises(ValueError, match=f"the searcher has {count} objectives, not {count + 1}"):
        search(searcher, [total] * (count + 1), evaluations=10)
    with pytest.raises(ValueError, match="has not looked at an architecture yet"):
        searcher.best()
    assert searcher.front() == []


def test_settings_have_defaults_a_description_and_refuse_others(kind):
    for name, field in kind.settings_type.model_fields.items():
        assert not field.is_required(), f"{name} has no default"
        assert field.description, f"{name} is not explained"
    with pytest.raises(ValueError, match="nonsense"):
        kind.settings_type(nonsense=1)


def test_it_leaves_global_random_states_alone(kind):
    torchs, numpys = torch.get_rng_state(), repr(np.random.get_state(legacy=False))  # noqa: NPY002
    look(kind, SPACE, total, few(kind, 40))
    assert torch.equal(torch.get_rng_state(), torchs)
    assert repr(np.random.get_state(legacy=False)) == numpys  # noqa: NPY002
