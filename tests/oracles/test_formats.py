"""What formats say about themselves and about paths, and the processes that readers share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from samples import SAMPLES

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.imports.compiling import checksum
from nasrank.bench.oracles.imports.formats.format import FORMATS
from nasrank.bench.oracles.imports.formats.workers import workers


def test_a_table_is_called_alike_whatever_it_was_read_from():
    assert {name: format.table(Path("folder/any.name")) for name, format in FORMATS.items()} == {
        "nas-bench-201": "nas-bench-201",
        "nats-bench-topology": "nats-bench-topology",
        "nats-bench-topology-tar": "nats-bench-topology",
        "nats-bench-topology-full": "nats-bench-topology",
        "nas-bench-101": "nas-bench-101",
        "nds-darts": "any",
        "nas-bench-301": "nas-bench-301",
        "nasrank-table": "any",
    }


@pytest.mark.parametrize("name", FORMATS)
def test_a_checksum_is_of_what_is_read(name: str, tmp_path: Path):
    source, format = SAMPLES[name](tmp_path), FORMATS[name]
    before = checksum(source, format.files(source))
    folder = source if source.is_dir() else source.parent
    (folder / ".DS_Store").write_bytes(b"Bud1")
    assert checksum(source, format.files(source)) == before
    with format.files(source)[-1].open("ab") as file:
        file.write(b"more")
    assert checksum(source, format.files(source)) != before


@pytest.mark.parametrize("name", ["any", "a.pth", "a.tar", "a.pickle.pbz2", "a.tfrecord", "000001.pickle.pbz2"])
@pytest.mark.parametrize("make", [Path.touch, Path.mkdir, lambda path: path.symlink_to("nowhere")])
def test_nothing_is_recognised_in_what_is_empty(tmp_path: Path, make, name: str):
    make(tmp_path / name)
    assert not any(format.recognises(tmp_path / name) for format in FORMATS.values())


def test_a_worker_that_dies_is_an_error_that_says_so():
    with pytest.raises(DataError, match=r"a worker process died.*--jobs 1"), workers(1) as pool:
        pool.submit(os._exit, 1).result()
