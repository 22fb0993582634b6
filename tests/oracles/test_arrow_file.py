from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles import Column, Provenance, Split, Table

Arrays = dict[Column, np.ndarray]


@pytest.fixture
def path(table: Table, tmp_path: Path) -> Path:
    table.write(tmp_path / "deep" / "table.arrow")
    return tmp_path / "deep" / "table.arrow"


def test_everything_comes_back(path: Path, table: Table, arrays: Arrays, provenance: Provenance):
    opened = Table.open(path)
    assert opened.provenance == provenance
    assert opened.columns == table.columns
    assert [column.derivation for column in opened.columns] == [column.derivation for column in table.columns]
    assert isinstance(opened.columns[0].split, Split)
    for column, values in arrays.items():
        assert np.array_equal(opened.whole(column), values, equal_nan=True)
        assert opened.whole(column).dtype == values.dtype
    opened.verify()


def test_the_file_is_plain_arrow_that_others_can_read(path: Path, arrays: Arrays):
    read = pa.ipc.open_file(path).read_all()
    assert read.column_names == [str(column) for column in arrays]
    assert np.array_equal(read["parameters/cifar10"].to_numpy(), arrays[Column("parameters", "cifar10")])


def test_opening_maps_the_file_and_copies_nothing(path: Path):
    before = pa.total_allocated_bytes()
    opened = Table.open(path)
    assert opened.whole(opened.columns[0]).flags.writeable is False
    assert pa.total_allocated_bytes() - before < 50_000  # the file is 600 kB


def test_writing_twice_gives_the_same_bytes(path: Path, table: Table, tmp_path: Path):
    table.write(tmp_path / "again.arrow")
    assert (tmp_path / "again.arrow").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("kept", [0, 7, 100, 0.5, -1, -8, -200])
def test_a_truncated_file_is_refused(path: Path, kept: float):
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept) if isinstance(kept, float) else kept])
    with pytest.raises(DataError, match="is truncated, altered or not a table"):
        Table.open(path)


def test_no_altered_byte_changes_a_number(path: Path, arrays: Arrays):
    """Flip one byte at a time, mostly in the description and the footer: refused, or all numbers as before."""
    content = bytearray(path.read_bytes())
    generator = np.random.default_rng(0)
    size = len(content)
    places = np.concatenate(
        [generator.integers(0, 4_000, 60), generator.integers(size - 4_000, size, 60), generator.integers(0, size, 40)]
    )
    refused = 0
    for place in places:
        altered = bytearray(content)
        altered[place] ^= int(generator.integers(1, 256))
        copy = path.with_name(f"altered-{place}.arrow")
        copy.write_bytes(altered)
        try:
            opened = Table.open(copy)
            for column, values in arrays.items():
                assert np.array_equal(opened.whole(column), values, equal_nan=True)
            assert opened.columns == tuple(arrays)
        except DataError:
            refused += 1
        copy.unlink()
    assert refused > 80


def test_an_altered_value_is_refused_when_it_is_read(path: Path, arrays: Arrays):
    column = next(iter(arrays))
    content = path.read_bytes()
    place = content.index(arrays[column].tobytes())
    path.write_bytes(content[: place + 80] + bytes([content[place + 80] ^ 1]) + content[place + 81 :])
    opened = Table.open(path)
    with pytest.raises(DataError, match=r"column accuracy/cifar10/test_50k/200/mean of the compiled table was altered"):
        opened.whole(column)
    with pytest.raises(DataError, match="was altered"):
        opened.verify()
    assert len(opened.whole(Column("parameters", "cifar10"))) == 15_625


def test_a_relabelled_column_is_refused(path: Path):
    """A file in which test accuracies were made out to be validation accuracies."""
    content = path.read_bytes()
    relabelled = content.replace(b'"split": "test_50k"', b'"split": "test_25k"')
    assert relabelled != content
    path.write_bytes(relabelled)
    with pytest.raises(DataError, match="its description does not have the checksum recorded"):
        Table.open(path)


def test_foreign_files_are_refused(tmp_path: Path):
    text = tmp_path / "text.arrow"
    text.write_text("not arrow at all, but long enough to hold a footer")
    with pytest.raises(DataError, match="is truncated, altered or not a table"):
        Table.open(text)
    foreign = tmp_path / "foreign.arrow"
    batch = pa.RecordBatch.from_pydict({"accuracy": [90.0]})
    with pa.OSFile(str(foreign), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as writer:
        writer.write_batch(batch)
    with pytest.raises(DataError, match="its schema carries no nasrank description"):
        Table.open(foreign)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path):
    with pytest.raises(DataError, match=r"there is no compiled table at .*nowhere\.arrow"):
        Table.open(tmp_path / "nowhere.arrow")


def test_interrupted_writing_leaves_the_old_file_and_no_rest(path: Path, table: Table, monkeypatch: pytest.MonkeyPatch):
    before = path.read_bytes()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        table.write(path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["table.arrow"]
