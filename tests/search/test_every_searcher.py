"""What every registered searcher owes, on registered spaces and on toys that are small enough to look through."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from toy import CONSTRAINED, TOY, stream

from nasrank import get_space
from nasrank.bench.search.searcher import SEARCHERS, of_architectures, search
from nasrank.predictors import Context
from nasrank.predictors.costs import ParameterCount

pytestmark = pytest.mark.parametrize("kind", SEARCHERS.values(), ids=SEARCHERS)

SPACE = get_space("nb201")


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
    space = get_space(name)
    looked = search(kind(space, stream()), [total], evaluations=250)
    architectures = [space.from_choices(choices) for choices in looked]
    assert len(set(architectures)) == len(looked) == 250
    assert all(space.to_choices(one) == choices for one, choices in zip(architectures, looked, strict=True))


def test_a_small_space_is_looked_through_and_then_left(kind):
    allowed = {path for path in product(range(2), range(5), range(3)) if CONSTRAINED.allows(path)}
    assert set(search(kind(CONSTRAINED, stream()), [total], evaluations=10_000)) == allowed


def test_the_generator_decides(kind):
    def looked(seed):
        return search(kind(SPACE, stream(seed)), [total], evaluations=220)

    assert looked(0) == looked(0) != looked(1)


def test_it_knows_what_it_was_told_wherever_that_came_from(kind):
    searcher = kind(TOY, stream())
    searcher.tell([(0, 1, 2), (1, 4, 0)], [0.5, 0.9])
    assert searcher.best() == (1, 4, 0)
    for asked in (searcher.ask(), searcher.ask()):
        assert not set(asked) & set(searcher.seen)


def test_what_has_no_value_is_worst(kind):
    searcher = kind(TOY, stream())
    searcher.tell([(0, 1, 2), (1, 4, 0), (1, 3, 0)], [np.nan, -5.0, -7.0])
    assert searcher.best() == (1, 4, 0)
    searcher.tell([(0, 0, 0)], np.ma.masked_equal([9.0], 9.0))
    assert searcher.best() == (1, 4, 0)
    assert len(searcher.ask()) > 0


def test_several_objectives_have_a_front(kind):
    searcher = kind(TOY, stream(), objectives=2)
    looked = search(searcher, [total, first], evaluations=30)
    values = {choices: (total([choices])[0], first([choices])[0]) for choices in looked}

    def surpasses(one, other):
        return all(np.greater_equal(values[one], values[other])) and values[one] != values[other]

    assert searcher.front() == [one for one in looked if not any(surpasses(other, one) for other in looked)]
    assert searcher.best(1) == max(looked, key=lambda choices: values[choices][1])


def test_an_estimator_is_an_objective(kind):
    searcher = kind(SPACE, stream())
    parameters = ParameterCount().prepared(Context(SPACE))
    search(searcher, [of_architectures(SPACE, parameters.score)], evaluations=200)
    found = SPACE.from_choices(searcher.best())
    assert SPACE.cost(found).parameters == max(float(value[0]) for value in searcher.seen.values())


@pytest.mark.parametrize("values", [[1.0], [[1.0, 2.0], [3.0, 4.0]], [["a"], ["b"]], [[[1.0]], [[2.0]]]])
def test_values_of_another_shape_or_kind_are_refused(kind, values):
    with pytest.raises(ValueError, match="values"):
        kind(TOY, stream()).tell([(0, 1, 2), (1, 4, 0)], values)


def test_a_search_of_nothing_is_refused(kind):
    with pytest.raises(ValueError, match="objectives = 0; a search has at least one"):
        kind(TOY, stream(), objectives=0)
    with pytest.raises(ValueError, match="the searcher has 1 objectives, not 2"):
        search(kind(TOY, stream()), [total, first], evaluations=10)
    with pytest.raises(ValueError, match="has not looked at an architecture yet"):
        kind(TOY, stream()).best()
    assert kind(TOY, stream()).front() == []
