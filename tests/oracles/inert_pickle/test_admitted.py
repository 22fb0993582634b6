from __future__ import annotations

import bz2
import gzip
import io
import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pickles import MEASURED, PROTOCOL_2, STOP, Measured, as_plain, named, text

from nasrank.bench.oracles.foreign import inert_pickle
from nasrank.bench.oracles.foreign.inert_pickle import InertObject, PickleError, source

PROTOCOLS = [2, 3, 4, 5]
DTYPES = [
    "?",
    "i1",
    "u1",
    *(order + code for order in "<>" for code in ("i2", "i4", "i8", "u2", "u8", "f2", "f4", "f8")),
]

plain = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**1999), 2**1999)
    | st.floats(allow_nan=False)
    | st.text(max_size=300)
    | st.binary(max_size=300)
)
texts = st.text() | st.binary() | st.none()
numbers = st.integers(-(2**63), 2**63)
pairs = st.tuples(texts, numbers) | st.tuples(numbers, texts)
keys = numbers | texts | pairs | st.lists(texts | st.integers(0, 255), max_size=8).map(tuple)
admitted = st.recursive(
    plain | st.sets(keys, max_size=5),
    lambda inner: (
        st.lists(inner)
        | st.lists(inner, max_size=5).map(tuple)
        | st.dictionaries(keys, inner)
        | st.dictionaries(keys, inner).map(OrderedDict)
        | st.dictionaries(st.integers(0, 300), st.floats(allow_nan=False), min_size=5)
        | inner.map(lambda shared: [shared, {"again": shared}])
    ),
    max_leaves=20,
)


@pytest.mark.slow
@given(data=admitted, protocol=st.sampled_from(PROTOCOLS))
def test_whatever_is_admitted_reads_as_pickle_reads_it(data: object, protocol: int):
    """Protocols 0 and 1 write numbers as text, which is refused."""
    assert inert_pickle.load(pickle.dumps(data, protocol)) == data


@pytest.mark.slow
@given(data=admitted, protocol=st.sampled_from(PROTOCOLS), chunk=st.integers(1, 40))
def test_the_size_of_the_chunks_does_not_matter(data: object, protocol: int, chunk: int):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source, "CHUNK", chunk)
        assert inert_pickle.load(io.BytesIO(pickle.dumps(data, protocol))) == data


@pytest.mark.parametrize("opened", [open, bz2.open, gzip.open])
def test_streams_may_be_compressed(opened, tmp_path: Path):
    data = {f"cell {number}": [number, number / 3] for number in range(5_000)}
    with opened(tmp_path / "file", "wb") as file:
        pickle.dump(data, file)
    with opened(tmp_path / "file", "rb") as file:
        assert inert_pickle.load(file) == data
    whole = (tmp_path / "file").read_bytes()
    (tmp_path / "file").write_bytes(whole[: len(whole) // 2])
    with opened(tmp_path / "file", "rb") as file, pytest.raises(PickleError, match=r"truncated|cannot be read further"):
        inert_pickle.load(file)


def test_dictionaries_keep_the_order_of_the_file():
    assert list(inert_pickle.load(pickle.dumps(OrderedDict(b=1, a=2, c=3)))) == ["b", "a", "c"]


def test_python_2_writes_ordered_dictionaries_as_lists_of_pairs():
    pairs = b"](" + b"](" + text("b") + b"K\x01e" + b"](" + text("a") + b"K\x02e" + b"e"
    read = inert_pickle.load(PROTOCOL_2 + named("collections", "OrderedDict") + pairs + b"\x85R" + STOP)
    assert type(read) is dict
    assert list(read.items()) == [("b", 1), ("a", 2)]


class TestNumpy:
    @pytest.mark.parametrize("protocol", PROTOCOLS)
    @pytest.mark.parametrize("dtype", DTYPES)
    def test_scalars_become_python_numbers(self, dtype: str, protocol: int):
        value = np.array([0, 1, 100], dtype)[2]
        read = inert_pickle.load(pickle.dumps({"params": value, "again": value}, protocol))
        assert read == {"params": value.item(), "again": value.item()}
        assert type(read["params"]) in (bool, int, float)

    @pytest.mark.parametrize("protocol", PROTOCOLS[:-1])  # protocol 5 has numpy build arrays from buffers
    @pytest.mark.parametrize("dtype", DTYPES)
    @pytest.mark.parametrize("shape", [(), (5,), (0,), (2, 3), (3, 0, 2)])
    def test_arrays_are_read(self, dtype: str, protocol: int, shape: tuple[int, ...]):
        array = np.asfortranarray(np.arange(np.prod(shape)).reshape(shape).astype(dtype))
        stored = pickle.dumps([array, array], protocol)
        read, again = inert_pickle.load(stored)
        np.testing.assert_array_equal(read, array)
        assert read.dtype == pickle.loads(stored)[0].dtype  # numpy gives those of the other byte order this machine's
        assert read.flags.f_contiguous
        assert read is again

    def test_the_names_before_and_after_numpy_2_are_admitted(self):
        data = pickle.dumps(np.float64(0.25), protocol=2)
        for module in (b"numpy.core.multiarray", b"numpy._core.multiarray"):
            new = data.replace(b"numpy._core.multiarray", module).replace(b"numpy.core.multiarray", module)
            assert inert_pickle.load(new) == 0.25

    @pytest.mark.parametrize(
        "array",
        [
            np.array([{}, []], dtype=object),
            np.zeros(2, dtype="f8,i4"),
            np.zeros(2, dtype=[("a", "f8")]),
            np.array(["text"]),
            np.array([1j]),
            np.zeros(2, dtype="datetime64[s]"),
            np.zeros(2, dtype=np.longdouble),
            np.dtype("f8", metadata={"a": 1}),
        ],
    )
    def test_other_types_are_refused(self, array: object):
        with pytest.raises(PickleError, match="numpy"):
            inert_pickle.load(pickle.dumps(array, protocol=4))

    def test_the_bytes_must_fit_the_shape(self):
        data = pickle.dumps(np.zeros(4, np.uint8), protocol=4)
        for other in (data.replace(b"K\x04\x85", b"K\x05\x85"), data.replace(b"C\x04\0\0\0\0", b"C\x03\0\0\0")):
            assert other != data
            with pytest.raises(PickleError, match=r"shape \(\d,\) and uint8 has \d bytes"):
                inert_pickle.load(other)


class TestRecords:
    def test_objects_of_admitted_classes_become_inert_records(self):
        data = {}
        for number in range(300):  # more than 256 objects, so that far recalls occur
            architecture = (number % 5, 1, 2, 3)
            data[f"cell {number}"] = Measured(architecture, number / 7, Measured(architecture, -1.5))
        for protocol in PROTOCOLS:
            read = inert_pickle.load(pickle.dumps(data, protocol), records={MEASURED})
            assert as_plain(read) == as_plain(data)
            assert type(read["cell 0"]) is InertObject

    def test_objects_may_be_written_the_old_way(self):
        """As classes are below protocol 2, and in files that mix the two."""
        module, name = MEASURED.split(".")
        arguments = named(module, name) + named("__builtin__", "object") + b"N\x87"
        state = b"}" + text("value") + b"G?\xe0\0\0\0\0\0\0s"
        read = inert_pickle.load(
            PROTOCOL_2 + named("copy_reg", "_reconstructor") + arguments + b"R" + state + b"b.", records={MEASURED}
        )
        assert as_plain(read) == (MEASURED, {"value": 0.5})

    def test_a_record_is_the_same_object_wherever_it_is_recalled(self):
        record = Measured((1, 2, 3, 4), 0.5)
        read = inert_pickle.load(pickle.dumps({"a": record, "b": record}, protocol=4), records={MEASURED})
        assert read["a"] is read["b"]


def test_the_first_of_several_pickles_is_read_and_the_place_of_the_next_known():
    first, second = pickle.dumps([1]), pickle.dumps("two")
    assert inert_pickle.load_first(first + second) == ([1], len(first))
    with pytest.raises(PickleError, match="bytes left over"):
        inert_pickle.load(first + second)
