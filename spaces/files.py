"""Where this machine keeps what was computed once, and how files are written whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spaces.cache import spare_folder


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
