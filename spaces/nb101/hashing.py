"""The isomorphism-invariant hash by which NAS-Bench-101 names a cell [Ying2019].

Every vertex starts from the digest of its degrees and its operation. Then, as often as there are vertices, it digests
the sorted digests of those that feed it, the sorted digests of those that it feeds, and its own. The sorted digests at
the end make the hash.

References:
    [Ying2019] Ying et al., "NAS-Bench-101: Towards Reproducible Neural Architecture Search", ICML 2019.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.spaces.nb101.cell import Cell

_INPUT, _OUTPUT = -1, -2

CELLS_AT_ONCE = 40_000
"""Texts of the rare lengths are then still enough for calls of numpy to pay; it takes some 60 MiB."""


def module_hash(cell: Cell) -> str:
    """32 hexadecimal digits, the same for isomorphic cells."""
    from hashlib import md5  # loads OpenSSL, 4 MiB that opening a compiled table can do without

    def digest(text: str) -> str:
        return md5(text.encode(), usedforsecurity=False).hexdigest()

    vertices = range(cell.vertices)
    sources = [cell.sources(vertex) for vertex in vertices]
    targets = [[target for target in vertices if vertex in sources[target]] for vertex in vertices]
    labels = (_INPUT, *cell.operations, _OUTPUT)
    digests = [digest(str((len(targets[vertex]), len(sources[vertex]), labels[vertex]))) for vertex in vertices]
    for _ in vertices:
        feeding = ["".join(sorted([digests[source] for source in sources[vertex]])) for vertex in vertices]
        fed = ["".join(sorted([digests[target] for target in targets[vertex]])) for vertex in vertices]
        digests = [digest("|".join(texts)) for texts in zip(feeding, fed, digests, strict=True)]
    return digest(str(sorted(digests)))


def module_hashes(
    vertices: npt.NDArray[Any], edges: npt.NDArray[Any], operations: npt.NDArray[Any]
) -> npt.NDArray[np.uint8]:
    """The hashes of many cells in binary, `(n, 16)`.

    Args:
        vertices: of each cell, input and output included, `(n,)`.
        edges: as in `Cell`, `(n,)`.
        operations: as in `Cell`, `(n, 5)`; what lies beyond those that a cell has does not matter.
    """
    from nasrank.spaces.nb101.refinement import Cells

    hashes = np.empty((len(vertices), 16), dtype=np.uint8)
    for start in range(0, len(vertices), CELLS_AT_ONCE):
        some = slice(start, start + CELLS_AT_ONCE)
        hashes[some] = Cells(vertices[some].astype(np.int64), edges[some].astype(np.uint32), operations[some]).hashes()
    return hashes
