"""What a hostile file can cost is bounded. The limits themselves are lowered here, so that the tests are quick."""

from __future__ import annotations

import bz2
import io
import itertools
import pickle
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from pickles import MEASURED, PROTOCOL_4, STOP, named, text

from nasrank.bench.oracles.foreign import inert_pickle
from nasrank.bench.oracles.foreign.inert_pickle import PickleError, entries, limits, machine, memo, source

MODULE, NAME = MEASURED.split(".")


class TestNesting:
    """Depth costs memory in proportion to the file, and no recursion: neither building nor letting go."""

    @pytest.mark.parametrize(
        "data",
        [
            b"}(\x8c\x01a" * 50_000 + b"N" + b"u" * 50_000,
            b"]" * 50_000 + b"a" * 49_999,
            b")" + b"\x85" * 200_000,
            b"(" * 50_000 + b"t" * 50_000,
            named(MODULE, NAME) + b"\x94)\x81}\x8c\x01a" + b"h\x00)\x81}\x8c\x01a" * 50_000 + b"N" + b"sb" * 50_001,
        ],
        ids=["dictionaries", "lists", "tuples", "marks", "records"],
    )
    def test_nesting_deeper_than_any_stack_is_only_data(self, data: bytes):
        read = inert_pickle.load(PROTOCOL_4 + data + STOP, records={MEASURED})
        assert type(read).__name__ in ("dict", "list", "tuple", "InertObject")

    def test_sharing_is_not_multiplied(self):
        """A billion laughs: 10^100 when written out, a hundred lists in memory."""
        laughs = PROTOCOL_4 + b"]\x94" + b"".join(b"](" + b"h%b" % bytes([i]) * 10 + b"e\x94" for i in range(100))
        tracemalloc.start()
        with pytest.raises(PickleError, match="objects left over"):
            inert_pickle.load(laughs + STOP)
        assert tracemalloc.get_traced_memory()[1] < 4 * 2**20
        tracemalloc.stop()


class Endless(io.RawIOBase):
    """A stream that repeats without end, as what a small compressed file expands to may."""

    def __init__(self, start: bytes, again: bytes) -> None:
        super().__init__()
        self.pieces = itertools.chain([start], itertools.repeat(again * (2**20 // len(again))))

    def read(self, _size: int = -1) -> bytes:
        return next(self.pieces)


class TestLimits:
    @pytest.mark.slow
    @pytest.mark.parametrize("again", [b"N", b"K\x01G\0\0\0\0\0\0\0\0", b"\x8c\x02ab", b"C\x04abcd"])
    def test_an_endless_stream_of_plain_values(self, again: bytes, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(source, "BYTES", 2**20)
        with pytest.raises(PickleError, match="longer than 1,048,576 bytes"):
            inert_pickle.load(Endless(PROTOCOL_4, again))

    @pytest.mark.parametrize("again", [b"]", b"}", b"\x8f", b"(", b")\x85", b"](K\x01e", b"h\x00)\x81"])
    def test_an_endless_stream_of_containers(self, again: bytes, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(machine, "WORK", 10_000)
        with pytest.raises(PickleError, match="takes more than 10,000"):
            inert_pickle.load(Endless(PROTOCOL_4 + named(MODULE, NAME) + b"\x94", again), records={MEASURED})

    def test_an_endless_stream_of_recollections(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(memo, "REMEMBERED", 10_000)
        with pytest.raises(PickleError, match="remembers more than 10,000 objects"):
            inert_pickle.load(Endless(PROTOCOL_4 + b"\x8c\x02ab", b"\x94"))

    @pytest.mark.parametrize("again", [b"G\0\0\0\0\0\0\0\0\x94", b"C\x02ab\x94", b"N\x94", b")\x94"])
    def test_an_endless_stream_of_constants(self, again: bytes, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(memo, "CONSTANTS", 10_000)
        with pytest.raises(PickleError, match="more than 10,000 different constants"):
            inert_pickle.load(Endless(PROTOCOL_4, again))

    def test_a_small_compressed_file_that_expands_a_thousandfold(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(machine, "WORK", 100_000)
        with bz2.open(tmp_path / "bomb", "wb") as file:
            file.write(PROTOCOL_4 + b"]" * 2**22)
        assert (tmp_path / "bomb").stat().st_size < 2**12
        with bz2.open(tmp_path / "bomb", "rb") as file, pytest.raises(PickleError, match="takes more than"):
            inert_pickle.load(file)

    @pytest.mark.parametrize(
        ("argument", "function"),
        [
            (b"](" + b"K\x01" * 1000 + b"e", named("builtins", "set")),
            (b"](" + b"K\x01N\x86" * 1000 + b"e", named("collections", "OrderedDict")),
            (text("a" * 64_000) + text("latin1") + b"\x86", named("_codecs", "encode")),
        ],
        ids=["set", "dictionary", "bytes"],
    )
    def test_calls_with_recalled_arguments_do_not_multiply_them(self, argument: bytes, function: bytes):
        """A few bytes would cost a copy of thousands of values each time."""
        arguments = argument if argument.endswith(b"\x86") else argument + b"\x85"
        data = PROTOCOL_4 + arguments + b"q\xc8" + (function + b"h\xc8R") * 10_000 + STOP
        with pytest.raises(PickleError, match=f"takes more than {limits.WORK:,}"):
            inert_pickle.load(data)

    def test_attributes_are_not_copied(self):
        """A record takes the dictionary it is given: recalled ones cost nothing more."""
        state = b"}(" + b"".join(text(f"a{number}") + b"N" for number in range(1000)) + b"uq\x01"
        data = b"](" + named(MODULE, NAME) + b"q\x00" + state + b"h\x00)\x81h\x01b" * 100 + b"e"
        tracemalloc.start()
        records = inert_pickle.load(PROTOCOL_4 + data + STOP, records={MEASURED})
        assert tracemalloc.get_traced_memory()[1] < 4 * 2**20
        tracemalloc.stop()
        assert records[2].state is records[101].state is records[1]

    def test_remembering_one_object_without_end(self, monkeypatch: pytest.MonkeyPatch):
        """94 bytes of bz2 took 6.2 GB (cases, group 6)."""
        monkeypatch.setattr(machine, "WORK", 10_000)
        with pytest.raises(PickleError, match="takes more than 10,000 steps"):
            inert_pickle.load(Endless(PROTOCOL_4 + b"]", b"\x94"))

    def test_entries_are_counted_beside_the_instructions(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(machine, "WORK", 1_000)
        items = b"".join(b"K" + bytes([key]) + b"G\0\0\0\0\0\0\0\0" for key in range(200))
        assert len(inert_pickle.load(PROTOCOL_4 + b"}(" + items + b"u" + STOP)) == 200
        with pytest.raises(PickleError, match="takes more than 1,000 steps"):
            inert_pickle.load(PROTOCOL_4 + b"}" + (b"(" + items + b"u") * 6 + STOP)

    def test_all_entries_together_are_bounded_by_the_bytes_read(self, monkeypatch: pytest.MonkeyPatch):
        """Each of them is within its limit, and of nothing but instructions of one byte."""
        monkeypatch.setattr(entries, "WORK", 10_000)
        entry = b"K\x01}(K\x01](" + b"N" * 2_000 + b"eu"
        stored = PROTOCOL_4 + b"}(" + text("all") + b"}(" + entry * 20 + b"uu" + STOP
        with pytest.raises(PickleError, match="entries take more than a step for each"):
            inert_pickle.load_entries(io.BytesIO(stored), within="all", harvest=lambda key, value: None)


def probed(size: int) -> Iterator[int]:
    """Places of a dictionary in the order in which Python looks for a number, once its higher digits are used up."""
    place = 0
    while True:
        yield place
        place = (5 * place + 1) % size


class TestColliding:
    """Keys can be chosen to be looked for in the same places: a megabyte took 34 seconds (cases, group 6)."""

    COUNT = 40_000
    KEYS: ClassVar = [*itertools.islice(probed(2**17), COUNT), *(2**17 * (alias + 1) for alias in range(COUNT))]

    @pytest.mark.parametrize("kind", ["dictionary", "set", "called set", "ordered", "one by one", "tuples"])
    def test_numbers_as_keys_are_refused_before_they_are_stored(self, kind: str):
        numbers = [b"\x8a\x05" + key.to_bytes(5, "little") for key in self.KEYS]
        words = {
            "dictionary": b"}(" + b"".join(number + b"N" for number in numbers) + b"u",
            "set": b"\x8f(" + b"".join(numbers) + b"\x90",
            "called set": named("builtins", "set") + b"](" + b"".join(numbers) + b"e\x85R",
            "ordered": named("collections", "OrderedDict")
            + b"]("
            + b"".join(number + b"N\x86" for number in numbers)
            + b"e\x85R",
            "one by one": b"}" + b"".join(number + b"Ns" for number in numbers),
            "tuples": b"}(" + b"".join(number + b"\x85N" for number in numbers) + b"u",
        }
        with pytest.raises(PickleError, match=f"takes more than {limits.WORK:,} steps"):
            inert_pickle.load(PROTOCOL_4 + words[kind] + STOP)

    def test_recalled_numbers_read_in_bulk_are_refused_too(self):
        remembered = b"".join(b"\x8a\x05" + key.to_bytes(5, "little") + b"\x94" for key in self.KEYS)
        recalled = b"".join(b"j" + place.to_bytes(4, "little") + b"G" + bytes(8) for place in range(len(self.KEYS)))
        with pytest.raises(PickleError, match=f"takes more than {limits.WORK:,} steps"):
            inert_pickle.load(PROTOCOL_4 + b"](" + remembered + b"e}(" + recalled + b"u" + STOP)

    @pytest.mark.slow
    @pytest.mark.parametrize("thing", [dict.fromkeys(range(15_625)), set(range(15_625)), {str(n): n for n in KEYS}])
    def test_what_files_have_is_read(self, thing: object):
        """The indexes of all cells, and texts, whose hashes nobody can foresee."""
        for protocol in (2, 4):
            assert inert_pickle.load(pickle.dumps(thing, protocol)) == thing
