"""Tables whose rows are module hashes of NAS-Bench-101."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles import Column, Split, Table
from nasrank.bench.oracles.ask.module_hashes import ModuleHashes
from nasrank.spaces import get_space
from nasrank.spaces.nb101 import cell as cells
from nasrank.spaces.nb101.hashing import module_hash

ACCURACY = Column("accuracy", "cifar10", Split.TEST_40K, 108, 0)
ASKED = {"dataset": "cifar10", "split": Split.TEST_40K, "epochs": 108, "seeds": 0}
NAMES = sorted([hashlib.md5(bytes([n])).hexdigest() for n in range(200)] + ["0" * 32, "f" * 30 + "00"])


def packed(names: list[str]) -> np.ndarray:
    return np.frombuffer(bytes.fromhex("".join(names)), dtype=np.uint8).reshape(-1, 16)


@pytest.fixture(scope="module")
def table(provenance) -> Table:
    values = np.linspace(80, 95, len(NAMES))
    return Table.from_arrays({ACCURACY: values}, replace(provenance, space="nb101"), packed(NAMES))


def test_hashes_name_the_rows(table: Table):
    wanted = [NAMES[7], NAMES[0], NAMES[-1], NAMES[7].upper()]
    np.testing.assert_array_equal(table.accuracy(wanted, **ASKED), table.whole(ACCURACY)[[7, 0, len(NAMES) - 1, 7]])
    assert [table.rows.architecture(row) for row in range(len(NAMES))] == NAMES
    assert table.bind(metric="accuracy", **ASKED)(NAMES[3]) == table.whole(ACCURACY)[3]
    assert table.best(metric="accuracy", **ASKED).architecture == NAMES[-1]


def test_a_cell_that_is_not_there_is_named(table: Table):
    with pytest.raises(ValueError, match=f"has no cell {'a' * 32}; it has 202 cells"):
        table.accuracy([NAMES[0], "a" * 32], **ASKED)


@pytest.mark.parametrize("wrong", ["", "0" * 31, "0" * 33, "x" * 32, " " * 32, 7, None, "0" * 30 + " 0"])
def test_what_is_no_hash_is_refused(table: Table, wrong):
    with pytest.raises(ValueError, match="is not a module hash of NAS-Bench-101: 32 hexadecimal digits"):
        table.accuracy([NAMES[0], wrong], **ASKED)
    with pytest.raises(ValueError, match="is not a module hash"):
        table.rows.parse(wrong)


def test_lengths_that_cancel_are_refused(table: Table):
    with pytest.raises(ValueError, match="is not a module hash"):
        table.accuracy(["0" * 30, "0" * 34], **ASKED)


def test_the_file_keeps_and_guards_them(table: Table, tmp_path):
    path = tmp_path / "table.arrow"
    table.write(path)
    again = Table.open(path)
    assert again.accuracy([NAMES[9]], **ASKED) == table.accuracy([NAMES[9]], **ASKED)
    content = path.read_bytes()
    path.write_bytes(content.replace(bytes.fromhex(NAMES[50]), bytes.fromhex(NAMES[51])))
    with pytest.raises(DataError, match="column of keys of the compiled table was altered"):
        Table.open(path)


def test_they_are_not_positions_of_a_space(table: Table):
    with pytest.raises(ValueError, match="cells of NAS-Bench-101, by module hash, not the positions"):
        _ = table.space


@pytest.mark.parametrize("names", [NAMES[::-1], [NAMES[0], NAMES[0]]])
def test_they_ascend_each_once(names):
    with pytest.raises(ValueError, match="must be ascending, each once"):
        ModuleHashes(packed(names))


def test_they_are_sixteen_bytes():
    with pytest.raises(ValueError, match=r"must be uint8 \(rows, 16\), not uint8 \(2, 15\)"):
        ModuleHashes(np.zeros((2, 15), dtype=np.uint8))


@pytest.fixture(scope="module")
def part(provenance) -> Table:
    return Table.from_arrays({ACCURACY: np.array([80.0, 90.0, 85.0])}, provenance, np.array([7, 4000, 15_624]))


class TestPartOfASpace:
    def test_cells_are_found_among_those_there_are(self, part: Table, tmp_path):
        space = get_space("nb201")
        assert part.accuracy([space.at(15_624), space.at(7)], **ASKED).tolist() == [85, 80]
        assert part.best(metric="accuracy", **ASKED).architecture == space.at(4000)
        part.write(tmp_path / "table.arrow")
        again = Table.open(tmp_path / "table.arrow")
        assert again.rows.words == "3 of the 15,625 architectures of nb201, by position"
        assert [again.rows.architecture(row) for row in range(3)] == [space.at(place) for place in (7, 4000, 15_624)]

    def test_numbers_are_positions_of_the_space_here_too(self, part: Table):
        """The same question has the same answer whether or not other architectures are missing."""
        assert part.accuracy(np.array([15_624, 7]), **ASKED).tolist() == [85, 80]
        assert part.bind(metric="accuracy", **ASKED)(4000) == 90
        assert part.masked(np.array([4000]), ACCURACY).tolist() == [90]

    def test_the_others_are_errors(self, part: Table):
        cell = get_space("nb201").at(8)
        with pytest.raises(ValueError, match=r"does not have \|.*; it has 3 of the 15,625 architectures of nb201"):
            part.accuracy([cell], **ASKED)
        with pytest.raises(ValueError, match="does not have"):
            part.accuracy(np.array([7, 8]), **ASKED)
        with pytest.raises(ValueError, match="does not have"):
            part.bind(metric="accuracy", **ASKED)(8)
        with pytest.raises(ValueError, match="positions in nb201 from 7 to 15625: there are 0 to 15624"):
            part.accuracy(np.array([7, 15_625]), **ASKED)
        with pytest.raises(ValueError, match=r"3 of the 15,625 .* not the positions of a search space"):
            _ = part.space

    @pytest.mark.parametrize("keys", [[1, 1], [2, 1], [-1, 3], [3, 15_625]])
    def test_keys_are_ascending_positions(self, provenance, keys):
        with pytest.raises(ValueError, match=r"ascending, each once|nb201 has 15,625"):
            Table.from_arrays({ACCURACY: np.array([80.0, 90.0])}, provenance, np.array(keys))


CELLS = [cells.parse(text) for text in ("output(0)", "conv3x3(0)+output(1)", "conv1x1(0)+conv3x3(0,1)+output(1,2)")]
ISOMORPHIC = cells.parse("conv1x1(0)+maxpool3x3(0)+output(1,2)"), cells.parse("maxpool3x3(0)+conv1x1(0)+output(1,2)")


class TestCells:
    """Cells of the search space in a table of hashes."""

    @pytest.fixture
    def table(self, provenance) -> Table:
        names = sorted(module_hash(one) for one in (*CELLS, ISOMORPHIC[0]))
        return Table.from_arrays({ACCURACY: np.arange(4.0)}, replace(provenance, space="nb101"), packed(names))

    def test_they_are_found_by_their_hash(self, table: Table):
        for asked in (*CELLS, *ISOMORPHIC):
            assert table.accuracy([asked], **ASKED) == table.accuracy([module_hash(asked)], **ASKED)
        assert table.accuracy([ISOMORPHIC[0]], **ASKED) == table.accuracy([ISOMORPHIC[1]], **ASKED)
        with pytest.raises(ValueError, match=r"has no cell maxpool3x3\(0\)\+output\(1\); it has 4 cells"):
            table.accuracy([CELLS[0], cells.parse("maxpool3x3(0)+output(1)")], **ASKED)

    def test_integers_are_positions_and_never_rows(self, table: Table):
        """Cases, group 2: asked by position, 10,681 cells got another one's numbers."""
        space = get_space("nb101")
        known = np.array([space.position(one) for one in (*CELLS, ISOMORPHIC[1])])
        assert table.accuracy(known, **ASKED).tolist() == table.accuracy([*CELLS, ISOMORPHIC[1]], **ASKED).tolist()
        bound = table.bind(metric="accuracy", **ASKED)
        assert [bound(int(position)) for position in known] == table.accuracy(known, **ASKED).tolist()
        for row in range(4):
            with pytest.raises(ValueError, match=r"the table does not have .*; it has 4 cells"):
                bound(row)
        for wrong in (-1, 423_624):
            with pytest.raises(ValueError, match=r"positions in nb101 from .*: there are 0 to 423623"):
                bound(wrong)

    def test_all_positions_of_the_complete_table_are_its_rows(self, provenance):
        everything = get_space("nb101").enumeration.hashes
        table = Table.from_arrays(
            {ACCURACY: np.linspace(0, 100, len(everything))}, replace(provenance, space="nb101"), np.array(everything)
        )
        positions = np.random.default_rng(0).integers(len(everything), size=1000)
        np.testing.assert_array_equal(table.accuracy(positions, **ASKED), table.whole(ACCURACY)[positions])

    def test_cells_of_other_spaces_are_refused_by_name(self, table: Table):
        with pytest.raises(ValueError, match="is an architecture of nb201, not of nb101"):
            table.accuracy([CELLS[0], get_space("nb201").at(0)], **ASKED)

    def test_they_have_positions_as_in_a_table_of_positions(self, table: Table, provenance):
        space = get_space("nb101")
        assert table.rows.positions.tolist() == sorted(space.position(one) for one in (*CELLS, ISOMORPHIC[1]))
        positions = np.array(sorted({0, space.position(CELLS[1]), space.position(ISOMORPHIC[1]), 423_623}))
        other = Table.from_arrays({ACCURACY: np.arange(4.0)}, replace(provenance, space="nb101"), positions)
        for first, second in ((table, other), (other, table)):
            here, there = first.rows.shared(second.rows)
            assert len(here) == 2
            np.testing.assert_array_equal(first.rows.positions[here], second.rows.positions[there])


@pytest.mark.slow
@given(st.sets(st.binary(min_size=16, max_size=16), min_size=1, max_size=30), st.data())
def test_any_hash_is_found_where_it_is(hashes, data):
    """Also those that end in zero bytes, which numpy's byte strings do not tell from shorter ones."""
    rows = ModuleHashes(np.frombuffer(b"".join(sorted(hashes)), dtype=np.uint8).reshape(-1, 16))
    wanted = data.draw(st.lists(st.sampled_from(sorted(hashes)), min_size=1))
    found = rows.find([one.hex() for one in wanted])
    assert [sorted(hashes)[row] for row in found] == wanted
    assert [rows.architecture(int(row)) for row in found] == [one.hex() for one in wanted]
