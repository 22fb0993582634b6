"""A recipe: how one published file becomes a table.

To add a source, write one file under `recipes/` with a `RECIPE` in it and name it in `recipes/__init__.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.files import DataError, cache_folder, check_sha256
from bench.oracles.arrow_file import Values
from bench.oracles.axes import Column
from bench.oracles.provenance import Provenance
from bench.oracles.table import Table


@dataclass(frozen=True)
class Recipe:
    """How to find, check and read one source.

    Attributes:
        provenance: of the table to be; its `sha256` is the one version of the file this recipe was checked against.
        locate: from a data folder (or None) to the path of the source; DataError when it is not there.
        read: from that path to columns in position order.
        advice: where the source is to be had, a sentence for error messages.
    """

    provenance: Provenance
    locate: Callable[[Path | None], Path]
    read: Callable[[Path], Mapping[Column, Values]]
    advice: str

    @property
    def name(self) -> str:
        """What a study calls the oracle by."""
        return self.provenance.recipe

    @property
    def file_name(self) -> str:
        """Name of the compiled table; it changes with the recipe and with the source."""
        return f"{self.name}-v{self.provenance.recipe_version}-{self.provenance.sha256[:16]}.arrow"

    def compile(self, source: Path) -> Table:
        """Read the source, refusing any version but the one known.

        Raises:
            DataError: another checksum, or content that is not what the recipe expects.
        """
        check_sha256(source, self.provenance.sha256, advice=self.advice)
        return Table.from_arrays(self.read(source), self.provenance)

    def open(self, *, data_root: Path | None, cache: Path | None) -> Table:
        """The compiled table from the cache, compiling it there first if need be.

        The compiled table is tied to the source's checksum, so once it exists the source is no longer read.
        """
        compiled = cache_folder(cache) / "oracles" / self.file_name
        if not compiled.exists():
            self.compile(self.locate(data_root)).write(compiled)
        table = Table.open(compiled)
        if table.provenance != self.provenance:
            raise DataError(f"{compiled} was not compiled by {self.name} from its known source: delete it")
        return table
