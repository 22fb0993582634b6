"""Tables that nasrank itself wrote: with `Table.write`, or by `nasrank tabulate`."""

from __future__ import annotations

from pathlib import Path

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.ask import arrow_file
from nasrank.bench.oracles.ask.draft import Draft, Workshop
from nasrank.bench.oracles.imports.formats.format import FORMATS, Format

_MAGIC = b"ARROW1"


def recognises(path: Path) -> bool:
    """Whether it is an Arrow file; whose, and whether it is intact, `read` finds out."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def read(source: Path, _workshop: Workshop) -> Draft:
    """The table as it is; DataError when the file is not one of ours, or a column was altered."""
    sealed = arrow_file.open_mapped(source)
    known = sealed.provenance
    try:
        columns = {column: sealed.values(place) for place, column in enumerate(sealed.columns)}
        keys = sealed.keys()
    except DataError as reason:
        raise DataError(f"{source}: {reason}") from None
    return Draft(known.space, columns, known.protocol, known.citation, known.licence, keys)


FORMAT = FORMATS.register(
    Format(
        name="nasrank-table",
        version=1,
        words="a table written by nasrank, such as one that 'nasrank tabulate' made (Arrow)",
        recognises=recognises,
        read=read,
        named_by_file=True,
    )
)
