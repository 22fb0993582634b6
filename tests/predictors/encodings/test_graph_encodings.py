"""Graph features, wiring and paths against walks along every path; isomorphic graphs have equal rows."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from graphs_by_hand import cells, shuffled, walks

from nasrank.predictors.encodings import operation_graphs as graphs_module
from nasrank.predictors.encodings.choices import encode
from nasrank.predictors.encodings.encoding import ENCODINGS
from nasrank.predictors.encodings.graph import graph_features, operation_sets
from nasrank.predictors.encodings.operation_graphs import effective_graph, operation_graphs, stacked, vocabulary
from nasrank.predictors.encodings.paths import longest_path, sequences_before
from nasrank.predictors.encodings.wiring import wiring_features
from nasrank.spaces import SPACES, get_space

SMALL = [get_space("nb201"), get_space("nb101")]


@pytest.fixture(params=SMALL, ids=lambda space: space.name)
def space(request):
    return request.param


def features_by_hand(space, architecture):
    paths, graph = walks(space, architecture)
    operations = vocabulary(space)
    edges = {edge for path in paths for edge in pairwise(path)}
    interior = sorted({vertex for path in paths for vertex in path[1:-1]})
    last, longest = len(graph.labels) - 1, max((len(path) - 1 for path in paths), default=0)
    row = []
    for size in range(1, len(operations) + 1):
        for members in combinations(operations, size):
            lengths = [len(path) - 1 for path in paths if all(graph.labels[v] in members for v in path[1:-1])]
            on = [sum(graph.labels[v] in members for v in path[1:-1]) for path in paths]
            row += [max(lengths, default=0), min(lengths, default=longest + 1 if paths else 0)]
            row += [max(on, default=0), min(on, default=0)]
            row.append(sum((v, last) in edges and graph.labels[v] in members for v in interior))
            row.append(sum((0, v) in edges and graph.labels[v] in members for v in interior))
    row += [len(paths), len(interior), len(edges)]
    row += [sum(graph.labels[v] == operation for v in interior) for operation in operations]
    return [*row, (0, last) in edges, sum(s == 0 for s, _ in edges), sum(t == last for _, t in edges)]


def test_graph_features_are_what_a_walk_along_every_path_finds(space):
    architectures = cells(space, 150)
    found = graph_features(operation_graphs(space, architectures), len(vocabulary(space)))
    expected = [features_by_hand(space, one) for one in architectures]
    np.testing.assert_array_equal(found, np.array(expected, dtype=float))


def wiring_by_hand(space, architecture):
    paths, graph = walks(space, architecture)
    kinds = [*vocabulary(space), "input", "output"]
    edges = {edge for path in paths for edge in pairwise(path)}
    row = [sum((graph.labels[s], graph.labels[t]) == (a, b) for s, t in edges) for a in kinds for b in kinds]
    interior = sorted({vertex for path in paths for vertex in path[1:-1]})
    own = [[v for v in interior if graph.labels[v] == operation] for operation in vocabulary(space)]
    over = [sum(path.count(v) for path in paths for v in vertices) for vertices in own]
    ways = {v: [path.index(v) for path in paths if v in path] for v in interior}
    row += list(np.log1p(over)) + [count / max(1, len(paths)) for count in over]
    row += [sum(max(ways[v]) for v in vertices) for vertices in own]
    row += [sum(min(ways[v]) for v in vertices) for vertices in own]
    row += [sum(t in vertices for _, t in edges) for vertices in own]
    return [*row, *(sum(s in vertices for s, _ in edges) for vertices in own)]


def test_wiring_is_what_a_walk_along_every_path_finds(space):
    architectures = cells(space, 150)
    found = wiring_features(operation_graphs(space, architectures), len(vocabulary(space)))
    expected = [wiring_by_hand(space, one) for one in architectures]
    np.testing.assert_allclose(found, np.array(expected, dtype=float), rtol=1e-15)


def test_paths_are_the_sequences_of_operations_on_them(space):
    architectures, operations = cells(space, 150), vocabulary(space)
    rows = ENCODINGS["paths"].rows(space, architectures)
    assert rows.shape[1] == sequences_before(len(operations), longest_path(space) + 1)
    for architecture, row in zip(architectures, rows, strict=True):
        paths, graph = walks(space, architecture)
        expected = set()
        for path in paths:
            number = 0
            for vertex in path[1:-1]:
                number = number * len(operations) + operations.index(graph.labels[vertex]) + 1
            expected.add(number)
        assert set(np.flatnonzero(row)) == expected


@pytest.mark.parametrize("name", [name for name, one in ENCODINGS.items() if one.isomorphism_invariant])
@pytest.mark.parametrize("seed", range(3))
def test_isomorphic_graphs_have_equal_rows(space, name, seed, monkeypatch):
    """Vertices in another order, which no space need be able to write down."""
    architectures, encoding = cells(space, 40, seed), ENCODINGS[name]
    rows = encoding.rows(space, architectures)
    generator = np.random.default_rng(seed)
    others = {id(one): shuffled(effective_graph(space, one), generator) for one in architectures}
    assert any(others[id(one)] != effective_graph(space, one) for one in architectures)
    monkeypatch.setattr(graphs_module, "effective_graph", lambda _space, one: others[id(one)])
    np.testing.assert_array_equal(encoding.rows(space, architectures), rows)


def test_what_no_signal_crosses_counts_for_nothing():
    space = get_space("nb201")
    dead = [
        "|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|nor_conv_1x1~2|",
        "|none~0|+|none~0|nor_conv_1x1~1|+|skip_connect~0|avg_pool_3x3~1|none~2|",
    ]
    alive = "|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|"
    for name in ("graph", "wiring", "paths", "effective_choices"):
        rows = ENCODINGS[name].rows(space, [alive, *dead])
        np.testing.assert_array_equal(rows[1:], rows[[0, 0]])
    assert len(np.unique(encode(space, [alive, *dead]), axis=0)) == 3


def test_without_a_path_to_the_output_everything_is_zero():
    nothing = operation_graphs(get_space("nb201"), ["|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"])
    assert not graph_features(nothing, 4).any()
    assert not wiring_features(nothing, 4).any()


@pytest.mark.parametrize("operations", [1, 2, 3, 6, 7, 8, 20, 100])
def test_sets_are_all_where_they_are_few_and_small_ones_where_they_are_many(operations):
    sets = operation_sets(operations)
    assert len(sets) == len(set(sets)) <= max(64, operations + 1)
    assert tuple(range(operations)) in sets
    assert {(one,) for one in range(operations)} <= set(sets)
    if operations <= 6:
        assert len(sets) == 2**operations - 1


def test_graphs_of_different_sizes_share_an_array():
    space = get_space("nb101")
    small, large = "output(0)", "conv3x3(0)+conv3x3(1)+conv3x3(2)+maxpool3x3(3)+conv1x1(4)+output(0,5)"
    together = stacked([effective_graph(space, small), effective_graph(space, large)], vocabulary(space))
    alone = stacked([effective_graph(space, small)], vocabulary(space))
    np.testing.assert_array_equal(graph_features(together, 3)[:1], graph_features(alone, 3))


ONLY_LONG_PATHS = ("deeplab", "glit", "mobilenet", "nago", "stereo", "transformer")
"""Spaces of many layers one after the other, which have no paths as short as those that BANANAS keeps."""


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=ENCODINGS)
class TestEveryEncoding:
    @pytest.mark.slow
    @pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
    def test_a_row_depends_on_its_architecture_alone(self, encoding, space):
        architectures = cells(space, 12)
        rows = encoding.rows(space, architectures)
        assert rows.dtype == np.float64
        assert np.isfinite(rows).all()
        if encoding.name == "paths" and space.name in ONLY_LONG_PATHS:
            assert not rows.any()
        else:
            assert len(np.unique(rows, axis=0)) > 3
        np.testing.assert_array_equal(encoding.rows(space, architectures[::-1]), rows[::-1])
        np.testing.assert_array_equal(encoding.rows(space, [str(architectures[3])]), rows[3:4])
        assert encoding.rows(space, []).shape == (0, rows.shape[1])

    def test_what_is_no_architecture_is_refused(self, encoding):
        for foreign in ("nonsense", 3, None, get_space("nb101").at(5)):
            with pytest.raises(ValueError, match=r"not an? .*of nb201|is an architecture of nb101"):
                encoding.rows(get_space("nb201"), [foreign])

    def test_it_has_a_name_and_a_label(self, encoding):
        assert ENCODINGS[encoding.name] is encoding
        assert encoding.label


@pytest.mark.parametrize("name", ["graph", "wiring"])
def test_two_architectures_are_as_far_apart_as_by_choices(space, name):
    architectures = cells(space, 1_000, seed=5)
    found, choices = (ENCODINGS[one].rows(space, architectures).var(axis=0) for one in (name, "choices"))
    assert found.sum() == pytest.approx(choices.sum(), rel=0.1)
    assert found[found > 0].max() < 2 * found[found > 0].mean()
