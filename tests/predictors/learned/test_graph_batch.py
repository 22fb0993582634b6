"""Graphs as tensors: what is in them, what is left out, and that the order of nodes is all that may differ."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nasrank.predictors.learned.graph_batch import PADDING, UNSEEN, Graphs, reduced
from nasrank.spaces import SPACES, get_space
from nasrank.testing.trellis import Trellis

NB201, NB101 = get_space("nb201"), get_space("nb101")

CONV, POOL = "nor_conv_3x3", "avg_pool_3x3"


def test_what_passes_nothing_on_is_left_out():
    """The edge 0 -> 1 leads on over 1 -> 3 alone; the convolution into node 2 leads nowhere."""
    graph = reduced(NB201, f"|{CONV}~0|+|{CONV}~0|none~1|+|none~0|{POOL}~1|none~2|")
    assert graph.labels == ("input", CONV, POOL, "output")
    assert graph.edges == ((0, 1), (1, 2), (2, 3))


def test_a_cell_without_a_signal_is_an_input_beside_an_output():
    graph = reduced(NB201, f"|{CONV}~0|+|none~0|{CONV}~1|+|none~0|none~1|none~2|")
    assert (graph.labels, graph.edges) == (("input", "output"), ())


@pytest.mark.parametrize("space", [*SPACES.values(), Trellis()], ids=lambda space: space.name)
def test_rows_are_the_graphs(space):
    cells = space.sample(np.random.default_rng(0), 20)
    graphs = Graphs(space, cells)
    batch = graphs.batch(cells)
    assert len(batch) == 20
    names = {}
    for place, cell in enumerate(cells):
        graph = reduced(space, cell)
        nodes = len(graph.labels)
        words = batch.words[place].tolist()
        assert words[nodes:] == [PADDING] * (len(words) - nodes)
        assert PADDING not in words[:nodes]
        assert UNSEEN not in words
        np.testing.assert_array_equal(batch.adjacency[place, :nodes, :nodes].numpy(), graph.adjacency())
        assert batch.adjacency[place].sum() == len(graph.edges)
        assert batch.present[place].sum() == nodes
        assert all(names.setdefault(word, label) == label for word, label in zip(words, graph.labels, strict=False))
    assert len(set(names.values())) == len(names)


def test_an_operation_that_was_not_learned_is_unseen():
    pools = Graphs(NB201, [f"|{POOL}~0|+|{POOL}~0|{POOL}~1|+|{POOL}~0|{POOL}~1|{POOL}~2|"])
    assert pools.words == 5
    words = pools.batch([f"|none~0|+|none~0|none~1|+|{CONV}~0|none~1|none~2|"]).words
    assert words[0].tolist()[1] == UNSEEN


def test_architectures_of_one_graph_are_read_once():
    """All cells without an edge into the output that carries a signal are one; others come back in their order."""
    silent = [f"|{operation}~0|+|none~0|none~1|+|none~0|none~1|none~2|" for operation in ("none", CONV, POOL)]
    cells = [*NB201.sample(np.random.default_rng(0), 50), *silent]
    graphs = Graphs(NB201, cells)
    distinct, kinds = graphs.distinct(cells)
    assert len(distinct) < len(cells)
    assert len(set(kinds[-3:])) == 1
    assert torch.equal(distinct.words[kinds], graphs.batch(cells).words)
    assert torch.equal(distinct.adjacency[kinds], graphs.batch(cells).adjacency)


def test_chunks_are_the_batch():
    batch = Graphs(NB101, NB101.sample(np.random.default_rng(0), 30)).batch(NB101.sample(np.random.default_rng(1), 7))
    chunks = list(batch.chunks(3))
    assert [len(chunk) for chunk in chunks] == [3, 3, 1]
    assert torch.equal(torch.cat([chunk.words for chunk in chunks]), batch.words)
