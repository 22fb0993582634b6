"""Work that occupies one core for a known time: the task of tests/benchmarks/executors.py, a plugin for its workers."""

from __future__ import annotations

import time

import numpy as np

from nasrank.bench.execution import Progress, remote

_SIZE = 256
"""Of the matrices that are multiplied: they stay in the cache of a core."""

_PIECES = 100
"""So often a task says how far it is."""


@remote
def multiply(count: int, *, progress: Progress) -> float:
    """Multiply a matrix by itself so often; the CPU seconds that it took."""
    matrix = np.full((_SIZE, _SIZE), 1.0 / _SIZE)
    start, product = time.process_time(), matrix
    for piece in range(_PIECES):
        for _ in range(count // _PIECES):
            product = product @ matrix
        progress((piece + 1) / _PIECES)
    return time.process_time() - start


def count_in(seconds: float) -> int:
    """How many multiplications a core of this machine does in so many seconds."""
    probe = 5 * _PIECES
    multiply(probe, progress=lambda share, figures={}: None)  # the processor is fast by then
    return int(seconds / multiply(4 * probe, progress=lambda share, figures={}: None) * 4 * probe)
