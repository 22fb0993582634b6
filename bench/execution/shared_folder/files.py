"""What files do that machines share: made by one of them alone, replaced whole, put in place once.

On network file systems, too, which keep exactly three promises: of those who create a file exclusively one succeeds, a
rename happens in one step, and a folder that holds something is not renamed over. Locks, links, times of files and the
order in which others see what was written are not relied on.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from nasrank.bench.foundation.describing import describe
from nasrank.bench.foundation.json_files import parse

_FULL = {errno.ENOSPC, errno.EDQUOT}
_OCCUPIED = {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR, errno.EACCES}  # the last one as Windows has it

CONTENT = "content.json"
"""The file in a folder that was put in place."""


def is_full(error: BaseException) -> bool:
    """Whether it says that a disk, or somebody's share of it, is full."""
    return isinstance(error, OSError) and error.errno in _FULL


def create(path: Path, content: Any = None) -> bool:
    """Make a file that there is not, with JSON in it or nothing; False if it was there, or somebody else was first.

    A reader may find it still empty.
    """
    try:
        with path.open("x", encoding="ascii") as file:
            file.write("" if content is None else json.dumps(content))
    except FileExistsError:
        return False
    except OSError:
        with suppress(OSError):
            path.unlink()  # it is ours, and says nothing of use
        raise
    return True


def replace(path: Path, content: Any) -> None:
    """Write JSON; whoever reads finds the earlier content or this, whole."""
    temporary = _beside(path)
    try:
        _write(temporary, content)
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def put_in_place(path: Path, content: Any) -> bool:
    """Write JSON into a new folder, whole or not at all; False if one of that name was there before.

    Whoever is the first of several wins, and nobody ever reads a part of it. Read it with `read(path / CONTENT)`.
    """
    folder = _beside(path)
    mine = uuid.uuid4().hex
    folder.mkdir()
    try:
        _write(folder / CONTENT, {"written_as": mine, **content})
        folder.rename(path)
    except OSError as error:
        if (path / CONTENT).exists():  # a network may lose the answer to a rename that was done, and ask again
            return _is_mine(path, mine)
        if error.errno in _OCCUPIED:
            raise OSError(error.errno, f"{path} is in the way of a result", str(path)) from error
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return True


def read(path: Path) -> dict[str, Any] | None:
    """An object in JSON; None where there is no file.

    Raises:
        ValueError: it is no object in JSON, and the message names it.
    """
    try:
        content = parse(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if error.errno == errno.ESTALE:  # a network's word for a file that somebody has removed since
            return None
        raise
    except ValueError as error:
        raise ValueError(f"{path} is damaged: {error}") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} is damaged: {describe(content)} is no object")
    return content


def glance(path: Path) -> dict[str, Any] | None:
    """As `read`, for what only informs: None where it is damaged, too, or was created and is still empty."""
    try:
        return read(path)
    except (ValueError, OSError):
        return None


def names_in(folder: Path) -> Iterator[str]:
    """Of all that is finished in a folder; none where there is no such folder."""
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        yield from (entry.name for entry in entries if not entry.name.startswith("."))


def remove(path: Path) -> None:
    """A file or a folder with all that is in it, whether it is there or not."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(FileNotFoundError):
            path.unlink()


def _write(path: Path, content: Any) -> None:
    with path.open("x", encoding="ascii") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())  # a name that outlives a power cut has its content


def _is_mine(path: Path, mine: str) -> bool:
    found = glance(path / CONTENT)
    return found is not None and found.get("written_as") == mine


def _beside(path: Path) -> Path:
    """A hidden path in the same folder, of no other use."""
    return path.with_name(f".{uuid.uuid4().hex}")
