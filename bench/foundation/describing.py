"""Words for values that come from somebody's file.

A message that printed such a value whole could take gigabytes (sixty lists, each of the one before twice, are 2^60
texts), hide what it says behind a megabyte of digits, or send commands to the terminal. So no message prints one but
through these functions, whose time and length are bounded and whose text is printable.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice

LONGEST = 240
"""Characters of a description, beside a few that say that something was left out."""

_TEXT = 120
_ITEMS = 8
_NAMES = 12
_LEVELS = 2
_BITS = 128


def describe(value: object) -> str:
    """A value as Python writes it, as far as it is short; of a longer one its beginning, or its kind."""
    words = _described(value, _LEVELS)
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}..."


def printable(text: object, longest: int = 2 * LONGEST) -> str:
    """A text that stands in a message as it is, such as a library's own message: on one line, cut where it is long."""
    words = str(text)
    cut = words[:longest] + (f"... ({len(words):,} characters)" if len(words) > longest else "")
    return "".join(one if one.isprintable() else "\N{SPACE}" if one == "\n" else repr(one)[1:-1] for one in cut)


def listed(names: Collection[object]) -> str:
    """Names with commas between them, the first dozen of many."""
    some = ", ".join(printable(name, _TEXT) for name in islice(names, _NAMES))
    return some if len(names) <= _NAMES else f"{some} and {len(names) - _NAMES:,} more"


def _described(value: object, levels: int) -> str:
    if isinstance(value, str | bytes):
        kind = "characters" if isinstance(value, str) else "bytes"
        return repr(value[:_TEXT]) + (f"... ({len(value):,} {kind})" if len(value) > _TEXT else "")
    if isinstance(value, int):
        return repr(value) if value.bit_length() <= _BITS else f"a number of {value.bit_length():,} bits"
    if isinstance(value, float):
        return float.__repr__(value)  # numpy's scalars would name their type
    if isinstance(value, list | tuple | dict | set | frozenset):
        return _described_items(value, levels)
    return "None" if value is None else f"a {type(value).__name__}"


def _described_items(value: Collection[object], levels: int) -> str:
    if not levels or len(value) > _ITEMS:
        return f"a {type(value).__name__} of {len(value):,}"
    inner = levels - 1
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_described(k, inner)}: {_described(v, inner)}" for k, v in value.items()) + "}"
    words = ", ".join(_described(item, inner) for item in value)
    if isinstance(value, tuple):
        return f"({words},)" if len(value) == 1 else f"({words})"
    return f"[{words}]" if isinstance(value, list) else f"{{{words}}}"
