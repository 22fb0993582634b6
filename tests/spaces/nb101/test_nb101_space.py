"""NAS-Bench-101 as a search space; the laws of every space are in tests/conformance."""

from __future__ import annotations

import random
from collections import Counter
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from nb101_graphs import cells, is_a_cell, official_hash, official_pair
from scipy.stats import chi2_contingency

from nasrank.spaces import get_space
from nasrank.spaces.nb101.cell import OPERATIONS, Cell, from_matrix, parse
from nasrank.spaces.nb101.decisions import EDGES
from nasrank.spaces.nb101.enumeration import enumerate_cells
from nasrank.spaces.nb101.hashing import module_hash
from nasrank.spaces.nb101.space import NasBench101, spread

SPACE = NasBench101()

BRANCHED = parse("conv3x3(0)+maxpool3x3(0)+conv1x1(1,2)+output(0,2,3)")
FULL = parse("conv3x3(0)+conv1x1(0)+maxpool3x3(1)+conv3x3(2,3)+conv1x1(1,4)+output(5)")


def in_seven(cell: Cell) -> tuple[np.ndarray, list[str]]:
    """The cell among seven vertices, the output last and what it lacks without edges and with the first operation."""
    matrix, names = cell.to_matrix()
    kept = [*range(cell.vertices - 1), 6]
    whole = np.zeros((7, 7), dtype=np.int8)
    whole[np.ix_(kept, kept)] = matrix
    return whole, [*names[:-1], *[OPERATIONS[0]] * (7 - len(names)), "output"]


def hash_of(graph) -> str:
    return official_hash(*official_pair(graph))


@pytest.fixture
def small(monkeypatch):
    """The space, as if it had no cells with more than five vertices."""
    few = enumerate_cells(max_vertices=5)
    monkeypatch.setattr("nasrank.spaces.nb101.space.enumerated", lambda: few)
    return few


class TestChoices:
    @pytest.mark.slow
    @given(cells)
    def test_lead_back(self, cell):
        assert SPACE.from_choices(SPACE.to_choices(cell)) == cell

    @pytest.mark.slow
    @given(cells)
    def test_are_the_edges_and_operations_among_seven_vertices(self, cell):
        matrix, names = in_seven(cell)
        expected = [*(int(matrix[edge]) for edge in EDGES), *map(OPERATIONS.index, names[1:-1])]
        assert SPACE.to_choices(cell) == tuple(expected)

    @given(some.lists(some.integers(0, 1), min_size=21, max_size=21), some.tuples(*[some.integers(0, 2)] * 5))
    def test_make_the_cell_of_their_matrix_or_none(self, edges, operations):
        matrix = np.zeros((7, 7), dtype=np.int8)
        for edge, present in zip(EDGES, edges, strict=True):
            matrix[edge] = present
        graph = (matrix, ["input", *(OPERATIONS[operation] for operation in operations), "output"])
        choices = [*edges, *operations]
        assert SPACE.allows(choices) == is_a_cell(graph)
        if is_a_cell(graph):
            assert SPACE.from_choices(choices) == from_matrix(*graph)

    def test_of_many_cells_are_those_of_each(self, small):
        everything = SPACE.choices()
        assert [tuple(row) for row in everything.tolist()] == [
            SPACE.to_choices(small.cell(p)) for p in range(len(small))
        ]
        chosen = np.array([7, 2000, 7])
        np.testing.assert_array_equal(SPACE.choices(chosen), everything[chosen])

    def test_are_named_by_edge_and_vertex(self):
        names = [decision.name for decision in SPACE.decisions]
        assert (names[0], names[5], names[20], names[21], names[25]) == (
            "edge 0->1",
            "edge 2->3",
            "edge 5->6",
            "vertex 1",
            "vertex 5",
        )
        assert [decision.free for decision in SPACE.decisions] == [False] * 21 + [True] * 5

    @pytest.mark.slow
    @given(cells)
    def test_of_operations_are_active_where_the_cell_has_the_vertex(self, cell):
        assert SPACE.active(cell) == (True,) * (21 + cell.vertices - 2) + (False,) * (7 - cell.vertices)

    @pytest.mark.slow
    @given(cells)
    def test_spreading_moves_the_output_only(self, cell):
        matrix, _ = in_seven(cell)
        edges = sum(int(matrix[edge]) << bit for bit, edge in enumerate(EDGES))
        assert spread(cell.edges, cell.vertices) == edges
        assert spread(np.array([cell.edges]), np.array([cell.vertices])).tolist() == [edges]


class TestPositions:
    def test_are_places_in_the_enumeration(self, small):
        for position in range(0, len(small), 100):
            cell = SPACE.at(position)
            assert cell == small.cell(position)
            assert SPACE.position(cell) == position
            assert SPACE.parse(module_hash(cell)) == SPACE.parse(module_hash(cell).upper()) == cell

    @pytest.mark.usefixtures("small")
    def test_are_those_of_the_representative(self):
        first, second = parse("conv3x3(0)+conv1x1(0)+output(1,2)"), parse("conv1x1(0)+conv3x3(0)+output(1,2)")
        assert first != second
        assert SPACE.position(first) == SPACE.position(second)
        assert SPACE.key(first) == SPACE.key(second)
        assert SPACE.at(SPACE.position(first)) == first

    @pytest.mark.usefixtures("small")
    def test_unknown_hashes_are_refused(self):
        with pytest.raises(ValueError, match="no cell of NAS-Bench-101 has the module hash 00000"):
            SPACE.parse("0" * 32)

    def test_there_are_423624(self):
        assert len(SPACE) == SPACE.classes == 423_624
        assert get_space("nb101").name == SPACE.name


@pytest.mark.slow
@given(cells)
def test_graphs_are_the_official_pair(cell):
    matrix, names = cell.to_matrix()
    graph = SPACE.graph(cell)
    np.testing.assert_array_equal(graph.adjacency(), matrix)
    assert list(graph.labels) == names


@pytest.mark.slow
@given(cells)
def test_a_cells_trait_counts_the_vertices_whose_channels_make_the_output(cell):
    matrix, _ = cell.to_matrix()
    assert SPACE.traits(cell) == {"interior vertices that feed the output": matrix[1:-1, -1].sum()}


def one_step_away(cell: Cell) -> set[str]:
    """Hashes of all cells that one edge or one operation among seven vertices makes, by the package's pruning.

    In every order of the vertices in which the matrix is upper triangular: what lies beside each other can be joined
    either way.
    """
    matrix, names = in_seven(cell)
    graphs = [(matrix, [*names[:v], operation, *names[v + 1 :]]) for v in range(1, 6) for operation in OPERATIONS]
    for order in permutations(range(1, 6)):
        places = [0, *order, 6]
        ordered = matrix[np.ix_(places, places)]
        if np.tril(ordered).any():
            continue
        for edge in EDGES:
            other = ordered.copy()
            other[edge] ^= 1
            graphs.append((other, [names[place] for place in places]))
    return {hash_of(graph) for graph in graphs if is_a_cell(graph)} - {hash_of((matrix, names))}


@pytest.mark.slow
@pytest.mark.parametrize("cell", [BRANCHED, FULL, parse("output(0)"), parse("conv1x1(0)+output(0,1)")], ids=str)
def test_neighbours_are_one_step_away(cell):
    found = [SPACE.key(neighbour) for neighbour in SPACE.neighbours(cell)]
    assert len(found) == len(set(found))
    assert set(found) == one_step_away(cell)


def test_neighbours_do_not_depend_on_the_order_of_the_vertices():
    written = parse("conv3x3(0)+conv1x1(0)+output(1,2)"), parse("conv1x1(0)+conv3x3(0)+output(1,2)")
    first, second = ({SPACE.key(neighbour) for neighbour in SPACE.neighbours(cell)} for cell in written)
    assert first == second
    assert module_hash(parse("conv3x3(0)+conv1x1(0,1)+output(1,2)")) in first
    assert module_hash(parse("conv1x1(0)+conv3x3(0,1)+output(1,2)")) in first


def test_cells_of_one_size_are_neighbours_of_each_other():
    for neighbour in SPACE.neighbours(BRANCHED):
        if neighbour.vertices == BRANCHED.vertices:
            assert SPACE.key(BRANCHED) in map(SPACE.key, SPACE.neighbours(neighbour))


def official_mutant(cell: Cell, stream: random.Random) -> str:
    """The benchmark's mutation: each edge flips and each operation changes with so much probability, until valid."""
    matrix, names = in_seven(cell)
    while True:
        other, changed = matrix.copy(), list(names)
        for edge in EDGES:
            if stream.random() < 1 / 7:
                other[edge] ^= 1
        for vertex in range(1, 6):
            if stream.random() < 1 / 5:
                changed[vertex] = stream.choice([operation for operation in OPERATIONS if operation != names[vertex]])
        if is_a_cell((other, changed)) and (found := hash_of((other, changed))) != module_hash(cell):
            return found


@pytest.mark.slow
@pytest.mark.parametrize("cell", [BRANCHED, FULL], ids=str)
def test_mutations_have_the_distribution_of_the_benchmarks(cell):
    draws = 1500
    stream, generator = random.Random(0), np.random.default_rng(0)
    theirs = Counter(official_mutant(cell, stream) for _ in range(draws))
    mutants = [SPACE.mutate(cell, generator) for _ in range(draws)]
    ours = Counter(map(module_hash, mutants))
    assert module_hash(cell) not in ours
    common = [text for text, _ in (theirs + ours).most_common(25)]
    table = [
        [*(counts[text] for text in common), draws - sum(counts[text] for text in common)] for counts in (theirs, ours)
    ]
    assert chi2_contingency(table).pvalue > 1e-4


def test_children_are_all_that_the_parents_choices_allow():
    first = parse("conv3x3(0)+conv1x1(0,1)+output(1,2)")
    second = parse("conv1x1(0)+conv1x1(0,1)+output(0,2)")
    pairs = zip(SPACE.to_choices(first), SPACE.to_choices(second), strict=True)
    expected = {SPACE.from_choices(choices) for choices in product(*map(set, pairs)) if SPACE.allows(choices)}
    generator = np.random.default_rng(0)
    assert {SPACE.crossover(first, second, generator) for _ in range(300)} == expected
    assert len(expected) > 4
