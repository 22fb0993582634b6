"""The NAS-Bench-201 cell: notations, classes and the function of shared weights."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow.parquet as parquet
import pytest
from hypothesis import given
from hypothesis import strategies as some

from nasrank.spaces import get_space
from nasrank.spaces.nb201.cell import (
    EDGES,
    NASLIB_OPERATIONS,
    OPERATIONS,
    Cell,
    _expression,
    from_naslib,
    key,
    parse,
    to_naslib,
)

SPACE = get_space("nb201")
cells = some.tuples(*[some.integers(0, 4)] * 6).map(Cell)


@given(cells)
def test_the_official_notation_round_trips(cell):
    assert parse(str(cell)) == cell


def test_the_official_notation_lists_edges_by_target():
    text = "|nor_conv_3x3~0|+|none~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_1x1~1|nor_conv_3x3~2|"
    cell = parse(text)
    assert [OPERATIONS[cell[edge]] for edge in [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)]] == [
        "nor_conv_3x3",
        "none",
        "avg_pool_3x3",
        "skip_connect",
        "nor_conv_1x1",
        "nor_conv_3x3",
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "expected 3 groups"),
        ("|none~0|+|none~0|none~1|", "expected 3 groups"),
        ("|none~0|+|none~0|none~1|+|none~0|none~1|", "node 3 has 3 incoming edges, but its group lists 2"),
        ("|none~0|+|none~1|none~0|+|none~0|none~1|none~2|", "node 2 expects source 0"),
        ("|conv~0|+|none~0|none~1|+|none~0|none~1|none~2|", "unknown operation 'conv'"),
        ("none~0+|none~0|none~1|+|none~0|none~1|none~2|", "not of the form"),
        ("|none|+|none~0|none~1|+|none~0|none~1|none~2|", "not of the form"),
    ],
)
def test_a_malformed_string_is_refused_with_its_reason(text, reason):
    with pytest.raises(ValueError, match=reason):
        parse(text)


@given(some.text(alphabet="|~+0123456789noesk_cviaxp", max_size=80))
def test_no_text_crashes_the_parser(text):
    try:
        cell = parse(text)
    except ValueError:
        return
    assert str(cell) == text.strip()


@pytest.mark.parametrize(
    "operations", [(0,) * 5, (0,) * 7, (0, 0, 0, 0, 0, 5), (-1, 0, 0, 0, 0, 0), (0, 0, 0, 0, 0, 1.0)]
)
def test_a_cell_refuses_what_is_not_six_operations(operations):
    with pytest.raises(ValueError, match="operation"):
        Cell(operations)


class TestNaslibTuples:
    """NASLib#144, NASLib#171: which cell is (4, 0, 3, 1, 4, 3)?"""

    def test_by_source(self):
        cell = from_naslib((4, 0, 3, 1, 4, 3), edge_order="by_source")
        order = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
        assert [OPERATIONS[cell[edge]] for edge in order] == [NASLIB_OPERATIONS[i] for i in (4, 0, 3, 1, 4, 3)]

    def test_the_two_orders_name_different_cells(self):
        values = (4, 0, 3, 1, 4, 3)
        assert from_naslib(values, edge_order="by_source") != from_naslib(values, edge_order="by_target")

    @given(cells, some.sampled_from(["by_source", "by_target"]))
    def test_round_trip(self, cell, order):
        assert from_naslib(to_naslib(cell, edge_order=order), edge_order=order) == cell

    @pytest.mark.parametrize("values", [(0,) * 5, (0,) * 7, (0, 0, 0, 0, 0, 5), (-1,) + (0,) * 5])
    def test_wrong_tuples_are_refused(self, values):
        with pytest.raises(ValueError, match="NASLib tuple"):
            from_naslib(values, edge_order="by_source")

    def test_an_order_must_be_known(self):
        with pytest.raises(ValueError, match="by_source, by_target"):
            from_naslib((0,) * 6, edge_order="official")


def test_there_are_6466_isomorphism_classes():
    """NATS-Bench#13, NATS-Bench#43."""
    assert len({key(cell) for cell in SPACE}) == 6466


@pytest.mark.data
def test_isomorphism_classes_are_the_official_ones(nasrank_data):
    columns = parquet.read_table(nasrank_data / "nas-bench-201/nb201_core.parquet", columns=["arch_str", "iso_class"])
    pairs = {(key(parse(text)), number) for text, number in zip(*columns.to_pydict().values(), strict=True)}
    assert len(pairs) == len({text for text, _ in pairs}) == len({number for _, number in pairs}) == 6466


def brute_force_function(cell: Cell, *, silence_is_zero: bool) -> tuple[object, ...]:
    """The formal expression of the output over input x, one symbol an edge weight; skips and pools keep their edge."""
    values: list[object] = ["x"]
    for node in range(1, 4):
        terms = []
        for place, (source, target) in enumerate(EDGES):
            operation = cell.operations[place]
            if target != node or not operation or (silence_is_zero and values[source] == ()):
                continue
            terms.append((place, operation, values[source]))
        values.append(tuple(terms))
    return values[3]


@pytest.mark.slow
@pytest.mark.parametrize(("silence_is_zero", "classes"), [(True, 9445), (False, 12205)])
def test_the_functional_key_groups_exactly_the_cells_of_one_function(silence_is_zero, classes):
    by_function: dict[Cell, set[object]] = {}
    for cell in SPACE:
        reduced = SPACE.functional(cell, silence_is_zero=silence_is_zero)
        by_function.setdefault(reduced, set()).add(brute_force_function(cell, silence_is_zero=silence_is_zero))
        assert SPACE.functional(reduced, silence_is_zero=silence_is_zero) == reduced
    assert all(len(functions) == 1 for functions in by_function.values())
    assert len({next(iter(functions)) for functions in by_function.values()}) == len(by_function) == classes


@pytest.mark.slow
def test_there_are_as_many_expressions_as_networks_and_functions():
    """5,269 and 7,548, where the benchmark has 6,466 classes; and what is the same once pruned has one in common."""
    assert len({_expression(cell.operations, OPERATIONS, shared=False) for cell in SPACE}) == 5269
    assert len({_expression(cell.operations, OPERATIONS, shared=True) for cell in SPACE}) == 7548
    for cell in SPACE:
        assert SPACE.expressions(cell) & SPACE.expressions(SPACE.functional(cell, silence_is_zero=True))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (  # a + (b + c) and (a + b) + c
            "|skip_connect~0|+|nor_conv_1x1~0|avg_pool_3x3~1|+|none~0|none~1|skip_connect~2|",
            "|none~0|+|nor_conv_1x1~0|none~1|+|avg_pool_3x3~0|none~1|skip_connect~2|",
        ),
        (  # a sum is pooled, or each of its terms
            "|skip_connect~0|+|nor_conv_3x3~0|skip_connect~1|+|none~0|none~1|avg_pool_3x3~2|",
            "|avg_pool_3x3~0|+|nor_conv_3x3~0|none~1|+|none~0|skip_connect~1|avg_pool_3x3~2|",
        ),
        (  # the same chain over other nodes
            "|skip_connect~0|+|none~0|nor_conv_1x1~1|+|none~0|none~1|nor_conv_3x3~2|",
            "|nor_conv_1x1~0|+|none~0|nor_conv_3x3~1|+|none~0|none~1|skip_connect~2|",
        ),
    ],
)
def test_one_network_in_two_notations(one, other):
    cells = [SPACE.parse(text) for text in (one, other)]
    assert SPACE.key(cells[0]) != SPACE.key(cells[1])
    assert SPACE.expressions(cells[0]) & SPACE.expressions(cells[1])


class TestSpace:
    def test_positions_enumerate_the_space(self):
        assert len(SPACE) == 15625 == len(set(SPACE))
        assert [SPACE.position(cell) for cell in SPACE] == list(range(15625))
        np.testing.assert_array_equal(SPACE.choices(), [SPACE.to_choices(cell) for cell in SPACE])

    def test_positions_outside_are_refused(self):
        with pytest.raises(ValueError, match="15624"):
            SPACE.at(15625)

    @given(cells)
    def test_neighbours_differ_in_one_decision(self, cell):
        near = SPACE.neighbours(cell)
        assert len(near) == len(set(near)) == 24
        assert all(sum(a != b for a, b in zip(cell.operations, other.operations, strict=True)) == 1 for other in near)

    def test_mutation_reaches_every_neighbour_equally(self):
        cell, generator = SPACE.at(1234), np.random.default_rng(0)
        counts = Counter(SPACE.mutate(cell, generator) for _ in range(4800))
        assert set(counts) == set(SPACE.neighbours(cell))
        assert min(counts.values()) > 140
        assert max(counts.values()) < 270

    def test_samples_are_different_uniform_and_spare_the_excluded(self):
        excluded = [SPACE.at(position) for position in range(0, 15625, 2)]
        drawn = SPACE.sample(np.random.default_rng(0), 7000, exclude=excluded)
        assert len(set(drawn)) == 7000
        assert not set(drawn) & set(excluded)
        share = np.mean([cell.operations[0] == 3 for cell in drawn])
        assert abs(share - 0.2) < 0.02

    def test_more_than_the_space_cannot_be_sampled(self):
        with pytest.raises(ValueError, match="15625"):
            SPACE.sample(np.random.default_rng(0), 15626)

    def test_an_unknown_space_names_the_known(self):
        with pytest.raises(ValueError, match="nb201"):
            get_space("nb999")

    def test_the_graph_has_the_paths_of_the_cell(self):
        graph = SPACE.graph(SPACE.parse("|nor_conv_3x3~0|+|none~0|avg_pool_3x3~1|+|none~0|none~1|nor_conv_1x1~2|"))
        assert graph.labels[0] == "input"
        assert graph.labels[-1] == "output"
        matrix = graph.adjacency()
        assert not np.tril(matrix).any()
        assert np.linalg.matrix_power(matrix.astype(int), 2)[0, -1] == 1  # (0,3)
        assert np.linalg.matrix_power(matrix.astype(int), 3)[0, -1] == 2  # (0,1)(1,3) and (0,2)(2,3)
        assert np.linalg.matrix_power(matrix.astype(int), 4)[0, -1] == 1  # (0,1)(1,2)(2,3)
