"""How fast the space NAS-Bench-101 is, beside the package nasbench-pytorch on the same cells."""

from __future__ import annotations

import numpy as np
import pytest
from nasbench_pytorch.model.graph_util import hash_module

from nasrank.spaces.nb101.cell import Cell
from nasrank.spaces.nb101.enumeration import enumerate_cells
from nasrank.spaces.nb101.hashing import module_hash, module_hashes
from nasrank.spaces.nb101.representatives import representatives

CELLS, OFFICIAL_CELLS = 40_000, 1_000


@pytest.fixture(scope="module")
def drawn() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices, edges and operations of cells drawn uniformly from those with six and seven vertices."""
    parts = [(vertices, *representatives(vertices)) for vertices in (6, 7)]
    vertices = np.concatenate([np.full(len(edges), count) for count, edges, _ in parts])
    edges = np.concatenate([edges for _, edges, _ in parts])
    operations = np.concatenate([np.pad(labels, ((0, 0), (0, 7 - count))) for count, _, labels in parts])
    chosen = np.random.default_rng(0).choice(len(vertices), CELLS, replace=False)
    return vertices[chosen], edges[chosen], operations[chosen]


@pytest.fixture(scope="module")
def cells(drawn) -> list[Cell]:
    """The first of those, one at a time."""
    rows = (column[:OFFICIAL_CELLS].tolist() for column in drawn)
    return [Cell(edges, tuple(operations[: vertices - 2])) for vertices, edges, operations in zip(*rows, strict=True)]


@pytest.mark.benchmark(group="module hash of NAS-Bench-101 (40,000 cells at once, 1,000 one at a time)")
class TestHashing:
    def test_hashes_at_once(self, benchmark, drawn, cells):
        hashes = benchmark.pedantic(module_hashes, args=drawn, rounds=5, warmup_rounds=1)
        assert [row.tobytes().hex() for row in hashes[:50]] == [module_hash(cell) for cell in cells[:50]]

    def test_hashes_one_at_a_time(self, benchmark, cells):
        benchmark.pedantic(lambda: [module_hash(cell) for cell in cells], rounds=5, warmup_rounds=1)

    def test_hashes_by_the_package(self, benchmark, cells):
        graphs = [(cell.to_matrix()[0], [-1, *cell.operations, -2]) for cell in cells]
        hashes = benchmark.pedantic(lambda: [hash_module(*graph) for graph in graphs], rounds=5, warmup_rounds=1)
        assert hashes == [module_hash(cell) for cell in cells]


@pytest.mark.benchmark(group="NAS-Bench-101, all 423,624 cells")
def test_enumerate_nb101(benchmark):
    assert len(benchmark.pedantic(enumerate_cells, rounds=1)) == 423_624
