"""Small NAS-Bench-101 cells on digits: a table that nasrank made itself, with the command `nasrank tabulate`.

It comes with nasrank, so that pip alone provides a stand-alone truth of NAS-Bench-101's cells. It is no extract of the
benchmark: the networks are small, and the images are digits. Its protocol says all that was done. To make it again:

    nasrank tabulate nb101 --max-nodes 5 --seeds 2 --name again --out bench/oracles/imports/tabulated/nb101-digits.arrow
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.ask.draft import Draft, Workshop
from nasrank.bench.oracles.imports.formats import own
from nasrank.bench.oracles.imports.formats.format import Format
from nasrank.bench.oracles.imports.recipe import RECIPES, Recipe

NAME = "nb101-digits"
FILE = f"tabulated/{NAME}.arrow"
_ADVICE = "Install nasrank again; the file is part of it."


def locate(_data_root: Path | None) -> Path:
    """The file inside the package; a data folder is not needed."""
    path = Path(__file__).parents[1] / FILE
    if not path.exists():
        raise DataError(f"this installation of nasrank lacks its table {FILE}: looked for {path}. {_ADVICE}")
    return path


def read(source: Path, workshop: Workshop) -> Draft:
    return replace(own.read(source, workshop), citation="none: nasrank's own", licence="MIT, as nasrank")


RECIPE = RECIPES.register(
    Recipe(
        format=Format(
            name=NAME,
            version=own.FORMAT.version,
            words=f"the table {NAME} that comes with nasrank",
            recognises=lambda path: path.name == Path(FILE).name,
            read=read,
        ),
        source=FILE,
        sha256="aaedfc778b8caec04abe96529f6dda9139d019dcce27513143b602fe5bee22f4",
        locate=locate,
        advice=_ADVICE,
        about="(a part of nasrank)",
        command="pip install --force-reinstall nasrank",
    )
)
