"""What stands under one name in a record: its type is checked before anything else is done with it.

Every function raises DataError, with the name of the field, for what the benchmark's own files never have there.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.bench.foundation.describing import describe, printable
from nasrank.bench.foundation.files import DataError

FloatArray = npt.NDArray[np.float64]

_ALWAYS_RECORDED = ("train_acc1es", "train_losses", "eval_acc1es", "eval_losses")
_NUMBER = (int, float, np.integer, np.floating)
_MOST_PASSES = 1000
_MOST_MILLIONS = 1e9
"""Beyond that many millions, floats do not tell one count from the next."""


def attributes(thing: Any) -> Mapping[str, Any]:
    """What a thing consists of: a dictionary as it is, or the attributes of an object."""
    if isinstance(thing, dict):
        return thing
    if not hasattr(thing, "__dict__"):
        raise DataError(f"it holds a {type(thing).__name__} where results belong")
    state: Mapping[str, Any] = vars(thing)
    return state


def get(state: Mapping[str, Any], field: str, *kinds: type) -> Any:
    """What is under `field`, of one of these kinds."""
    if field not in state:
        raise DataError(f"it has no {field}")
    if kinds and not isinstance(state[field], kinds):
        name = printable(field)  # it may be one that the file chose
        raise DataError(
            f"its {name} is a {type(state[field]).__name__}, not a {' or a '.join(kind.__name__ for kind in kinds)}"
        )
    return state[field]


def recorded(state: Mapping[str, Any], field: str) -> dict[Any, Any]:
    """What is under `field`, by its keys; nothing where the first release lacks one of those not always recorded."""
    found = get(state, field) if field in _ALWAYS_RECORDED else state.get(field)
    if found is None:
        found = {}
    if isinstance(found, list):
        found = dict(enumerate(found))
    if not isinstance(found, dict):
        raise DataError(f"{field} is a {type(found).__name__}, not numbers by epoch")
    if not found and field in _ALWAYS_RECORDED:
        raise DataError(f"{field} is empty")
    return found


def numbers(found: dict[Any, Any], keys: Sequence[object], field: str, highest: float = np.inf) -> FloatArray:
    """The numbers under `keys`, in this order, `(keys,)`: NaN where there is none, infinite where a loss diverged."""
    if len(found) > len(keys):  # before more is done with what may be millions
        _refuse_unknown(found, keys, field)
    for kind in set(map(type, found.values())):
        if not issubclass(kind, _NUMBER):
            raise DataError(f"{field} holds something else than numbers: a {kind.__name__}")
    try:
        values = np.array(array("d", map(found.get, keys, repeat(np.nan))))
    except OverflowError:
        raise DataError(f"{field} holds a number larger than any float") from None
    if np.count_nonzero(np.isfinite(values)) != len(found):  # one look for all that can be wrong, then a closer one
        _refuse_unknown(found, keys, field)
        if not field.endswith("losses"):
            raise DataError(f"{field} has a number that is not finite")
        values[np.isnan(values) & [key in found for key in keys]] = np.inf
    if np.fmin.reduce(values) < 0 or np.fmax.reduce(values) > highest:
        raise DataError(f"{field} has a number outside 0 to {highest}")
    return values


def _refuse_unknown(found: dict[Any, Any], keys: Sequence[object], field: str) -> None:
    known = set(keys)
    for key in found:
        if key not in known:
            raise DataError(f"{field} has an unknown entry {describe(key)}; known are {keys[0]!r} to {keys[-1]!r}")


def count(millions: Any, field: str) -> float:
    """A count given in millions, whole where it is so but for rounding."""
    if not isinstance(millions, _NUMBER) or not 0 <= millions < _MOST_MILLIONS:
        raise DataError(f"{field} is {describe(millions)}, not a number of millions")
    exact = millions * 1e6
    return float(round(exact)) if abs(exact - round(exact)) <= 1e-3 else float(exact)


def latency(passes: Any) -> float:
    """Mean of the passes timed, in seconds; the package writes -1 where none was."""
    if passes is not None and not isinstance(passes, list):
        raise DataError(f"latency is a {type(passes).__name__}, not a list of seconds")
    if not passes or (isinstance(passes[0], _NUMBER) and passes == [-1]):
        return np.nan
    if len(passes) > _MOST_PASSES:
        raise DataError(f"latency has {len(passes):,} passes, admitted are {_MOST_PASSES:,}")
    return float(numbers(dict(enumerate(passes)), range(len(passes)), "latency").mean())
