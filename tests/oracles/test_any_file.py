"""Whatever is done to a file of any format: it is read, or refused in a sentence that names it (cases, group 7)."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import darts_files
import extract_files
import nb101_files
import nb201_files
import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles import Column, Provenance, Split, Table
from nasrank.bench.oracles.ask.checks import check_columns
from nasrank.bench.oracles.ask.draft import Draft, Workshop, workshop
from nasrank.bench.oracles.imports.formats import extract
from nasrank.bench.oracles.imports.formats.format import FORMATS, Format

LONGEST = 2_500
SHEET = {"arch": extract_files.STRINGS, "run": [1, 2, 1, 2], "test": [90.5, 91.25, 10.0, 50.0]}
ENTRY = extract_files.entry(seeds={"column": "run"})


def _records() -> dict[int, object]:
    made = nb201_files.invented_record(np.random.default_rng(0), 7, names=(), short_names=["cifar100"])
    return {7: {"12": made["less"]}}


def _table() -> Table:
    columns = {
        Column("accuracy", "digits", Split.TEST_TABULATED, 3, 0): np.array([50.0, 60.0, np.nan]),
        Column("loss", "digits", Split.TEST_TABULATED, 3, 0, curve=range(1, 4)): np.arange(9.0).reshape(3, 3),
        Column("parameters", "digits"): np.array([5, 6, 7]),
    }
    provenance = Provenance("nb201", "invented", "0" * 64, "invented", "none", "none", "invented", 1)
    return Table.from_arrays(columns, provenance, np.array([7, 300, 4000]))


def _folder(at: Path) -> Path:
    return nb201_files.write_nats_folder(at / "NATS", _records())


def _full(at: Path) -> Path:
    (at / "a.pickle.pbz2").write_bytes(nb201_files.compressed(nb201_files.contents(_records())))
    return at / "a.pickle.pbz2"


def _tfrecord(at: Path) -> Path:
    return nb101_files.write(at / "a.tfrecord", nb101_files.invented_runs(nb101_files.invented_cells(2), (4, 108)))


def _arrow(at: Path, *, compressed: bool) -> Path:
    _table().write(at / "a.arrow", compressed=compressed)
    return at / "a.arrow"


def _sheet(at: Path, suffix: str) -> Path:
    extract_files.WRITERS[suffix](SHEET, at / f"a{suffix}")
    return at / f"a{suffix}"


def _checked_parquet(at: Path) -> Path:
    pyarrow.parquet.write_table(pa.table(SHEET), at / "a.parquet", write_page_checksum=True)
    return at / "a.parquet"


SAMPLES: dict[str, tuple[str, Callable[[Path], Path], int]] = {
    "torch": (
        "nas-bench-201",
        lambda at: nb201_files.write_torch_file(at / "a.pth", nb201_files.contents(_records())),
        50,
    ),
    "torch-zip": (
        "nas-bench-201",
        lambda at: nb201_files.write_torch_file(at / "a.pth", nb201_files.contents(_records()), legacy=False),
        50,
    ),
    "folder": ("nats-bench-topology", _folder, 60),
    "tar": ("nats-bench-topology-tar", lambda at: nb201_files.write_tar(at / "a.tar", _folder(at)), 50),
    "full": ("nats-bench-topology-full", _full, 50),
    "tfrecord": ("nas-bench-101", _tfrecord, 200),
    "nds": ("nds-darts", lambda at: darts_files.write_nds(at / "DARTS.json", 2), 150),
    "nb301": ("nas-bench-301", lambda at: darts_files.write_nb301(at / "nb_301", 2, flat=True), 150),
    "arrow": ("nasrank-table", partial(_arrow, compressed=False), 250),
    "arrow-compressed": ("nasrank-table", partial(_arrow, compressed=True), 250),
    "csv": ("sheet", partial(_sheet, suffix=".csv"), 120),
    "csv.gz": ("sheet", partial(_sheet, suffix=".csv.gz"), 120),
    "json": ("sheet", partial(_sheet, suffix=".json"), 100),
    "list.json": ("sheet", partial(_sheet, suffix=".list.json"), 100),
    "parquet": ("sheet", partial(_sheet, suffix=".parquet"), 150),
    "parquet-checked": ("sheet", _checked_parquet, 150),
}
"""Format, what writes a small file of it, and how many times that is altered."""

PROTECTED = {"torch-zip", "folder", "tar", "full", "tfrecord", "arrow", "arrow-compressed", "csv.gz"}
"""Those of which every value is covered by a checksum. Parquet has it for its pages; see test_altered_parquet."""

WORDS = [
    bytes(1),
    b"\xff",
    bytes(4),
    b"\xff" * 4,
    b"\x7f\xff\xff\xff",
    bytes(8),
    b"\xff" * 8,
    b"\x1b[31m",
    b'"',
    b"[",
    b"9",
]


def overwritten(data: bytes, generator: np.random.Generator) -> bytes:
    """A bit, or a few bytes, of another value; of the same length."""
    place = int(generator.integers(len(data)))
    if generator.random() < 0.5:
        return data[:place] + bytes([data[place] ^ 1 << int(generator.integers(8))]) + data[place + 1 :]
    word = WORDS[generator.integers(len(WORDS))][: len(data) - place]
    return data[:place] + word + data[place + len(word) :]


def rearranged(data: bytes, generator: np.random.Generator) -> bytes:
    """Cut off, left out, put in or repeated."""
    first, last = sorted(generator.integers(len(data) + 1, size=2).tolist())
    match int(generator.integers(4)):
        case 0:
            return data[:last]
        case 1:
            return data[:first] + data[last:]
        case 2:
            return data[:first] + WORDS[generator.integers(len(WORDS))] + data[first:]
    return data[:last] + data[first:]


def contents(draft: Draft) -> dict[str, object]:
    """Everything that is to be the same."""
    values = {(str(column), column.derivation): array.tobytes() for column, array in draft.columns.items()}
    return {"values": values, "keys": None if draft.keys is None else draft.keys.tobytes(), "space": draft.space}


def read(format: Format, source: Path, here: Workshop) -> dict[str, object] | None:
    """What a file says, or None where it is refused, as it has to be."""
    try:
        draft = format.read(source, here)
    except (ValueError, OSError) as reason:
        words = str(reason)
    else:
        try:
            check_columns(draft.columns, draft.space, draft.keys)
        except ValueError as reason:  # to which `compile_table` adds the name
            words = f"{source}: {reason}"
        else:
            return contents(draft)
    assert len(words) < LONGEST
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", words)
    assert source.name in words
    return None


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLES)
def test_an_altered_file_is_read_or_refused_and_never_misread(name: str, tmp_path: Path):
    kind, write, times = SAMPLES[name]
    mapping = tmp_path / "mine.toml"
    mapping.write_text(extract_files.ABOUT + ENTRY)
    format = extract.format_of(mapping) if kind == "sheet" else FORMATS[kind]
    generator = np.random.default_rng(zlib.crc32(name.encode()))
    source = write(tmp_path)
    files = sorted(source.iterdir()) if source.is_dir() else [source]
    whole = {path: path.read_bytes() for path in files}
    with workshop(tmp_path) as here:
        original = read(format, source, here)
        assert original is not None
        refused = 0
        for number in range(times):
            path = files[generator.integers(len(files))]
            change = overwritten if number % 2 else rearranged
            changed = change(whole[path], generator)
            path.write_bytes(changed)
            found = read(format, source, here)
            refused += found is None
            if name in PROTECTED and change is overwritten:
                assert found is None or found == original, f"{number}: {path.name} is read as something else"
            path.write_bytes(whole[path])
    assert refused > times / 4


@pytest.mark.slow
def test_altered_parquet_with_checksums_is_refused_wherever_a_page_is(tmp_path: Path):
    """Without the comparison, ten of 120 changed bits were imported as other numbers (cases, group 7)."""
    mapping, source = tmp_path / "mine.toml", tmp_path / "a.parquet"
    mapping.write_text(extract_files.ABOUT + extract_files.entry())
    values = np.random.default_rng(0).uniform(2, 100, 4)
    table = pa.table({"arch": extract_files.STRINGS, "test": values})
    pyarrow.parquet.write_table(table, source, write_page_checksum=True, compression="none", use_dictionary=False)
    data = source.read_bytes()
    start = data.index(values.tobytes())
    with workshop(tmp_path) as here:
        format = extract.format_of(mapping)
        for bit in range(0, 8 * values.nbytes):
            place = start + bit // 8
            source.write_bytes(data[:place] + bytes([data[place] ^ 1 << bit % 8]) + data[place + 1 :])
            with pytest.raises(DataError, match=r"a\.parquet is truncated, altered or malformed"):
                format.read(source, here)
