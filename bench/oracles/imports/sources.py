"""What is known of something that is published: its files, sizes, checksums and licence, or how to get it by hand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Member:
    """One file of an archive.

    Attributes:
        size: in bytes; where no checksum is known, the most that it may have.
        sha256: empty where it is not known.
    """

    name: str
    size: int
    sha256: str = ""


@dataclass(frozen=True)
class Archive:
    """What a `.tar.gz` unpacks to: one folder of these files."""

    folder: str
    members: tuple[Member, ...]


@dataclass(frozen=True)
class File:
    """One file at an address that stays.

    Attributes:
        name: of the file, perhaps with a folder.
        archive: what it unpacks to, after which it is removed; None where it is used as it is.
        size: in bytes; shown, the measure of progress, and the most that is taken. The checksum alone decides what is
            accepted.
    """

    name: str
    url: str
    sha256: str
    size: int
    archive: Archive | None = None


@dataclass(frozen=True)
class Download:
    """What can be fetched without the user.

    Attributes:
        name: what `nasrank fetch` calls it, and the table that is made of it.
        words: what it is, one line.
        page: where its publisher describes it.
        licence: in a few words.
        folder: the folder the files belong in together; empty where their names say all.
        is_table: whether a table is made of it; else it is a data set.
    """

    name: str
    words: str
    page: str
    files: tuple[File, ...]
    licence: str
    folder: str = ""
    is_table: bool = True

    @property
    def size(self) -> str:
        return f"{sum(file.size for file in self.files) / 1e6:,.1f} MB"

    @property
    def needed(self) -> tuple[str, ...]:
        """Paths, below a data folder, of all files that must be there: those of known checksums."""
        above = f"{self.folder}/" if self.folder else ""
        unpacked = [
            f"{file.archive.folder}/{member.name}"
            for file in self.files
            if file.archive
            for member in file.archive.members
            if member.sha256
        ]
        return (*unpacked, *(f"{above}{file.name}" for file in self.files if not file.archive))

    @property
    def main(self) -> str:
        """Path of what is used of it: its folder, or else its first file or what that unpacks to."""
        first = self.files[0]
        return self.folder or (first.archive.folder if first.archive else first.name)


@dataclass(frozen=True)
class ByHand:
    """What the user has to fetch in a browser.

    Attributes:
        name: what `nasrank fetch` calls it.
        words: what it is, one line.
        page: where its publisher describes it and lists every mirror.
        licence: in a few words.
        file: the name of the file there.
        link: the publisher's first link to that very file.
        size: as far as it is known.
        md5_ending: the last digits of the file's md5, where its name is known to hold them.
    """

    name: str
    words: str
    page: str
    file: str
    link: str
    size: str
    md5_ending: str = ""
    licence: str = "MIT"

    @property
    def directions(self) -> str:
        check = f" and check that its md5 ends in {self.md5_ending}" if self.md5_ending else ""
        return (
            f"{self.file} ({self.size}) has no address that a program can rely on: open {self.link} in a browser, or "
            f"its publisher's page {self.page}, download {self.file}{check}, then run: "
            f"nasrank tables import {self.file}"
        )


Source = Download | ByHand
