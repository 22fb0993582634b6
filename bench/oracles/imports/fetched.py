"""What `nasrank fetch` has to offer, what of it is here already, and how a download becomes a table."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from nasrank.bench.foundation.files import DataError, downloads_folder, find_data
from nasrank.bench.oracles.imports.library import import_table, imported, recognise
from nasrank.bench.oracles.imports.recipe import RECIPES
from nasrank.bench.oracles.imports.sources import ByHand, Download, Source

Report = Callable[[int, int], None]
"""Called with how much is done, and how much there is."""


def is_here(source: Source, cache: Path | None = None) -> bool:
    """Whether a study can use it at once: its table is compiled or its files are there, fetched or in the data folder.

    Args:
        cache: folder of compiled tables and downloads, else the usual one.
    """
    if source.name in RECIPES and RECIPES[source.name].is_compiled(cache):
        return True
    if source.name in imported(cache):
        return True
    return (
        isinstance(source, Download) and (source.name in RECIPES or not source.is_table) and _has_files(source, cache)
    )


def _has_files(source: Download, cache: Path | None) -> bool:
    try:
        return all(
            (downloads_folder(cache) / path).exists() or find_data(path, None, advice="") for path in source.needed
        )
    except DataError:
        return False


def make_table(
    source: Download,
    folder: Path,
    *,
    cache: Path | None = None,
    jobs: int | None = None,
    report: Report = lambda done, total: None,
) -> Path:
    """Compile what was downloaded into the table of its name; the path of the table.

    Args:
        folder: where the downloads are.
        cache: folder of compiled tables, else the usual one.
        jobs: worker processes, where the files are many; all cores when None.
        report: told how much is read.

    Raises:
        DataError: a file is altered, or there is a table of this name from another source.
    """
    path = folder / source.main
    if source.name in RECIPES:
        return RECIPES[source.name].adopt(path, cache)
    return import_table(
        path, format=recognise(path), name=source.name, cache=cache, jobs=jobs or os.cpu_count() or 1, report=report
    ).path


def refuse_by_hand(sources: list[Source]) -> list[Download]:
    """The sources, all of which can be downloaded; DataError with directions for the first that cannot."""
    for source in sources:
        if isinstance(source, ByHand):
            raise DataError(source.directions)
    return [source for source in sources if isinstance(source, Download)]
