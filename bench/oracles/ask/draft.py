"""What reading a source gives, before it is compiled, and what reading may use."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nasrank.bench.foundation.files import unfinished
from nasrank.bench.oracles.ask.axes import Column

Values = npt.NDArray[np.float64 | np.int64]
"""Of one column, `(rows,)`, or `(rows, points)` for a curve: float64 with NaN where missing, or int64, complete."""

Keys = npt.NDArray[np.uint8 | np.int64]
"""Module hashes of NAS-Bench-101, uint8 `(rows, 16)`, or positions in a space, int64 `(rows,)`; ascending."""

IN_MEMORY = 1 << 20
"""Bytes up to which an array of a workshop lies in memory."""

AT_ONCE = 1 << 28
"""Bytes of a file that larger ones are cut from: a mapped file keeps a descriptor, and of those a process has few."""


@dataclass(frozen=True)
class Draft:
    """All that a source holds, in the order of the rows.

    Attributes:
        space: name of the search space.
        protocol: how the networks were trained and measured, as far as the source says.
        citation: what to cite.
        licence: the licence under which the source was published, or that none is stated.
        keys: what names the rows, see `nasrank.bench.oracles.ask.rows`; None when they are the whole space's positions.
    """

    space: str
    columns: Mapping[Column, Values]
    protocol: str
    citation: str
    licence: str
    keys: Keys | None = None


@dataclass(frozen=True)
class Workshop:
    """What reading a source may use.

    Attributes:
        folder: for temporary files; it is removed afterwards.
        jobs: worker processes.
        report: told now and then how much is done, out of how much, in any unit.
    """

    folder: Path
    jobs: int
    report: Callable[[int, int], None]
    _mapped: list[npt.NDArray[np.float64]] = field(default_factory=list, repr=False)

    def zeros(self, *shape: int) -> npt.NDArray[np.float64]:
        """An array of zeros. A large one is mapped from a nameless file: it takes no memory to itself, what was not
        written to takes no room either, and a kill leaves nothing behind."""
        size = math.prod(shape)
        if size * 8 <= IN_MEMORY:
            return np.zeros(shape)
        if not self._mapped or len(self._mapped[0]) < size:
            self._mapped[:] = [self._map(max(size, AT_ONCE // 8))]
        array, self._mapped[0] = np.split(self._mapped[0], [size])
        return array.reshape(shape)

    def _map(self, size: int) -> npt.NDArray[np.float64]:
        import tempfile  # loads OpenSSL by way of random, which opening a compiled table can do without

        with tempfile.TemporaryFile(dir=self.folder) as file:
            return np.memmap(file, dtype=np.float64, mode="w+", shape=(size,))

    def empty(self, *shape: int) -> npt.NDArray[np.float64]:
        """An array of NaN, kept like `zeros`."""
        array = self.zeros(*shape)
        array.fill(np.nan)
        return array


def _silent(done: int, total: int) -> None:
    del done, total


@contextmanager
def workshop(
    folder: Path | None = None, *, jobs: int = 1, report: Callable[[int, int], None] = _silent
) -> Iterator[Workshop]:
    """A workshop whose temporary folder, made under `folder` or the system's own, ends with the block.

    Workshops that a killed process left under `folder` are removed.
    """
    import tempfile

    made = tempfile.TemporaryDirectory() if folder is None else unfinished(folder)
    with made as temporary:
        yield Workshop(Path(temporary), jobs, report)
