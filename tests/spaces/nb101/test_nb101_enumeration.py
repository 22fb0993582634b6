"""The enumeration against a search in the benchmark's own order, and what the cache folder does to it."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pyarrow.parquet as parquet
import pytest
from nb101_graphs import is_a_cell, official_hash

from nasrank.spaces.nb101 import enumeration
from nasrank.spaces.nb101.cell import OPERATIONS, Cell, edge_bit
from nasrank.spaces.nb101.costs import network_cost
from nasrank.spaces.nb101.enumeration import CELLS, Enumeration, enumerate_cells, enumerated, kept_in, read, write
from nasrank.spaces.nb101.hashing import module_hash

COUNTS = {2: 1, 3: 6, 4: 84, 5: 2_441, 6: 62_010, 7: 359_082}


@pytest.fixture(scope="module")
def small() -> Enumeration:
    return enumerate_cells(max_vertices=5)


def first_found(vertices: int) -> dict[str, tuple[int, tuple[int, ...]]]:
    """The first edges and operations of each hash, in the order in which the benchmark went over all."""
    found: dict[str, tuple[int, tuple[int, ...]]] = {}
    above = [(source, target) for target in range(vertices) for source in range(target)]
    for edges in range(2 ** len(above)):
        matrix = np.zeros((vertices, vertices), dtype=np.int8)
        for bit, edge in enumerate(above):
            matrix[edge] = edges >> bit & 1
        if matrix.sum() > 9 or not (matrix[:-1].any(axis=1).all() and matrix[:, 1:].any(axis=0).all()):
            continue
        assert is_a_cell((matrix, ["input", *[OPERATIONS[0]] * (vertices - 2), "output"]))
        for operations in product(range(3), repeat=vertices - 2):
            names = ["input", *(OPERATIONS[operation] for operation in operations), "output"]
            found.setdefault(official_hash(matrix, names), (edges, operations))
    return found


def rows(enumerated: Enumeration, vertices: int) -> dict[str, tuple[int, tuple[int, ...]]]:
    positions = np.flatnonzero(enumerated.vertices == vertices).tolist()
    cells = {enumerated.hashes[position].tobytes().hex(): enumerated.cell(position) for position in positions}
    return {text: (cell.edges, cell.operations) for text, cell in cells.items()}


@pytest.mark.parametrize("vertices", [2, 3, 4, 5])
def test_small_cells_are_those_that_the_benchmark_found_first(small, vertices):
    assert rows(small, vertices) == first_found(vertices)
    assert (small.vertices == vertices).sum() == COUNTS[vertices]


def same(one: Enumeration, other: Enumeration) -> bool:
    names = ("hashes", "vertices", "edges", "operations", "parameters")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


class TestAnEnumeration:
    def test_is_in_the_order_of_hashes(self, small):
        texts = [row.tobytes().hex() for row in small.hashes]
        assert len(small) == len(texts) == 2532
        assert texts == sorted(set(texts))

    def test_finds_every_cell_by_its_hash(self, small):
        for position in range(0, len(small), 50):
            assert small.find(module_hash(small.cell(position))) == position
        order = np.random.default_rng(0).permutation(len(small))
        np.testing.assert_array_equal(small.find_all(small.hashes[order]), order)
        assert small.find_all(small.hashes[:0]).shape == (0,)

    @pytest.mark.parametrize("text", ["0" * 32, "f" * 32, "0123456789abcdef" * 2])
    def test_refuses_a_hash_that_no_cell_has(self, small, text):
        with pytest.raises(ValueError, match=f"no cell of NAS-Bench-101 has the module hash {text}"):
            small.find(text)
        with pytest.raises(ValueError, match=text):
            small.find_all(np.stack([small.hashes[7], np.frombuffer(bytes.fromhex(text), dtype=np.uint8)]))

    def test_tells_hashes_apart_that_end_in_zeros(self, small):
        """numpy leaves out zeros at the end of a text."""
        texts = ["00" * 16, "00" * 15 + "01", "01" + "00" * 15, "01" * 15 + "00", "01" * 16]
        hashes = np.frombuffer(bytes.fromhex("".join(texts)), dtype=np.uint8).reshape(-1, 16)
        five = Enumeration(hashes, small.vertices[:5], small.edges[:5], small.operations[:5], small.parameters[:5])
        assert [five.find(text) for text in texts] == [0, 1, 2, 3, 4]
        with pytest.raises(ValueError, match="no cell"):
            five.find("01" * 14 + "0000")

    def test_counts_parameters_as_for_one_cell(self, small):
        for position in range(0, len(small), 50):
            assert network_cost(small.cell(position)).parameters == small.parameters[position]

    def test_has_zeros_beyond_the_operations_of_a_cell(self, small):
        beyond = np.arange(5) >= small.vertices[:, None] - 2
        assert not small.operations[beyond].any()


class TestTheFile:
    def test_holds_what_was_written(self, small, tmp_path):
        write(small, tmp_path / "folder" / "cells.arrow")
        assert same(read(tmp_path / "folder" / "cells.arrow"), small)
        assert [path.name for path in (tmp_path / "folder").iterdir()] == ["cells.arrow"]

    def test_is_computed_once(self, small, tmp_path, capsys):
        path = tmp_path / "cells.arrow"
        assert same(kept_in(path, lambda: small), small)
        assert str(path) in capsys.readouterr().err
        assert same(kept_in(path, lambda: pytest.fail("computed again")), small)
        assert capsys.readouterr().err == ""

    def test_is_computed_again_when_it_was_cut_off(self, small, tmp_path):
        path = tmp_path / "cells.arrow"
        write(small, path)
        content = path.read_bytes()
        for length in (0, 1, 8, 500, len(content) // 2, len(content) - 500, len(content) - 8, len(content) - 1):
            path.write_bytes(content[:length])
            assert read(path) is None
            assert same(kept_in(path, lambda: small), small)
            assert same(read(path), small)

    def test_is_never_read_as_something_else_when_it_was_altered(self, small, tmp_path):
        path = tmp_path / "cells.arrow"
        write(small, path)
        content = path.read_bytes()
        generator = np.random.default_rng(0)
        rejected = 0
        for place in generator.integers(len(content), size=400).tolist():
            altered = bytearray(content)
            altered[place] ^= 1 << int(generator.integers(8))
            path.write_bytes(altered)
            found = read(path)
            assert found is None or same(found, small)  # a bit of padding does not matter
            rejected += found is None
        assert rejected > 300

    @pytest.mark.parametrize("content", [b"", b"text\n" * 1000, bytes(10_000)])
    def test_may_be_anything(self, small, tmp_path, content):
        path = tmp_path / "cells.arrow"
        path.write_bytes(content)
        assert same(kept_in(path, lambda: small), small)

    @pytest.mark.slow
    def test_of_two_processes_at_once_is_whole(self, small, tmp_path):
        path = tmp_path / "cells.arrow"
        code = (
            "import sys; from pathlib import Path;"
            "from nasrank.spaces.nb101.enumeration import enumerate_cells, kept_in;"
            "print(len(kept_in(Path(sys.argv[1]), lambda: enumerate_cells(max_vertices=5))))"
        )
        command = [sys.executable, "-c", code, str(path)]
        both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) for _ in range(2)]
        assert [process.communicate()[0] for process in both] == [b"2532\n"] * 2
        assert same(read(path), small)
        assert list(tmp_path.iterdir()) == [path]

    def test_lies_in_the_cache_folder(self, small, tmp_path, monkeypatch):
        monkeypatch.setenv("NASRANK_CACHE", str(tmp_path))
        monkeypatch.setattr(enumeration, "enumerate_cells", lambda: small)
        enumerated.cache_clear()
        try:
            assert enumerated() is enumerated()
            assert same(read(tmp_path / "spaces" / "nb101-v1.arrow"), small)
        finally:
            enumerated.cache_clear()


@pytest.fixture(scope="module")
def whole() -> Enumeration:
    return enumerate_cells()


@pytest.mark.slow
class TestTheWholeSpace:
    def test_has_the_published_counts(self, whole):
        assert len(whole) == CELLS == sum(COUNTS.values())
        assert dict(enumerate(np.bincount(whole.vertices).tolist()[2:], start=2)) == COUNTS

    def test_has_these_hashes(self, whole):
        assert whole.hashes[0].tobytes().hex() == "00005c142e6f48ac74fdcf73e3439874"
        assert whole.hashes[-1].tobytes().hex() == "ffff76fafa7b0cdf545fd7feee9c8bf9"
        sha256 = hashlib.sha256(whole.hashes.tobytes()).hexdigest()
        assert sha256 == "13bb1f0fa98c75fcbc269a7f011cf12245f8c9e0e6fc3eb94add6dcbdfba09db"
        assert (whole.hashes[:-1].view("S16") < whole.hashes[1:].view("S16")).all()

    def test_has_these_cells(self, whole):
        assert whole.checksum == 0x440FD781
        assert whole.parameters[0] == 8_555_530
        assert whole.parameters.max() == 49_979_274

    def test_has_so_many_cells_by_edges_into_the_output(self, whole):
        """From interior vertices, the quantity by which sub-spaces are chosen."""
        into = np.zeros(CELLS, dtype=np.int64)
        for vertices in range(3, 8):
            bits = sum(edge_bit(source, vertices - 1) for source in range(1, vertices - 1))
            into += (whole.vertices == vertices) * np.bitwise_count(whole.edges & np.uint32(bits))
        assert np.bincount(into).tolist() == [1, 120_933, 201_441, 90_782, 10_467]

    def test_cells_with_six_vertices_are_those_that_the_benchmark_found_first(self, whole):
        assert rows(whole, 6) == first_found(6)

    @pytest.mark.data
    def test_is_what_the_benchmark_stores(self, whole, nasrank_data: Path):
        columns = ["idx", "module_hash", "num_vertices", "adj_bits", "ops", "trainable_params"]
        stored = parquet.read_table(nasrank_data / "nas-bench-101/nb101_measured.parquet", columns=columns).to_pydict()
        positions = np.array(stored["idx"])
        hashes = np.frombuffer(bytes.fromhex("".join(stored["module_hash"])), dtype=np.uint8).reshape(-1, 16)
        np.testing.assert_array_equal(whole.find_all(hashes), positions)
        np.testing.assert_array_equal(whole.vertices[positions], stored["num_vertices"])
        np.testing.assert_array_equal(whole.parameters[positions], stored["trainable_params"])
        for position, edges, operations in zip(positions, stored["adj_bits"], stored["ops"], strict=True):
            assert whole.cell(position) == Cell(edges, tuple(map(int, operations)))
