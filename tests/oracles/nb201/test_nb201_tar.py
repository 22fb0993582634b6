"""NATS-Bench's folder as a tar: the same table as the folder, and what a tar must not make its reader do."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import nb201_files as files
import numpy as np
import pytest

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.ask.draft import Workshop
from nasrank.bench.oracles.imports.formats.nb201 import nats_folder, nats_tar


def tar_of(tmp_path: Path, entry: tarfile.TarInfo) -> Path:
    with tarfile.open(tmp_path / "odd.tar", "w") as archive:
        archive.addfile(entry, io.BytesIO())
    return tmp_path / "odd.tar"


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
@pytest.mark.parametrize("name", ["NATS-tss-v1_0-3ffb9-simple", "./NATS-tss-v1_0-3ffb9-simple"])
def test_it_is_the_table_of_the_folder(own_folder: Path, tmp_path: Path, workshop: Workshop, form: int, name: str):
    """Also with the notes on times that the format of today adds to every file."""
    path = tmp_path / "NATS-tss-v1_0-3ffb9-simple.tar"
    with tarfile.open(path, "w", format=form) as archive:
        archive.add(own_folder, name)
    assert nats_tar.recognises(path)
    read, expected = nats_tar.read(path, workshop), nats_folder.read(own_folder, workshop)
    assert read.columns.keys() == expected.columns.keys()
    assert all(np.array_equal(values, expected.columns[one], equal_nan=True) for one, values in read.columns.items())


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK])
def test_small_notes_are_passed_over(own_folder: Path, tmp_path: Path, workshop: Workshop, kind: bytes):
    note = tarfile.TarInfo("note")
    note.type, note.size = kind, 700
    path = tmp_path / "noted.tar"
    with tarfile.open(path, "w") as archive:
        archive.addfile(note, io.BytesIO(bytes(700)))
        archive.add(own_folder, "a")
    assert len(nats_tar.read(path, workshop).columns) == len(nats_folder.read(own_folder, workshop).columns)


def test_what_macos_adds_is_passed_over(own_folder: Path, tmp_path: Path, workshop: Workshop):
    path = tmp_path / "mac.tar"
    with tarfile.open(path, "w") as archive:
        for name in ("._a", "a/._000000.pickle.pbz2", "a/.DS_Store"):
            hidden = tarfile.TarInfo(name)
            hidden.size = 163
            archive.addfile(hidden, io.BytesIO(bytes(163)))
        archive.add(own_folder, "a")
    assert len(nats_tar.read(path, workshop).columns) == len(nats_folder.read(own_folder, workshop).columns)


@pytest.mark.parametrize("size", [65_537, 3 << 30, 1 << 62, -1])
@pytest.mark.parametrize(
    "kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.REGTYPE]
)
def test_a_size_that_nothing_there_has(tmp_path: Path, workshop: Workshop, kind: bytes, size: int):
    """Little on disk, with a header that announces gigabytes; Python's own reader takes the memory for them."""
    entry = tarfile.TarInfo("a/000000.pickle.pbz2")
    entry.type, entry.size = kind, size if kind != tarfile.REGTYPE else size << 8
    path = tmp_path / "bomb.tar"
    path.write_bytes(entry.tobuf(tarfile.GNU_FORMAT)[:512])
    with path.open("r+b") as file:
        file.truncate(4 << 30)
    assert nats_tar.recognises(path)
    with pytest.raises(DataError, match=r"bomb\.tar: its entry 'a/000000.* which is not 0 to"):
        nats_tar.read(path, workshop)


@pytest.mark.parametrize(
    "name",
    [
        "/etc/000000.pickle.pbz2",
        "../000000.pickle.pbz2",
        "a/../../meta.pickle.pbz2",
        "a/notes.txt",
        "000000.pickle.pbz2",
        "a/b/000000.pickle.pbz2",
    ],
)
def test_odd_names(tmp_path: Path, workshop: Workshop, name: str):
    path = tar_of(tmp_path, tarfile.TarInfo(name))
    with pytest.raises(DataError, match="it holds"):
        nats_tar.read(path, workshop)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices(tmp_path: Path, workshop: Workshop, kind: bytes):
    entry = tarfile.TarInfo("a/000000.pickle.pbz2")
    entry.type, entry.linkname = kind, "/etc/passwd"
    with pytest.raises(DataError, match="not an ordinary file"):
        nats_tar.read(tar_of(tmp_path, entry), workshop)


def test_two_folders(own_folder: Path, tmp_path: Path, workshop: Workshop):
    path = tmp_path / "two.tar"
    with tarfile.open(path, "w") as archive:
        archive.add(own_folder / "meta.pickle.pbz2", "a/meta.pickle.pbz2")
        archive.add(own_folder / "000002.pickle.pbz2", "b/000002.pickle.pbz2")
    with pytest.raises(DataError, match="of one folder"):
        nats_tar.read(path, workshop)


def test_truncated_anywhere(own_folder: Path, tmp_path: Path, workshop: Workshop):
    """Also between two members, where Python's own reader sees just a shorter archive."""
    path = files.write_tar(tmp_path / "file.tar", own_folder)
    whole = path.read_bytes()
    with tarfile.open(path) as archive:
        last = archive.getmembers()[-1]
    for length in (700, last.offset, last.offset + 100, last.offset_data + 100):
        path.write_bytes(whole[:length])
        with pytest.raises(DataError, match=r"file\.tar"):
            nats_tar.read(path, workshop)


def test_an_altered_header(own_folder: Path, tmp_path: Path, workshop: Workshop):
    """Python's own reader takes it for the end of the archive."""
    path = files.write_tar(tmp_path / "file.tar", own_folder)
    with tarfile.open(path) as archive:
        last = archive.getmembers()[-1]
    data = bytearray(path.read_bytes())
    data[last.offset + 5] ^= 1
    path.write_bytes(data)
    with pytest.raises(DataError, match="truncated or altered"):
        nats_tar.read(path, workshop)
