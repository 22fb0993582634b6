"""A mapping file: what each column of somebody's own file is, in the words of `nasrank.bench.oracles.ask.axes`.

It is TOML of three parts. `[table]` says what the numbers are, `[rows]` how the file names architectures, and every
entry of `columns` which metric, data set, split, epochs, seed and unit one column of the file has. Nothing is guessed:
an axis or a unit left out is an error where the metric has one. In a file with one line a training run, an axis is read
from a column of its own: `seeds = {column = "seed"}`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    model_validator,
)

from nasrank.bench.foundation.describing import describe, printable
from nasrank.bench.foundation.toml_files import read_toml
from nasrank.bench.oracles.ask.axes import Column, Split
from nasrank.bench.oracles.ask.quantities import QUANTITIES
from nasrank.spaces import SPACES

Notation = Literal["string", "naslib_by_source", "naslib_by_target", "module_hash"]
"""How a file names architectures: by the text that their space prints, which of NAS-Bench-201 is the benchmark's own,
`|nor_conv_3x3~0|+...`; NASLib's tuple `(4, 0, 3, 1, 4, 3)`, whose edges run (0,1) (0,2) (0,3) (1,2) ... by source or
(0,1) (0,2) (1,2) (0,3) ... by target; or the module hash of NAS-Bench-101, 32 hexadecimal digits."""

UNITS: dict[str, dict[str, float]] = {
    "percent": {"percent": 1.0, "fraction": 100.0},
    "nats": {"nats": 1.0},
    "seconds": {"seconds": 1.0, "milliseconds": 1e-3, "hours": 3600.0},
    "count": {"count": 1.0, "millions": 1e6},
    "index": {"index": 1.0},
    "code": {"code": 1.0, "digits": 1.0},
}
"""Units a file may have, for each unit of a metric, with the factor between them. "digits" are NAS-Bench-101's interior
operations as a text, vertex 1 first: 0 conv3x3-bn-relu, 1 conv1x1-bn-relu, 2 maxpool3x3."""


_LONGEST_MESSAGE = 1000
_MOST_MISTAKES = 20


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Text = Annotated[str, Field(min_length=1)]


class FromColumn(_Strict):
    """An axis that a column of the file states line by line.

    Attributes:
        column: its name.
        values: what the file's own words mean, where they are not those of the axis.
    """

    column: str
    values: dict[str, str | int] = {}


_either = Discriminator(lambda value: "a column" if isinstance(value, dict | FromColumn) else "a value")
_Named = Annotated[FromColumn, Tag("a column")]
Word = Annotated[Annotated[str, Tag("a value")] | _Named, _either]
Number = Annotated[Annotated[int, Tag("a value")] | _Named, _either]
WordOrNumber = Annotated[Annotated[int | str, Tag("a value")] | _Named, _either]
"""What an axis is, or the column that states it."""


def _known_space(name: str) -> str:
    return SPACES.named(name).name  # refuses what there is not, and says what there is


class About(_Strict):
    """What is said of the table as a whole; see `nasrank.bench.oracles.ask.provenance`."""

    name: Text
    space: Annotated[str, AfterValidator(_known_space)]
    protocol: Text
    citation: Text
    licence: Text


class RowNames(_Strict):
    """Which column names the architectures, and how."""

    column: str
    notation: Notation


def _known_metric(name: str) -> str:
    if name not in QUANTITIES:
        raise ValueError(f"unknown metric {describe(name)}; known are {', '.join(QUANTITIES)}")
    return name


_AXES = ("dataset", "split", "epochs", "seeds")


class Measured(_Strict):
    """One column of the file; the axes are those of `nasrank.bench.oracles.ask.axes.Column`."""

    column: str
    metric: Annotated[str, AfterValidator(_known_metric)]
    unit: str
    dataset: Word | None = None
    split: Word | None = None
    epochs: Number | None = None
    seeds: WordOrNumber | None = None
    derivation: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Measured:
        units = UNITS[QUANTITIES[self.metric].unit]
        if self.unit not in units or (self.unit == "digits" and self.metric != "operations"):
            raise ValueError(f"{describe(self.unit)} is not a unit of {self.metric}; known are {', '.join(units)}")
        self.axes({axis: self._example[axis] for axis in self.from_columns})
        return self

    @property
    def _example(self) -> dict[str, Any]:
        """What lines of the file may state, in agreement with the axes that the mapping states itself."""
        possible = (split for split in Split if self.dataset in split.datasets)
        split = Split(self.split) if isinstance(self.split, str) else next(possible, Split.TRAIN_25K)
        return {"dataset": split.datasets[0], "split": split, "epochs": 1, "seeds": 0}

    @property
    def from_columns(self) -> dict[str, FromColumn]:
        """The axes that the file states line by line, by name."""
        axes = {axis: getattr(self, axis) for axis in _AXES}
        return {axis: value for axis, value in axes.items() if isinstance(value, FromColumn)}

    def axes(self, stated: dict[str, Any]) -> Column:
        """The table's column, for the axes stated by a line of the file; ValueError when one is impossible."""
        axes = {axis: getattr(self, axis) for axis in _AXES} | stated
        if axes["split"] is not None:
            axes["split"] = Split(axes["split"])
        return Column(self.metric, **axes, derivation=self.derivation)


def _some(columns: tuple[Measured, ...]) -> tuple[Measured, ...]:
    if not columns:  # a minimal length would also be missed where the only column has a mistake
        raise ValueError("there is none")
    return columns


_NOTATIONS: dict[str, tuple[Notation, ...]] = {
    "nb101": ("module_hash",),
    "nb201": ("string", "naslib_by_source", "naslib_by_target"),
}
"""Of these spaces; architectures of others are named by their text."""


class Mapping(_Strict):
    """A whole mapping file."""

    table: About
    rows: RowNames
    columns: Annotated[tuple[Measured, ...], AfterValidator(_some)]

    @model_validator(mode="after")
    def _one_space(self) -> Mapping:
        known = _NOTATIONS.get(self.table.space, ("string",))
        if self.rows.notation not in known:
            raise ValueError(
                f"the rows of {self.table.space} cannot be named by {self.rows.notation}, but by {' or '.join(known)}"
            )
        return self

    @property
    def names(self) -> set[str]:
        """Every column of the file that is needed."""
        axes = {axis.column for entry in self.columns for axis in entry.from_columns.values()}
        return {self.rows.column, *axes, *(entry.column for entry in self.columns)}

    @property
    def texts(self) -> set[str]:
        """Those of them whose values are texts even if all look like numbers."""
        return {self.rows.column, *(entry.column for entry in self.columns if entry.unit == "digits")}


def load_mapping(path: Path) -> Mapping:
    """Read and validate a mapping file.

    Raises:
        ValueError: it is missing, not TOML, or a key is unknown, missing or has a wrong value; lists the mistakes.
    """
    try:
        _, content, plain = read_toml(path)
    except (OSError, ValueError) as reason:
        raise ValueError(f"{path} is not a mapping file: {reason}") from reason
    try:
        return Mapping.model_validate_json(plain, strict=True)
    except ValidationError as error:
        mistakes = list(dict.fromkeys(_explain(content, mistake) for mistake in error.errors()))
        left = len(mistakes) - _MOST_MISTAKES
        more = [f"{left:,} more mistakes"] if left > 0 else []
        raise ValueError("\n".join(f"{path}: {mistake}" for mistake in mistakes[:_MOST_MISTAKES] + more)) from error


def _explain(content: dict[str, Any], mistake: Any) -> str:
    place = list(mistake["loc"])
    if len(place) > 1 and place[0] == "columns":
        entry = content["columns"][place[1]]
        name = entry.get("column", place[1]) if isinstance(entry, dict) else place[1]
        place[:2] = [f"column {printable(name) if isinstance(name, str) else place[1]}"]
    keys = [printable(key) for key in place if key not in ("a value", "a column", "int", "str")]
    message = {"extra_forbidden": "unknown key", "missing": "this key is missing"}.get(
        mistake["type"], printable(mistake["msg"].removeprefix("Value error, "), _LONGEST_MESSAGE)
    )
    return ": ".join([*keys, message])
