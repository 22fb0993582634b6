"""Arrow files with a wrong description and right checksums: one sentence, never a traceback (cases, group 7)."""

from __future__ import annotations

import copy
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles import Column, Provenance, Split, Table
from nasrank.bench.oracles.ask import arrow_file
from nasrank.bench.oracles.ask.arrow_file import Sealed
from nasrank.bench.oracles.imports.formats import own

END = Column("accuracy", "digits", Split.TEST_TABULATED, 3, 0)
CURVE = Column("loss", "digits", Split.TEST_TABULATED, 3, 0, curve=range(1, 4))
COUNT = Column("parameters", "digits")
VALUES = {END: np.array([50.0, 60.0, 70.0]), CURVE: np.arange(9.0).reshape(3, 3), COUNT: np.array([5, 6, 7])}
PROVENANCE = Provenance("nb201", "invented", "0" * 64, "invented", "none", "none", "invented", 1)
WRONG: list[object] = [
    None,
    True,
    -1,
    2**70,
    0.5,
    "",
    "x\x1b[31m",
    "a" * 10**5,
    [],
    [1, 2, 3],
    [0] * 3,
    {},
    {"a": 1},
    [[]],
]


def sealed() -> Sealed:
    return arrow_file.seal(VALUES, PROVENANCE, np.array([7, 300, 4000]))


def description() -> dict[str, Any]:
    return json.loads(sealed().batch.schema.metadata[b"nasrank"])


def write(path: Path, batch: pa.RecordBatch, text: bytes, batches: int = 1) -> Path:
    """A file of our own kind with any content: whoever can write one can give it the right checksum."""
    batch = batch.replace_schema_metadata({b"nasrank": text, b"nasrank.crc32": str(zlib.crc32(text))})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as writer:
        for _ in range(batches):
            writer.write_batch(batch)
    return path


def refused(path: Path) -> str:
    with pytest.raises(DataError) as refusal:
        Table.open(path).verify()
    assert path.name in str(refusal.value)
    assert len(str(refusal.value)) < 1000
    assert str(refusal.value).isprintable()
    return str(refusal.value)


def places(node: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key in node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ():
        yield (*way, key)
        yield from places(node[key], (*way, key))


def outcome(path: Path) -> str:
    """Why a file is refused, or nothing where it has the very values that it should have."""
    try:
        table = Table.open(path)
        same = all(np.array_equal(table.whole(column), values) for column, values in VALUES.items())
    except DataError as reason:
        return str(reason)
    return "" if same else "\N{BELL}"


@pytest.mark.parametrize("way", [*places(description())], ids=str)
def test_anything_in_the_place_of_anything(way: tuple[Any, ...], tmp_path: Path):
    """The table is what it was, or is refused; texts that only say something may be any text."""
    *above, last = way
    for wrong in WRONG:
        changed = copy.deepcopy(description())
        node = changed
        for key in above:
            node = node[key]
        original, node[last] = node[last], wrong
        path = write(tmp_path / "forged.arrow", sealed().batch, json.dumps(changed).encode())
        words = outcome(path)
        assert len(words) < 1000
        assert words.isprintable()
        if not words:
            assert last in ("unit", "direction") or isinstance(wrong, str | int) or wrong == original


@pytest.mark.parametrize("way", [*places(description())], ids=str)
def test_what_is_left_out(way: tuple[Any, ...], tmp_path: Path):
    *above, last = way
    changed = description()
    node = changed
    for key in above:
        node = node[key]
    del node[last]
    path = write(tmp_path / "forged.arrow", sealed().batch, json.dumps(changed).encode())
    if last in ("unit", "direction"):  # which follow from the metric
        Table.open(path).verify()
    else:
        refused(path)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"[]",
        b"3",
        b"{",
        b"[" * 10**5,
        b"\xff",
        b'{"format": 2}',
        b'{"format": 2, "columns": []}',
        b"9" * 10**4,
    ],
)
def test_a_description_of_nothing(text: bytes, tmp_path: Path):
    refused(write(tmp_path / "forged.arrow", sealed().batch, text))


def replaced(place: int, array: pa.Array) -> pa.RecordBatch:
    batch = sealed().batch
    return batch.set_column(place, batch.schema.names[place], array)


FORGED = {
    "texts": replaced(0, pa.array(["a", "b", "c"])),
    "half precision": replaced(0, pa.array(np.zeros(3, np.float16))),
    "32 bits": replaced(0, pa.array(np.zeros(3, np.float32))),
    "a list for a number": replaced(0, pa.array([[1.0], [2.0], [3.0]])),
    "a number for a curve": replaced(1, pa.array([1.0, 2.0, 3.0])),
    "a shorter curve": replaced(1, pa.FixedSizeListArray.from_arrays(np.zeros(6), 2)),
    "a list of texts": replaced(1, pa.array([["a"] * 3] * 3, pa.list_(pa.string(), 3))),
    "a dictionary": replaced(0, pa.array(["a", "b", "c"]).dictionary_encode()),
    "nothing": replaced(0, pa.nulls(3)),
    "keys that are missing": replaced(3, pa.array([7, None, 4000])),
    "keys that are texts": replaced(3, pa.array(["7", "300", "4000"])),
    "keys of 8 bytes": replaced(3, pa.array([b"a" * 8] * 3, pa.binary(8))),
    "no rows": sealed().batch.slice(0, 0),
}


@pytest.mark.parametrize("name", FORGED)
def test_columns_of_another_type(name: str, tmp_path: Path):
    refused(write(tmp_path / "forged.arrow", FORGED[name], json.dumps(description()).encode()))


@pytest.mark.parametrize("keys", [[300, 7, 4000], [7, 7, 8], [-1, 0, 1], [1, 2, 20_000]])
def test_keys_that_name_no_rows(keys: list[int], tmp_path: Path):
    changed = description() | {"keys": {"crc32": zlib.crc32(np.array(keys).data)}}
    batch = replaced(3, pa.array(keys))
    assert "positions" in refused(write(tmp_path / "forged.arrow", batch, json.dumps(changed).encode()))


@pytest.mark.parametrize("batches", [0, 2])
def test_as_many_batches(batches: int, tmp_path: Path):
    path = write(tmp_path / "forged.arrow", sealed().batch, json.dumps(description()).encode(), batches)
    assert f"it holds {batches} record batches" in refused(path)


def with_nulls(values: np.ndarray, missing: list[bool]) -> pa.Array:
    """Nulls over numbers that remain beneath."""
    mask = pa.array([not one for one in missing]).buffers()[1]
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), values.size, [mask, pa.py_buffer(values)])


OPENED: list[Callable[[Path], dict[Column, np.ndarray]]] = [
    lambda path: {column: Table.open(path).whole(column) for column in VALUES},
    lambda path: dict(own.read(path, None).columns),  # type: ignore[arg-type]
]


@pytest.mark.parametrize("read", OPENED, ids=["opened", "imported"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_nulls_are_missing_and_not_what_lies_beneath(place: int, read: Any, tmp_path: Path):
    column, values = list(VALUES.items())[place]
    missing = np.arange(values.size) % 3 == 1
    array = with_nulls(values, missing.tolist())
    if values.ndim == 2:
        array = pa.FixedSizeListArray.from_arrays(array, values.shape[1])
    path = write(tmp_path / "nulls.arrow", replaced(place, array), json.dumps(description()).encode())
    expected = np.where(missing.reshape(values.shape), np.nan, values)
    np.testing.assert_array_equal(read(path)[column], expected)


def test_a_curve_that_is_missing_as_a_whole(tmp_path: Path):
    mask = pa.array([True, False, True]).buffers()[1]
    numbers = pa.array(VALUES[CURVE].reshape(-1))
    array = pa.Array.from_buffers(pa.list_(pa.float64(), 3), 3, [mask], children=[numbers])
    path = write(tmp_path / "nulls.arrow", replaced(1, array), json.dumps(description()).encode())
    assert np.isnan(Table.open(path).whole(CURVE)).tolist() == [[False] * 3, [True] * 3, [False] * 3]


@pytest.mark.parametrize("compressed", [False, True])
def test_a_file_that_unfolds_is_refused_before_it_does(
    compressed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("nasrank.bench.oracles.ask.arrow_size.MOST", 2**20)
    provenance = Provenance("nb201", "invented", "0" * 64, "invented", "none", "none", "invented", 1)
    path = tmp_path / "a.arrow"
    arrow_file.write(arrow_file.seal({END: np.zeros(10**6)}, provenance), path, compressed=compressed)
    if compressed:
        assert "bytes unfold to 8,000,000" in refused(path)
    else:
        assert "1000000 rows for 15625" in refused(path)
