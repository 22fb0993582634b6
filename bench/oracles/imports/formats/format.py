"""A format: how every file of one kind becomes a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nasrank.bench.foundation.registry import Registry
from nasrank.bench.oracles.ask.draft import Draft, Workshop


def _itself(source: Path) -> list[Path]:
    return [source]


@dataclass(frozen=True)
class Format:
    """One kind of file or folder.

    Attributes:
        name: of the format; tables record which one they were read by.
        version: rises when the same file would be compiled to another table.
        words: what kind of file it is, one line.
        recognises: a cheap look at a path; a foreign file is not an error.
        read: the whole of a source; DataError when it is truncated, altered or malformed.
        files: those that `read` reads of a source, sorted; by default the source itself. DataError when one is none.
        benchmark: name of what is published in several formats, this being one of them.
        named_by_file: whether its files hold one table or another, so that only a file's name can tell them apart.
    """

    name: str
    version: int
    words: str
    recognises: Callable[[Path], bool]
    read: Callable[[Path, Workshop], Draft]
    files: Callable[[Path], list[Path]] = _itself
    benchmark: str = ""
    named_by_file: bool = False

    def table(self, source: Path) -> str:
        """What an imported table is called unless its user gives another name."""
        return source.stem if self.named_by_file else self.benchmark or self.name


FORMATS: Registry[Format] = Registry(
    "format", "nasrank.bench.oracles.imports.formats", "nasrank.bench.oracles.imports.formats.nb201"
)
"""The known kinds of published files. To add one: a file here that registers it, or a plugin that does."""
