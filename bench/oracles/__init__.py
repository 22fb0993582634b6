"""Oracles: tables of stand-alone results, compiled once from published files and memory-mapped from then on."""

from __future__ import annotations

from pathlib import Path

from nasrank.bench.oracles.ask.axes import REDUCTIONS, Column, Split
from nasrank.bench.oracles.ask.provenance import Provenance
from nasrank.bench.oracles.ask.quantities import QUANTITIES
from nasrank.bench.oracles.ask.table import Table
from nasrank.bench.oracles.imports.library import imported, open_imported
from nasrank.bench.oracles.imports.recipe import RECIPES


def open_oracle(name: str, *, data_root: Path | None = None, cache: Path | None = None) -> Table:
    """Open an oracle by its name.

    Args:
        name: a key of `RECIPES`, compiled into the cache the first time, or the name of an imported table; there is
            no default, a study says what it takes for the truth.
        data_root: folder of benchmark data, else `$NASRANK_DATA`; needed only by recipes that read from it.
        cache: folder of compiled tables, else `$NASRANK_CACHE`, else the user's cache folder.

    Raises:
        ValueError: an unknown name; as `DataError`: a source or compiled table that is missing, truncated or altered.
    """
    if name in RECIPES:
        return RECIPES[name].open(data_root=data_root, cache=cache)
    tables = imported(cache)
    if name not in tables:
        raise ValueError(
            f"unknown oracle {name!r}; known are {', '.join(dict.fromkeys([*RECIPES, *tables]))}. "
            "To add a table from its published file: nasrank tables import FILE"
        )
    return open_imported(name, tables[name])


def wrap_live(api: object, *, jobs: int = 1) -> Table:
    """The table of a live `NASBench201API` or NATS-Bench topology object, see `nasrank.bench.oracles.imports.live`."""
    from nasrank.bench.oracles.imports import live  # compiles; not needed to open a compiled table

    return live.wrap_live(api, jobs=jobs)


__all__ = [
    "QUANTITIES",
    "RECIPES",
    "REDUCTIONS",
    "Column",
    "Provenance",
    "Split",
    "Table",
    "imported",
    "open_oracle",
    "wrap_live",
]
