"""Where the numbers of a table come from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Provenance:
    """The file, its protocol and the recipe that read it; kept inside every compiled table.

    Attributes:
        space: name of the search space whose positions are the rows.
        source: name of the file the numbers were read from.
        sha256: checksum of that file, 64 hexadecimal digits; of a folder, see `compiling.checksum`.
        protocol: how the networks were trained and measured, as far as the source says.
        citation: what to cite.
        licence: the licence under which the file was published, or that none is stated.
        recipe: name of the recipe that read the file.
        recipe_version: rises when the same file would be compiled to another table.
    """

    space: str
    source: str
    sha256: str
    protocol: str
    citation: str
    licence: str
    recipe: str
    recipe_version: int
