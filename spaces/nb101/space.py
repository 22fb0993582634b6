"""NAS-Bench-101 as a `SearchSpace`: 423,624 cells in a fixed macro-structure [Ying2019].

An architecture's position is its place in the order of module hashes, which is the order of the official files. One
representative of each isomorphism class is enumerated, the one that the benchmark stores. The decisions span a larger
set, the seven-vertex matrices: whether each of 21 edges is there, and five operations.

References:
    [Ying2019] Ying et al., "NAS-Bench-101: Towards Reproducible Neural Architecture Search", ICML 2019.
    [Yu2021] Yu, Ranftl & Salzmann, "An Analysis of Super-Net Heuristics in Weight-Sharing NAS", arXiv:2110.01154, 2021.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasrank.spaces.enumerated import Enumerated
from nasrank.spaces.integers import IntArray
from nasrank.spaces.nb101 import cell as cells
from nasrank.spaces.nb101.cell import MAX_VERTICES, OPERATIONS, Cell
from nasrank.spaces.nb101.costs import cost_counts
from nasrank.spaces.nb101.decisions import DECISIONS, EDGES, read_choices
from nasrank.spaces.nb101.enumeration import CELLS, Enumeration, enumerated
from nasrank.spaces.nb101.hashing import module_hash, module_hashes
from nasrank.spaces.nb101.neighbours import neighbours
from nasrank.spaces.registry import SPACES
from nasrank.spaces.space import Cost, OpGraph

if TYPE_CHECKING:
    from torch import nn

    from nasrank.spaces.nb101.options import NasBench101NetworkOptions, NasBench101Options
    from nasrank.spaces.nb101.supernet import CellSuperNet

_LAST = MAX_VERTICES - 1
_PADDING = (0,) * (_LAST - 1)
_MODULE_HASH = re.compile(r"[0-9a-fA-F]{32}")


class NasBench101(Enumerated[Cell]):
    """21 edges that are there or not, and the operation of each of five interior vertices."""

    name = "nb101"
    reference = "Ying2019"
    value_type = Cell
    decisions = DECISIONS

    @property
    def passes_per_mixture(self) -> int:
        """More than the three operations: all vertices are there, and each as wide as the output, see `supernet`.

        That is 6.1 times the multiply-adds of the mean architecture, with operations on nodes.
        """
        return 6

    # --- values and choices ---

    def from_choices(self, choices: Sequence[int]) -> Cell:
        """Vertices on no path from input to output are left out."""
        return cells.pruned(*read_choices(choices))

    def to_choices(self, architecture: Cell) -> tuple[int, ...]:
        """Interior vertices come first, those that the cell lacks stay without edges; the output is the seventh."""
        edges = spread(architecture.edges, architecture.vertices)
        absent = (0,) * (MAX_VERTICES - architecture.vertices)
        return (*(edges >> bit & 1 for bit in range(len(EDGES))), *architecture.operations, *absent)

    def active(self, architecture: Cell) -> tuple[bool, ...]:
        """All edges, and the operations of the vertices that the cell has."""
        interior = architecture.vertices - 2
        return (True,) * (len(EDGES) + interior) + (False,) * (_LAST - 1 - interior)

    def traits(self, architecture: Cell) -> dict[str, int]:
        """How many interior vertices feed the output, which decides how wide they are [Yu2021]."""
        feeding = set(architecture.sources(architecture.vertices - 1)) - {0}
        return {"interior vertices that feed the output": len(feeding)}

    def parse(self, text: str) -> Cell:
        """A printed cell, or the 32 hexadecimal digits of a module hash."""
        if _MODULE_HASH.fullmatch(text.strip()):
            return self.at(self.enumeration.find(text.strip().lower()))
        return cells.parse(text)

    def key(self, architecture: Cell) -> str:
        """The benchmark's module hash."""
        return module_hash(architecture)

    def graph(self, architecture: Cell) -> OpGraph:
        matrix, labels = architecture.to_matrix()
        return OpGraph(tuple(labels), tuple((int(source), int(target)) for source, target in np.argwhere(matrix)))

    # --- networks ---

    @property
    def options(self) -> type[NasBench101Options]:
        from nasrank.spaces.nb101.options import NasBench101Options

        return NasBench101Options

    @property
    def network_options(self) -> type[NasBench101NetworkOptions]:
        from nasrank.spaces.nb101.options import NasBench101NetworkOptions

        return NasBench101NetworkOptions

    def network(self, architecture: Cell, **options: Any) -> nn.Module:
        """The stand-alone network; the options are those of `cell_network`."""
        from nasrank.spaces.nb101.network import cell_network

        return cell_network(architecture, **options)

    def supernet(self, **options: Any) -> CellSuperNet:
        """Shared weights for all cells; the options are those of `CellSuperNet`."""
        from nasrank.spaces.nb101.supernet import CellSuperNet

        return CellSuperNet(**options)

    def cost(self, architecture: Cell, **macro: int) -> Cost:
        """As the benchmark counts; the options and their defaults are those of `network_cost`."""
        from nasrank.spaces.nb101.costs import network_cost

        return network_cost(architecture, **macro)

    # --- enumeration ---

    @property
    def enumeration(self) -> Enumeration:
        """Every cell in the order of positions; computed once a machine, then read from the cache folder."""
        return enumerated()

    def __len__(self) -> int:
        return CELLS

    @property
    def classes(self) -> int:
        return CELLS

    def at(self, position: int) -> Cell:
        return self.enumeration.cell(self._inside(position))

    def position(self, architecture: Cell) -> int:
        return self.enumeration.find(module_hash(architecture))

    def choices(self, positions: IntArray | None = None) -> IntArray:
        everything = self.enumeration
        rows = slice(None) if positions is None else self._all_inside(positions)
        vertices, edges = everything.vertices[rows].astype(np.int64), everything.edges[rows].astype(np.int64)
        bits = spread(edges, vertices)[:, None] >> np.arange(len(EDGES)) & 1
        operations = everything.operations[rows].astype(np.int64)
        interior = np.arange(_LAST - 1) < vertices[:, None] - 2
        return np.concatenate([bits, np.where(interior, operations, 0)], axis=1)

    def positions_of_texts(self, texts: Sequence[str]) -> IntArray:
        """Of printed cells and of module hashes, which are looked up and hashed all at once."""
        digits, places, found = [], [], np.full(len(texts), -1, dtype=np.int64)
        parsed: list[tuple[int, Cell]] = []
        for place, text in enumerate(texts):
            if _MODULE_HASH.fullmatch(text.strip()):
                places.append(place)
                digits.append(text.strip())
            else:
                with suppress(ValueError):
                    parsed.append((place, cells.parse(text)))
        found[places] = self.enumeration.look_up(_binary("".join(digits)))
        if parsed:
            shapes = [(cell.vertices, cell.edges, (*cell.operations, *_PADDING)[: _LAST - 1]) for _, cell in parsed]
            vertices, edges, operations = (np.array(column) for column in zip(*shapes, strict=True))
            hashes = module_hashes(vertices, edges, operations)
            found[[place for place, _ in parsed]] = self.enumeration.look_up(hashes)
        return found

    def classes_of(self, positions: IntArray) -> IntArray:
        """The positions: the enumeration holds one of each isomorphism class."""
        return self._all_inside(positions)

    def costs(self, positions: IntArray) -> tuple[IntArray, IntArray]:
        inside, everything = self._all_inside(positions), self.enumeration
        parameters, multiply_adds = (np.empty(len(inside), dtype=np.int64) for _ in range(2))
        for vertices in np.unique(everything.vertices[inside]).tolist():
            alike = np.flatnonzero(everything.vertices[inside] == vertices)
            rows = inside[alike]
            operations = everything.operations[rows, : vertices - 2]
            parameters[alike], multiply_adds[alike] = cost_counts(everything.edges[rows], operations)
        return parameters, multiply_adds

    # --- moving about ---

    def random_class_choices(self, generator: np.random.Generator) -> list[int]:
        """An architecture: the enumeration holds one of each isomorphism class."""
        return self.random_choices(generator)

    def neighbours(self, architecture: Cell) -> list[Cell]:
        return neighbours(architecture)

    def mutate(self, architecture: Cell, generator: np.random.Generator) -> Cell:
        """A cell of another isomorphism class, by the benchmark's own mutation drawn until there is one.

        Each of 21 edges is flipped with probability 1/7, and each of five operations changed with probability 1/5. The
        benchmark mutates the matrix as it was sampled, so that vertices without effect are handed on; here they are
        left out of a cell, and come back without edges, as 3x3 convolutions.
        """
        parent = module_hash(architecture)
        choices = np.array(self.to_choices(architecture))
        while True:
            flipped = generator.random(len(EDGES)) < 1 / MAX_VERTICES
            changed = generator.random(_LAST - 1) < 1 / (_LAST - 1)
            steps = generator.integers(1, len(OPERATIONS), size=_LAST - 1)
            edges = np.where(flipped, 1 - choices[: len(EDGES)], choices[: len(EDGES)])
            operations = (choices[len(EDGES) :] + changed * steps) % len(OPERATIONS)
            mutant = [*edges.tolist(), *operations.tolist()]
            if self.allows(mutant) and module_hash(child := self.from_choices(mutant)) != parent:
                return child


SPACES.register(NasBench101())


def _binary(digits: str) -> npt.NDArray[np.uint8]:
    """Hashes written one after the other, `(n, 16)`."""
    return np.frombuffer(bytes.fromhex(digits), dtype=np.uint8).reshape(-1, 16)


def spread(edges: Any, vertices: Any) -> Any:
    """Edge bits of cells with so many vertices, with the output made the seventh vertex; ints or arrays `(n,)`."""
    first_of_output = (vertices - 1) * (vertices - 2) // 2
    interior = edges & ((1 << first_of_output) - 1)
    return interior | edges >> first_of_output << _LAST * (_LAST - 1) // 2
