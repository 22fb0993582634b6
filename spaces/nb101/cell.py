"""The NAS-Bench-101 cell [Ying2019]: at most seven vertices and nine edges, an operation on each interior vertex.

A cell is a value without superfluous parts: every vertex lies on a path from the input to the output. It prints as the
list of its vertices, each with those that feed it: `conv3x3(0)+maxpool3x3(0,1)+output(1,2)`; the input is vertex 0.

References:
    [Ying2019] Ying et al., "NAS-Bench-101: Towards Reproducible Neural Architecture Search", ICML 2019.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.spaces.integers import in_words, indices, is_integer

OPERATIONS = ("conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3")
CONV_3X3, CONV_1X1, MAX_POOL = range(3)
SHORT = ("conv3x3", "conv1x1", "maxpool3x3")
"""The operations as a cell prints them."""

INPUT, OUTPUT = "input", "output"
MAX_VERTICES, MAX_EDGES = 7, 9

_COUNTS = (len(OPERATIONS),) * (MAX_VERTICES - 2)
_PLACES = tuple(f"vertex {vertex}: operation" for vertex in range(1, MAX_VERTICES - 1))

_VERTEX = re.compile(r"(\w+)\(([0-9](?:,[0-9])*)\)")


def edge_bit(source: int, target: int) -> int:
    """The bit of an edge, as the benchmark numbers them: column by column of the upper triangle."""
    return 1 << (source + target * (target - 1) // 2)


@dataclass(frozen=True, order=True)
class Cell:
    """A cell in which every vertex lies on a path from input to output.

    Args:
        edges: the sum of `edge_bit(source, target)` over all edges, source < target.
        operations: an index into `OPERATIONS` for each interior vertex, in order. numpy's integers become Python's.

    Raises:
        ValueError: what is no integer, too many vertices or edges, an unknown operation, or a vertex on no such path.
    """

    edges: int
    operations: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.vertices > MAX_VERTICES:
            raise ValueError(f"a NAS-Bench-101 cell has at most {MAX_VERTICES} vertices, not {self.vertices}")
        interior = len(self.operations)
        object.__setattr__(self, "operations", indices(self.operations, _COUNTS[:interior], _PLACES[:interior]))
        if not is_integer(self.edges):
            raise ValueError(f"edges {in_words(self.edges)} are no sum of edge bits")
        object.__setattr__(self, "edges", int(self.edges))
        if not 0 <= self.edges < edge_bit(0, self.vertices):
            raise ValueError(f"edges {self.edges:#x} are not edges between {self.vertices} vertices")
        if self.edges.bit_count() > MAX_EDGES:
            raise ValueError(f"a NAS-Bench-101 cell has at most {MAX_EDGES} edges, not {self.edges.bit_count()}")
        useful = on_a_path(self.edges, self.vertices)
        if len(useful) < self.vertices:
            stray = min(set(range(self.vertices)) - set(useful))
            raise ValueError(f"vertex {stray} is on no path from input to output; prune the cell first")

    @property
    def vertices(self) -> int:
        """Input and output included."""
        return len(self.operations) + 2

    def sources(self, target: int) -> tuple[int, ...]:
        """The vertices that feed this one."""
        return tuple(source for source in range(target) if self.edges & edge_bit(source, target))

    def __str__(self) -> str:
        names = [*(SHORT[operation] for operation in self.operations), OUTPUT]
        return "+".join(f"{name}({','.join(map(str, self.sources(1 + place)))})" for place, name in enumerate(names))

    def to_matrix(self) -> tuple[npt.NDArray[np.int8], list[str]]:
        """The official pair: upper-triangular matrix `(vertices, vertices)` and operations with input and output."""
        matrix = np.zeros((self.vertices, self.vertices), dtype=np.int8)
        for target in range(1, self.vertices):
            matrix[list(self.sources(target)), target] = 1
        return matrix, [INPUT, *(OPERATIONS[operation] for operation in self.operations), OUTPUT]


def on_a_path(edges: int, vertices: int) -> list[int]:
    """Those of the vertices that lie on a path from the first to the last, ascending; empty when there is none."""
    forward, backward = {0}, {vertices - 1}
    for target in range(1, vertices):
        if any(edges & edge_bit(source, target) for source in forward):
            forward.add(target)
    for source in reversed(range(vertices - 1)):
        if any(target > source and edges & edge_bit(source, target) for target in backward):
            backward.add(source)
    useful = sorted(forward & backward)
    return useful if useful and useful[0] == 0 and useful[-1] == vertices - 1 else []


def pruned(edges: int, operations: Sequence[int]) -> Cell:
    """The cell that remains of a graph when vertices on no path from input to output are left out.

    Raises:
        ValueError: no path leads from input to output, or what remains is no cell.
    """
    kept = on_a_path(edges, len(operations) + 2)
    if not kept:
        raise ValueError("no path leads from the input to the output")
    place = {vertex: new for new, vertex in enumerate(kept)}
    compact = sum(
        edge_bit(place[source], place[target])
        for target in kept
        for source in kept
        if source < target and edges & edge_bit(source, target)
    )
    return Cell(compact, tuple(int(operations[vertex - 1]) for vertex in kept[1:-1]))


def from_matrix(matrix: Sequence[Sequence[int]] | npt.NDArray[Any], operations: Sequence[str]) -> Cell:
    """Read the official pair; vertices on no path from input to output are left out, as the benchmark does.

    Args:
        matrix: `(vertices, vertices)`, 1 where an edge runs from row to column.
        operations: names of all vertices, "input" and "output" included.

    Raises:
        ValueError: the matrix is not square, holds other entries than 0 and 1 or an edge that does not run forward;
            not one operation a vertex, or an unknown one; no path from input to output; over 7 vertices or 9 edges
            after pruning.
    """
    try:
        entries = np.ma.asarray(matrix) if isinstance(matrix, np.ma.MaskedArray) else np.asarray(matrix)
    except ValueError:
        raise ValueError("the rows of the matrix have different lengths") from None
    if entries.ndim != 2 or entries.shape[0] != entries.shape[1] or len(entries) < 2:
        raise ValueError(f"the matrix must be square with 2 vertices or more, not {entries.shape}")
    for source, row in enumerate(entries.tolist()):
        for target, entry in enumerate(row):
            if entry not in (0, 1):
                where = f"in row {source}, column {target}"
                raise ValueError(f"entries of the matrix must be 0 or 1, not {in_words(entry)} {where}")
    entries = entries.astype(np.int8)
    for source, target in np.argwhere(np.tril(entries)).tolist():
        kind = "from a vertex to itself" if source == target else "backwards, which makes or may hide a cycle"
        raise ValueError(f"the edge {source}->{target} runs {kind}; the matrix must be upper triangular")
    if len(operations) != len(entries):
        raise ValueError(f"{len(operations)} operations for {len(entries)} vertices")
    if (operations[0], operations[-1]) != (INPUT, OUTPUT):
        raise ValueError(f"operations must begin with {INPUT!r} and end with {OUTPUT!r}: {list(operations)}")
    codes = [_code(vertex, name, OPERATIONS) for vertex, name in enumerate(operations[1:-1], start=1)]
    return pruned(sum(edge_bit(source, target) for source, target in np.argwhere(entries).tolist()), codes)


def parse(text: str) -> Cell:
    """Read `conv3x3(0)+maxpool3x3(0,1)+output(1,2)`.

    Raises:
        ValueError: an entry is not of the form, names an unknown operation, a later vertex or the same one twice; the
            last one is not the output; or the graph is no cell.
    """
    entries = text.strip().split("+")
    operations = []
    edges = 0
    for vertex, entry in enumerate(entries, start=1):
        if not (match := _VERTEX.fullmatch(entry)):
            raise ValueError(f"cell {text!r}: vertex {vertex} ({entry!r}) is not of the form operation(source,...)")
        name, sources = match[1], [int(source) for source in match[2].split(",")]
        if (name == OUTPUT) != (vertex == len(entries)):
            raise ValueError(f"cell {text!r}: the last vertex and no other must be the output")
        if name != OUTPUT:
            operations.append(_code(vertex, name, SHORT, f"cell {text!r}: "))
        if sources != sorted(set(sources)) or sources[-1] >= vertex:
            raise ValueError(f"cell {text!r}: vertex {vertex} lists sources {match[2]}; they must rise, below {vertex}")
        edges += sum(edge_bit(source, vertex) for source in sources)
    try:
        return Cell(edges, tuple(operations))
    except ValueError as reason:
        raise ValueError(f"cell {text!r}: {reason}") from None


def _code(vertex: int, name: str, known: Iterable[str], where: str = "") -> int:
    names = tuple(known)
    if name not in names:
        raise ValueError(f"{where}vertex {vertex}: unknown operation {name!r}; known are {', '.join(names)}")
    return names.index(name)
