"""MD5 of many messages of one length at once, in numpy [RFC1321].

What it costs is passes over arrays in the processor's second cache. So words that are the same in all messages are
added to the constants of the steps beforehand, what two steps have in common is computed once, and rows begin where
cache lines do.

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

_START = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476)
_SINES = [floor(2**32 * abs(sin(step + 1))) for step in range(64)]
_CONSTANTS = [np.array(sine, dtype=np.uint32) for sine in _SINES]
_TURNS = [turn for four in ((7, 12, 17, 22), (5, 9, 14, 20), (4, 11, 16, 23), (6, 10, 15, 21)) for turn in four * 4]
_LEFT = [np.array(turn, dtype=np.uint32) for turn in _TURNS]
_RIGHT = [np.array(32 - turn, dtype=np.uint32) for turn in _TURNS]
_PLACES = [(step, 5 * step + 1, 3 * step + 5, 7 * step)[step // 16] % 16 for step in range(64)]
_LINE = 64
"""Bytes of a cache line."""


def aligned(rows: int, count: int) -> Words:
    """An empty array `(rows, count)` whose rows begin with a cache line: numpy computes with such a tenth faster."""
    stride = -(-4 * count // _LINE) * _LINE // 4
    memory = np.empty(rows * stride + _LINE // 4, dtype=np.uint32)
    start = -memory.ctypes.data % _LINE // 4
    return memory[start : start + rows * stride].reshape(rows, stride)[:, :count]


def digests(words: Sequence[Words | int]) -> Words:
    """The digests `(4, n)` of `n` padded messages, 16 words a block; a number stands for a word that all of them have.

    Some twenty thousand messages at a time are fastest: enough to outweigh the calls, and few enough for the cache.
    """
    count = next(len(word) for word in words if not isinstance(word, int))
    work = aligned(10, count)
    rows, state, spare = work[:4], work[4:8], work[8:]
    for row, number in zip(rows, _START, strict=True):
        row[:] = number
    for block in range(0, len(words), 16):
        if block:
            state[:] = rows
        _mix(words[block : block + 16], rows, *spare)
        rows += state if block else np.array(_START, dtype=np.uint32)[:, None]
    return rows


def _mix(words: Sequence[Words | int], rows: Words, mixed: Words, pair: Words) -> None:
    """The 64 steps of one block on the state in `rows` `(4, n)`; `mixed` and `pair` `(n,)` are overwritten."""
    a, b, c, d = rows  # after 64 steps each is where it was
    for step, place in enumerate(_PLACES):
        if step < 16:
            np.bitwise_xor(c, d, mixed)
            np.bitwise_and(mixed, b, mixed)
            np.bitwise_xor(mixed, d, mixed)
        elif step < 32:
            np.bitwise_xor(b, c, mixed)
            np.bitwise_and(mixed, d, mixed)
            np.bitwise_xor(mixed, c, mixed)
        elif step < 48 and step % 2 == 0:
            np.bitwise_xor(b, c, pair)
            np.bitwise_xor(pair, d, mixed)
        elif step < 48:  # b and c of the step before are c and d by now
            np.bitwise_xor(pair, b, mixed)
        else:
            np.invert(d, mixed)
            np.bitwise_or(mixed, b, mixed)
            np.bitwise_xor(mixed, c, mixed)
        np.add(a, mixed, a)
        word = words[place]
        if isinstance(word, int):
            np.add(a, np.array((_SINES[step] + word) % 2**32, dtype=np.uint32), a)
        else:
            np.add(a, _CONSTANTS[step], a)
            np.add(a, word, a)
        np.left_shift(a, _LEFT[step], mixed)
        np.right_shift(a, _RIGHT[step], a)
        np.bitwise_or(a, mixed, a)
        np.add(a, b, a)
        a, b, c, d = d, a, b, c
