"""GDAS on NAS-Bench-201 beside the definition of the authors' two forms, written out edge by edge in float64."""

from __future__ import annotations

import pytest
import torch
from toy import stream

from nasrank.bench.training.strategies.gdas import Gdas
from nasrank.spaces import get_space
from nasrank.spaces.nb201.cell import EDGES, NODES, NONE
from nasrank.spaces.nb201.shared_cell import Node

SPACE = get_space("nb201")


def written_out(cell, features, sample, undrawn):
    """A node is the sum of its edges; what of an edge was not drawn is its weight as a number, or nothing."""
    nodes = [features]
    for target in range(1, NODES):
        edges = []
        for place, (source, end) in enumerate(EDGES):
            if end == target:
                weights, node = sample[place], Node(nodes[source], cell.operated)
                drawn = int(weights.argmax())
                output = torch.zeros_like(features) if drawn == NONE else cell._term(place, drawn, node, None)
                others = [weight for option, weight in enumerate(weights) if option != drawn]
                edges.append(weights[drawn] * output + (sum(others) if undrawn == "numbers" else 0))
        nodes.append(sum(edges))
    return nodes[-1]


def gradient(loss, strategy):
    return torch.cat(torch.autograd.grad(loss, strategy.logits.values, materialize_grads=True, retain_graph=True))


@pytest.mark.slow
@pytest.mark.parametrize("undrawn", ["numbers", "nothing"])
def test_the_gradient_of_the_logits_is_that_of_the_official_form(undrawn):
    torch.manual_seed(0)
    supernet = SPACE.supernet(channels=4, cells_per_stage=2).double()
    images = torch.randn(8, 3, 8, 8, dtype=torch.float64)
    silent = 0
    for seed in range(30):
        strategy = Gdas(SPACE, stream(seed), undrawn=undrawn)
        sample = strategy.draw(0.5)
        outputs = supernet(images, sample, numbers=undrawn == "numbers")
        expected = supernet._run(
            supernet.stem(images), lambda cell, features, sample=sample: written_out(cell, features, sample, undrawn)
        )
        torch.testing.assert_close(outputs, expected)
        found, official = (gradient(one.square().mean(), strategy) for one in (outputs, expected))
        torch.testing.assert_close(found, official, atol=1e-7, rtol=1e-5)
        silent += not found.any()
    assert silent < 10, "few samples have no gradient at all"


@pytest.mark.slow
def test_the_two_forms_give_other_gradients():
    """Their mean cosine was measured to be 0.5; so it matters which one a table is made with."""
    torch.manual_seed(0)
    supernet = SPACE.supernet(channels=4, cells_per_stage=2)
    images, cosines = torch.randn(16, 3, 8, 8), []
    for seed in range(60):
        strategy = Gdas(SPACE, stream(seed))
        sample = strategy.draw(0.5)
        pair = [
            gradient(supernet(images, sample, numbers=numbers).square().mean(), strategy) for numbers in (True, False)
        ]
        if all(one.any() for one in pair):
            cosines.append(float(torch.cosine_similarity(*pair, dim=0)))
    assert len(cosines) > 30
    assert -0.9 < sum(cosines) / len(cosines) < 0.9


def test_the_default_is_what_the_authors_train_with_on_nas_bench_201():
    asked = []

    class Asking:
        fraction = 0.5

        @staticmethod
        def held_out():
            return None

        @staticmethod
        def loss(path, batch, *, numbers):
            asked.append((batch, numbers))
            return sum(weights.sum() for weights in path)

    for switches in ({}, {"undrawn": "numbers"}, {"undrawn": "nothing"}):
        Gdas(SPACE, stream(), **switches).update_architecture(Asking)
    assert asked == [(None, True), (None, True), (None, False)]
