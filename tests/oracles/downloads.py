"""What the tests of downloads share."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from faulty_server import CONTENT, Behaviour

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.imports import fetch
from nasrank.bench.oracles.imports.sources import Download, File

HALF = len(CONTENT) // 2


def published(url: str, *names: str, folder: str = "") -> Download:
    """A source whose files all hold CONTENT."""
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    files = tuple(File(name, f"{url}/{name}", sha256, len(CONTENT)) for name in names)
    return Download("invented", "for tests", url, files, "MIT", folder)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def interrupt(server: tuple[Behaviour, str], folder: Path) -> int:
    """One attempt that breaks off half-way; how many bytes it left behind."""
    behaviour, url = server
    behaviour.cut_after = HALF
    with pytest.raises(DataError, match="the same command resumes"):
        fetch.fetch(published(url, "a.bin"), folder)
    behaviour.cut_after = None
    kept = (folder / "a.bin.part").stat().st_size
    assert 0 < kept <= HALF
    assert (folder / "a.bin.part").read_bytes() == CONTENT[:kept]
    assert not (folder / "a.bin").exists()
    return kept
