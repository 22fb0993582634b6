"""The numbers in one column of somebody's own file, in the unit the table keeps; units are checked, never guessed."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nasrank.bench.foundation.describing import describe
from nasrank.bench.oracles.ask.quantities import QUANTITIES
from nasrank.bench.oracles.imports.formats.distinct import distinct
from nasrank.bench.oracles.imports.formats.mapping import UNITS, Measured

_DIGITS = re.compile("[0-2]{0,5}")


def numbers(array: pa.ChunkedArray, entry: Measured) -> npt.NDArray[np.float64]:
    """`(rows,)`, NaN where the file has nothing.

    Raises:
        ValueError: the column does not hold numbers, or one that the metric or the unit stated cannot have.
    """
    if entry.unit == "digits":
        return _digits(array, entry)
    if not (pa.types.is_integer(array.type) or pa.types.is_floating(array.type)):
        held = array.type.value_type if pa.types.is_dictionary(array.type) else array.type
        raise ValueError(f"column {entry.column} holds {held}, not numbers: {entry.metric} in {entry.unit}")
    stored = array.to_numpy().astype(np.float64)
    metric_unit = QUANTITIES[entry.metric].unit
    _refuse(stored, stored < 0, entry, "0 or more")
    if metric_unit != "nats":  # a loss is infinite where the training diverged
        _refuse(stored, np.isinf(stored), entry, "finite")
    if metric_unit == "percent":
        _check_share(stored, entry)
    factor = UNITS[metric_unit][entry.unit]
    if metric_unit in ("count", "index", "code"):
        if factor == 1:
            _refuse(stored, np.round(stored) != stored, entry, "a whole number")
        return np.asarray(np.round(stored * factor))
    return np.asarray(stored * factor)


def _check_share(stored: npt.NDArray[np.float64], entry: Measured) -> None:
    most = 1 if entry.unit == "fraction" else 100
    other = "; in percent, the unit is 'percent'" if entry.unit == "fraction" else ""
    _refuse(stored, stored > most, entry, f"from 0 to {most}{other}")
    if entry.unit == "percent" and np.fmax.reduce(stored) <= 1:
        raise ValueError(
            f"column {entry.column} is stated in percent, but none of its values is above 1: they look like fractions, "
            "of which the unit is 'fraction'"
        )


def _refuse(stored: npt.NDArray[np.float64], wrong: npt.NDArray[np.bool_], entry: Measured, allowed: str) -> None:
    wrong &= ~np.isnan(stored)
    if wrong.any():
        line = int(wrong.argmax())
        raise ValueError(
            f"row {line + 1}: {stored[line]} in column {entry.column} is no {entry.metric} in {entry.unit}: that is "
            f"{allowed}"
        )


def _digits(array: pa.ChunkedArray, entry: Measured) -> npt.NDArray[np.float64]:
    """The code of `nasrank.bench.oracles.ask.axes.QUANTITIES`: base 4, vertex 1 lowest, digits one above the text's."""
    texts, place = distinct(array, entry.column)
    codes = np.full(len(texts), np.nan)
    for number, text in enumerate(texts):
        if text is None:
            continue
        if not isinstance(text, str) or not _DIGITS.fullmatch(text):
            line = int((place == number).argmax())
            raise ValueError(
                f"row {line + 1}: {describe(text)} in column {entry.column} is not up to five digits from 0 to 2"
            )
        codes[number] = sum((int(digit) + 1) << 2 * vertex for vertex, digit in enumerate(text))
    return codes[place]
