"""What trains and searches this space, and what says that it cannot: hardly any combination is an architecture."""

from __future__ import annotations

import numpy as np
import pytest
from darts_architectures import SPACE

from nasrank.bench.search.searcher import SEARCHERS, search
from nasrank.bench.studies.study import Study
from nasrank.bench.training.strategies import STRATEGIES
from nasrank.spaces.subspace import SubSpace


def parameters(paths):
    return np.array([SPACE.cost(SPACE.from_choices(path)).parameters for path in paths], dtype=float)


@pytest.mark.parametrize("name", ["evolution", "rea", "local_search", "nsga2"])
def test_searchers_find_architectures_of_more_parameters(name):
    """By mutation, crossing and neighbours: those that are asked for last have more than random ones."""
    kind = SEARCHERS[name]
    searcher = kind(SPACE, np.random.default_rng(0), objectives=kind.fewest_objectives)
    looked = search(searcher, [parameters] * kind.fewest_objectives, evaluations=400)
    assert len(looked) == 400
    assert all(SPACE.allows(path) for path in looked)
    usual = parameters([SPACE.to_choices(one) for one in SPACE.sample(np.random.default_rng(1), 100)])
    assert parameters(looked[-50:]).mean() > usual.mean() + usual.std()


@pytest.mark.parametrize("name", ["enas", "reinforce", "ctnas"])
def test_searchers_that_draw_decision_by_decision_refuse_it(name):
    for space in (SPACE, SubSpace(SPACE, {0: (4,)})) if name != "ctnas" else (SPACE,):
        with pytest.raises(ValueError, match=f"{name} draws decision by decision .* in darts none ever is"):
            SEARCHERS[name](space, np.random.default_rng(0))


def test_strategies_that_draw_decision_by_decision_are_those_that_would_fail():
    """Whatever is drawn independently is no architecture, here as elsewhere one in four thousand would be."""
    generator = np.random.default_rng(0)
    sizes = [len(decision.options) for decision in SPACE.decisions]
    assert not any(SPACE.allows(generator.integers(sizes).tolist()) for _ in range(2000))
    assert {name for name, one in STRATEGIES.items() if one.draws_options} == {"enas", "gdas", "random_nas"}


@pytest.mark.parametrize("name", ["enas", "gdas", "random_nas"])
def test_studies_of_strategies_that_would_fail_are_refused(name):
    with pytest.raises(ValueError, match=f"{name} draws decision by decision until an architecture is found"):
        Study.model_validate({"space": "darts", "strategies": ["spos", name]})
