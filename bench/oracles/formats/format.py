"""A format: how every file of one kind becomes a table.

To add one, write its file here with a `FORMAT` in it and name that in `formats/registry.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.oracles.draft import Draft, Workshop


@dataclass(frozen=True)
class Format:
    """One kind of file or folder.

    Attributes:
        name: what an imported table is called unless its user gives another name.
        version: rises when the same file would be compiled to another table.
        words: what kind of file it is, one line.
        recognises: a cheap look at a path; a foreign file is not an error.
        read: the whole of a source; DataError when it is truncated, altered or malformed.
    """

    name: str
    version: int
    words: str
    recognises: Callable[[Path], bool]
    read: Callable[[Path, Workshop], Draft]
