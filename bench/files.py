"""Where data and caches live on this machine, and how their files are found, checked and written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class DataError(ValueError):
    """A file is missing, incomplete, altered or foreign; the message says which, where, and what to do."""


def find_data(relative: str, data_root: Path | None, *, advice: str) -> Path:
    """The file or folder `relative` under `data_root`, or under `$NASRANK_DATA` when that is None.

    Args:
        advice: how to obtain it, a sentence for the error message.

    Raises:
        DataError: no data folder is named, or it does not hold `relative`.
    """
    folder = data_root if data_root is not None else _from_environment("NASRANK_DATA")
    if folder is None:
        raise DataError(
            f"{relative} is needed, but no data folder is named: set NASRANK_DATA to the folder that holds it. {advice}"
        )
    path = folder / relative
    if not path.exists():
        raise DataError(f"{relative} is missing: looked for {path}. {advice}")
    return path


def cache_folder(cache: Path | None) -> Path:
    """`cache`, or `$NASRANK_CACHE`, or the user's cache folder for nasrank; it need not exist yet."""
    folder = cache if cache is not None else _from_environment("NASRANK_CACHE")
    if folder is None:
        import platformdirs  # not needed where the folder is named, and workers start faster without it

        folder = platformdirs.user_cache_path("nasrank", appauthor=False)
    return folder


def _from_environment(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value).expanduser() if value else None


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, 64 hexadecimal digits."""
    import hashlib  # loads OpenSSL, 4 MiB that opening a compiled table can do without

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_sha256(path: Path, expected: str, *, advice: str) -> None:
    """Refuse a file whose content is not the one known by this checksum."""
    found = sha256_of(path)
    if found != expected:
        raise DataError(
            f"{path} ({path.stat().st_size:,} bytes) is truncated, altered or another version: "
            f"its sha256 is {found}, expected {expected}. {advice}"
        )


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary name beside `path`, renamed to it when the block ends well and removed when it does not.

    Whoever reads `path` finds the old file or the new one, never a part of one, even after a kill.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
