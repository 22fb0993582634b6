"""MD5 of many messages of one length at once, in numpy [RFC1321].

References:
    [RFC1321] Rivest, "The MD5 Message-Digest Algorithm", 1992.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, sin
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Words: TypeAlias = npt.NDArray[np.uint32]
"""Little-endian words, one of each message in a row."""

_START = np.array([[0x67452301], [0xEFCDAB89], [0x98BADCFE], [0x10325476]], dtype=np.uint32)
_SINES = [np.array(floor(2**32 * abs(sin(step + 1))), dtype=np.uint32) for step in range(64)]
_TURNS = [turn for four in ((7, 12, 17, 22), (5, 9, 14, 20), (4, 11, 16, 23), (6, 10, 15, 21)) for turn in four * 4]
_LEFT = [np.array(turn, dtype=np.uint32) for turn in _TURNS]
_RIGHT = [np.array(32 - turn, dtype=np.uint32) for turn in _TURNS]
_PLACES = [(step, 5 * step + 1, 3 * step + 5, 7 * step)[step // 16] % 16 for step in range(64)]


def digests(words: Sequence[Words | None]) -> Words:
    """The digests `(4, n)` of `n` padded messages, 16 words a block; None stands for a word that is 0 in all of them.

    Some ten thousand messages at a time are fastest: enough to outweigh the calls, and few enough for the cache.
    """
    count = next(len(word) for word in words if word is not None)
    state = np.repeat(_START, count, axis=1)
    work = np.empty((5, count), dtype=np.uint32)
    for block in range(0, len(words), 16):
        work[:4] = state
        state += _mixed(words[block : block + 16], work)
    return state


def _mixed(words: Sequence[Words | None], work: Words) -> Words:
    """The 64 steps of one block on the state in the first four rows of `work` `(5, n)`."""
    a, b, c, d, mixed = work
    for step, place in enumerate(_PLACES):
        if step < 16:
            np.bitwise_xor(c, d, mixed)
            np.bitwise_and(mixed, b, mixed)
            np.bitwise_xor(mixed, d, mixed)
        elif step < 32:
            np.bitwise_xor(b, c, mixed)
            np.bitwise_and(mixed, d, mixed)
            np.bitwise_xor(mixed, c, mixed)
        elif step < 48:
            np.bitwise_xor(b, c, mixed)
            np.bitwise_xor(mixed, d, mixed)
        else:
            np.invert(d, mixed)
            np.bitwise_or(mixed, b, mixed)
            np.bitwise_xor(mixed, c, mixed)
        np.add(a, mixed, a)
        np.add(a, _SINES[step], a)
        if (word := words[place]) is not None:
            np.add(a, word, a)
        np.left_shift(a, _LEFT[step], mixed)
        np.right_shift(a, _RIGHT[step], a)
        np.bitwise_or(a, mixed, a)
        np.add(a, b, a)
        a, b, c, d = d, a, b, c
    return work[:4]
