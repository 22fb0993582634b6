from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nb101_files import framed

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.foreign.tfrecord import Span, first_record, masked_crc32c, records, spans

DATA = [b"first", b"", b"third " * 40, b"\0\xff"]
FILE = b"".join(framed(data) for data in DATA)


def read(path: Path) -> list[bytes]:
    return [data for span in spans(path, 64) for data in records(path, span)]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tfrecord") / "some.tfrecord"


def test_checksum_of_an_event_file():
    """Event files of TensorFlow 1 and 2 begin with a record of 24 bytes: 18000000 00000000 a37f4b22."""
    assert masked_crc32c(bytes.fromhex("1800000000000000")) == 0x224B7FA3


def test_unmasked_checksum_is_rfc_3720s():
    masked = masked_crc32c(bytes(32)) - 0xA282EAD8 & 0xFFFFFFFF
    assert (masked << 15 | masked >> 17) & 0xFFFFFFFF == 0x8A9136AA


def test_every_record_comes_back(path: Path):
    path.write_bytes(FILE)
    assert read(path) == DATA
    assert first_record(path) == b"first"


@pytest.mark.parametrize("size", [1, 40, 10_000])
def test_spans_follow_each_other_to_the_end(path: Path, size: int):
    path.write_bytes(FILE)
    first = start = 0
    for span in spans(path, size):
        assert (span.first, span.start) == (first, start)
        assert len(list(records(path, span))) == span.records
        first, start = first + span.records, span.stop
    assert (first, start) == (len(DATA), len(FILE))


def test_an_empty_file_has_no_records(path: Path):
    path.write_bytes(b"")
    assert spans(path, 64) == []
    assert first_record(path) is None


@given(place=st.integers(0, len(FILE) - 1), bits=st.integers(1, 255))
def test_any_altered_byte_is_refused(path: Path, place: int, bits: int):
    damaged = bytearray(FILE)
    damaged[place] ^= bits
    path.write_bytes(damaged)
    with pytest.raises(DataError, match=r"record \d at byte \d+ is (altered|truncated|not a result)"):
        read(path)


@given(size=st.integers(0, len(FILE)))
def test_a_cut_file_is_refused_or_shorter_by_whole_records(path: Path, size: int):
    path.write_bytes(FILE[:size])
    whole = [DATA[:count] for count in range(len(DATA) + 1) if len(b"".join(map(framed, DATA[:count]))) == size]
    if whole:
        assert read(path) == whole[0]
    else:
        with pytest.raises(DataError, match=rf"record \d at byte \d+ is truncated: the file ends at byte {size}"):
            read(path)


def test_a_file_that_shrinks_while_it_is_read_is_refused(path: Path):
    path.write_bytes(FILE[:30])
    with pytest.raises(DataError, match="record 1 at byte 21 is truncated"):
        list(records(path, Span(0, len(DATA), 0, len(FILE))))


def test_damage_is_placed(path: Path):
    damaged = bytearray(FILE)
    damaged[60] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(DataError, match=r"record 2 at byte 37 is altered: its 240 bytes of data"):
        read(path)


def test_an_announced_length_reserves_no_memory(path: Path):
    path.write_bytes(huge_header())
    with pytest.raises(DataError, match="record 0 at byte 0 is not a result: it announces 1,152,921,504,606,846,976"):
        read(path)
    assert first_record(path) is None


def huge_header() -> bytes:
    length = (1 << 60).to_bytes(8, "little")
    return length + masked_crc32c(length).to_bytes(4, "little")
