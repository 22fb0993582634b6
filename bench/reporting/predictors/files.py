"""The files of a report that is no study of super-nets, each whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from nasrank.bench.foundation.files import DataError, replacing

SUMMARY = "summary.json"


def write_files(folder: Path, texts: Mapping[str, str], names: Collection[str], is_ours: Callable[[str], bool]) -> None:
    """Write the texts by their names; what else is in the folder stays.

    Args:
        names: of all files that such a report may have; those that this one has not are removed.
        is_ours: whether the text of summary.json is of a report of this kind.

    Raises:
        DataError: a file of such a name is there that belongs to another report, before anything is written.
    """
    refuse_others(folder, names, is_ours)
    for name in names:
        if name not in texts:
            (folder / name).unlink(missing_ok=True)
            continue
        with replacing(folder / name) as temporary:
            temporary.write_text(texts[name], encoding="utf-8", newline="\n")


def refuse_others(folder: Path, names: Collection[str], is_ours: Callable[[str], bool]) -> None:
    """Refuse a folder that holds files of these names of something else; DataError."""
    there = [name for name in names if (folder / name).exists()]
    summary = folder / SUMMARY
    if there and not (summary.is_file() and is_ours(summary.read_text(encoding="utf-8"))):
        raise DataError(f"{folder} holds {', '.join(sorted(there))} of something else: name another folder with --out")


def smaller(svg: str) -> str:
    """A drawing without indentation: a tenth fewer bytes."""
    return re.sub(r"\n +", "\n", svg)
