"""The module hash against the benchmark's own values and the package's function."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pyarrow.parquet as parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from nb101_graphs import cells, official_hash

from nasrank.spaces.nb101 import hashing, refinement
from nasrank.spaces.nb101.cell import Cell, from_matrix, parse
from nasrank.spaces.nb101.hashing import module_hash, module_hashes
from nasrank.spaces.nb101.representatives import representatives


def hashed(batch: list[Cell]) -> list[str]:
    """By `module_hashes`, which is to pass over operations that a cell does not have."""
    operations = [[*cell.operations, *[255] * (7 - cell.vertices)] for cell in batch]
    vertices, edges = [cell.vertices for cell in batch], [cell.edges for cell in batch]
    hashes = module_hashes(
        np.array(vertices, dtype=np.uint8),
        np.array(edges, dtype=np.uint32),
        np.array(operations, dtype=np.uint8).reshape(-1, 5),
    )
    assert hashes.dtype == np.uint8
    return [row.tobytes().hex() for row in hashes]


def random_cells(count: int, seed: int) -> list[Cell]:
    """As many of each size from five vertices on, and all smaller ones; they are the benchmark's own."""
    generator = np.random.default_rng(seed)
    found = []
    for vertices in range(2, 8):
        edges, operations = representatives(vertices)
        chosen = generator.permutation(len(edges))[:count]
        pairs = zip(edges[chosen].tolist(), operations[chosen].tolist(), strict=True)
        found += [Cell(bits, tuple(labels)) for bits, labels in pairs]
    return [found[place] for place in generator.permutation(len(found))]


@pytest.mark.slow
@given(cells)
def test_it_is_the_packages_hash(cell):
    assert module_hash(cell) == official_hash(*cell.to_matrix())


@pytest.mark.slow
def test_a_batch_has_the_packages_hashes():
    batch = random_cells(500, seed=0)
    assert {cell.vertices for cell in batch} == set(range(2, 8))
    assert hashed(batch) == [official_hash(*cell.to_matrix()) for cell in batch]


@pytest.mark.slow
@settings(max_examples=25)
@given(some.lists(cells, max_size=6))
def test_a_small_batch_has_the_hashes_of_its_cells(batch):
    assert hashed(batch) == [module_hash(cell) for cell in batch]


@pytest.mark.slow
def test_cells_and_texts_are_hashed_in_portions(monkeypatch):
    batch = random_cells(100, seed=1)
    whole = hashed(batch)
    monkeypatch.setattr(hashing, "CELLS_AT_ONCE", 77)
    monkeypatch.setattr(refinement, "TEXTS_AT_ONCE", 50)
    assert hashed(batch) == whole


def test_texts_that_fall_into_the_same_slot_are_told_apart(monkeypatch):
    batch = random_cells(100, seed=2)
    whole = hashed(batch)
    monkeypatch.setattr(refinement, "_SLOTS", 1)
    assert hashed(batch) == whole


@pytest.mark.slow
@given(cells, some.data())
def test_the_order_of_the_interior_vertices_does_not_matter(cell, data):
    """Of all orders, those that leave the matrix upper triangular."""
    matrix, names = cell.to_matrix()
    orders = [(0, *order, len(names) - 1) for order in permutations(range(1, len(names) - 1))]
    forward = [order for order in orders if not np.tril(matrix[np.ix_(order, order)]).any()]
    order = data.draw(some.sampled_from(forward))
    other = from_matrix(matrix[np.ix_(order, order)], [names[vertex] for vertex in order])
    assert module_hash(other) == module_hash(cell)


def test_cells_that_differ_have_different_hashes():
    texts = ["output(0)", "conv3x3(0)+output(1)", "conv1x1(0)+output(1)", "conv1x1(0)+output(0,1)"]
    texts += ["conv1x1(0)+conv3x3(1)+output(2)", "conv3x3(0)+conv1x1(1)+output(2)"]
    assert len({module_hash(parse(text)) for text in texts}) == len(texts)


@pytest.mark.slow
@pytest.mark.data
def test_all_measured_cells_have_the_recorded_hash(nasrank_data):
    columns = ["module_hash", "adj_bits", "ops"]
    rows = parquet.read_table(nasrank_data / "nas-bench-101/nb101_measured.parquet", columns=columns).to_pydict()
    measured = [Cell(edges, tuple(map(int, ops))) for edges, ops in zip(rows["adj_bits"], rows["ops"], strict=True)]
    assert len(measured) == 46_356
    assert hashed(measured) == rows["module_hash"]
    assert [module_hash(cell) for cell in measured[::20]] == rows["module_hash"][::20]
