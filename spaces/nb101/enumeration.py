"""All 423,624 cells of NAS-Bench-101 in the order of their hashes, which is the order of the official files [Ying2019].

Computed in seconds, once a machine, and then read from the cache folder.

References:
    [Ying2019] Ying et al., "NAS-Bench-101: Towards Reproducible Neural Architecture Search", ICML 2019.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache, cached_property
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from nasrank.bench.foundation.files import cache_folder, replacing
from nasrank.spaces.nb101.cell import MAX_VERTICES, Cell
from nasrank.spaces.nb101.costs import parameter_counts
from nasrank.spaces.nb101.hashing import module_hashes
from nasrank.spaces.nb101.representatives import representatives

CELLS = 423_624
FILE = "nb101-v1.arrow"

_CHECKSUM = b"nasrank.crc32"

Bytes: TypeAlias = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Enumeration:
    """Cells in ascending order of their hashes.

    Attributes:
        hashes: `(n, 16)`, those of `module_hashes`.
        vertices: `(n,)`, input and output included.
        edges: `(n,)`, as in `Cell`.
        operations: `(n, 5)`, as in `Cell`, and zeros beyond those that a cell has.
        parameters: `(n,)`, the trainable ones of the benchmark's own network.
    """

    hashes: Bytes
    vertices: Bytes
    edges: npt.NDArray[np.uint32]
    operations: Bytes
    parameters: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.hashes)

    def cell(self, position: int) -> Cell:
        """The cell at this position."""
        interior = int(self.vertices[position]) - 2
        return Cell(int(self.edges[position]), tuple(self.operations[position, :interior].tolist()))

    def find(self, text: str) -> int:
        """The position of the cell with this hash, 32 hexadecimal digits; ValueError when no cell has it."""
        return int(self.find_all(np.frombuffer(bytes.fromhex(text), dtype=np.uint8).reshape(1, 16))[0])

    def find_all(self, hashes: Bytes) -> npt.NDArray[np.int64]:
        """The positions of the cells with these hashes `(m, 16)`, `(m,)`; ValueError when no cell has one of them."""
        positions = self.look_up(hashes)
        absent = positions < 0
        if absent.any():
            raise ValueError(f"no cell of NAS-Bench-101 has the module hash {hashes[absent][0].tobytes().hex()}")
        return positions

    def look_up(self, hashes: Bytes) -> npt.NDArray[np.int64]:
        """The positions of the cells with these hashes `(m, 16)`, `(m,)`; -1 where no cell has one."""
        wanted = _keys(hashes)
        positions = np.searchsorted(self._ascending, wanted)
        found = self._ascending[np.minimum(positions, len(self) - 1)] == wanted
        return np.where(found, positions, -1).astype(np.int64)

    @cached_property
    def _ascending(self) -> npt.NDArray[np.bytes_]:
        return _keys(self.hashes)

    @property
    def checksum(self) -> int:
        """CRC-32 of all fields, one after the other."""
        value = 0
        for field in fields(self):
            value = zlib.crc32(np.ascontiguousarray(getattr(self, field.name)).data, value)
        return value


def _keys(hashes: Bytes) -> npt.NDArray[np.bytes_]:
    """Hashes as texts, which numpy compares; it takes no notice of zeros at their ends, but all are of one length."""
    return np.ascontiguousarray(hashes).view("S16").ravel()


@cache
def enumerated() -> Enumeration:
    """All cells, computed once a machine and then read from the cache folder."""
    return kept_in(cache_folder(None) / "spaces" / FILE)


def kept_in(path: Path, compute: Callable[[], Enumeration] | None = None) -> Enumeration:
    """What the file holds; where that is not whole and unaltered, what `compute` gives, and the file then holds."""
    if (found := read(path)) is not None:
        return found
    print(f"nasrank: computing the {CELLS:,} cells of NAS-Bench-101, once, for {path}", file=sys.stderr)
    computed = (compute or enumerate_cells)()
    try:
        write(computed, path)
    except OSError as reason:
        print(
            f"nasrank: they cannot be kept and will be computed again: {reason}; "
            "name a folder that can be written to with NASRANK_CACHE",
            file=sys.stderr,
        )
    return computed


def enumerate_cells(max_vertices: int = MAX_VERTICES) -> Enumeration:
    """Compute all cells with at most so many vertices."""
    parts = [(vertices, *representatives(vertices)) for vertices in range(2, max_vertices + 1)]
    vertices = np.concatenate([np.full(len(bits), count, dtype=np.uint8) for count, bits, _ in parts])
    edges = np.concatenate([bits for _, bits, _ in parts])
    operations = np.concatenate([np.pad(labels, ((0, 0), (0, MAX_VERTICES - count))) for count, _, labels in parts])
    parameters = np.concatenate([parameter_counts(bits, labels) for _, bits, labels in parts])
    hashes = module_hashes(vertices, edges, operations)
    order = np.argsort(_keys(hashes))
    return Enumeration(hashes[order], vertices[order], edges[order], operations[order], parameters[order])


def write(enumeration: Enumeration, path: Path) -> None:
    """Keep an enumeration as an Arrow record batch, with its checksum."""
    import pyarrow as pa

    columns = {
        "hash": pa.Array.from_buffers(pa.binary(16), len(enumeration), [None, pa.py_buffer(enumeration.hashes)]),
        "vertices": pa.array(enumeration.vertices),
        "edges": pa.array(enumeration.edges),
        "operations": pa.FixedSizeListArray.from_arrays(enumeration.operations.ravel(), MAX_VERTICES - 2),
        "parameters": pa.array(enumeration.parameters),
    }
    batch = pa.record_batch(columns, metadata={_CHECKSUM: str(enumeration.checksum)})
    with replacing(path) as temporary, pa.ipc.new_file(str(temporary), batch.schema) as writer:
        writer.write(batch)


def read(path: Path) -> Enumeration | None:
    """Map what `write` made into memory; None when there is no such file, or something else in it."""
    import pyarrow as pa

    try:
        with pa.memory_map(str(path)) as file:
            batch = pa.ipc.open_file(file).get_batch(0)
        numbers = [np.frombuffer(column.buffers()[-1], dtype=np.uint8) for column in batch.columns]
        hashes, vertices, edges, operations, parameters = numbers
        found = Enumeration(
            hashes.reshape(-1, 16),
            vertices,
            edges.view(np.uint32),
            operations.reshape(-1, MAX_VERTICES - 2),
            parameters.view(np.int64),
        )
        whole = batch.schema.metadata == {_CHECKSUM: str(found.checksum).encode()}
    except (OSError, TypeError, ValueError, pa.ArrowException):  # TypeError: a column without its values
        return None
    return found if whole else None
