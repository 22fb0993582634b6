"""The command `nasrank fetch`: benchmark tables and data sets, with sizes and licences said before anything is sent."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nasrank.bench.commands.progress import progress
from nasrank.bench.foundation.terminal import Terminal

if TYPE_CHECKING:
    from nasrank.bench.oracles.imports.sources import Download

NARROWEST = 120
"""Columns that lists and figures are set for: a narrower terminal breaks the lines, and loses no digit."""

console = Terminal(width=max(Terminal().width, NARROWEST), highlight=False)


def fetch(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="What to download; without any, list what there is.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where downloads go. Default: downloads, in the cache folder.")
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option(help="Folder of compiled tables. Default: NASRANK_CACHE, else the user's cache folder."),
    ] = None,
) -> None:
    """Get benchmark tables and data sets: list them, or download, verify and compile those that are named.

    A table is ready when the command ends: studies and 'nasrank tables info NAME' find it. An interrupted download is
    continued by the same command. What has no address that stays is named with the way to get it by hand.
    """
    from nasrank.bench.foundation.files import downloads_folder
    from nasrank.bench.oracles.imports.addresses import find_source
    from nasrank.bench.oracles.imports.fetched import is_here, refuse_by_hand

    if not names:
        _list(cache)
        return
    wanted = refuse_by_hand([find_source(name) for name in dict.fromkeys(names)])
    for source in wanted:
        files = f"{len(source.files)} files" if len(source.files) > 1 else "one file"
        console.print(f"{source.name}: {source.words}", soft_wrap=True)
        console.print(f"  {source.size} in {files}, licence: {source.licence}, {source.page}", soft_wrap=True)
    for source in wanted:
        if is_here(source, cache) and folder is None:
            console.print(f"{source.name} is here already{_asked_with(source)}", soft_wrap=True)
        else:
            _fetch(source, folder or downloads_folder(cache), cache)


def _fetch(source: Download, folder: Path, cache: Path | None) -> None:
    from nasrank.bench.oracles.imports.fetch import fetch as download
    from nasrank.bench.oracles.imports.fetched import make_table

    with progress(console, f"downloading {source.name}") as report:
        path = download(source, folder, report=report)
    if source.is_table:
        with progress(console, f"reading {source.name}") as report:
            path = make_table(source, folder, cache=cache, jobs=os.cpu_count() or 1, report=report)
    console.print(f"{source.name} is verified and ready, in {path}{_asked_with(source)}", soft_wrap=True)


def _asked_with(source: Download) -> str:
    return f"; ask it with: nasrank tables info {source.name}" if source.is_table else ""


def _list(cache: Path | None) -> None:
    from nasrank.bench.commands.table_views import grid
    from nasrank.bench.oracles.imports.addresses import SOURCES
    from nasrank.bench.oracles.imports.fetched import is_here
    from nasrank.bench.oracles.imports.sources import Download

    listing = grid("name", "what it is", "size", "licence", "here", right=("size",), folded=("what it is",))
    for source in SOURCES.values():
        by_hand = "no" if isinstance(source, Download) else "by hand"
        listing.add_row(
            source.name, source.words, source.size, source.licence, "yes" if is_here(source, cache) else by_hand
        )
    console.print(listing)
    console.print("nasrank fetch NAME... downloads, verifies and compiles, or says where it is to be had")
