"""Where data and caches live on this machine, and how files are found, checked and written whole.

Whatever is half written lies in a hidden folder of its own, an unfinished one, whose lock its writer holds. A kill
leaves such a folder behind, whose lock is then open: the next one that is made beside it removes it, and never that of
a writer that lives.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from nasrank.bench.foundation.cache import spare_folder
from nasrank.bench.foundation.locks import HeldError, held

_PREFIX = ".unfinished-"
_NAME = re.compile(r"\.unfinished-[a-z0-9_]{8}")
_LOCK = "unfinished.lock"


def cache_folder(cache: Path | None) -> Path:
    """`cache`, or `$NASRANK_CACHE`, or the user's cache folder for nasrank; it need not exist yet.

    Where the latter two are in the home folder of nobody, a spare folder.
    """
    try:
        folder = cache if cache is not None else from_environment("NASRANK_CACHE")
    except ValueError as reason:
        return spare_folder(str(reason))
    if folder is None:
        import platformdirs  # not needed where the folder is named, and workers start faster without it

        folder = platformdirs.user_cache_path("nasrank", appauthor=False)
        if not folder.is_absolute():
            return spare_folder("this user has no home folder")
    return folder


def from_environment(variable: str) -> Path | None:
    """The path that an environment variable names, if it is set and not empty.

    Raises:
        ValueError: it is in the home folder of a user that there is not.
    """
    value = os.environ.get(variable)
    try:
        return Path(value).expanduser() if value else None
    except RuntimeError:
        raise ValueError(f"{variable} is {value!r}, and that user has no home folder here") from None


def downloads_folder(cache: Path | None = None) -> Path:
    """Where `nasrank fetch` puts what it downloads, laid out like a data folder; it need not exist yet."""
    return cache_folder(cache) / "downloads"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path on the same disk as `path`, renamed to it when the block ends well, else removed.

    Whoever reads `path` finds the old file or the new one, never a part of one, even after a kill. A symbolic link is
    written through.
    """
    path = path.resolve()
    with unfinished(path.parent) as folder:
        yield folder / path.name
        (folder / path.name).replace(path)


@contextmanager
def unfinished(parent: Path) -> Iterator[Path]:
    """A new hidden folder under `parent` for what is not finished yet; it is removed with the block.

    What processes that were killed left of theirs there is removed before.
    """
    parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(parent)
    with ExitStack() as closing:
        folder = _new(parent, closing)
        try:
            yield folder
        finally:
            _empty(folder)
            closing.close()
            with suppress(OSError):  # whoever looks for abandoned ones has been quicker
                folder.rmdir()


def _new(parent: Path, lock: ExitStack) -> Path:
    import tempfile  # loads OpenSSL by way of random, which opening a compiled table can do without

    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        try:
            lock.enter_context(held(folder / _LOCK, f"writing to {folder}"))
        except (HeldError, FileNotFoundError, FileExistsError):
            continue  # before it was locked somebody took it for an abandoned one
        except OSError:  # such as a full disk
            with suppress(OSError):
                folder.rmdir()
            raise
        return folder


def is_unfinished(path: Path) -> bool:
    """Whether this is a folder that `unfinished` made."""
    return bool(_NAME.fullmatch(path.name)) and path.is_dir() and not path.is_symlink()


def remove_abandoned(parent: Path) -> None:
    """Remove what processes that were killed have left unfinished under `parent`."""
    for folder in filter(is_unfinished, parent.iterdir()):
        with suppress(HeldError, OSError):  # somebody writes into it, or removes it too, or it is not ours to remove
            if (folder / _LOCK).exists():
                with held(folder / _LOCK, f"removing {folder}"):
                    _empty(folder)
            folder.rmdir()  # none but an empty one


def _empty(folder: Path) -> None:
    """Remove all but the lock."""
    for path in folder.iterdir():
        if path.name.startswith(_LOCK):
            continue
        if path.is_dir() and not path.is_symlink():
            for top, _, _ in os.walk(path):
                with suppress(OSError):
                    Path(top).chmod(0o700)  # what may not be written to cannot be emptied
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


class DataError(ValueError):
    """A file is missing, incomplete, altered or foreign; the message says which, where, and what to do."""


def find_data(relative: str, data_root: Path | None, *, advice: str) -> Path:
    """The file or folder `relative` under `data_root`, or under `$NASRANK_DATA` when that is None.

    What is not there may be among what `nasrank fetch` has downloaded.

    Args:
        advice: how to obtain it, a sentence for the error message.

    Raises:
        DataError: neither holds `relative`.
    """
    folder = data_root if data_root is not None else from_environment("NASRANK_DATA")
    fetched = downloads_folder() / relative
    if folder is not None and (folder / relative).exists():
        return folder / relative
    if fetched.exists():
        return fetched
    if folder is None:
        raise DataError(
            f"{relative} is needed, but it was not fetched, and no data folder is named: set NASRANK_DATA to the "
            f"folder that holds it. {advice}"
        )
    raise DataError(f"{relative} is missing: looked for {folder / relative}. {advice}")


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
