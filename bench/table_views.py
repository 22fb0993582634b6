"""What `nasrank tables ...` prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table as Grid

from bench.oracles.overview import OFFICIAL_INDEX, isomorphic

if TYPE_CHECKING:
    from bench.oracles import Column, Table
    from bench.oracles.comparison import Comparison
    from bench.oracles.summary import Summary

KIN = 8
"""Isomorphic cells that are printed."""


def _grid(*titles: str, right: Sequence[str] = ()) -> Grid:
    grid = Grid(box=SIMPLE_HEAD, pad_edge=False)
    for title in titles:
        grid.add_column(title, justify="right" if title in right else "left", overflow="fold")
    return grid


def provenance(table: Table) -> Grid:
    """Which file, checksum and protocol the numbers come from."""
    grid = Grid(box=None, show_header=False, pad_edge=False)
    for key, value in asdict(table.provenance).items():
        grid.add_row(f"[bold]{key.replace('_', ' ')}[/]", str(value))
    return grid


def splits(table: Table) -> Grid:
    """What the splits of this table mean."""
    grid = _grid("split", "trained on", "measured on")
    for split in dict.fromkeys(column.split for column in table.columns):
        if split is not None:
            grid.add_row(split, split.trained_on, split.measured_on)
    return grid


def columns(table: Table) -> Grid:
    """Every column, those that differ in the seed alone in one row."""
    grid = _grid(
        "metric", "data set", "split", "epochs", "seeds", "range", "unit", "present", right=("range", "present")
    )
    ordered = sorted(table.describe(), key=lambda one: _without_seed(one.column))
    for _, group in groupby(ordered, key=lambda one: _without_seed(one.column)):
        runs = list(group)
        column = runs[0].column
        lowest, highest = min(one.lowest for one in runs), max(one.highest for one in runs)
        grid.add_row(
            *_axes(column)[:3],
            _epochs(column),
            " ".join(_axes(one.column)[4] for one in runs),
            f"{lowest:g} to {highest:g}",
            column.unit,
            _present(runs),
        )
    return grid


def _without_seed(column: Column) -> tuple[str, ...]:
    metric, dataset, split, epochs, _ = _axes(column)
    return metric, dataset, split, epochs.zfill(4), str(column.curve)


def _present(runs: Sequence[Summary]) -> str:
    counts = list(dict.fromkeys(one.present for one in runs))
    return " ".join(f"{count:,}" for count in counts)


def _axes(column: Column) -> list[str]:
    return ["" if axis is None else str(axis) for axis in column.axes]


def _epochs(column: Column) -> str:
    curve = column.curve
    if curve is None:
        return _axes(column)[3]
    step = "" if curve.step == 1 else f" by {curve.step}"
    return f"{curve[0]} to {curve[-1]}{step} of {column.epochs}"


def numbers(table: Table, row: int, *, dataset: str | None, curves: bool) -> Grid:
    """All that the table has of one architecture.

    Args:
        dataset: show the columns of this one alone.
        curves: whether to show curves, one row an epoch.
    """
    shown = [column for column in table.columns if dataset in (None, column.dataset)]
    if not shown:
        known = dict.fromkeys(column.dataset for column in table.columns if column.dataset is not None)
        raise ValueError(f"the table has nothing about {dataset}; it has {', '.join(known)}")
    grid = _grid("metric", "data set", "split", "epochs", "seed", "value", "unit", right=("value",))
    for column in shown:
        if column.curve is not None and not curves:
            continue
        metric, name, split, epochs, seed = _axes(column)
        labels = [epochs] if column.curve is None else [f"{epoch} of {epochs}" for epoch in column.curve]
        for label, value in zip(labels, np.atleast_1d(table.whole(column)[row]), strict=True):
            grid.add_row(metric, name, split, label, seed, _number(value), column.unit)
    return grid


def _number(value: float) -> str:
    return "missing" if np.isnan(value) else f"{value:.10g}"


def kin(table: Table, row: int) -> list[str]:
    """Names of the isomorphic cells, which the benchmark trained separately; nothing when there are none."""
    others = isomorphic(table, row)
    if not others:
        return []
    lines = [f"isomorphic to {len(others)} other cells, trained separately:"]
    for other in others[:KIN]:
        place = table.rows.row(other)
        index = f"  index {table.whole(OFFICIAL_INDEX)[place]}" if OFFICIAL_INDEX in table.columns else ""
        lines.append(f"  {other}{index}")
    return lines if len(others) <= KIN else [*lines, f"  and {len(others) - KIN} more"]


def comparison(found: Comparison) -> Grid:
    """One pair of columns, one line a figure."""
    unit = found.first.unit
    grid = Grid(box=None, show_header=False, pad_edge=False)
    alone = f"{found.only_first:,} and {found.only_second:,}"
    for label, value in (
        ("first", str(found.first)),
        ("second", str(found.second)),
        (
            "architectures",
            f"{found.architectures:,} in both, {alone} in one alone",
        ),
        ("equal values", f"{found.equal:,}"),
        *((name.replace("_", " "), f"{value:.3f}") for name, value in found.ranking.items()),
        ("mean difference", f"{found.mean_difference:+.4g} {unit} (second - first)"),
        ("mean |difference|", f"{found.mean_absolute_difference:.4g} {unit}"),
    ):
        grid.add_row(f"[bold]{label}[/]", value)
    return grid


def differences(found: Comparison, first: str, second: str) -> Grid:
    """The largest differences of one pair of columns."""
    grid = _grid("largest differences", first, second, "difference", right=(first, second, "difference"))
    for one in found.largest:
        grid.add_row(str(one.architecture), f"{one.first:.6g}", f"{one.second:.6g}", f"{one.second - one.first:+.4g}")
    return grid


def comparisons(found: Sequence[Comparison]) -> Grid:
    """Many pairs of columns of the same axes, one line each."""
    metrics = list(found[0].ranking)
    figures = ("both", "equal", *metrics, "mean |difference|", "largest")
    grid = _grid("column", *figures, "unit", right=figures)
    for one in found:
        values = [f"{one.ranking[name]:.3f}" for name in metrics]
        top = abs(one.largest[0].second - one.largest[0].first)
        grid.add_row(
            str(one.first),
            f"{one.architectures:,}",
            f"{one.equal:,}",
            *values,
            f"{one.mean_absolute_difference:.4g}",
            f"{top:.4g}",
            one.first.unit,
        )
    return grid
