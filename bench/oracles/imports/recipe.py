"""A recipe: a format, and the one version of one file that is known to be right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nasrank.bench.foundation.cache import cached
from nasrank.bench.foundation.files import DataError, cache_folder, check_sha256
from nasrank.bench.foundation.registry import Registry
from nasrank.bench.oracles.ask import arrow_file
from nasrank.bench.oracles.ask.table import Table
from nasrank.bench.oracles.imports.formats.format import Format


@dataclass(frozen=True)
class Recipe:
    """How to find, check and read one source.

    Attributes:
        format: how it is read; its name is what a study calls the oracle by.
        space: which its architectures are of.
        source: name of the file or folder, below a data folder.
        sha256: the one version of it that this recipe was checked against, as `compiling.checksum` gives it.
        locate: from a data folder (or None) to the path of the source; DataError when it is not there.
        advice: where the source is to be had, a sentence for error messages.
        about: what the source is, in brackets.
        command: the one command that gets the table, for whoever has the source or can install it.
        parts: of a folder, the checksum of each of its files by name.
    """

    format: Format
    space: str
    source: str
    sha256: str
    locate: Callable[[Path | None], Path]
    advice: str
    about: str
    command: str
    parts: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.format.name

    @property
    def file_name(self) -> str:
        """Name of the compiled table; it changes with the recipe, with the source and with the way tables are kept."""
        return f"{self.name}-v{self.format.version}.{arrow_file.FORMAT}-{self.sha256[:16]}.arrow"

    def is_at_hand(self, data_root: Path | None = None) -> bool:
        """Whether its source lies on this machine, right or altered."""
        try:
            self.locate(data_root)
        except DataError:
            return False
        return True

    def is_compiled(self, cache: Path | None = None) -> bool:
        """Whether its table is in the cache, where it is opened without the source."""
        return self._compiled(cache).exists()

    def is_here(self, data_root: Path | None = None) -> bool:
        """Whether its table can be opened on this machine: compiled before, or from its source."""
        return self.is_compiled() or self.is_at_hand(data_root)

    def compile(self, source: Path, target: Path) -> Table:
        """Read the source into a table under `target`, refusing any version but the one known.

        Raises:
            DataError: another checksum, or content that is not what the recipe expects.
        """
        from nasrank.bench.oracles.ask.draft import workshop
        from nasrank.bench.oracles.imports.compiling import (
            compile_table,  # once a machine; opening a compiled table is to stay light
        )

        for name, sha256 in self.parts.items():
            if not (source / name).is_file():
                raise DataError(f"{source} lacks {name}. {self.advice}")
            check_sha256(source / name, sha256, advice=self.advice)
        if not self.parts:
            check_sha256(source, self.sha256, advice=self.advice)
        with workshop(target.parent) as here:
            made = here.folder / target.name
            compile_table(self.format, source, made, here, sha256=self.sha256, name=self.source)
            made.replace(target)
        return Table.open(target)

    def open(self, *, data_root: Path | None, cache: Path | None) -> Table:
        """The compiled table from the cache, compiling it there first if need be.

        The compiled table is tied to the source's checksum, so once it exists the source is no longer read.
        """
        compiled = cached(self._compiled(cache), lambda path: self.compile(self.locate(data_root), path))
        table = Table.open(compiled, self.name)
        known = table.provenance
        if (known.recipe, known.recipe_version, known.sha256) != (self.name, self.format.version, self.sha256):
            raise DataError(f"{compiled} was not compiled by {self.name} from its known source: delete it")
        return table

    def adopt(self, source: Path, cache: Path | None) -> Path:
        """Compile this copy of the source into the cache, wherever it lies; returns the path of the table."""
        self.compile(source, self._compiled(cache))
        return self._compiled(cache)

    def _compiled(self, cache: Path | None) -> Path:
        return cache_folder(cache) / "oracles" / self.file_name


RECIPES: Registry[Recipe] = Registry("oracle", "nasrank.bench.oracles.imports.recipes")
"""The registered oracles. To add one: a file there that registers it, or a plugin that does."""
