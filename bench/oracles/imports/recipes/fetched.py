"""What recipes have in common whose source `nasrank fetch` downloads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nasrank.bench.foundation.files import DataError, find_data
from nasrank.bench.oracles.ask.draft import Draft, Workshop
from nasrank.bench.oracles.imports.formats.format import Format
from nasrank.bench.oracles.imports.recipe import Recipe


def fetched(
    name: str,
    *,
    space: str,
    source: str,
    sha256: str,
    parts: tuple[tuple[str, str], ...] = (),
    size: str,
    licence: str,
    about: str,
    words: str,
    recognises: Callable[[Path], bool],
    read: Callable[[Path, Workshop], Draft],
) -> Recipe:
    """The recipe of one known source below a data folder, or among what was fetched.

    Args:
        name: of the table, and of what `nasrank fetch` downloads for it.
        parts: of a folder, the checksum of each of its files by name.
        size: of the download, for people.
    """
    command = f"nasrank fetch {name}"

    def locate(data_root: Path | None) -> Path:
        try:
            for part, _ in parts:  # of an interrupted download the folder is there, and not all of its files
                find_data(f"{source}/{part}", data_root, advice="")
            return find_data(source, data_root, advice="")
        except DataError:
            raise DataError(f"the table {name} is not here yet; to get it ({size}, {licence}): {command}") from None

    return Recipe(
        format=Format(
            name=name,
            version=1,
            words=words,
            recognises=recognises,
            read=read,
            files=lambda path: [path / part for part, _ in parts] or [path],
        ),
        space=space,
        source=source,
        sha256=sha256,
        locate=locate,
        advice=f"Move it away, then: {command}",
        about=about,
        command=command,
        parts=dict(parts),
    )
