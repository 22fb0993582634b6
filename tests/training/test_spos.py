"""SPOS samples uniformly over architectures, which is more than uniformly over the options of each decision."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
import torch
from scipy.stats import chisquare
from toy import CONSTRAINED, DECISIONS, TOY, LossTable, MeanOutput, ToySpace, make_step, stream

from nasrank.bench.training.strategies import STRATEGIES
from nasrank.bench.training.strategies.isomorphic import DeIsomorphic
from nasrank.bench.training.strategies.random_nas import RandomNas
from nasrank.bench.training.strategies.rlnas import RandomLabels
from nasrank.bench.training.strategies.spos import SinglePathOneShot


class PathRecorder(LossTable):
    """Keeps the paths it was asked for."""

    def __init__(self):
        super().__init__([0.0] * 5)
        self.paths = []

    def forward(self, images, path):
        self.paths.append(tuple(path))
        return super().forward(images, path)


@pytest.mark.slow
def test_paths_are_uniform_over_architectures():
    supernet, draws = PathRecorder(), 6000
    strategy = SinglePathOneShot(TOY, stream())
    step = make_step(supernet, task=MeanOutput())
    for _ in range(draws):
        strategy.accumulate(step)
    drawn = np.array(supernet.paths)
    sizes = [len(decision.options) for decision in DECISIONS]
    assert all(type(choice) is int for choice in supernet.paths[0])

    every = [(drawn == architecture).all(1).sum() for architecture in product(*map(range, sizes))]
    assert sum(every) == draws
    assert chisquare(every).pvalue > 1e-3
    for place, size in enumerate(sizes):
        assert chisquare(np.bincount(drawn[:, place], minlength=size)).pvalue > 1e-3
    for one, two in combinations(range(len(sizes)), 2):
        pairs = drawn[:, one] * sizes[two] + drawn[:, two]
        assert chisquare(np.bincount(pairs, minlength=sizes[one] * sizes[two])).pvalue > 1e-3


def test_only_architectures_of_the_space_are_trained():
    supernet = PathRecorder()
    strategy, step = SinglePathOneShot(CONSTRAINED, stream()), make_step(supernet, task=MeanOutput())
    for _ in range(60):
        strategy.accumulate(step)
    assert {path[:2] for path in supernet.paths} == {(0, 3), (1, 2)}
    assert {path[2] for path in supernet.paths} == {0, 1, 2}


def test_a_step_has_the_gradient_of_its_path_alone():
    supernet = PathRecorder()
    SinglePathOneShot(ToySpace(DECISIONS[:1]), stream(3)).accumulate(make_step(supernet, task=MeanOutput()))
    expected = np.zeros(5)
    expected[supernet.paths[0][0]] = 1
    np.testing.assert_array_equal(supernet.values.grad.numpy(), expected)


@pytest.mark.parametrize("paths", [1, 2, 3, 5])
@pytest.mark.parametrize("kind", [SinglePathOneShot, RandomNas, DeIsomorphic, RandomLabels])
def test_gradients_of_several_paths_are_summed_on_one_batch(kind, paths):
    supernet = PathRecorder()
    strategy = kind(ToySpace(DECISIONS[:1]), stream(3), paths=paths)
    assert strategy.passes_per_step == strategy.least_passes == paths
    one_by_one = kind(ToySpace(DECISIONS[:1]), stream(3))
    strategy.accumulate(make_step(supernet, task=MeanOutput()))
    assert supernet.paths == [tuple(one_by_one.path()) for _ in range(paths)]
    expected = np.bincount([path[0] for path in supernet.paths], minlength=5)
    np.testing.assert_array_equal(supernet.values.grad.numpy(), expected)


def test_the_loss_of_several_paths_is_their_mean():
    supernet = PathRecorder()
    with torch.no_grad():
        supernet.values.copy_(torch.arange(5.0))
    loss = SinglePathOneShot(ToySpace(DECISIONS[:1]), stream(3), paths=5).accumulate(
        make_step(supernet, task=MeanOutput())
    )
    assert loss.item() == pytest.approx(np.mean([path[0] for path in supernet.paths]))
    assert not loss.requires_grad


def test_so_many_paths_are_a_choice_of_those_that_draw_uniformly_alone():
    with pytest.raises(ValueError, match="paths of spos is 4; known are 1, 2, 3, 5"):
        SinglePathOneShot(TOY, stream(), paths=4)
    having = {name for name, kind in STRATEGIES.items() if "paths" in kind.switches}
    assert having == {"spos", "isomorphic", "random_nas", "rlnas"}
