"""Oracles: tables of stand-alone results, compiled once from published files and memory-mapped from then on."""

from __future__ import annotations

from pathlib import Path

from bench.oracles.axes import METRICS, REDUCTIONS, Column, Split
from bench.oracles.provenance import Provenance
from bench.oracles.recipes import RECIPES
from bench.oracles.table import Table


def open_oracle(name: str, *, data_root: Path | None = None, cache: Path | None = None) -> Table:
    """Open a registered oracle, compiling it into the cache the first time.

    Args:
        name: a key of `RECIPES`; there is no default, a study says what it takes for the truth.
        data_root: folder of benchmark data, else `$NASRANK_DATA`; needed only by recipes that read from it.
        cache: folder of compiled tables, else `$NASRANK_CACHE`, else the user's cache folder.

    Raises:
        ValueError: an unknown name; as `DataError`: a source or compiled table that is missing, truncated or altered.
    """
    if name not in RECIPES:
        raise ValueError(f"unknown oracle {name!r}; known are {', '.join(RECIPES)}")
    return RECIPES[name].open(data_root=data_root, cache=cache)


__all__ = ["METRICS", "RECIPES", "REDUCTIONS", "Column", "Provenance", "Split", "Table", "open_oracle"]
