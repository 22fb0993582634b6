"""How regret falls and fronts grow: medians and quartiles over runs, against simulated seconds and against queries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from nasrank.bench.search_studies.grammar import SearchStudy

POINTS = 60
"""Of a curve, equally far apart on a logarithmic axis."""

DECIMALS = 5

AXES = ("seconds", "queries")

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """Of one searcher on one part.

    Attributes:
        figure: the regret of this reported figure, or a figure of fronts.
        axis: "seconds" or "queries".
        at: where on the axis; the first is where half of the runs have an incumbent.
        low, median, high: quartiles over runs.
    """

    part: str
    searcher: str
    figure: str
    axis: str
    at: tuple[float, ...]
    low: tuple[float, ...]
    median: tuple[float, ...]
    high: tuple[float, ...]


def curves(study: SearchStudy, table: pd.DataFrame, best: dict[str, dict[str, float]]) -> Iterator[Curve]:
    """Of every searcher: by the first reported figure where it is told one objective, else by the hypervolume."""
    for part, section in study.parts.items():
        figure = next(iter(section.reported))
        higher = section.reported[figure].higher_is_better
        for searcher in study.searchers:
            lines = table[(table["part"] == part) & (table["searcher"] == searcher)]
            if lines.empty:
                continue
            if lines["hypervolume"].notna().any():
                yield _of_fronts(part, searcher, lines)
                continue
            regret = best[part][figure] - lines[figure] if higher else lines[figure] - best[part][figure]
            for axis in AXES:
                if axis == "seconds" and section.price is None:
                    continue
                yield _of_steps(part, searcher, figure, axis, lines.assign(regret=regret))


def _of_steps(part: str, searcher: str, figure: str, axis: str, lines: pd.DataFrame) -> Curve:
    """Every run keeps its incumbent until it has another, and to the end of the longest run."""
    runs = [group for _, group in lines.groupby("run", sort=True)]
    first, last = np.median([run[axis].iloc[0] for run in runs]), lines[axis].max()
    at = np.unique(np.geomspace(max(first, 1.0), max(last, first, 1.0), POINTS))
    values = np.full((len(runs), len(at)), np.nan)
    for row, run in zip(values, runs, strict=True):
        place = np.searchsorted(run[axis].to_numpy(), at, side="right") - 1
        row[place >= 0] = run["regret"].to_numpy()[place[place >= 0]]
    return Curve(part, searcher, figure, axis, _rounded(at), *_quartiles(values))


def _of_fronts(part: str, searcher: str, lines: pd.DataFrame) -> Curve:
    """At the numbers of queries where half of the runs have a front or have ended, and keep their last."""
    by_count = lines.pivot_table(index="run", columns="queries", values="hypervolume")
    known = by_count.where(by_count.bfill(axis=1).notna(), by_count.ffill(axis=1))
    shared = known.loc[:, known.notna().mean() >= 0.5]
    at = shared.columns.to_numpy(dtype=np.float64)
    return Curve(part, searcher, "hypervolume", "queries", _rounded(at), *_quartiles(shared.to_numpy()))


def _quartiles(values: FloatArray) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
    low, median, high = np.nanpercentile(values, (25, 50, 75), axis=0)
    return _rounded(low), _rounded(median), _rounded(high)


def _rounded(values: FloatArray) -> tuple[float, ...]:
    return tuple(np.round(values, DECIMALS).tolist())
