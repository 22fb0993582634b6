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
from nasrank.predictors.learned import training
from nasrank.spaces.subspace import SubSpace, options_left

pytestmark = pytest.mark.parametrize("kind", SEARCHERS.values(), ids=SEARCHERS)

SPACE = get_space("nb201")


class Part(SubSpace):
    """Some architectures of a space whose decisions are free, drawn as if there were no others."""

    def random_choices(self, generator):
        return [options[generator.integers(len(options))] for options in self.options]


SMALL = Part(SPACE, {0: (1, 2), 1: (0, 1, 3), **{place: (place % 5,) for place in range(2, 6)}})
"""Six architectures of a whole space, for searchers that a toy does not serve."""

MOST = {"optuna_gp": 14, "optuna_tpe": 60, "bananas": 60, "npenas": 60, "predicted": 60}
"""How many architectures those are asked for that take their time, as they fit a model to what they were told."""

HASTY = {
    "ctnas": {"labels": 20, "iterations": 10, "hidden": 8, "pairs": 5},
    "enas": {"samples": 25, "hidden": 8},
    "predicted": {"predictor": "label_matched", "every": 40, "candidates": 500},
}
"""Settings of searchers that take long by their own ones."""

SEVERAL = {name for name, kind in SEARCHERS.items() if kind.most_objectives is None or kind.most_objectives > 1}


@pytest.fixture(autouse=True)
def _hasty_predictors(monkeypatch):
    """A fit that is as good as none: no law asks for a search that finds anything."""
    monkeypatch.setattr(training, "UPDATES", 5)


def make(kind, space, seed=0, objectives=None):
    """A searcher of as few objectives as it can do with, unless there are to be others."""
    settings = kind.settings_type(**HASTY.get(kind.name, {}))
    count = kind.fewest_objectives if objectives is None else objectives
    return kind(space, stream(seed), settings, objectives=count)


def look(kind, space, objective, evaluations, seed=0):
    """All of its objectives are this one."""
    searcher = make(kind, space, seed)
    return searcher, search(searcher, [objective] * searcher.objectives, evaluations=evaluations)


def served(kind, toy=TOY):
    """The toy, or the smallest space that serves a searcher which the toy does not."""
    for space in (toy, SMALL):
        try:
            kind.refuse(space, kind.fewest_objectives)
        except ValueError:
            continue
        return space
    return SPACE


def few(kind, count):
    return min(count, MOST.get(kind.name, count))


def some(space, count):
    """Choices of so many different architectures."""
    generator = stream(9)
    found = dict.fromkeys(tuple(space.random_choices(generator)) for _ in range(20 * count))
    return list(found)[:count]


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
    searcher, looked = look(kind, space, total, count)
    architectures = [space.from_choices(choices) for choices in looked]
    assert len(looked) == count or (kind.ends and searcher.ask() == [])
    assert len(set(architectures)) > len(looked) / 5
    assert kind.repeats or len(set(architectures)) == len(looked)
    assert all(space.to_choices(one) == choices for one, choices in zip(architectures, looked, strict=True))


def test_a_small_space_is_looked_through_and_then_left(kind):
    space = served(kind, CONSTRAINED)
    allowed = {path for path in product(*options_left(space)) if space.allows(path)}
    searcher, looked = look(kind, space, total, few(kind, 300) if kind.repeats else 10_000)
    assert set(looked) <= allowed
    assert kind.repeats or kind.ends or len(allowed) > 6 or set(looked) == allowed
    assert kind.repeats or len(allowed) > 6 or searcher.ask() == []


def test_the_generator_decides(kind):
    count = few(kind, 120)
    first, again, other = (look(kind, SPACE, total, count, seed)[1] for seed in (0, 0, 1))
    assert first == again != other


def test_it_knows_what_it_was_told_wherever_that_came_from(kind):
    searcher = make(kind, served(kind))
    worse, better = some(searcher.space, 2)
    searcher.tell([worse, better], [[0.5] * searcher.objectives, [0.9] * searcher.objectives])
    assert searcher.best() == better
    for asked in (searcher.ask(), searcher.ask()):
        assert kind.repeats or not set(asked) & set(searcher.seen)


def test_what_has_no_value_is_worst(kind):
    searcher = make(kind, served(kind))
    count, (nothing, better, worse, masked) = searcher.objectives, some(searcher.space, 4)
    searcher.tell([nothing, better, worse], [[np.nan] * count, [-5.0] * count, [-7.0] * count])
    assert searcher.best() == better
    searcher.tell([masked], np.ma.masked_equal([[9.0] * count], 9.0))
    assert searcher.best() == better
    assert len(searcher.ask()) > 0


def test_several_objectives_have_a_front(kind):
    space = served(kind)
    if kind.name not in SEVERAL:
        with pytest.raises(ValueError, match=r"searches by at most 1 objective\(s\), not by 2"):
            make(kind, space, objectives=2)
        return
    searcher = make(kind, space, objectives=2)
    looked = dict.fromkeys(search(searcher, [total, first], evaluations=few(kind, 30)))
    values = {choices: (total([choices])[0], first([choices])[0]) for choices in looked}

    def surpasses(one, other):
        return all(np.greater_equal(values[one], values[other])) and values[one] != values[other]

    assert searcher.front() == [one for one in looked if not any(surpasses(other, one) for other in looked)]
    assert searcher.best(1) == max(looked, key=lambda choices: values[choices][1])


def test_an_estimator_is_an_objective(kind):
    parameters = ParameterCount().prepared(Context(SPACE))
    searcher, _ = look(kind, SPACE, of_architectures(SPACE, parameters.score), few(kind, 100))
    found = SPACE.from_choices(searcher.best())
    assert SPACE.cost(found).parameters == max(float(value[0]) for value in searcher.seen.values())


@pytest.mark.parametrize("values", [[1.0], [[1.0, 2.0], [3.0, 4.0]], [["a"], ["b"]], [[[1.0]], [[2.0]]]])
def test_values_of_another_shape_or_kind_are_refused(kind, values):
    searcher = make(kind, served(kind))
    with pytest.raises(ValueError, match="values"):
        searcher.tell(some(searcher.space, 2), values)


def test_a_search_of_nothing_is_refused(kind):
    with pytest.raises(ValueError, match="objectives = 0; a search has at least one"):
        make(kind, served(kind), objectives=0)
    searcher = make(kind, served(kind))
    count = searcher.objectives
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
