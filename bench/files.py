"""Where data and caches live on this machine, and how their files are found, checked and written."""

from __future__ import annotations

from pathlib import Path

from nasrank.spaces.files import cache_folder, from_environment, is_unfinished, remove_abandoned, replacing, unfinished
from nasrank.spaces.locks import HeldError, held

__all__ = [
    "DataError",
    "HeldError",
    "cache_folder",
    "check_sha256",
    "find_data",
    "held",
    "is_unfinished",
    "remove_abandoned",
    "replacing",
    "sha256_of",
    "unfinished",
]


class DataError(ValueError):
    """A file is missing, incomplete, altered or foreign; the message says which, where, and what to do."""


def find_data(relative: str, data_root: Path | None, *, advice: str) -> Path:
    """The file or folder `relative` under `data_root`, or under `$NASRANK_DATA` when that is None.

    Args:
        advice: how to obtain it, a sentence for the error message.

    Raises:
        DataError: no data folder is named, or it does not hold `relative`.
    """
    folder = data_root if data_root is not None else from_environment("NASRANK_DATA")
    if folder is None:
        raise DataError(
            f"{relative} is needed, but no data folder is named: set NASRANK_DATA to the folder that holds it. {advice}"
        )
    path = folder / relative
    if not path.exists():
        raise DataError(f"{relative} is missing: looked for {path}. {advice}")
    return path


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
