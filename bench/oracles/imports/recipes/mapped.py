"""Recipes for the extracts that mapping files of this project explain."""

from __future__ import annotations

import zlib
from pathlib import Path

from nasrank.bench.foundation.files import find_data
from nasrank.bench.oracles.ask.draft import Draft, Workshop
from nasrank.bench.oracles.imports.formats.format import Format
from nasrank.bench.oracles.imports.recipe import Recipe

MAPPINGS = Path(__file__).parent.parent / "mappings"


def mapped(name: str, *, space: str, source: str, sha256: str, about: str, advice: str) -> Recipe:
    """The recipe of one known file below the data folder, explained by `mappings/<name>.toml`."""
    mapping = MAPPINGS / f"{name}.toml"

    def read(path: Path, workshop: Workshop) -> Draft:
        from nasrank.bench.oracles.imports.formats import (
            extract,  # compiling only: opening a compiled table must stay light
        )

        return extract.read(mapping, path, workshop)

    return Recipe(
        format=Format(
            name=name,
            version=zlib.crc32(mapping.read_bytes()),
            words=f"the file {source}",
            recognises=lambda path: path.name == Path(source).name,
            read=read,
        ),
        space=space,
        source=source,
        sha256=sha256,
        locate=lambda data_root: find_data(source, data_root, advice=advice),
        advice=advice,
        about=about,
        command=f"nasrank tables import PATH/{Path(source).name}",
    )
