"""Pickled data frames are read as data, whatever they ask for."""

from __future__ import annotations

import sys
from typing import Any

import frames
import numpy as np
import pytest
from frames import Call, Name, New, block, frame, frame_of, names_of, numbers_to, texts, written
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.foreign import inert_pickle
from nasrank.bench.oracles.foreign.inert_pickle import PickleError
from nasrank.bench.oracles.foreign.pandas_frame import columns_of_frame

TYPES = st.sampled_from(["<i8", "<f8", "<f4", "|i1", "|b1", ">f8"])
TWO = {"index": np.arange(3), "accuracy": np.array([0.5, 0.25, 0.75])}


@pytest.mark.slow
@given(st.data(), st.integers(0, 20), st.lists(st.text(max_size=20), min_size=1, max_size=5, unique=True))
def test_any_frame_of_numbers_is_read(data: st.DataObject, rows: int, names: list[str]) -> None:
    columns = {name: data.draw(arrays.arrays(data.draw(TYPES), rows)) for name in names}
    read = columns_of_frame(written(frame(columns)))
    assert list(read) == names
    for name, values in columns.items():
        assert read[name].dtype == values.dtype.newbyteorder("=")
        np.testing.assert_array_equal(read[name], values)


def test_columns_of_one_type_may_share_a_block() -> None:
    values = np.arange(6.0).reshape(2, 3)
    other = block(frames.array_of(np.arange(3)[None]), slice(1, 2, 1))
    both = block(frames.array_of(values), slice(0, 4, 2))
    read = columns_of_frame(written(frame_of((other, both), [names_of(["a", "b", "c"]), numbers_to(3)])))
    assert {name: one.tolist() for name, one in read.items()} == {"a": [0, 1, 2], "b": [0, 1, 2], "c": [3, 4, 5]}


def test_pandas_is_neither_needed_nor_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert columns_of_frame(written(frame(TWO))).keys() == TWO.keys()


def replaced(**changes: Any) -> New:
    """A frame of two columns with other blocks, names or numbers."""
    parts: dict[str, Any] = {
        "blocks": tuple(block(frames.array_of(one[None]), slice(k, k + 1, 1)) for k, one in enumerate(TWO.values())),
        "names": names_of(list(TWO)),
        "numbers": numbers_to(3),
    } | changes
    return frame_of(parts["blocks"], [parts["names"], parts["numbers"]])


ONE = block(frames.array_of(np.zeros((1, 3))), slice(0, 1, 1))
SYSTEM = Name("os", "system")


@pytest.mark.parametrize(
    ("thing", "reason"),
    [
        ({"a": 1}, "not the pickle of a data frame"),
        (New(frames.FRAME, {}), "not made of blocks and two axes"),
        (New(frames.FRAME, {"_mgr": Call(frames.NEW_INDEX, ((), []))}), "not made of blocks and two axes"),
        (replaced(blocks=(ONE,)), "of 2 columns only 1 have values"),
        (replaced(blocks=(ONE, ONE)), "column 0, which is there twice"),
        (replaced(blocks=(ONE, block(frames.array_of(np.zeros((1, 3))), slice(2, 3, 1)))), "column 2, .* one too many"),
        (replaced(blocks=(ONE, block(frames.array_of(np.zeros((1, 3))), slice(-1, 0, 1)))), "column -1"),
        (replaced(blocks=(ONE, block(frames.array_of(np.zeros((2, 3))), slice(1, 2, 1)))), r"1 columns of 3 rows"),
        (replaced(blocks=(ONE, block(frames.array_of(np.zeros((1, 4))), slice(1, 2, 1)))), r"the shape \(1, 4\)"),
        (replaced(blocks=(ONE, block(frames.array_of(np.zeros((1, 3))), slice(1, 10**12, 1)))), "columns of 3 rows"),
        (replaced(blocks=(ONE, block(frames.array_of(np.zeros((1, 3))), slice(1, 2, 0)))), "places of its columns"),
        (replaced(blocks=(ONE, block(texts(["x"]), slice(1, 2, 1)))), "not an array of numbers"),
        (replaced(blocks=(ONE, Call(frames.BLOCK, (1,)))), "not an array of numbers"),
        (replaced(names=names_of(["one", "one"])), "two columns have one name: one, one"),
        (replaced(names=numbers_to(2)), "names of the columns are not texts"),
        (replaced(numbers=names_of(["x", "y", "z"])), "not numbered from 0 on"),
        (replaced(numbers=Call(frames.NEW_INDEX, (frames.RANGE, {"start": 1, "stop": 4, "step": 1}))), "from 0 on"),
        (replaced(numbers=numbers_to(-3)), "from 0 on"),
    ],
)
def test_another_layout_is_refused(thing: object, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        columns_of_frame(written(thing))


@pytest.mark.parametrize(
    ("thing", "reason"),
    [
        (Call(SYSTEM, ("true",)), "names os.system, which is not admitted"),
        (replaced(numbers=Call(SYSTEM, ("true",))), "names os.system, which is not admitted"),
        (replaced(blocks=(Call(Call(frames.PARTIAL, (SYSTEM,)), ("true",)),)), "names os.system"),
        (Call(Name("builtins", "getattr"), ({}, "get")), "names builtins.getattr"),
        (Call(Name("pandas.io.pickle", "read_pickle"), ("x",)), "names pandas.io.pickle.read_pickle"),
        (replaced(names=names_of([1])), "holds something else than as many texts"),  # type: ignore[list-item]
        (Call(Call(1, ()), ()), "calls something that is not an admitted function"),
        (texts(["a"], count=2), "array of 2 objects holds something else than as many texts"),
        (texts([["a"]]), "holds something else than as many texts"),
    ],
)
def test_what_asks_for_more_is_refused(thing: object, reason: str) -> None:
    with pytest.raises(PickleError, match=reason):
        columns_of_frame(written(thing))


def test_objects_are_made_of_nothing_but_a_list_of_texts() -> None:
    """Numpy would take the bytes for addresses."""
    kind = texts(["a"]).state[2]
    scalar = Call(Name("numpy.core.multiarray", "scalar"), (kind, bytes(8)))
    made = Call(
        Name("numpy.core.multiarray", "_reconstruct"),
        (Name("numpy", "ndarray"), (0,), b"b"),
        (1, (1,), kind, False, bytes(8)),
    )
    for thing in (scalar, made):
        with pytest.raises(PickleError, match="given by something else than a list of texts"):
            inert_pickle.load(written(thing), texts=True)
    with pytest.raises(PickleError, match="a numpy type other than"):
        inert_pickle.load(written(texts(["a"])))


@pytest.mark.slow
def test_calls_nest_as_deeply_as_a_file_likes() -> None:
    """Neither reading them nor letting them go recurses."""
    head = written(Call(frames.SLICE, ()))[:-1]
    deep = inert_pickle.load(head + b")R" * 100_000 + b".", calls={"builtins.slice"})
    assert isinstance(deep, inert_pickle.InertCall)
    del deep


@given(st.integers(0, 400), st.binary(min_size=1, max_size=8))
def test_altered_bytes_give_a_frame_or_a_reason(at: int, other: bytes) -> None:
    whole = written(frame(TWO))
    at %= len(whole)
    try:
        columns = columns_of_frame(whole[:at] + other + whole[at + len(other) :])
    except DataError:
        return
    assert all(isinstance(values, np.ndarray) for values in columns.values())


def test_a_truncated_frame_is_refused_everywhere() -> None:
    whole = written(frame(TWO))
    for length in range(0, len(whole), 7):
        with pytest.raises(DataError):
            columns_of_frame(whole[:length])
