"""Small files that would take gigabytes or hours: every kind is read or refused within 2 GiB (cases, group 6).

Each is read by a process of its own, whose address space and processor time end where a promise was broken.
"""

from __future__ import annotations

import bz2
import gzip
import json
import pickle
import re
import struct
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import extract_files
import nb101_files
import nb201_files
import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from nasrank.bench.oracles import Column, Provenance, Split
from nasrank.bench.oracles.ask import arrow_file
from nasrank.bench.oracles.imports.formats.nb201.nats_members import META

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="limits are those of Linux")]

GIB = 2**30
READER = f"""
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, ({6 * GIB}, {6 * GIB}))
resource.setrlimit(resource.RLIMIT_CPU, (120, 120))
from nasrank.bench.oracles.imports.formats.extract import format_of
from nasrank.bench.oracles.imports.library import import_table, recognise
source, mapping, cache = map(Path, sys.argv[1:])
try:
    import_table(source, format=format_of(mapping) if mapping.suffix else recognise(source), name="bomb", cache=cache)
    outcome = "read"
except (ValueError, OSError) as reason:
    outcome = f"refused: {{reason}}"
print(outcome[:2000], len(outcome))
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
NOTHING = pickle.NONE
HEAD = pickle.PROTO + b"\x04"
MILLION = 10**6


def nested(levels: int = 60) -> list[object]:
    """2^60 texts when it is written out."""
    thing: list[object] = ["x"]
    for _ in range(levels):
        thing = [thing, thing]
    return thing


def meta(**changes: object) -> bytes:
    return nb201_files.compressed({"meta_archs": nb201_files.CELLS, "evaluated_indexes": set(), **changes})


def record(**changes: object) -> dict[str, object]:
    """One architecture's, short schedule only, with some of its fields changed."""
    made = nb201_files.invented_record(np.random.default_rng(0), 7, names=(), schedules=("12", "200"))["12"]
    return {"12": {**made, **changes}}


def folder(path: Path, *, meta_file: bytes = b"", **members: bytes) -> Path:
    path.mkdir()
    (path / META).write_bytes(meta_file or meta())
    for name, content in members.items():
        (path / f"{name.removeprefix('n')}.pickle.pbz2").write_bytes(content)
    return path


def many_seeds() -> bytes:
    made = record()["12"]
    result = next(iter(made["all_results"].values()))  # type: ignore[index]
    results = {("cifar10", seed): result for seed in range(2500)}
    return nb201_files.compressed({"12": {**made, "all_results": results, "dataset_seed": {"cifar10": [*range(2500)]}}})  # type: ignore[dict-item]


def colliding(count: int) -> bytes:
    """A dictionary of numbers that Python looks for in each other's places: the later, the longer."""
    size = 1 << (count * 3 // 2).bit_length()
    chain, place = [], 0
    for _ in range(count // 2):
        chain.append(place)
        place = (5 * place + 1) % size
    aliases = [chain[0] + size * (alias + 1) for alias in range(count // 2)]
    items = b"".join(pickle.LONG1 + b"\x05" + key.to_bytes(5, "little") + NOTHING for key in [*chain, *aliases])
    return pickle.EMPTY_DICT + pickle.MARK + items + pickle.SETITEMS


def torch_file(path: Path, program: bytes) -> Path:
    with path.open("wb") as file:
        for part in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}):
            pickle.dump(part, file, protocol=2)
        file.write(HEAD + program + pickle.STOP)
        pickle.dump([], file, protocol=2)
    return path


def torch_zip(path: Path, program: bytes, compression: int) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("archive/data.pkl", HEAD + program + pickle.STOP)
    return path


def full_pickle(path: Path, program: bytes) -> Path:
    path.write_bytes(bz2.compress(HEAD + program + pickle.STOP))
    return path


def tar(path: Path, size: int) -> Path:
    entry = tarfile.TarInfo("NATS/000001.pickle.pbz2")
    entry.size = size
    path.write_bytes(entry.tobuf() + bytes(2**20))
    return path


def parquet(path: Path, table: pa.Table, rows: int) -> Path:
    with pyarrow.parquet.ParquetWriter(path, table.schema, compression="zstd") as writer:
        for _ in range(-(-rows // table.num_rows)):
            writer.write_table(table)
    return path


def equal_rows(path: Path) -> Path:
    name = pa.array([extract_files.STRINGS[0]] * MILLION).dictionary_encode()
    return parquet(path, pa.table({"arch": name, "test": [90.0] * MILLION}), 30 * MILLION)


def long_texts(path: Path) -> Path:
    name = pa.DictionaryArray.from_arrays(pa.array(np.zeros(MILLION, np.int32)), pa.array(["x" * 2**20]))
    return parquet(path, pa.table({"arch": name, "test": [90.0] * MILLION}), MILLION)


def long_lists(path: Path) -> Path:
    lists = pa.FixedSizeListArray.from_arrays(np.ones(100 * MILLION, np.int64), 100_000).cast(pa.list_(pa.int64()))
    return parquet(path, pa.table({"arch": lists, "test": [90.0] * len(lists)}), len(lists))


def arrow(path: Path, rows: int) -> Path:
    column = Column("accuracy", "digits", Split.TEST_TABULATED, 3, 0)
    provenance = Provenance("nb201", "invented", "0" * 64, "invented", "none", "none", "invented", 1)
    arrow_file.write(arrow_file.seal({column: np.zeros(rows)}, provenance), path, compressed=True)
    return path


def text(path: Path, content: str) -> Path:
    path.write_text(content)
    return path


def csv_gz(path: Path, line: bytes, lines: int) -> Path:
    with gzip.open(path, "wb") as file:
        file.write(b"arch,test\n")
        for _ in range(lines // 10_000):
            file.write(line * 10_000)
    return path


def tfrecord(path: Path, data: bytes) -> Path:
    path.write_bytes(nb101_files.framed(data))
    return path


PICKLES: dict[str, Callable[[Path], Path]] = {
    "shared-cells": lambda at: folder(
        at / "f", meta_file=meta(meta_archs=nested()), n000007=nb201_files.compressed(record())
    ),
    "shared-cell": lambda at: folder(at / "f", meta_file=meta(meta_archs=[nested()])),
    "shared-cell-among-others": lambda at: folder(
        at / "f",
        meta_file=meta(meta_archs=[nested(), *nb201_files.CELLS[1:]]),
        n000007=nb201_files.compressed(record()),
    ),
    "shared-indexes": lambda at: full_pickle(
        at / "a.pickle.pbz2",
        pickle.dumps({**nb201_files.contents({7: record()}), "evaluated_indexes": [nested()]}, 4)[2:-1],
    ),
    "shared-seeds": lambda at: folder(
        at / "f",
        n000007=nb201_files.compressed(record(dataset_seed={"cifar10": nested()}, all_results={("cifar10", 777): {}})),
    ),
    "shared-index": lambda at: folder(at / "f", n000007=nb201_files.compressed(record(arch_index=nested()))),
    "shared-results": lambda at: folder(
        at / "f",
        n000007=nb201_files.compressed(
            record(all_results={("cifar10", 777): nested()}, dataset_seed={"cifar10": [777]})
        ),
    ),
    "many-seeds": lambda at: folder(at / "f", n000007=many_seeds()),
    "memoized": lambda at: full_pickle(at / "a.pickle.pbz2", pickle.EMPTY_LIST + pickle.MEMOIZE * 2**26),
    "memoized-in-a-member": lambda at: folder(at / "f", n000007=bz2.compress(HEAD + b"]" + pickle.MEMOIZE * 2**24)),
    "nothing": lambda at: full_pickle(at / "a.pickle.pbz2", NOTHING * 2**28),
    "torch-lists-memoized": lambda at: torch_file(at / "a.pth", (pickle.EMPTY_LIST + pickle.MEMOIZE) * 2**23),
    "torch-sets": lambda at: torch_file(at / "a.pth", pickle.EMPTY_SET * 2**24),
    "torch-texts": lambda at: torch_file(at / "a.pth", b"\x8c\x02ab" * 2**22),
    "torch-constants": lambda at: torch_file(at / "a.pth", (b"M\x00\x10" + pickle.MEMOIZE) * 2**22),
    "torch-entries": lambda at: torch_file(
        at / "a.pth", b"}(" + b"".join(b"J" + struct.pack("<i", key) + b"N" for key in range(0, 2**28, 2**8)) + b"u"
    ),
    "torch-one-entry-dictionaries": lambda at: torch_file(at / "a.pth", b"}K\x01Ns" * 2**21),
    "torch-colliding": lambda at: torch_file(at / "a.pth", colliding(150_000)),
    "torch-colliding-set": lambda at: torch_file(
        at / "a.pth",
        pickle.EMPTY_SET
        + pickle.MARK
        + colliding(150_000)[2:-1].replace(NOTHING + pickle.LONG1, pickle.LONG1)[:-1]
        + b"\x90",
    ),
    "torch-zip-deflated": lambda at: torch_zip(at / "a.pth", NOTHING * 2**28, zipfile.ZIP_DEFLATED),
    "torch-zip-stored": lambda at: torch_zip(at / "a.pth", NOTHING * 2**24, zipfile.ZIP_STORED),
    "tar-large-entry": lambda at: tar(at / "a.tar", 2**33 - 1),
}

SHEETS: dict[str, Callable[[Path], Path]] = {
    "equal-rows.parquet": lambda at: equal_rows(at / "a.parquet"),
    "long-texts.parquet": lambda at: long_texts(at / "a.parquet"),
    "long-lists.parquet": lambda at: long_lists(at / "a.parquet"),
    "rows.csv.gz": lambda at: csv_gz(at / "a.csv.gz", b"1,1\n", 300 * MILLION),
    "columns.csv": lambda at: text(at / "a.csv", "arch,test" + ",a" * 2 * MILLION + "\n"),
    "field.csv": lambda at: text(at / "a.csv", "arch,test\n" + "x" * 8 * MILLION + ",1\n"),
    "quoted-field.csv": lambda at: text(at / "a.csv", 'arch,test\n"' + "x\x1b" * 400_000 + '",1\n'),
    "numbers.csv": lambda at: text(at / "a.csv", "arch,test\n" + f"a,{'9' * 900_000}\n" * 4),
    "names.json": lambda at: text(at / "a.json", json.dumps([{f"a{row}": 1} for row in range(300_000)])),
    "deep.json": lambda at: text(at / "a.json", "[" * 2 * MILLION),
    "deep-column.json": lambda at: text(at / "a.json", '{"test": [1], "arch": [' + "[" * 900 + "]" * 900 + "]}"),
    "number.json": lambda at: text(at / "a.json", '{"arch": [' + "9" * 4 * MILLION + '], "test": [1]}'),
    "large-number.json": lambda at: text(at / "a.json", '{"arch": ["a"], "test": [' + "9" * 4000 + "]}"),
    "lists.json": lambda at: text(at / "a.json", '{"arch": [' + "[]," * MILLION + '[]], "test": [1]}'),
    "objects.json": lambda at: text(at / "a.json", "[" + '{"a":1},' * 500_000 + '{"a":1}]'),
}

OTHERS: dict[str, Callable[[Path], Path]] = {
    "arrow": lambda at: arrow(at / "a.arrow", 400 * MILLION),
    "tfrecord-deep": lambda at: tfrecord(at / "a.tfrecord", b'["' + b"a" * 32 + b'",' + b"[" * 1_000_000),
    "tfrecord-long": lambda at: tfrecord(at / "a.tfrecord", b'["' + b"a" * 32 + b'", 4, "' + b"1" * 1_000_000 + b'"]'),
}


def read(source: Path, mapping: Path | str, cache: Path) -> str:
    """What became of reading it: one sentence of bearable length, within 2 GiB."""
    arguments = [sys.executable, "-c", READER, str(source), str(mapping), str(cache)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    outcome, peak = done.stdout.rsplit("\n", 2)[:2]
    assert int(peak) * 1024 < 2.25 * GIB, f"{int(peak) / 2**20:.2f} GiB: {outcome}"
    assert int(outcome.rsplit(" ", 1)[1]) < 1500, outcome
    assert not re.search("[\x00-\x09\x0b-\x1f]", outcome)
    return outcome


@pytest.mark.parametrize("name", PICKLES)
def test_a_small_pickle_that_unfolds(name: str, tmp_path: Path):
    assert read(PICKLES[name](tmp_path), "none", tmp_path / "cache").startswith("refused: ")


@pytest.mark.parametrize("name", SHEETS)
def test_a_small_sheet_that_unfolds(name: str, tmp_path: Path):
    mapping = tmp_path / "mine.toml"
    mapping.write_text(extract_files.ABOUT + extract_files.entry())
    assert read(SHEETS[name](tmp_path), mapping, tmp_path / "cache").startswith("refused: ")


@pytest.mark.parametrize("name", OTHERS)
def test_another_small_file_that_unfolds(name: str, tmp_path: Path):
    assert read(OTHERS[name](tmp_path), "none", tmp_path / "cache").startswith("refused: ")


def test_an_honest_file_is_read_by_the_same_process(tmp_path: Path):
    """Else all of the above could be refused for a reason of the test's own."""
    source = folder(tmp_path / "f", n000007=nb201_files.compressed(record()))
    assert read(source, "none", tmp_path / "cache").startswith("read ")
