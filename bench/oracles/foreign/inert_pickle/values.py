"""What the reader's values may be, and the stand-ins for what it does not build."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from nasrank.bench.oracles.foreign.inert_pickle.limits import CROWD, KEY_LENGTH, KEY_NUMBER, PickleError

_PLAIN = frozenset({str, int, float, bool, type(None), bytes})
_SALTED = frozenset({str, bytes})  # whose hashes differ from one process to the next


@dataclass(slots=True, eq=False)
class InertObject:
    """Stands for an object: the name of its class and the attributes it was saved with."""

    kind: str
    state: dict[str, Any]


@dataclass(slots=True, eq=False)
class InertCall:
    """Stands for what a call would have given; nothing was called.

    Attributes:
        function: name of what the file calls, or the call whose outcome it calls.
        state: what the file gives the outcome beside, as to any object; None where it gives nothing.
    """

    function: str | InertCall
    arguments: tuple[Any, ...]
    state: Any = None


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """Stands for a class or function the file names. Nothing is imported.

    make: what calling it with a tuple of arguments gives, where that is admitted; a function of ours.
    record: whether inert records of this class are admitted.
    """

    name: str
    make: Callable[[tuple[Any, ...]], Any] | None = None
    record: bool = False


@dataclass(slots=True, eq=False)
class NumberType:
    """Stands for a numpy dtype: of booleans, integers or floats; of objects only where these are to be texts.

    order: "<", ">" or, for single bytes, "|"; empty until the file has given the type's state.
    """

    code: str
    order: str = ""


_CONSTANT = _PLAIN | {Named, NumberType}


def is_constant(value: Any) -> bool:
    """Whether it can be kept without keeping any container alive."""
    if type(value) is tuple:
        return _CONSTANT.issuperset(map(type, value))
    return type(value) in _CONSTANT


def size(constant: Any) -> int:
    """How much memory a constant takes, in units of roughly a hundred bytes."""
    if type(constant) is tuple:
        return 1 + len(constant) // 8 + sum(len(part) // 64 for part in constant if type(part) in (str, bytes))
    return 1 + len(constant) // 64 if type(constant) in (str, bytes) else 1


def check_keys(keys: Iterable[Any]) -> int:
    """Refuse what is no plain value or short tuple of plain values: hashing it could recurse, or cost without bound.

    Returns:
        How many of the keys have a hash that whoever wrote the file could foresee.
    """
    foreseeable = 0
    for key in keys:
        if type(key) in _SALTED:
            continue
        foreseeable += 1
        if type(key) is tuple:
            if len(key) > KEY_LENGTH or not all(map(_is_plain, key)):
                raise PickleError(f"a key is a tuple of {len(key):,}, admitted are up to {KEY_LENGTH} plain values")
            numbers = [part for part in key if type(part) in (int, float)]
            if len(numbers) > 1 and not all(type(number) is int and 0 <= number < KEY_NUMBER for number in numbers):
                raise PickleError(
                    f"a key is a tuple of several numbers, admitted are whole ones below {KEY_NUMBER}, or a single one"
                )
        elif not _is_plain(key):
            raise PickleError(f"a key is a {type(key).__name__}, admitted are plain values and tuples of them")
    return foreseeable


def crowding(foreseeable: int, held: int) -> int:
    """The work of so many more keys with foreseeable hashes, where so many are held, should they be chosen to collide.

    It grows with the square, and is next to nothing for the hundreds of keys of an honest dictionary.
    """
    return foreseeable * (held + foreseeable) // CROWD


def _is_plain(value: Any) -> bool:
    # Integers of more than 64 bits can be chosen to have all the same hash.
    return type(value) in _PLAIN and (type(value) is not int or -(2**63) <= value < 2**64)
