"""NAS-Bench-101 files made anew: an encoder that shares nothing with the reader, down to the protobuf's bytes."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import google_crc32c
import numpy as np

NAMES = ("conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3")
FULL = (4, 12, 36, 108)


@dataclass(frozen=True)
class Cell:
    """A cell as NAS-Bench-101 writes it: the whole matrix row by row, the names of all operations."""

    module_hash: str
    adjacency: str
    operations: str
    parameters: int


@dataclass(frozen=True)
class Run:
    """One training run; accuracies are fractions in the order train, validation, test; times are seconds."""

    cell: Cell
    epochs: int
    half: tuple[float, float, float]
    half_time: float
    final: tuple[float, float, float]
    final_time: float
    total_time: float | None


def cell_from(module_hash: str, vertices: int, edges: int, operations: str, parameters: int) -> Cell:
    """From bits `x + y (y - 1) / 2` and a string of digits, places in `NAMES`."""
    matrix = [["0"] * vertices for _ in range(vertices)]
    for y in range(vertices):
        for x in range(y):
            matrix[x][y] = str(edges >> (x + y * (y - 1) // 2) & 1)
    names = ["input", *(NAMES[int(digit)] for digit in operations), "output"]
    return Cell(module_hash, "".join("".join(row) for row in matrix), ",".join(names), parameters)


def invented_cells(number: int, seed: int = 0) -> list[Cell]:
    """Cells of random structure under invented hashes, in ascending order of these."""
    generator = np.random.default_rng(seed)
    hashes = sorted(hashlib.md5(f"{seed} {place}".encode()).hexdigest() for place in range(number))
    vertices = generator.integers(2, 8, number)
    return [
        cell_from(
            module_hash,
            int(size),
            int(generator.integers(1 << size * (size - 1) // 2)),
            "".join(map(str, generator.integers(0, 3, size - 2))),
            int(generator.integers(1, 2**31)),
        )
        for module_hash, size in zip(hashes, vertices, strict=True)
    ]


def invented_runs(cells: Iterable[Cell], budgets: Iterable[int], repeats: int = 3, seed: int = 0) -> Iterator[Run]:
    """Runs with random numbers: all of the first cell, then all of the next ..."""
    generator = np.random.default_rng(seed)
    for cell in cells:
        for epochs in budgets:
            for numbers in generator.random((repeats, 9)).tolist():
                half_time = epochs * numbers[0]
                final_time = half_time + epochs * numbers[1]
                half, final = (numbers[2], numbers[3], numbers[4]), (numbers[5], numbers[6], numbers[7])
                yield Run(cell, epochs, half, half_time, final, final_time, final_time + numbers[8])


def write(path: Path, runs: Iterable[Run]) -> Path:
    """A TFRecord file of these runs, in this order."""
    with path.open("wb") as file:
        file.writelines(framed(encoded(run)) for run in runs)
    return path


def framed(data: bytes) -> bytes:
    """A TFRecord of this data."""
    length = struct.pack("<Q", len(data))
    return length + _masked_checksum(length) + data + _masked_checksum(data)


def encoded(run: Run) -> bytes:
    """The JSON list of one run."""
    cell = run.cell
    text = base64.b64encode(model_metrics(run)).decode()
    return json.dumps([cell.module_hash, run.epochs, cell.adjacency, cell.operations, text]).encode()


def model_metrics(run: Run) -> bytes:
    """The protobuf ModelMetrics of one run, with the evaluation before training that the official API leaves out."""
    evaluations = (
        (0.0, 1.0, 0.1, 0.1, 0.1),
        (run.epochs / 2, run.half_time, *run.half),
        (float(run.epochs), run.final_time, *run.final),
    )
    parts = []
    for numbers in evaluations:
        message = b"".join(_double(field, number) for field, number in enumerate(numbers, start=1))
        message += bytes([6 << 3 | 2, 5]) + b"/path"
        parts.append(bytes([1 << 3 | 2, len(message)]) + message)
    parts.append(bytes([2 << 3]) + _varint(run.cell.parameters))
    if run.total_time is not None:
        parts.append(_double(3, run.total_time))
    return b"".join(parts)


def altered(run: Run, **changes: object) -> Run:
    """The run with some of its own or its cell's attributes changed."""
    own = {name: value for name, value in changes.items() if name in Run.__dataclass_fields__}
    cell = {name: value for name, value in changes.items() if name in Cell.__dataclass_fields__}
    return replace(run, cell=replace(run.cell, **cell), **own)


def _double(field: int, number: float) -> bytes:
    return bytes([field << 3 | 1]) + struct.pack("<d", number)


def _varint(number: int) -> bytes:
    digits = []
    while number > 127:
        digits.append(number & 127 | 128)
        number >>= 7
    return bytes([*digits, number])


def _masked_checksum(data: bytes) -> bytes:
    checksum = google_crc32c.value(data)
    return struct.pack("<I", ((checksum >> 15 | checksum << 17) + 0xA282EAD8) % 2**32)
