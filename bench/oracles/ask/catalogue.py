"""What a table can be asked for: its columns by their axes, and a clear word about those it does not have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nasrank.bench.oracles.ask.axes import Axes, Column

_NAMES = ("metric", "dataset", "split", "epochs", "seeds")


class Catalogue:
    """The columns of one table, by axes.

    Attributes:
        columns: all of them, values at the end of a schedule and curves.
    """

    def __init__(self, columns: Sequence[Column], owner: str) -> None:
        self.columns = tuple(columns)
        self._owner = owner
        self._places = {(column.axes, column.curve is not None): place for place, column in enumerate(self.columns)}
        if len(self._places) != len(self.columns):
            raise ValueError("two columns of one table have the same axes")

    def place(self, axes: Axes, *, curve: bool) -> int | None:
        """Where the column with these axes is, if there is one."""
        return self._places.get((axes, curve))

    def seeds(self, axes: Axes, *, curve: bool) -> list[Column]:
        """The columns of single seeds that differ from `axes` in nothing else, in ascending order of seeds."""
        found = [one for one in self._kind(curve) if one.axes[:-1] == axes[:-1] and isinstance(one.seeds, int)]
        return sorted(found, key=lambda column: int(column.seeds or 0))

    def means(self) -> list[Column]:
        """Means over seeds, curves aside, that are not stored but can be computed."""
        means = dict.fromkeys(replace(one, seeds="mean") for one in self._kind(False) if isinstance(one.seeds, int))
        return [one for one in means if self.place(one.axes, curve=False) is None]

    def absent(self, axes: Axes, *, curve: bool) -> ValueError:
        """Which axis fails, and what the table has there."""
        left = self._kind(curve)
        what = "curve of " if curve else ""
        stated: list[str] = []
        for name, wanted in zip(_NAMES, axes, strict=True):
            known = sorted({str(getattr(column, name)) for column in left})
            left = [column for column in left if getattr(column, name) == wanted]
            if not left:
                given = f" for {', '.join(stated)}" if stated else ""
                there = ", ".join(known) or "none"
                return ValueError(f"{self._owner} has no {what}{name} {str(wanted)!r}{given}; it has {there}")
            stated.append(f"{name} {wanted}")
        raise AssertionError("every axis matched, so the column is not absent")

    def _kind(self, curve: bool) -> list[Column]:
        return [column for column in self.columns if (column.curve is not None) == curve]
