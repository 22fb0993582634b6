"""Somebody's scores as columns, before anything is known of the space: from a file, or from Python's own values.

A sheet says how architectures are named, with one row for each score of one, or for each score of one seed. Reading
files is left to `nasrank.bench.oracles.imports.formats.sheet`, with its bounds on what a file may hold.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.bench.foundation.describing import listed, printable
from nasrank.bench.foundation.files import DataError
from nasrank.bench.judging import naming
from nasrank.bench.judging.columns import architectures_of, labels_of, numbers_of, plain
from nasrank.bench.oracles.imports.formats.score_sheet import NOT_MEASURED, about_scores
from nasrank.bench.oracles.imports.formats.sheet import ROWS, columns_in, numbers_by_name, read_sheet
from nasrank.bench.ranking.arrays import FloatArray, as_floats

MOST_SCORES = 200
"""Columns of scores. Every two of them are compared."""


_OWN = "architecture, of the keys"
"""Name of the column that architectures make which come without one."""


@dataclass(frozen=True)
class Chosen:
    """Which column is what, where somebody said so; None where it is to be recognised.

    Attributes:
        architectures: names the architectures.
        scores: are judged; by default all other columns of numbers.
        seed: tells the seeds or runs of one architecture apart.
        labels: marks the architectures whose stand-alone results were used; never recognised.
    """

    architectures: str | None = None
    scores: tuple[str, ...] | None = None
    seed: str | None = None
    labels: str | None = None


@dataclass(frozen=True, eq=False)
class Sheet:
    """Scores by row.

    Attributes:
        source: where they are from, for messages.
        architectures: of each row: texts, values of the space or None in a list, or integers `(rows,)`; None where the
            rows are all positions of the space.
        official: whether integers are the benchmark's own numbers, by the name of their column.
        scores: by name, `(rows,)`, NaN where there is none.
        seeds: what tells runs apart, as texts; None where there is no such column.
        labels: of each row, `(rows,)`: 0 or NaN for none, else the label, or 1 where the column only marks; or None.
        notes: what was recognised, and what was left out.
        higher_is_better: of columns of which the file says it.
    """

    source: str
    architectures: list[Any] | npt.NDArray[np.int64] | None
    official: bool
    scores: Mapping[str, FloatArray]
    seeds: list[str] | None
    labels: FloatArray | None
    notes: tuple[str, ...]
    higher_is_better: Mapping[str, bool] = field(default_factory=dict)


def read(path: Path, chosen: Chosen) -> Sheet:
    """The sheet in a CSV, TSV, JSON, Parquet or NPY file.

    Raises:
        DataError: it is missing, malformed, too large, of another kind, or has no such columns.
    """
    if path.name.endswith(".npy"):
        return _of_positions(str(path), {path.stem: _numpy(path)})
    if path.name.endswith(".json") and (by_name := numbers_by_name(path)) is not None:
        scores = {path.stem: list(by_name.values())}
        return of_columns({_OWN: list(by_name), **scores}, Chosen(_OWN), source=str(path))
    about = about_scores(path)
    names = [name for name in columns_in(path) if about is None or name != NOT_MEASURED]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise DataError(f"{path} has several columns {listed(repeated)}")
    try:
        architectures = _column(names, chosen.architectures) or naming.architecture_column(names)
        texts = set() if naming.may_hold_numbers(architectures) else {architectures}
        table = read_sheet(path, needed=set(names), texts=texts)
        sheet = of_columns({name: table[name] for name in names}, chosen, source=str(path))
        return sheet if about is None else _of_proxies(sheet, about, chosen)
    except DataError:
        raise
    except ValueError as reason:
        raise DataError(f"{path}: {reason}") from reason


def _of_proxies(sheet: Sheet, about: Mapping[str, Any], chosen: Chosen) -> Sheet:
    """With the directions that the file tells, and without the columns that could be measured for no architecture."""
    better = {name: one["higher_is_better"] for name, one in about["columns"].items() if name in sheet.scores}
    empty = [name for name, values in sheet.scores.items() if not np.isfinite(values).any()]
    if chosen.scores is not None or not empty or len(empty) == len(sheet.scores):
        return replace(sheet, higher_is_better=better)
    return replace(
        sheet,
        scores={name: values for name, values in sheet.scores.items() if name not in empty},
        higher_is_better={name: higher for name, higher in better.items() if name not in empty},
        notes=(*sheet.notes, f"without any value, and not ranked: {listed(empty)}"),
    )


def of_columns(columns: Mapping[str, Any], chosen: Chosen, *, source: str = "the scores") -> Sheet:
    """The sheet of columns by name, each a sequence `(rows,)`; ValueError when they do not make one."""
    names = list(columns)
    architectures = _column(names, chosen.architectures) or naming.architecture_column(names)
    seed = _column(names, chosen.seed) or naming.seed_column(name for name in names if name != architectures)
    labels = _column(names, chosen.labels)
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"columns are of different lengths: {listed([f'{a} {b:,}' for a, b in lengths.items()])}")
    named = architectures_of(columns[architectures], architectures)
    scores, ignored = {}, []
    unnamed = [name for name in names if naming.is_row_number(name)]
    for name in chosen.scores or [one for one in names if one not in (architectures, seed, labels, *unnamed)]:
        if _column(names, name) in (architectures, seed, labels):
            raise ValueError(f"column {printable(name)} cannot be a score: it names the architectures, seeds or labels")
        numbers = None if chosen.scores is None and naming.names_architectures(name) else numbers_of(columns[name])
        if numbers is not None:
            scores[name] = numbers
        elif chosen.scores is None:
            ignored.append(name)
        else:
            raise ValueError(f"column {printable(name)} does not hold numbers")
    if not scores:
        raise ValueError(f"there is no column of scores: {listed(names)}")
    if len(scores) > MOST_SCORES:
        raise ValueError(
            f"{len(scores):,} columns of scores, admitted are {MOST_SCORES}: choose some with columns=[...] "
            "(--scores A,B)"
        )
    notes = [] if chosen.architectures else [f"architectures are named by the column {printable(architectures)}"]
    if seed and not chosen.seed:
        notes.append(f"seeds are told apart by the column {printable(seed)}")
    if unnamed and not chosen.scores:
        notes.append("a column without a name is taken for numbers of rows")
    if ignored:
        notes.append(f"no scores are in the columns {listed(ignored)}")
    return Sheet(
        source,
        named,
        naming.is_official_index(architectures),
        scores,
        None if seed is None else [str(one) for one in plain(columns[seed])],
        None if labels is None else labels_of(columns[labels]),
        tuple(notes),
    )


def of_python(scores: Any, chosen: Chosen) -> Sheet:
    """The sheet of a path, a mapping, a data frame, an array by position or a pair, see `nasrank.rank`."""
    if isinstance(scores, str | Path):
        return read(Path(scores), chosen)
    if isinstance(scores, np.ndarray):
        return _of_positions("the scores", {"scores": as_floats("scores", scores)})
    if isinstance(scores, tuple) and len(scores) == 2:
        architectures, values = scores
        columns = values if isinstance(values, Mapping) else {"scores": values}
        where = Chosen(_OWN, chosen.scores, chosen.seed, chosen.labels)
        return of_columns({_OWN: architectures, **{str(one): column for one, column in columns.items()}}, where)
    if isinstance(scores, Mapping) and scores and not any(_is_column(one) for one in scores.values()):
        return of_python((list(scores), list(scores.values())), chosen)
    if isinstance(scores, Mapping):
        return of_columns({str(name): column for name, column in scores.items()}, chosen)
    if hasattr(scores, "reset_index") and not hasattr(scores, "columns"):  # a pandas.Series
        return of_python(scores.to_frame("scores" if scores.name is None else scores.name), chosen)
    if hasattr(scores, "columns"):  # a data frame of any kind
        frame = _with_index(scores, chosen)
        return of_columns({str(name): frame[name] for name in frame.columns}, chosen)
    raise ValueError(
        f"scores are a path, a mapping, a data frame, an array by position or a pair (architectures, scores), "
        f"not a {type(scores).__name__}"
    )


def _with_index(frame: Any, chosen: Chosen) -> Any:
    """A pandas frame with its index as columns, where these do not say what its rows are of and the index may."""
    named = any(str(name) == chosen.architectures or naming.names_architectures(str(name)) for name in frame.columns)
    if named or not hasattr(frame, "reset_index") or type(frame.index).__name__ == "RangeIndex":
        return frame
    return frame.reset_index()


def _of_positions(source: str, columns: dict[str, FloatArray]) -> Sheet:
    return Sheet(source, None, False, columns, None, None, ())


def _is_column(value: object) -> bool:
    return not isinstance(value, str | np.generic) and (isinstance(value, Sequence) or hasattr(value, "__array__"))


def _numpy(path: Path) -> FloatArray:
    try:
        if path.stat().st_size > ROWS * 16:
            raise ValueError(f"it has {path.stat().st_size:,} bytes, admitted are {ROWS * 16:,}")
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        if not isinstance(array, np.ndarray) or array.ndim != 1 or array.dtype.kind not in "iuf":
            what = getattr(array, "dtype", type(array).__name__), getattr(array, "shape", "")
            raise ValueError(f"it holds {what[0]} {what[1]}, not one number an architecture")
        return as_floats("scores", np.array(array))
    except FileNotFoundError:
        raise DataError(f"{path} does not exist") from None
    except (ValueError, EOFError, OSError, SyntaxError, MemoryError) as reason:
        raise DataError(f"{path} is no NumPy array of scores: {printable(reason)}") from reason


def _column(names: Collection[str], name: str | None) -> str | None:
    if name is not None and name not in names:
        raise ValueError(f"there is no column {printable(name)}; there are {listed(names)}")
    return name
