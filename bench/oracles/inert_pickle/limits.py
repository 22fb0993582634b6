"""How much a pickle may ask for, and the error that says what was wrong with it.

An honest file comes nowhere near these limits; they bound what a hostile one can cost. Each byte of a pickle is at most
one instruction, and each instruction makes at most one object, so bounding bytes and containers bounds memory: to about
2 GiB for an object or entry, and 2 GiB for what is kept throughout.
"""

from __future__ import annotations

from bench.files import DataError

CHUNK = 2**20
"""Bytes read from the stream at a time."""

STREAM = 2**34
"""Bytes of a whole pickle. NAS-Bench-201 complete is 6 GB."""

BYTES = 2**26
"""Bytes of a whole pickle, or of one entry where they are read one by one. A NAS-Bench-201 record is 0.4 MB."""

OBJECTS = 2**22
"""Containers made and values copied, in the same extent."""

REMEMBERED = 2**28
"""Places in the memo, of four bytes each. NAS-Bench-201 complete takes 170 million."""

CONSTANTS = 2**23
"""Different constants (texts, numbers, short tuples) kept throughout; 64 bytes of text count as one more."""

TEXT = 2**20
"""Bytes of one text."""

BLOCK = 2**24
"""Bytes of one bytes object or array."""

KEY_LENGTH = 8
"""Parts of a tuple that is a dictionary key or a member of a set; it is hashed afresh each time it is used.

Tuples of several numbers can be chosen so that all have the same hash, and a dictionary of a million such keys takes
hours. So there may be one number, beside texts, whose hashes cannot be foreseen; or several below `KEY_NUMBER`, which
together are not enough to choose from. The known files have a data set and a seed, or the operations of a cell.
"""

KEY_NUMBER = 256
"""Whole numbers from 0 to below this one may stand together in such a tuple."""


class PickleError(DataError):
    """The pickle is truncated, malformed, too large, or asks for more than building data."""
