"""How much a pickle may ask for, and the error that says what was wrong with it.

An honest file comes nowhere near these limits; they bound what a hostile one can cost. Each instruction makes, copies
or remembers at most one object, and what makes or copies more is counted as more. So bounding work and bytes bounds
memory, to about 2 GiB, and time, to some seconds for an object or entry.
"""

from __future__ import annotations

from nasrank.bench.foundation.files import DataError

CHUNK = 2**20
"""Bytes read from the stream at a time."""

STREAM = 2**34
"""Bytes of a whole pickle. NAS-Bench-201 complete is 6 GB."""

BYTES = 2**26
"""Bytes of a whole pickle, or of one entry where they are read one by one. A NAS-Bench-201 record is 0.4 MB."""

WORK = 6 * 2**20
"""Instructions carried out, entries stored and values copied, in the same extent. AnalogNAS-Bench takes 4 million."""

BYTES_A_STEP = 8
"""Bytes of the stream behind each of them, on average, where entries are many. NAS-Bench-201 has 20 and more."""

CROWD = 128
"""Numbers as keys of a dictionary, or members of a set, with which another one may collide at the cost of one step.

Their hashes are known, so that they can be chosen to be looked for in the same places, each past all those before it.
"""

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
