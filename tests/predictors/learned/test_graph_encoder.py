"""Layers of an ensemble against loops over members and nodes, and encoders under another order of nodes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nasrank.predictors.learned.encoder import Embedding, GraphConvolution, GraphEncoder, Linear, readout
from nasrank.predictors.learned.graph_batch import PADDING, UNSEEN, GraphBatch, Graphs
from nasrank.predictors.learned.network_predictor import fitting_loss
from nasrank.predictors.learned.transformer import TransformerEncoder, seen_by_heads
from nasrank.spaces import get_space

SPACE = get_space("nb101")
CELLS = SPACE.sample(np.random.default_rng(0), 12)
GRAPHS = Graphs(SPACE, CELLS)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def graphs():
    return GRAPHS.batch(CELLS).to(torch.float64)


def shuffled(batch):
    """Interior nodes in another order, which need not be a topological one."""
    words, adjacency = batch.words.clone(), batch.adjacency.clone()
    for place in range(len(batch)):
        nodes = int(batch.present[place].sum())
        order = torch.cat(
            [torch.tensor([0]), 1 + torch.randperm(nodes - 2, generator=generator()), torch.tensor([nodes - 1])]
        )
        words[place, :nodes] = batch.words[place, order]
        adjacency[place, :nodes, :nodes] = batch.adjacency[place][order][:, order]
    return GraphBatch(words, adjacency)


def test_each_member_has_an_affine_map_of_its_own():
    linear, features = Linear(3, 4, 5, generator()), torch.randn(3, 2, 6, 4, generator=generator())
    found = linear(features)
    for member in range(3):
        expected = features[member] @ linear.weight[member] + linear.bias[member]
        torch.testing.assert_close(found[member], expected)
    assert linear.weight.abs().max() <= 0.5


def test_padding_and_unseen_words_are_zero():
    vectors = Embedding(2, 5, 3, generator())(torch.tensor([[PADDING, UNSEEN, 2, 4]]))
    assert vectors.shape == (2, 1, 4, 3)
    assert not vectors[:, :, :2].any()
    assert vectors[:, :, 2:].all()


@pytest.mark.parametrize("directions", [("forward",), ("backward",), ("forward", "backward")])
def test_a_convolution_is_a_mean_over_neighbours(directions):
    """Written out for one node of one graph of one member at a time."""
    batch = graphs()
    layer = GraphConvolution(2, 3, 4, generator(), directions).double()
    features = torch.randn(2, *batch.words.shape, 3, generator=generator(), dtype=torch.float64)
    found = layer(features, batch)
    for member in range(2):
        for place in range(len(batch)):
            for node in range(int(batch.present[place].sum())):
                heard = []
                for direction, linear in zip(directions, layer.maps, strict=True):
                    edges = batch.adjacency[place]
                    feeding = edges[:, node] if direction == "forward" else edges[node]
                    sources = [node, *torch.nonzero(feeding).flatten().tolist()]
                    rows = [features[member, place, source] @ linear.weight[member] for source in sources]
                    mean = sum(rows) / len(rows) + linear.bias[member, 0]
                    heard.append(torch.clamp(mean, min=0))
                torch.testing.assert_close(found[member, place, node], sum(heard) / len(heard))


def test_a_readout_is_a_sum_beside_the_output():
    batch = graphs()
    features = torch.randn(2, *batch.words.shape, 3, generator=generator(), dtype=torch.float64)
    found = readout(features, batch, nodes=5.0)
    for place in range(len(batch)):
        nodes = int(batch.present[place].sum())
        torch.testing.assert_close(found[:, place, :3], features[:, place, :nodes].sum(1) / 5)
        torch.testing.assert_close(found[:, place, 3:], features[:, place, nodes - 1])


ENCODERS = {
    "convolutions": lambda: GraphEncoder(2, GRAPHS.words, 8, 3, nodes=6.0, generator=generator()),
    "forward": lambda: GraphEncoder(2, GRAPHS.words, 8, 3, nodes=6.0, generator=generator(), directions=("forward",)),
    "transformer": lambda: TransformerEncoder(GRAPHS.words, 6.0, generator()),
}


@pytest.mark.parametrize("name", ENCODERS)
def test_the_order_of_nodes_does_not_matter(name):
    encoder, batch = ENCODERS[name]().double(), graphs()
    assert not torch.equal(shuffled(batch).words, batch.words)
    torch.testing.assert_close(encoder(shuffled(batch)), encoder(batch), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ENCODERS)
def test_padding_does_not_matter(name):
    encoder, batch = ENCODERS[name]().double(), graphs()
    padded = GraphBatch(
        torch.nn.functional.pad(batch.words, (0, 4), value=PADDING),
        torch.nn.functional.pad(batch.adjacency, (0, 4, 0, 4)),
    )
    torch.testing.assert_close(encoder(padded), encoder(batch), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ENCODERS)
def test_an_encoding_depends_on_all_edges(name):
    """The direction of an edge, too: reversed graphs are encoded otherwise."""
    encoder, batch = ENCODERS[name]().double(), graphs()
    reversed_ones = GraphBatch(batch.words, batch.adjacency.mT)
    differs = (encoder(reversed_ones) - encoder(batch)).abs().amax((0, 2))
    assert (differs > 1e-6).all()


def test_heads_look_along_paths():
    """On 0 -> 1 -> 2 -> 3 with 0 -> 3."""
    adjacency = torch.zeros(1, 4, 4)
    adjacency[0, [0, 1, 2, 0], [1, 2, 3, 3]] = 1
    before, after, ancestors, descendants = seen_by_heads(adjacency)[0].int().tolist()
    assert before == [[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [1, 0, 1, 1]]
    assert after == torch.tensor(before).T.tolist()
    assert ancestors == [[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]]
    assert descendants == torch.tensor(ancestors).T.tolist()


def test_the_loss_is_errors_and_orders():
    """Over members one after the other, and pairs one after the other."""
    scores, targets = torch.randn(2, 5, generator=generator(), dtype=torch.float64), torch.tensor([1.0, -1, 0, 0, 2])
    expected = 0.0
    for member in scores:
        expected += float(((member - targets) ** 2).mean())
        pairs = [(a, b) for a in range(5) for b in range(5) if targets[a] > targets[b]]
        expected += sum(np.log1p(np.exp(-2 * float(member[a] - member[b]))) for a, b in pairs) / len(pairs)
    assert float(fitting_loss(scores, targets)) == pytest.approx(expected)
    assert float(fitting_loss(torch.zeros(2, 3), torch.zeros(3))) == 0
