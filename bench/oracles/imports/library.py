"""The tables a user has imported: one file each in the cache, by name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nasrank.bench.foundation.files import DataError, cache_folder
from nasrank.bench.foundation.locks import held
from nasrank.bench.oracles.ask.provenance import Provenance
from nasrank.bench.oracles.ask.table import Table
from nasrank.bench.oracles.imports.formats.format import Format

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Imported:
    """Outcome of an import.

    Attributes:
        name: what `open_oracle` and studies call the table by.
        path: of the compiled table.
        compiled: False when the very same source had been imported before.
    """

    name: str
    path: Path
    table: Table
    compiled: bool


def imported(cache: Path | None = None) -> dict[str, Path]:
    """Paths of the imported tables by name."""
    return {path.stem: path for path in sorted(_folder(cache).glob("*.arrow"))}


def open_imported(name: str, path: Path) -> Table:
    """An imported table; DataError when it is damaged, or was compiled by another version of its reader."""
    from nasrank.bench.oracles.imports.formats.format import FORMATS

    table = Table.open(path, name)
    reader, version = table.provenance.recipe, table.provenance.recipe_version
    if reader in FORMATS and FORMATS[reader].version != version:
        raise DataError(
            f"{name} was compiled by version {version} of the reader {reader}, this is version "
            f"{FORMATS[reader].version}: import {table.provenance.source} again"
        )
    return table


def recognise(source: Path) -> Format:
    """The format of a file or folder; DataError lists the known ones when it has none of them."""
    # readers of files are not needed to open a compiled table
    from nasrank.bench.oracles.imports.formats.format import FORMATS
    from nasrank.bench.oracles.imports.recipe import RECIPES

    _refuse_absent(source)
    for format in (*FORMATS.values(), *(recipe.format for recipe in RECIPES.values())):
        if format.recognises(source):
            return format
    kinds = "; ".join(format.words for format in FORMATS.values())
    raise DataError(
        f"{source} is none of the known kinds of table: {kinds}. For a CSV, Parquet or JSON file of your own, say "
        "with --mapping which column is what."
    )


def _refuse_absent(source: Path) -> None:
    if not source.exists():
        raise DataError(f"there is no file or folder {source}")
    if not (source.is_file() or source.is_dir()):
        raise DataError(f"{source} is neither a file nor a folder")
    if source.stat().st_size == 0 or (source.is_dir() and not any(source.iterdir())):
        raise DataError(f"{source} is empty")


def import_table(
    source: Path,
    *,
    format: Format,
    name: str | None = None,
    cache: Path | None = None,
    replace: bool = False,
    jobs: int = 1,
    report: Callable[[int, int], None] = lambda _done, _total: None,
) -> Imported:
    """Compile a file or folder once; from then on `open_oracle(name)` answers from the compiled table.

    A file that a registered recipe knows becomes that recipe's table, provided that its checksum is the known one.

    Args:
        format: what `recognise` found, or that of a mapping.
        name: of the table; the format's own when None.
        cache: folder of compiled tables, else `$NASRANK_CACHE`, else the user's cache folder.
        replace: whether a table of this name that was made from another source gives way.
        jobs: worker processes, where the format can use them.
        report: told now and then how much is done, out of how much.

    Raises:
        DataError: the source is truncated, altered or malformed, or the name is taken.
    """
    from nasrank.bench.oracles.ask.draft import workshop
    from nasrank.bench.oracles.imports.compiling import checksum, compile_table
    from nasrank.bench.oracles.imports.recipe import RECIPES

    _refuse_absent(source)
    name = format.table(source) if name is None else name
    if name in RECIPES and name == format.name:
        path = RECIPES[name].adopt(source, cache)
        return Imported(name, path, Table.open(path, name), compiled=True)
    refuse_name(name)
    target = _folder(cache) / f"{name}.arrow"
    sha256 = checksum(source, format.files(source))
    making = format.name, format.version, sha256
    earlier = _same(target, making, replace)
    if earlier is not None:
        return Imported(name, target, earlier, compiled=False)
    with workshop(target.parent, jobs=jobs, report=report) as here:
        made = here.folder / target.name
        compile_table(format, source, made, here, sha256=sha256, name=source.name)
        with held(target.with_name(f".{name}.lock"), f"importing {name}", wait=True):  # as long as a renaming takes
            meanwhile = _same(target, making, replace)
            if meanwhile is None:
                made.replace(target)
    return Imported(name, target, Table.open(target, name), compiled=meanwhile is None)


def refuse_name(name: str, *, taken: bool = False, cache: Path | None = None) -> None:
    """DataError when no table can be imported under this name.

    Args:
        taken: whether it is enough that there is such a table.
    """
    from nasrank.bench.oracles.imports.recipe import RECIPES

    if not _NAME.fullmatch(name):
        raise DataError(f"{name!r} is not a name for a table: letters, digits, '.', '_' and '-'")
    if name in RECIPES:
        raise DataError(f"{name} is the name of a table that nasrank knows by itself; choose another with --name")
    if taken and name in imported(cache):
        raise _taken(name, Table.open(imported(cache)[name]).provenance)


def refuse_file(path: Path, *, taken: bool = False) -> None:
    """DataError when no table can be written to this path: something else than a table is there.

    Args:
        taken: whether it is enough that there is a table.
    """
    if not path.exists():
        return
    try:
        if path.is_dir():
            raise DataError("it is a folder")
        Table.open(path)
    except DataError as reason:
        raise DataError(
            f"{path} is no table, and is not overwritten ({reason}): choose another file with --out"
        ) from reason
    if taken:
        raise DataError(
            f"there is a table {path.stem} already, in {path}: choose another file with --out, or let it go with "
            "--replace"
        )


def _taken(name: str, known: Provenance) -> DataError:
    return DataError(
        f"there is a table {name} already, made from another source ({known.source}, sha256 {known.sha256[:16]}...): "
        "choose another name with --name, or let it go with --replace"
    )


def _same(target: Path, making: tuple[str, int, str], replace: bool) -> Table | None:
    """The table that would be made, if it is there already.

    Args:
        making: the format's name and version, and the checksum of the source.
        replace: whether one of another source may give way.

    Raises:
        DataError: it may not, and one is there.
    """
    there = _earlier(target)
    if there is None:
        return None
    known = there.provenance
    if (known.recipe, known.recipe_version, known.sha256) == making:
        return there
    if known.sha256 != making[-1] and not replace:
        raise _taken(target.stem, known)
    return None


def _earlier(target: Path) -> Table | None:
    """The table of this name, unless it is absent or no longer readable and so to be made again."""
    try:
        return Table.open(target)
    except DataError:
        return None


def _folder(cache: Path | None) -> Path:
    return cache_folder(cache) / "oracles" / "imported"
