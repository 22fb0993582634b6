"""What `nasrank tables ...` prints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.measure import Measurement
from rich.table import Table as Grid

from nasrank.bench.oracles.ask.by_trait import columns_of, groups_by
from nasrank.bench.oracles.ask.overview import OFFICIAL_INDEX, isomorphic
from nasrank.bench.oracles.ask.summary import summarise

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, JustifyMethod, RenderResult

    from nasrank.bench.oracles import Column, Table
    from nasrank.bench.oracles.ask.comparison import ColumnComparison

KIN = 8
"""Isomorphic cells that are printed."""


_ROOM = 12
"""Characters that a column that may be folded has at least, if it has so many."""

_UNLIMITED = 10_000


class _Uncropped(Grid):
    """As wide as it has to be, wider than the terminal if need be: no number ever loses its last digits."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        wide = options.update(width=_UNLIMITED)
        needed = Measurement.get(console, wide, self).maximum
        for column in self.columns:
            if not column.no_wrap:
                longest = max(Measurement.get(console, wide, one).maximum for one in (column.header, *column.cells))
                needed -= max(0, longest - _ROOM)
        return super().__rich_console__(console, options.update(max_width=max(options.max_width, needed)))


def grid(*titles: str, right: Sequence[str] = (), folded: Sequence[str] = ()) -> Grid:
    """An empty grid with these columns, some set to the right, some that may take more than one line."""
    made = _Uncropped(box=SIMPLE_HEAD, pad_edge=False)
    for title in titles:
        justify: JustifyMethod = "right" if title in right else "left"
        made.add_column(title, justify=justify, overflow="fold", no_wrap=title not in folded)
    return made


def _listing() -> Grid:
    """An empty list of labels and values."""
    made = Grid(box=None, show_header=False, pad_edge=False)
    made.add_column(style="bold")
    made.add_column(overflow="fold")
    return made


def provenance(table: Table) -> Grid:
    """Which file, checksum and protocol the numbers come from."""
    made = _listing()
    for key, value in asdict(table.provenance).items():
        made.add_row(key.replace("_", " "), str(value))
    return made


def splits(table: Table) -> Grid:
    """What the splits of this table mean."""
    made = grid("split", "trained on", "measured on", folded=("trained on", "measured on"))
    for split in dict.fromkeys(column.split for column in table.columns):
        if split is not None:
            made.add_row(split, split.trained_on, split.measured_on)
    return made


def columns(table: Table) -> Grid:
    """Every column, those that differ in the seed alone in one row."""
    made = grid("column", "seeds", "range", "unit", "present", right=("present",), folded=("seeds", "present"))
    for runs in _by_seed(table.columns):
        summaries = [summarise(column, table.whole(column)) for column in runs]
        lowest, highest = min(one.lowest for one in summaries), max(one.highest for one in summaries)
        counts = dict.fromkeys(one.present for one in summaries)
        made.add_row(
            runs[0].title,
            " ".join(_seed(column) + ("*" if column.derivation else "") for column in runs),
            f"{lowest:.4g} to {highest:.4g}",
            runs[0].unit,
            " ".join(f"{count:,}" for count in counts),
        )
    return made


def by(table: Table, name: str) -> Grid:
    """Means over the architectures that are alike in a trait or decision, and their standard errors."""
    titles = [columns[0].title for columns in columns_of(table)]
    made = grid(name, "number", *titles, right=("number", *titles), folded=(name, *titles))
    for group in groups_by(table, name):
        cells = [
            _number(float(f"{mean:.5g}")) + ("" if np.isnan(error) else f" ± {error:.2g}")
            for mean, error in zip(group.means, group.errors, strict=True)
        ]
        made.add_row(group.value or "without effect", f"{group.architectures:,}", *cells)
    return made


def derivations(columns: Iterable[Column]) -> list[str]:
    """What was not recorded but computed, a line a formula; the columns are those marked with * in `columns`."""
    by_formula: dict[str, list[Column]] = {}
    for column in columns:
        if column.derivation:
            by_formula.setdefault(column.derivation, []).append(column)
    return [
        f"* {formula}: {', '.join(map(str, found[:3]))}" + (f" and {len(found) - 3} more" if len(found) > 3 else "")
        for formula, found in by_formula.items()
    ]


def _by_seed(columns: Iterable[Column]) -> list[list[Column]]:
    """Groups of columns that differ in the seed alone, seeds before reductions."""
    groups: dict[tuple[str, ...], list[Column]] = {}
    for column in columns:
        axes = ["" if axis is None else str(axis).zfill(3) for axis in column.axes[:-1]]
        groups.setdefault((*axes, str(column.curve)), []).append(column)
    return [sorted(groups[key], key=_seed) for key in sorted(groups)]


def _seed(column: Column) -> str:
    return "" if column.seeds is None else str(column.seeds)


def numbers(table: Table, row: int, *, dataset: str | None, curves: bool) -> Grid:
    """All that the table has of one architecture, a column a seed; what was computed is marked with *.

    Args:
        dataset: show the columns of this one alone.
        curves: whether to show curves, one row an epoch.
    """
    shown = [column for column in table.columns if dataset in (None, column.dataset)]
    if not shown:
        known = dict.fromkeys(column.dataset for column in table.columns if column.dataset is not None)
        raise ValueError(f"the table has nothing about {dataset}; it has {', '.join(known)}")
    shown = [column for column in shown if curves or column.curve is None]
    seeds = sorted({_seed(column) for column in shown})
    headings = [f"seed {seed}" if seed.isdecimal() else seed or "any seed" for seed in seeds]
    made = grid("column", *headings, "unit", right=headings)
    for runs in _by_seed(shown):
        values = {_seed(column): np.atleast_1d(table.whole(column)[row]) for column in runs}
        marks = {_seed(column): "*" if column.derivation else "" for column in runs}
        curve = runs[0].curve
        titles = [runs[0].title] if curve is None else [f"{runs[0].title}: {epoch}" for epoch in curve]
        for place, title in enumerate(titles):
            cells = [_number(values[seed][place]) + marks[seed] if seed in values else "" for seed in seeds]
            made.add_row(title, *cells, runs[0].unit)
    return made


def _number(value: float) -> str:
    if np.isnan(value):
        return "missing"
    return f"{value:.0f}" if float(value).is_integer() and abs(value) > 1e6 else f"{value:.7g}"


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


def comparison(found: ColumnComparison) -> Grid:
    """One pair of columns, one line a figure."""
    unit = found.first.unit
    made = _listing()
    alone = f"{found.only_first:,} and {found.only_second:,}"
    for label, value in (
        ("first", str(found.first)),
        ("second", str(found.second)),
        (
            "architectures",
            f"{found.architectures:,} in both, {alone} in one alone"
            + (f"; {found.infinite:,} of those in both are infinite and left out" if found.infinite else ""),
        ),
        ("equal values", f"{found.equal:,}"),
        *((name.replace("_", " "), f"{value:.3f}") for name, value in found.ranking.items()),
        ("mean difference", f"{found.mean_difference:+.4g} {unit} (second - first)"),
        ("mean |difference|", f"{found.mean_absolute_difference:.4g} {unit}"),
    ):
        made.add_row(label, value)
    return made


def differences(found: ColumnComparison, first: str, second: str) -> Grid:
    """The largest differences of one pair of columns."""
    made = grid("largest differences", first, second, "difference", right=(first, second, "difference"))
    for one in found.largest:
        made.add_row(str(one.architecture), f"{one.first:.6g}", f"{one.second:.6g}", f"{one.second - one.first:+.4g}")
    return made


def comparisons(found: Sequence[ColumnComparison]) -> Grid:
    """Many pairs of columns of the same axes, one line each."""
    figures = ("both", "equal", "tau", "tau top10", "mean |difference|", "largest")
    made = grid("column", *figures, "unit", right=figures)
    for one in found:
        made.add_row(
            str(one.first),
            f"{one.architectures:,}",
            f"{one.equal:,}",
            f"{one.ranking['tau']:.3f}",
            f"{one.ranking['tau_top10']:.3f}",
            f"{one.mean_absolute_difference:.2g}",
            f"{abs(one.largest[0].second - one.largest[0].first):.2g}",
            one.first.unit,
        )
    return made
