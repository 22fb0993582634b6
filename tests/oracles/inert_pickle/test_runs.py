"""What is read in bulk equals what is read one instruction at a time."""

from __future__ import annotations

import pickle
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pickles import PROTOCOL_4, STOP

from nasrank.bench.oracles.foreign import inert_pickle
from nasrank.bench.oracles.foreign.inert_pickle import PickleError, machine
from nasrank.bench.oracles.foreign.inert_pickle.memo import Memo
from nasrank.bench.oracles.foreign.inert_pickle.runs import read_runs
from nasrank.bench.oracles.foreign.inert_pickle.source import Source

FLOAT = b"G?\xe0\0\0\0\0\0\0"  # 0.5

epochs = st.integers(0, 400)
texts = st.builds("{}@{}".format, st.sampled_from(["x-valid", "ori-test", "é\u2028", ""]), epochs)
numbers = st.floats(allow_nan=False) | st.integers(0, 3)
curves = st.lists(epochs | texts, min_size=1, max_size=400).flatmap(
    lambda keys: st.lists(numbers, min_size=1, max_size=400).map(
        lambda values: {key: values[place % len(values)] for place, key in enumerate(keys)}
    )
)


def whole_curves(count: int) -> list[dict[object, float]]:
    """As the benchmarks have them; texts are written out the first time, and recalled the second."""
    words = [f"x-valid@{epoch}" for epoch in range(count)]
    return [
        {epoch: epoch / 3 for epoch in range(count)},
        {f"x-valid@{epoch}": epoch / 5 for epoch in range(count)},
        dict.fromkeys(words, 1.5),
        {word: epoch / 7 for epoch, word in enumerate(words)},
    ]


def plainly(data: bytes) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine, "read_runs", lambda source, memo: ([], [], 0))
        return inert_pickle.load(data)


@pytest.mark.slow
@given(data=st.lists(curves, max_size=4), protocol=st.integers(2, 5))
def test_dictionaries_of_numbers_read_as_pickle_reads_them(data: object, protocol: int):
    stored = pickle.dumps([data, data], protocol)
    assert inert_pickle.load(stored) == plainly(stored) == pickle.loads(stored)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("count", [3, 12, 90, 200, 1000])
def test_whole_curves_of_every_layout(protocol: int, count: int):
    stored = pickle.dumps(whole_curves(count), protocol)
    assert inert_pickle.load(stored) == plainly(stored) == whole_curves(count)


@pytest.mark.parametrize("protocol", [2, 4])
def test_they_are_indeed_read_in_bulk(protocol: int, monkeypatch: pytest.MonkeyPatch):
    read = []

    def counting(source: Source, memo: Memo) -> tuple[list[object], list[float]]:
        keys, values, foreseeable = read_runs(source, memo)
        read.append(len(keys))
        return keys, values, foreseeable

    monkeypatch.setattr(machine, "read_runs", counting)
    inert_pickle.load(pickle.dumps(whole_curves(200), protocol))
    # In protocol 2 the width of an entry changes where the memo reaches place 256.
    assert sum(read) >= 4 * 200 - 4 - (protocol == 2) * 8, read


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (b"}(" + (b"h\x05" + FLOAT) * 8 + b"u", "nothing was remembered"),
        (b"}\x94(" + (b"h\x00" + FLOAT) * 8 + b"u", "a key is a dict"),
        (b"}(" + (b"\x8c\x02\xff\xfe\x94" + FLOAT) * 8 + b"u", "can't decode"),
        (b"}(" + (b"K\x01" + FLOAT) * 8 + b"K\x02u", "key without a value"),
        (b"}(" + (b"K\x01" + FLOAT) * 8 + b"e", "entries for a list, but there is dict"),
        (b"}(" + (b"K\x01" + FLOAT) * 8, "left over"),
    ],
)
def test_malformed_runs_are_refused_on_either_path(words: bytes, reason: str):
    for read in (inert_pickle.load, plainly):
        with pytest.raises(PickleError, match=reason):
            read(PROTOCOL_4 + words + STOP)


def test_places_of_the_memo_that_do_not_follow_each_other_are_honoured():
    """Protocol 2 says where it remembers; these entries of equal width remember in places 9, 7, 8, 7 ..."""
    put = [9, 7, 8, 7, 3, 5, 6, 4]
    stored = b"\x80\x02](}("
    stored += b"".join(
        b"X\x01\0\0\0" + b"%d" % at + b"q" + struct.pack("B", place) + FLOAT for at, place in enumerate(put)
    )
    stored += b"u" + b"h\x07h\x09h\x04e" + STOP
    assert inert_pickle.load(stored)[1:] == pickle.loads(stored)[1:] == ["3", "0", "7"]
    assert inert_pickle.load(stored) == plainly(stored)


def test_a_run_that_fills_no_dictionary_is_what_the_next_instruction_says():
    stored = PROTOCOL_4 + b"}(" + (b"K\x01" + FLOAT) * 8 + b"t\x86" + STOP
    assert inert_pickle.load(stored) == ({}, (1, 0.5) * 8)
