"""Layers, batches and the contrastive loss, each against its definition in loops."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nasrank.predictors.transfer.computation_graph import OPERATIONS, ComputationGraph, Node
from nasrank.predictors.transfer.contrastive import (
    COSINE_TEMPERATURE,
    LIKENESS_TEMPERATURE,
    contrastive_loss,
    structure,
)
from nasrank.predictors.transfer.encoder import GraphConv, GraphEncoder, encoded, product
from nasrank.predictors.transfer.graph_set import GraphSet, means

A, B = (4, 8, 8), (8, 4, 4)


def random_graph(seed, size=9):
    """Each node but the first takes from one or two before it."""
    generator = np.random.default_rng(seed)
    names = ["input", *generator.choice(OPERATIONS[2:], size - 2), "output"]
    shapes = [A if generator.random() < 0.5 else B for _ in names]
    nodes = [Node(str(name), shape, shape) for name, shape in zip(names, shapes, strict=True)]
    edges = {(int(generator.integers(target)), target) for target in range(1, size) for _ in range(2)}
    return ComputationGraph(tuple(nodes), tuple(sorted(edges)))


def permuted(graph, seed):
    """The same graph with nodes in another order, which need not be a topological one."""
    order = np.random.default_rng(seed).permutation(len(graph.nodes))
    place = {int(old): new for new, old in enumerate(order)}
    edges = sorted((place[source], place[target]) for source, target in graph.edges)
    return ComputationGraph(tuple(graph.nodes[old] for old in order), tuple(edges))


@pytest.fixture
def encoder():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return GraphEncoder(hidden=8, layers=3).double()


def embeddings(encoder, graphs):
    return encoded(encoder, GraphSet(graphs))


def test_a_layer_is_what_its_definition_says():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        layer = GraphConv(3, 5).double()
        features = torch.randn(6, 3, dtype=torch.float64)
    edges = [(0, 1), (0, 2), (1, 3), (2, 3), (3, 4)]  # the last node has no neighbours
    sources, targets = np.array(edges).T
    before, behind = (means(*pair, (6, 6), np.float64) for pair in ((targets, sources), (sources, targets)))
    found = layer(features, before, behind)
    own, before, behind = (part.weight for part in (layer.own, layer.before, layer.behind))
    for node in range(6):
        expected = own @ features[node] + layer.own.bias
        for weight, near in (
            (before, [s for s, t in edges if t == node]),
            (behind, [t for s, t in edges if s == node]),
        ):
            if near:
                expected = expected + weight @ (sum(features[one] for one in near) / len(near))
        torch.testing.assert_close(found[node], expected)


def test_means_are_by_row_and_have_gradients():
    matrix = means(np.array([2, 2, 0]), np.array([0, 1, 2]), (3, 3), np.float64)
    values = torch.tensor([[1.0, 2.0], [3.0, 6.0], [5.0, 0.0]], dtype=torch.float64, requires_grad=True)
    expected = torch.tensor([[5.0, 0.0], [0.0, 0.0], [2.0, 4.0]], dtype=torch.float64)
    torch.testing.assert_close(product(matrix, values), expected)
    assert torch.autograd.gradcheck(lambda inputs: product(matrix, inputs), values)


def test_an_embedding_depends_on_its_graph_alone(encoder, monkeypatch):
    graphs = [random_graph(seed, size=5 + seed) for seed in range(6)]
    together = embeddings(encoder, graphs)
    monkeypatch.setattr("nasrank.predictors.transfer.encoder.AT_ONCE", 4)
    np.testing.assert_allclose(embeddings(encoder, graphs[::-1]), together[::-1], rtol=1e-12)
    assert len(np.unique(together.round(9), axis=0)) == 6


def test_the_order_of_nodes_does_not_matter(encoder):
    graphs = [random_graph(seed) for seed in range(5)]
    found = embeddings(encoder, [permuted(graph, seed) for seed, graph in enumerate(graphs)])
    np.testing.assert_allclose(found, embeddings(encoder, graphs), rtol=1e-10)
    for seed, graph in enumerate(graphs):
        np.testing.assert_allclose(structure(permuted(graph, seed)), structure(graph), atol=1e-10)


def test_the_direction_of_edges_matters(encoder):
    graph = random_graph(0)
    back = ComputationGraph(graph.nodes, tuple(sorted((target, source) for source, target in graph.edges)))
    assert np.abs(embeddings(encoder, [graph]) - embeddings(encoder, [back])).max() > 1e-3


def test_a_set_holds_graphs_as_they_are():
    graphs = [random_graph(seed, size=4 + seed) for seed in range(4)]
    held = GraphSet(graphs)
    assert [held.graph(place) for place in range(len(held))] == graphs
    joined = held.joined(GraphSet(graphs[:1]))
    assert [joined.graph(place) for place in range(len(joined))] == [*graphs, graphs[0]]


def test_a_batch_is_graphs_side_by_side():
    graphs = [random_graph(seed, size=4 + seed) for seed in range(4)]
    held = GraphSet(graphs)
    batch = held.batch([2, 0, 2], held.table(torch.float64))
    start = 0
    for place, number in zip([2, 0, 2], range(3), strict=True):
        graph, stop = graphs[place], start + len(graphs[place].nodes)
        expected = np.array([node.features for node in graph.nodes])
        np.testing.assert_array_equal(batch.features[start:stop].numpy(), expected)
        inside = np.zeros((len(graph.nodes),) * 2)
        inside[tuple(np.array(graph.edges).T)] = 1
        for matrix, joined in ((batch.behind, inside), (batch.before, inside.T)):
            found = matrix.toarray()[start:stop]
            np.testing.assert_allclose(found[:, start:stop], joined / joined.sum(1, keepdims=True).clip(min=1))
            assert not np.delete(found, np.arange(start, stop), axis=1).any(), "no edge leads to another graph"
        expected = np.zeros(batch.whole.shape[1])
        expected[start:stop] = 1 / len(graph.nodes)
        np.testing.assert_allclose(batch.whole.toarray()[number], expected)
        start = stop
    assert len(batch.features) == start


# --- the contrastive task ---


def test_the_spectrum_of_a_star():
    """Of the normalized Laplacian of a star: 0, then 1 for all but two, then 2."""
    leaves = 6
    nodes = (Node("input", A, A), *[Node("relu", A, A)] * leaves)
    star = ComputationGraph(nodes, tuple((0, 1 + leaf) for leaf in range(leaves)))
    found = structure(star)
    expected = np.quantile([0.0, *[1.0] * (leaves - 1), 2.0], np.linspace(0, 1, len(found) - len(OPERATIONS)))
    np.testing.assert_allclose(found[: -len(OPERATIONS)], expected, atol=1e-12)
    shares = dict(zip(OPERATIONS, found[-len(OPERATIONS) :], strict=True))
    assert (shares["input"], shares["relu"], shares["tanh"]) == (1 / 7, 6 / 7, 0)


def test_the_loss_is_what_its_definition_says():
    generator = np.random.default_rng(0)
    vectors, structures = generator.normal(size=(5, 3)), 0.1 * generator.normal(size=(5, 4))
    total = 0.0
    for one in range(5):
        others = [other for other in range(5) if other != one]
        units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        said = np.exp([units[one] @ units[other] / COSINE_TEMPERATURE for other in others])
        near = np.exp([-np.linalg.norm(structures[one] - structures[other]) / LIKENESS_TEMPERATURE for other in others])
        total -= (near / near.sum()) @ np.log(said / said.sum())
    found = contrastive_loss(torch.from_numpy(vectors), torch.from_numpy(structures))
    assert found.item() == pytest.approx(total / 5)
