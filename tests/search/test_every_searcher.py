"""What every registered searcher owes. A new one is found by being registered.

The laws are those of `nasrank.testing.searcher_conformance`, on registered spaces and on toys that are small enough to
look through.
"""

from __future__ import annotations

import pytest
from toy import CONSTRAINED, TOY

from nasrank import get_space
from nasrank.bench.search.searcher import SEARCHERS
from nasrank.predictors.learned import training
from nasrank.testing.searcher_conformance import SearcherConformance

pytestmark = pytest.mark.parametrize("kind", SEARCHERS.values(), ids=SEARCHERS)

MOST = {"optuna_gp": 14, "optuna_tpe": 60, "bananas": 60, "npenas": 60, "predicted": 60}
"""How many architectures those are asked for that take their time, as they fit a model to what they were told."""

HASTY = {
    "ctnas": {"labels": 20, "iterations": 10, "hidden": 8, "pairs": 5},
    "enas": {"samples": 25, "hidden": 8},
    "predicted": {"predictor": "label_matched", "every": 40, "candidates": 500},
}
"""Settings of searchers that take long by their own ones."""


@pytest.fixture(autouse=True)
def _hasty_predictors(monkeypatch):
    """A fit that is as good as none: no law asks for a search that finds anything."""
    monkeypatch.setattr(training, "UPDATES", 5)


class Hasty(SearcherConformance):
    """On toys, where these serve a searcher: their decisions have unequal numbers of options."""

    def settings(self, kind):
        return HASTY.get(kind.name, {})

    def questions(self, kind, count):
        return min(count, MOST.get(kind.name, count))

    def usual(self, kind, space):
        return TOY if serves(kind, TOY) else super().usual(kind, space)

    def small(self, kind, space):
        return CONSTRAINED if serves(kind, CONSTRAINED) else super().small(kind, space)


def serves(kind, space):
    try:
        kind.refuse(space, kind.fewest_objectives)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("space", [get_space("nb201")], ids=["nb201"])
class TestEverySearcher(Hasty):
    pass


@pytest.mark.slow
@pytest.mark.parametrize("name", ["nb101", "nb201-activations"])
def test_it_looks_at_different_architectures_of_other_spaces(kind, name):
    Hasty().test_it_looks_at_different_architectures_of_the_space(kind, get_space(name))


def test_it_is_registered_by_its_name_and_says_where_it_is_from(kind):
    assert SEARCHERS[kind.name] is kind
    module = __import__(kind.__module__, fromlist=["x"])
    assert module.__doc__.count(f"[{kind.reference}]") >= 2, "cited, and resolved in the references"
