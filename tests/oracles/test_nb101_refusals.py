from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nb101_files import FULL, altered, encoded, framed, invented_cells, invented_runs, write

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.ask.draft import Draft, workshop
from nasrank.bench.oracles.imports.formats.nb101_tfrecord import FORMAT

RUNS = list(invented_runs(invented_cells(12), FULL))


def read(path: Path) -> Draft:
    with workshop(path.parent) as here:
        return FORMAT.read(path, here)


RUN = RUNS[0]
BAD = float("nan")


class TestRefusing:
    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"final": (0.5, 1.5, 0.5)}, "has final validation_accuracy 1.5, not from 0 to 1"),
            ({"half": (0.5, 0.5, -0.1)}, "has half test_accuracy -0.1, not from 0 to 1"),
            ({"half": (BAD, 0.5, 0.5)}, "has half train_accuracy nan, not from 0 to 1"),
            ({"final_time": BAD}, "has final training_time nan, not 0 seconds or more"),
            ({"half_time": -1.0}, "has half training_time -1.0, not 0 seconds or more"),
            ({"total_time": -1.0}, "has total_time -1.0, not 0 seconds or more"),
            ({"total_time": float("inf")}, "has total_time inf, not 0 seconds or more"),
            ({"parameters": 0}, "has trainable_parameters 0, not a positive number"),
            ({"epochs": 50}, "is not a result of NAS-Bench-101: 50 epochs are none of the budgets 4, 12, 36, 108"),
            ({"epochs": 4.0}, "is not a result of NAS-Bench-101: 4.0 epochs are none"),
            ({"module_hash": "abc"}, "is not a result of NAS-Bench-101: 'abc' is not a module hash"),
            ({"operations": "input,conv5x5,output"}, "unknown operation 'conv5x5'"),
            ({"operations": "input,maxpool3x3"}, "are not the operations of 2 to 7 vertices"),
            ({"operations": "input," + "maxpool3x3," * 6 + "output"}, "are not the operations of 2 to 7 vertices"),
            ({"operations": "input,output", "adjacency": "01100"}, "'01100' is not an adjacency matrix of 2 vertices"),
            ({"operations": "input,output", "adjacency": "0200"}, "'0200' is not an adjacency matrix of 2 vertices"),
            ({"operations": "input,output", "adjacency": "0110"}, "'0110' has edges on or below the diagonal"),
            ({"operations": "input,output", "adjacency": "1100"}, "'1100' has edges on or below the diagonal"),
        ],
    )
    def test_an_impossible_run_by_its_number(self, tmp_path: Path, changes: dict[str, Any], reason: str):
        path = write(tmp_path / "bad.tfrecord", [RUNS[1], altered(RUN, **changes)])
        with pytest.raises(DataError) as error:
            read(path)
        assert "record 1 " in str(error.value)
        assert reason in str(error.value)

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"\xff",
            b"3",
            b"[" * 10**5,
            b'["00", 4]',
            b'{"a": 1}',
            b'[3, 4, "0100", "input,output", ""]',
            b'{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}',
            b'["0000000000000000000000000000000a", 4, "0100", 5, ""]',
            b'["0000000000000000000000000000000a", 4, "0100", null, ""]',
            b'["0000000000000000000000000000000a", 4, "0100", {"a": "input,output"}, ""]',
            b'["0000000000000000000000000000000a", 4, null, "input,output", ""]',
            b'["0000000000000000000000000000000a", 4, "0100", "input,output", 7]',
            b'["0000000000000000000000000000000a", 4, "0100", "input,output", null]',
            b'["0000000000000000000000000000000a", [[4]], "0100", "input,output", ""]',
            b'["0000000000000000000000000000000a", 1' + b"0" * 4000 + b', "0100", "input,output", ""]',
            b'["0000000000000000000000000000000a", 4, "' + b"1" * 10**5 + b'", "input,output", ""]',
            b'["0000000000000000000000000000000a", 4, "0100", "input,\\u001b[31m,output", ""]',
            b'[null, 4, "0100", "input,output", ""]',
            b'["0000000000000000000000000000000a", 4, 3, "input,output", ""]',
            b'["0000000000000000000000000000000a", 4, [], "input,output", ""]',
            b'["0000000000000000000000000000000a", 4, "0100", "input,output", ""]',
            b'["0000000000000000000000000000000a", 4, "0100", "input,output", "CgAKAAoA"]',
            b'["0000000000000000000000000000000a", 4, "0100", "input,output", "Cgg="]',
            b'["0000000000000000000000000000000a", 4, "0100", "input,output", "\xc3\xa9"]',
        ],
    )
    def test_an_intact_record_of_something_else(self, tmp_path: Path, data: bytes):
        path = tmp_path / "foreign.tfrecord"
        path.write_bytes(framed(data))
        with pytest.raises(DataError, match=r"foreign\.tfrecord: record 0 ") as refusal:
            read(path)
        assert str(refusal.value).isprintable()
        assert len(str(refusal.value)) < 1000

    def test_a_measurement_at_another_epoch(self, tmp_path: Path):
        ends_early = encoded(RUN).replace(b"[4,", b"[12,").replace(b", 4, ", b", 12, ")
        path = tmp_path / "early.tfrecord"
        path.write_bytes(framed(ends_early))
        with pytest.raises(DataError, match=r"record 0 has half current_epoch 2.0, not the half one of its schedule"):
            read(path)

    @pytest.mark.parametrize(
        ("changes", "name"),
        [
            ({"parameters": RUN.cell.parameters + 1}, "parameters"),
            ({"operations": "input,output", "adjacency": "0100"}, "vertices"),
        ],
    )
    def test_one_hash_for_two_cells(self, tmp_path: Path, changes: dict[str, Any], name: str):
        path = write(tmp_path / "two.tfrecord", [*RUNS[3:6], RUN, altered(RUNS[1], **changes)])
        with pytest.raises(DataError, match=rf"records 3 and 4 are of the same cell {RUN.cell.module_hash}.*{name}"):
            read(path)

    def test_a_fourth_repeat(self, tmp_path: Path):
        path = write(tmp_path / "four.tfrecord", [*RUNS, RUN])
        with pytest.raises(DataError, match=f"record {len(RUNS)} is run 4 of cell {RUN.cell.module_hash} for 4 epochs"):
            read(path)

    def test_an_empty_file(self, tmp_path: Path):
        (tmp_path / "empty").touch()
        with pytest.raises(DataError, match="is empty"):
            read(tmp_path / "empty")


SMALL = b"".join(framed(encoded(run)) for run in RUNS[:2])


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damaged") / "nasbench.tfrecord"


@settings(max_examples=60)
@given(place=st.integers(0, len(SMALL) - 1), bits=st.integers(1, 255))
def test_any_altered_byte_is_refused(damaged: Path, place: int, bits: int):
    content = bytearray(SMALL)
    content[place] ^= bits
    damaged.write_bytes(content)
    with pytest.raises(DataError, match=r"record [01] at byte \d+ is"):
        read(damaged)


@settings(max_examples=60)
@given(size=st.integers(1, len(SMALL) - 1).filter(lambda size: size != len(framed(encoded(RUNS[0])))))
def test_a_file_cut_anywhere_within_a_record_is_refused(damaged: Path, size: int):
    damaged.write_bytes(SMALL[:size])
    with pytest.raises(DataError, match=rf"record [01] at byte \d+ is truncated: the file ends at byte {size}"):
        read(damaged)
