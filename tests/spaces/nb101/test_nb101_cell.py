"""The NAS-Bench-101 cell: notations, pruning and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from nb101_graphs import cells, graphs, is_a_cell, official_pair

from nasrank.spaces.nb101.cell import (
    CONV_1X1,
    CONV_3X3,
    MAX_POOL,
    OPERATIONS,
    Cell,
    edge_bit,
    from_matrix,
    on_a_path,
    parse,
)

CHAIN = [[0, 1, 0], [0, 0, 1], [0, 0, 0]]
CHAIN_NAMES = ["input", "conv3x3-bn-relu", "output"]


def chain(vertices: int) -> np.ndarray:
    return np.eye(vertices, k=1, dtype=np.int8)


def names(vertices: int) -> list[str]:
    return ["input", *["maxpool3x3"] * (vertices - 2), "output"]


@pytest.mark.slow
@given(cells)
def test_a_printed_cell_is_read_back(cell):
    assert parse(str(cell)) == cell
    assert parse(f" {cell}\n") == cell


@pytest.mark.slow
@given(cells)
def test_the_official_pair_is_read_back(cell):
    matrix, operations = cell.to_matrix()
    assert from_matrix(matrix, operations) == cell
    assert from_matrix(matrix.tolist(), tuple(operations)) == cell
    assert official_pair((matrix, operations))[1] == operations


def test_a_cell_prints_each_vertex_with_those_that_feed_it():
    matrix = [[0, 1, 1, 0], [0, 0, 1, 1], [0, 0, 0, 1], [0, 0, 0, 0]]
    cell = from_matrix(matrix, ["input", "conv3x3-bn-relu", "maxpool3x3", "output"])
    assert str(cell) == "conv3x3(0)+maxpool3x3(0,1)+output(1,2)"
    assert cell.operations == (CONV_3X3, MAX_POOL)
    assert cell.edges == 0b110111
    assert [cell.sources(vertex) for vertex in range(4)] == [(), (0,), (0, 1), (1, 2)]


def test_edges_are_numbered_column_by_column():
    bits = [edge_bit(source, target) for target in range(1, 7) for source in range(target)]
    assert bits == [1 << place for place in range(21)]


@pytest.mark.slow
@given(graphs(most_vertices=9))
def test_pruning_is_that_of_the_benchmark(graph):
    pair = official_pair(graph)
    if is_a_cell(graph):
        matrix, operations = from_matrix(*graph).to_matrix()
        np.testing.assert_array_equal(matrix, pair[0])
        assert operations == pair[1]
    else:
        with pytest.raises(ValueError, match="at most [79]" if pair else "no path leads from the input"):
            from_matrix(*graph)


@given(graphs())
def test_what_is_on_a_path_is_reached_both_ways(graph):
    """A vertex is on a path where some power of the matrix leads to it and some power leads on to the output."""
    matrix, _ = graph
    reach = sum(np.linalg.matrix_power(matrix.astype(int), power) for power in range(len(matrix)))
    edges = sum(edge_bit(int(source), int(target)) for source, target in np.argwhere(matrix))
    expected = [vertex for vertex in range(len(matrix)) if reach[0, vertex] and reach[vertex, -1]]
    assert on_a_path(edges, len(matrix)) == expected


@pytest.mark.parametrize(
    ("matrix", "operations", "reason"),
    [
        ([[0, 1], [0]], names(2), "rows of the matrix have different lengths"),
        ([[0, 1, 1], [0, 0, 1]], names(3), r"must be square with 2 vertices or more, not \(2, 3\)"),
        ([[0]], ["input"], r"must be square with 2 vertices or more, not \(1, 1\)"),
        ([0, 1], names(2), r"must be square with 2 vertices or more, not \(2,\)"),
        ([[0, 2], [0, 0]], names(2), "entries of the matrix must be 0 or 1, not 2"),
        ([[0, 0.5], [0, 0]], names(2), "entries of the matrix must be 0 or 1, not 0.5"),
        ([[0, float("nan")], [0, 0]], names(2), "entries of the matrix must be 0 or 1, not nan"),
        ([["0", "1"], ["0", "0"]], names(2), r"must be 0 or 1, not '0' \(str\) in row 0, column 0"),
        ([[0, None], [0, 0]], names(2), r"must be 0 or 1, not None \(NoneType\) in row 0, column 1"),
        (np.ma.masked_equal([[0, 1], [0, 0]], 1), names(2), r"must be 0 or 1, not None .* in row 0, column 1"),
        ([[0, 1], [0, 1]], names(2), "edge 1->1 runs from a vertex to itself"),
        ([[0, 1, 0], [0, 0, 1], [0, 1, 0]], names(3), "edge 2->1 runs backwards, which makes or may hide a cycle"),
        (CHAIN, names(4), "4 operations for 3 vertices"),
        (CHAIN, ["output", "maxpool3x3", "input"], "must begin with 'input' and end with 'output'"),
        (CHAIN, ["input", "conv7x7", "output"], "vertex 1: unknown operation 'conv7x7'; known are conv3x3-bn-relu"),
        (CHAIN, ["input", "output", "output"], "vertex 1: unknown operation 'output'"),
        ([[0, 1, 0], [0, 0, 0], [0, 0, 0]], names(3), "no path leads from the input to the output"),
        (np.zeros((7, 7)), names(7), "no path leads from the input to the output"),
        (chain(8), names(8), "at most 7 vertices, not 8"),
        (np.triu(np.ones((5, 5)), 1), names(5), "at most 9 edges, not 10"),
    ],
)
def test_a_wrong_pair_is_refused_with_its_reason(matrix, operations, reason):
    with pytest.raises(ValueError, match=reason):
        from_matrix(matrix, operations)


entries = some.sampled_from([0, 1, 1, 2, -1, 0.5, True, None, "1"])
labels = some.sampled_from(["input", "output", *OPERATIONS, "conv", ""])


@pytest.mark.slow
@given(some.lists(some.lists(some.integers(0, 1) | entries, max_size=8), max_size=8), some.lists(labels, max_size=8))
def test_no_pair_is_read_without_being_a_cell(matrix, operations):
    try:
        cell = from_matrix(matrix, operations)
    except ValueError:
        return
    assert is_a_cell((np.array(matrix, dtype=np.int8), operations))
    assert cell.vertices <= len(matrix)


@given(some.integers(2, 7).flatmap(lambda size: some.lists(some.integers(0, 1), min_size=size**2, max_size=size**2)))
def test_square_matrices_of_zeros_and_ones_are_cells_or_refused(flat):
    size = round(len(flat) ** 0.5)
    matrix = np.reshape(flat, (size, size))
    if np.tril(matrix).any():
        with pytest.raises(ValueError, match="must be upper triangular"):
            from_matrix(matrix, names(size))
    elif is_a_cell((matrix, names(size))):
        assert from_matrix(matrix, names(size)).vertices <= size
    else:
        with pytest.raises(ValueError, match=r"no path|at most"):
            from_matrix(matrix, names(size))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", r"vertex 1 \(''\) is not of the form"),
        ("output", r"vertex 1 \('output'\) is not of the form"),
        ("output()", "is not of the form"),
        ("output(0,)", "is not of the form"),
        ("output(\u0660)", "is not of the form"),
        ("output(0)+", "the last vertex and no other must be the output"),
        ("conv3x3(0)", "the last vertex and no other must be the output"),
        ("output(0)+output(1)", "the last vertex and no other must be the output"),
        ("conv7x7(0)+output(1)", "vertex 1: unknown operation 'conv7x7'; known are conv3x3, conv1x1, maxpool3x3"),
        ("conv3x3-bn-relu(0)+output(1)", "is not of the form"),
        ("conv3x3(1)+output(1)", "vertex 1 lists sources 1; they must rise, below 1"),
        ("conv3x3(0)+output(1,0)", "vertex 2 lists sources 1,0; they must rise, below 2"),
        ("conv3x3(0)+output(1,1)", "vertex 2 lists sources 1,1; they must rise"),
        ("conv3x3(0)+output(0)", "vertex 1 is on no path from input to output; prune the cell first"),
        ("+".join(f"conv1x1({source})" for source in range(6)) + "+output(6)", "at most 7 vertices, not 8"),
        ("conv1x1(0)+conv1x1(0,1)+conv1x1(0,1,2)+output(0,1,2,3)", "at most 9 edges, not 10"),
    ],
)
def test_a_malformed_text_is_refused_with_its_reason(text, reason):
    with pytest.raises(ValueError, match=reason) as caught:
        parse(text)
    assert repr(text) in str(caught.value)


pieces = some.sampled_from(["conv3x3", "conv1x1", "maxpool3x3", "output", "(", ")", "(0)", "(0,1)", "(1,2)", "+", ","])


@given(some.text(max_size=40) | some.lists(pieces, max_size=16).map("".join))
def test_no_text_crashes_the_parser(text):
    try:
        cell = parse(text)
    except ValueError:
        return
    assert str(cell) == text.strip()


@pytest.mark.parametrize(
    ("edges", "operations", "reason"),
    [
        (0b1, (0,) * 6, "at most 7 vertices, not 8"),
        (0b101, (3,), "vertex 1: operation 3 is not an index from 0 to 2"),
        (0b101, (-1,), "vertex 1: operation -1 is not"),
        (0b101, (1.0,), r"vertex 1: operation 1\.0 \(float\) is not"),
        (0b101, (True,), r"vertex 1: operation True \(bool\) is not"),
        (0b101, ("1",), r"vertex 1: operation '1' \(str\) is not"),
        (5.0, (1,), r"edges 5\.0 \(float\) are no sum of edge bits"),
        (True, (), r"edges True \(bool\) are no sum of edge bits"),
        (0b1101, (0,), "edges 0xd are not edges between 3 vertices"),
        (-1, (0,), "are not edges between 3 vertices"),
        (0b1111111111, (0, 0, 0), "at most 9 edges, not 10"),
        (0b010, (0,), "vertex 1 is on no path"),
        (0b0, (), "vertex 0 is on no path"),
    ],
)
def test_what_is_no_cell_cannot_be_made(edges, operations, reason):
    with pytest.raises(ValueError, match=reason):
        Cell(edges, operations)


def test_numpys_integers_are_integers():
    cell = Cell(np.uint32(0b101), (np.uint8(CONV_1X1),))
    assert cell == Cell(0b101, (CONV_1X1,))
    assert [type(one) for one in (cell.edges, *cell.operations)] == [int, int]
    for matrix in (np.triu(np.ones((3, 3), dtype=bool), 1), np.triu(np.ones((3, 3), dtype=np.uint8), 1)):
        assert from_matrix(matrix, names(3)) == from_matrix(np.triu(np.ones((3, 3)), 1), names(3))


def test_cells_are_values():
    chain_cell = Cell(0b101, (CONV_1X1,))
    assert chain_cell == parse("conv1x1(0)+output(1)")
    assert len({chain_cell, parse(str(chain_cell))}) == 1
    assert chain_cell.vertices == 3
