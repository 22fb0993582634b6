"""Recurrent cells: counts, the tree that is a key, notation, and the network against its definition."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from networkx import DiGraph, is_isomorphic
from networkx.algorithms.isomorphism import categorical_node_match

from nasrank.spaces import get_space
from nasrank.spaces.recurrent.cell import NODES, OPTIONS, RecurrentCell, parse, ways
from nasrank.spaces.recurrent.options import RecurrentOptions

SPACE = get_space("recurrent")
CELL = parse("sigmoid(0) relu(1) tanh(0) identity(2)")


def as_networkx(cell):
    """The tree, with activations for the labels of nodes."""
    tree = DiGraph()
    tree.add_node(0, label="root")
    for node, (activation, source) in enumerate(zip(cell.activations, cell.sources, strict=True), start=1):
        tree.add_node(node, label=activation)
        tree.add_edge(source, node)
    return tree


def test_there_are_as_many_as_the_reference_counts():
    assert len(SPACE) == 6_144
    assert SPACE.classes == 1_499


def test_cells_have_one_key_where_their_trees_are_isomorphic():
    """Of two activations, so that some are."""
    cells = [one for one in SPACE.sample(np.random.default_rng(0), 1000) if set(one.activations) <= {"tanh", "relu"}]
    trees, same = list(map(as_networkx, cells)), categorical_node_match("label", None)
    alike = 0
    for place, one in enumerate(cells):
        for other in range(place):
            isomorphic = is_isomorphic(trees[place], trees[other], node_match=same)
            assert (SPACE.key(one) == SPACE.key(cells[other])) == isomorphic
            alike += isomorphic
    assert SPACE.key(parse("tanh(0) relu(0) relu(1) tanh(2)")) == SPACE.key(parse("relu(0) tanh(0) tanh(1) relu(2)"))
    assert alike


def test_ways_to_the_mean_are_what_a_node_feeds():
    assert ways(CELL) == (3, 2, 1, 1)
    assert ways(parse("tanh(0) tanh(0) tanh(0) tanh(0)")) == (1, 1, 1, 1)
    assert ways(parse("tanh(0) tanh(1) tanh(2) tanh(3)")) == (4, 3, 2, 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tanh(0) tanh(0) tanh(0)", "it has 3 nodes, not 4"),
        ("tanh(0)  tanh(0) tanh(0) tanh(0)", "it has 5 nodes, not 4, with one space between"),
        ("tanh(0) silu(0) tanh(0) tanh(0)", "node 2 is 'silu.0.', and not one of tanh, relu, sigmoid, identity"),
        ("tanh(1) tanh(0) tanh(0) tanh(0)", "node 1 is fed by one of 0 to 0, not 1"),
        ("tanh(0) tanh(0) tanh(00) tanh(0)", "node 3 is fed by one of 0 to 2, not 00"),
        ("tanh(0) tanh(0) tanh(\u0660) tanh(0)", "node 3 is 'tanh"),
        ("", "it has 1 nodes"),
    ],
)
def test_a_malformed_cell_says_where(text, words):
    with pytest.raises(ValueError, match=words):
        SPACE.parse(text)


def test_a_cell_has_four_options():
    with pytest.raises(ValueError, match="4 nodes, not 3"):
        RecurrentCell((0, 0, 0))
    with pytest.raises(ValueError, match="node 2 8 is not an index from 0 to 7"):
        RecurrentCell((0, 8, 0, 0))


@pytest.mark.parametrize("section", [{"affine": True}, {"statistics": "tracked"}])
def test_there_is_nothing_to_normalize(section):
    with pytest.raises(ValueError, match="nothing here is normalized over a batch"):
        RecurrentOptions.model_validate(section)


def test_the_network_is_its_definition_token_by_token():
    """Written out with numpy from the equations of DARTS, for one window at a time."""
    torch.manual_seed(0)
    network = SPACE.network(CELL, width=3, tokens=5).double()
    with torch.no_grad():
        network.bias.copy_(torch.randn(5))
    windows = torch.randint(5, (2, 6))
    entry, recurrence = network.entry.weight.T.detach().numpy(), network.recurrence.weight.T.detach().numpy()
    kernels = [node.weight.T.detach().numpy() for node in network.nodes]
    embedding, bias = network.embedding.weight.detach().numpy(), network.bias.detach().numpy()
    functions = {
        "tanh": np.tanh,
        "relu": lambda x: np.maximum(x, 0),
        "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
        "identity": lambda x: x,
    }

    def step(state, image, function):
        gate, candidate = functions["sigmoid"](image[:3]), functions[function](image[3:])
        return state + gate * (candidate - state)

    for window, outputs in zip(windows.tolist(), network(windows).detach().numpy(), strict=True):
        state = np.zeros(3)
        for token, scores in zip(window, outputs, strict=True):
            states = [step(state, embedding[token] @ entry + state @ recurrence, "tanh")]
            for activation, source, kernel in zip(CELL.activations, CELL.sources, kernels, strict=True):
                states.append(step(states[source], states[source] @ kernel, activation))
            state = np.mean(states[1:], axis=0)
            np.testing.assert_allclose(scores, embedding @ state + bias, rtol=1e-10)


@pytest.mark.parametrize("shared", ["node", "edge"])
def test_a_path_is_the_network_of_its_cell(shared):
    torch.manual_seed(0)
    supernet = SPACE.supernet(width=8, tokens=11, recurrent_weights=shared)
    windows = torch.randint(11, (3, 5))
    for cell in SPACE.sample(np.random.default_rng(0), 10):
        network = SPACE.network(cell, width=8, tokens=11)
        network.embedding, network.entry = supernet.embedding, supernet.entry
        network.recurrence, network.bias = supernet.recurrence, supernet.bias
        for node, shared_node, option in zip(network.nodes, supernet.nodes, cell.options, strict=True):
            node.weight.data = shared_node.kernel(option).T
        torch.testing.assert_close(supernet(windows, cell.options), network(windows))


@pytest.mark.parametrize(("shared", "kernels"), [("node", [1] * NODES), ("edge", [len(one) for one in OPTIONS])])
def test_nodes_or_edges_have_matrices_of_their_own(shared, kernels):
    supernet = SPACE.supernet(width=8, recurrent_weights=shared)
    assert [len(node.kernels) for node in supernet.nodes] == kernels
    supernet(torch.randint(50, (2, 4)), CELL.options).sum().backward()
    trained = [[kernel.grad is not None for kernel in node.kernels] for node in supernet.nodes]
    chosen = CELL.options if shared == "edge" else (0,) * NODES
    assert trained == [[at == place for at in range(count)] for place, count in zip(chosen, kernels, strict=True)]


@pytest.mark.parametrize("shared", ["node", "edge"])
def test_a_mixture_weighs_what_each_option_makes_of_a_node(shared):
    """Half of two options of the last node alone, which is then the mean of the two."""
    torch.manual_seed(0)
    supernet = SPACE.supernet(width=8, recurrent_weights=shared).double()
    window = torch.randint(50, (2, 1))
    pairs = zip(OPTIONS, CELL.options, strict=True)
    one_hot = [torch.eye(len(names), dtype=torch.float64)[option] for names, option in pairs]
    half = [*one_hot[:-1], (torch.eye(16)[1] + torch.eye(16)[7]).double() / 2]
    ends = [supernet(window, (*CELL.options[:-1], option)) for option in (1, 7)]
    torch.testing.assert_close(supernet(window, half), sum(ends) / 2)
