"""A downloaded archive is unpacked into the folder that it is known to hold, or nothing is written at all."""

from __future__ import annotations

import gzip
import hashlib
import io
import shutil
import tarfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from faulty_server import Behaviour
from killing import killed_at_every_step

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.imports import fetch
from nasrank.bench.oracles.imports.sources import Archive, Download, File, Member
from nasrank.bench.oracles.imports.unpacking import unpack

CONTENTS = {"one.bin": b"1" * 700, "two.bin": b"2" * 512, "notes.txt": b"read me"}
ARCHIVE = Archive(
    "both",
    (
        *(
            Member(name, len(CONTENTS[name]), hashlib.sha256(CONTENTS[name]).hexdigest())
            for name in ("one.bin", "two.bin")
        ),
        Member("notes.txt", 100),
    ),
)
WHOLE = tuple((f"both/{name}", content) for name, content in CONTENTS.items())

Entries = Iterable[tuple[str | tarfile.TarInfo, bytes]]


def archive_of(entries: Entries) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        folder = tarfile.TarInfo("both")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for entry, content in entries:
            info = tarfile.TarInfo(entry) if isinstance(entry, str) else entry
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def written(folder: Path, content: bytes) -> Path:
    path = folder / "both.tar.gz"
    path.write_bytes(content)
    return path


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def source_of(url: str, content: bytes) -> Download:
    file = File("both.tar.gz", f"{url}/both.tar.gz", hashlib.sha256(content).hexdigest(), len(content), ARCHIVE)
    return Download("invented", "for tests", url, (file,), "MIT", is_table=False)


def test_the_folder_appears_with_its_files(tmp_path: Path) -> None:
    assert unpack(written(tmp_path, archive_of(WHOLE)), ARCHIVE, tmp_path / "here") == tmp_path / "here" / "both"
    assert files_in(tmp_path / "here" / "both") == CONTENTS
    assert [path.name for path in (tmp_path / "here").iterdir()] == ["both"]


def link(name: str, kind: bytes, target: str = "/etc/passwd") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        (WHOLE[:2], "it lacks notes.txt"),
        ((*WHOLE, WHOLE[0]), "'both/one.bin' is none of the files of both/, or there twice"),
        ((*WHOLE, ("both/more.txt", b"")), "'both/more.txt' is none"),
        ((*WHOLE, ("elsewhere/one.bin", b"")), "'elsewhere/one.bin' is none"),
        ((("both/../../one.bin", b"x"), *WHOLE), "is none of the files"),
        ((("/both/one.bin", b"x"), *WHOLE), "is none of the files"),
        ((("one.bin", b"x"), *WHOLE), "'one.bin' is none"),
        (((link("both/one.bin", tarfile.SYMTYPE), b""), *WHOLE[1:]), "'both/one.bin' is none"),
        (((link("both/one.bin", tarfile.LNKTYPE), b""), *WHOLE[1:]), "'both/one.bin' is none"),
        (((link("both/one.bin", tarfile.FIFOTYPE), b""), *WHOLE[1:]), "'both/one.bin' is none"),
        ((("both/one.bin", b"x" * 700), *WHOLE[1:]), "one.bin .* is truncated, altered or another version"),
        ((("both/one.bin", b"1" * 699), *WHOLE[1:]), "one.bin has 699 bytes, known are 700"),
        ((*WHOLE[:2], ("both/notes.txt", b"x" * 101)), "notes.txt has 101 bytes, known are 100"),
        ((("both/one.bin", b"1" * 701), *WHOLE[1:]), "701 bytes, which is not 0 to 700"),
    ],
)
def test_anything_else_is_refused_and_nothing_written(entries: Entries, reason: str, tmp_path: Path) -> None:
    source = written(tmp_path, archive_of(entries))
    (tmp_path / "here").mkdir()
    with pytest.raises(DataError, match=reason):
        unpack(source, ARCHIVE, tmp_path / "here")
    assert files_in(tmp_path / "here") == {}


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    whole = archive_of(WHOLE)
    for length in (0, 1, 50, len(whole) - 9, len(whole) - 1):
        with pytest.raises(DataError, match=r"both\.tar\.gz"):
            unpack(written(tmp_path, whole[:length]), ARCHIVE, tmp_path / "here")
    wrong_sum = whole[:-8] + bytes(4) + whole[-4:]
    with pytest.raises(DataError, match="truncated or altered"):
        unpack(written(tmp_path, wrong_sum), ARCHIVE, tmp_path / "here")
    assert files_in(tmp_path / "here") == {}


@pytest.mark.slow
def test_what_unfolds_without_end_is_given_up(tmp_path: Path) -> None:
    """A hundred thousand bytes of gzip that are a hundred million zeros behind the last entry."""
    bomb = gzip.compress(gzip.decompress(archive_of(WHOLE)) + bytes(10**8), compresslevel=1)
    with pytest.raises(DataError, match=r"unfolds to more than 1,049,888 bytes"):
        unpack(written(tmp_path, bomb), ARCHIVE, tmp_path / "here")


def test_a_folder_of_before_is_let_go_in_one_step(tmp_path: Path) -> None:
    (tmp_path / "both").mkdir()
    (tmp_path / "both" / "old").write_bytes(b"")
    unpack(written(tmp_path, archive_of(WHOLE)), ARCHIVE, tmp_path)
    assert files_in(tmp_path / "both") == CONTENTS


class TestFetching:
    def test_the_archive_is_unpacked_and_removed(self, server: tuple[Behaviour, str], tmp_path: Path) -> None:
        behaviour, url = server
        behaviour.content = archive_of(WHOLE)
        source = source_of(url, behaviour.content)
        assert fetch.fetch(source, tmp_path) == tmp_path / "both"
        assert files_in(tmp_path) == {f"both/{name}": content for name, content in CONTENTS.items()}
        fetch.fetch(source, tmp_path)
        assert len(behaviour.requests) == 1, "what is there is not downloaded again"

    @pytest.mark.parametrize("damage", ["altered", "lacking"])
    def test_a_folder_that_is_not_the_published_one_is_left_alone(
        self, server: tuple[Behaviour, str], tmp_path: Path, damage: str
    ) -> None:
        behaviour, url = server
        behaviour.content = archive_of(WHOLE)
        source = source_of(url, behaviour.content)
        fetch.fetch(source, tmp_path)
        if damage == "altered":
            (tmp_path / "both" / "one.bin").write_bytes(b"mine")
        else:
            (tmp_path / "both" / "one.bin").unlink()
        with pytest.raises(DataError, match=r"one\.bin.*Move .*both away, and the same command"):
            fetch.fetch(source, tmp_path)
        assert len(behaviour.requests) == 1

    def test_wrong_content_leaves_nothing(self, server: tuple[Behaviour, str], tmp_path: Path) -> None:
        behaviour, url = server
        behaviour.content = archive_of(WHOLE)
        source = source_of(url, behaviour.content)
        behaviour.content = behaviour.content[:-1] + b"x"
        with pytest.raises(DataError, match="was refused"):
            fetch.fetch(source, tmp_path)
        assert files_in(tmp_path) == {}


@pytest.mark.slow
def test_killed_at_any_step_the_folder_is_whole_or_absent(tmp_path: Path) -> None:
    source, here = written(tmp_path, archive_of(WHOLE)), tmp_path / "here"
    steps = 0
    for _ in killed_at_every_step(lambda: unpack(source, ARCHIVE, here), lambda: shutil.rmtree(here / "both", True)):
        steps += 1
        assert not (here / "both").exists() or files_in(here / "both") == CONTENTS
    assert steps > 20
    unpack(source, ARCHIVE, here)
    assert files_in(here) == {f"both/{name}": content for name, content in CONTENTS.items()}
