"""Putting a folder of files in the place of an earlier one, in one step where the system can, and losing nobody's."""

from __future__ import annotations

import ctypes
import os
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from nasrank.bench.foundation.files import remove_abandoned

_HERE = -100  # AT_FDCWD of Linux
_EXCHANGE = 2  # RENAME_EXCHANGE of Linux and RENAME_SWAP of macOS


def can_be_exchanged(folder: Path) -> bool:
    """Whether another folder may take the place of this one, as far as can be told before it is tried.

    Not where something is mounted, where its own folder cannot be written to, nor where this process works: whoever
    started it there would be left in a folder that is gone.
    """
    if not folder.exists():
        return True
    inside = folder.resolve() in (Path.cwd(), *Path.cwd().parents)
    return os.name == "posix" and not (inside or os.path.ismount(folder)) and os.access(folder.parent, os.W_OK)


def exchange(one: Path, other: Path) -> bool:
    """Let two existing paths on one disk change places in one step; False where the system, a POSIX one, cannot."""
    library, names = ctypes.CDLL(None), (os.fsencode(one), os.fsencode(other))
    if hasattr(library, "renameat2"):
        return bool(library.renameat2(_HERE, names[0], _HERE, names[1], _EXCHANGE) == 0)
    if hasattr(library, "renamex_np"):
        return bool(library.renamex_np(*names, _EXCHANGE) == 0)
    return False


def swap_in(new: Path, folder: Path, ours: Collection[str]) -> bool:
    """Put `new` in the place of `folder` in one step, which is the last of many: killed before it, all is as it was.

    Whatever lies in `folder` and neither in `new` nor among `ours` is in the new one, too. When this has been done,
    `new` holds what of the old one is not wanted any more.

    Args:
        new: on the same disk.
        ours: relative paths of files that need not be kept.

    Returns:
        False when it cannot be done here; then nothing has happened in `folder`.
    """
    if not folder.exists():
        new.rename(folder)
        return True
    dropped = {*ours, *files_in(new)}
    try:
        _carry(folder, new, dropped, _second_name)
    except OSError:  # a disk without hard links, or somebody else's files
        return False
    if not exchange(new, folder):
        return False
    _carry(new, folder, dropped, os.replace)  # what somebody has put there since
    return True


def move_in(new: Path, folder: Path, files: Sequence[str], gone: Collection[str]) -> None:
    """Move files from one folder to another one by one, each in one step, and before the last remove some there.

    Args:
        files: relative paths of those to move.
        gone: relative paths of those to remove.
    """
    for name in files:
        if name == files[-1]:
            for path in gone:
                (folder / path).unlink(missing_ok=True)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (new / name).replace(folder / name)


def files_in(folder: Path) -> list[str]:
    """Paths of all that is no folder, relative to this one, with slashes."""
    return [name for name in _entries(folder) if not _is_folder(folder / name)]


def _entries(folder: Path) -> Iterator[str]:
    for top, folders, files in os.walk(folder):
        for name in (*folders, *files):
            yield (Path(top) / name).relative_to(folder).as_posix()


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _carry(old: Path, new: Path, dropped: Collection[str], give: Callable[[Path, Path], None]) -> None:
    """Give what is in one folder to another that does not have it; the modes of folders are the old ones."""
    remove_abandoned(old)
    for name in _entries(old):
        source, target = old / name, new / name
        if _is_folder(source):
            target.mkdir(exist_ok=True)
        elif name not in dropped and not (os.path.lexists(target) and os.path.samestat(source.lstat(), target.lstat())):
            give(source, target)
    for name in (".", *_entries(old)):
        if _is_folder(old / name) and _is_folder(new / name):
            shutil.copymode(old / name, new / name)


def _second_name(path: Path, name: Path) -> None:
    os.link(path, name, follow_symlinks=False)
