"""Compile a source into one Arrow file: checked, atomic, and without holding the source in memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nasrank.bench.foundation.files import DataError, sha256_of
from nasrank.bench.oracles.ask import arrow_file
from nasrank.bench.oracles.ask.checks import check_columns
from nasrank.bench.oracles.ask.draft import Draft, Workshop
from nasrank.bench.oracles.ask.provenance import Provenance
from nasrank.bench.oracles.ask.table import Table
from nasrank.bench.oracles.imports.formats.format import Format


def compile_table(format: Format, source: Path, target: Path, workshop: Workshop, *, sha256: str, name: str) -> Table:
    """Read a source and write its table under `target` in one step; killed half-way, it leaves none.

    Args:
        sha256: checksum of the source, as `checksum` gives it.
        name: what the source is called in the table's provenance.

    Raises:
        DataError: the source is truncated, altered or malformed.
    """
    draft = format.read(source, workshop)
    try:
        check_columns(draft.columns, draft.space, draft.keys)
    except ValueError as reason:
        raise DataError(f"{source}: {reason}") from reason
    provenance = _provenance(draft, format, sha256, name)
    arrow_file.write(arrow_file.seal(draft.columns, provenance, draft.keys), target)
    return Table.open(target)


def _provenance(draft: Draft, format: Format, sha256: str, name: str) -> Provenance:
    return Provenance(
        space=draft.space,
        source=name,
        sha256=sha256,
        protocol=draft.protocol,
        citation=draft.citation,
        licence=draft.licence,
        recipe=format.name,
        recipe_version=format.version,
    )


def checksum(source: Path, files: Sequence[Path]) -> str:
    """SHA-256 of a file; of a folder, that of the names and checksums of some of its files, in order of the names.

    Args:
        files: those that make up the source, as `Format.files` gives them.
    """
    if source.is_file():
        return sha256_of(source)
    import hashlib  # not needed to open a compiled table

    listing = hashlib.sha256()
    for path in sorted(files):
        listing.update(f"{sha256_of(path)}  {path.relative_to(source).as_posix()}\n".encode())
    return listing.hexdigest()
