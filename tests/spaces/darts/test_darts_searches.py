"""What trains and searches this space, and what says that it cannot: hardly any combination is an architecture."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from darts_architectures import SPACE

from nasrank.bench.search.searcher import SEARCHERS, search
from nasrank.bench.studies.study import Study
from nasrank.bench.training.strategies import STRATEGIES
from nasrank.spaces.subspace import SubSpace


def parameters(paths):
    return np.array([SPACE.cost(SPACE.from_choices(path)).parameters for path in paths], dtype=float)


@pytest.mark.slow
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


def test_independent_draws_make_no_architecture():
    """So that strategies and searchers that would draw again until one is allowed need another way."""
    generator = np.random.default_rng(0)
    sizes = [len(decision.options) for decision in SPACE.decisions]
    assert not any(SPACE.allows(generator.integers(sizes).tolist()) for _ in range(2000))


def test_the_controller_of_enas_draws_among_open_options():
    strategy = STRATEGIES["enas"](SPACE, np.random.default_rng(0))
    with torch.no_grad():
        for weights in strategy.controller.parameters():
            weights.mul_(8)
    for path in strategy.sample(20):
        assert SPACE.allows(path)
    assert SPACE.allows(strategy.derive())


def test_gdas_computes_what_it_draws_on_every_edge():
    strategy = STRATEGIES["gdas"](SPACE, np.random.default_rng(0))
    drawn = strategy.draw(0.5)
    assert len(drawn) == len(SPACE.decisions)
    assert all(float(weights.detach().sum()) == pytest.approx(1) for weights in drawn)
    assert not SPACE.allows([int(weights.argmax()) for weights in drawn])
    assert SPACE.allows(strategy.derive())


@pytest.mark.parametrize("name", ["few_shot", "gm_nas"])
def test_strategies_that_divide_a_space_find_nothing_to_divide_it_by(name):
    with pytest.raises(ValueError, match=f"{name} divides a space by its free decisions, and darts has none"):
        Study.model_validate({"space": "darts", "strategies": ["spos", name]})
