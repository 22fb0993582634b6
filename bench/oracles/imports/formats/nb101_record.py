"""One record of NAS-Bench-101: the JSON list `[module hash, epochs, adjacency, operations, metrics]` [nasbench].

Each is one training run of one cell. Many are read at once into a structured array, which is then checked as a whole.

References:
    [nasbench] google-research/nasbench, `nasbench/api.py` and `nasbench/lib/evaluate.py`.
"""

from __future__ import annotations

import binascii
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.bench.foundation.describing import describe, printable
from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.foreign.tfrecord import Span, first_record, records
from nasrank.bench.oracles.imports.formats.nb101_metrics import model_metrics

BUDGETS = (4, 12, 36, 108)
"""Epochs of the four schedules every cell was trained with."""

ACCURACIES = ("train_accuracy", "validation_accuracy", "test_accuracy")
_EVALUATION = np.dtype([(name, np.float64) for name in ("current_epoch", "training_time", *ACCURACIES)])

RUN = np.dtype(
    [
        ("hash", np.uint8, 16),
        ("epochs", np.int32),
        ("vertices", np.int32),
        ("edges", np.int32),
        ("operations", np.int32),
        ("parameters", np.int32),
        ("total_time", np.float64),
        ("half", _EVALUATION),
        ("final", _EVALUATION),
    ]
)
"""A training run: accuracies are fractions, times seconds, structure coded as in `nasrank.bench.oracles.ask.axes`."""

_HASH = re.compile("[0-9a-f]{32}")
_DIGITS = {"conv3x3-bn-relu": 1, "conv1x1-bn-relu": 2, "maxpool3x3": 3}
_MOST_VERTICES = 7


def looks_like_one(path: Path) -> bool:
    """Whether the file begins with an intact record of this kind."""
    data = first_record(path)
    if data is None:
        return False
    try:
        module_hash = json.loads(data)[0]
    except (ValueError, RecursionError, LookupError, TypeError):
        return False
    return isinstance(module_hash, str) and _HASH.fullmatch(module_hash) is not None


def read_runs(path: Path, span: Span) -> npt.NDArray[Any]:
    """The runs of a span of the file, RUN `(records,)`, decoded and checked one by one.

    Raises:
        DataError: a record is damaged, is none of NAS-Bench-101 or holds impossible values; says which and why.
    """
    runs = np.fromiter(_decoded(path, span), dtype=RUN, count=span.records)
    for name, values, allowed, possible in _values(runs):
        if not possible.all():
            number = int(possible.argmin())
            raise DataError(f"{path}: record {span.first + number:,} has {name} {values[number]}, not {allowed}")
    return runs


def _decoded(path: Path, span: Span) -> Iterator[tuple[Any, ...]]:
    from google.protobuf.message import DecodeError

    message = model_metrics()
    for number, data in enumerate(records(path, span), start=span.first):
        try:
            module_hash, epochs, adjacency, operations, raw_metrics = _fields(data)
            if not _HASH.fullmatch(module_hash):
                raise ValueError(f"{describe(module_hash)} is not a module hash of 32 hexadecimal digits")
            if type(epochs) is not int or epochs not in BUDGETS:
                raise ValueError(f"{describe(epochs)} epochs are none of the budgets {', '.join(map(str, BUDGETS))}")
            cell = cell_codes(adjacency, operations)
            metrics = message.FromString(binascii.a2b_base64(raw_metrics))
            _start, half, final = metrics.evaluation_data
        except (ValueError, TypeError, RecursionError, DecodeError) as reason:
            raise DataError(
                f"{path}: record {number:,} is not a result of NAS-Bench-101: {printable(reason)}"
            ) from reason
        yield (
            np.frombuffer(bytes.fromhex(module_hash), dtype=np.uint8),
            epochs,
            *cell,
            metrics.trainable_parameters,
            metrics.total_time,
            _evaluation(half),
            _evaluation(final),
        )


def _fields(data: bytes) -> tuple[str, Any, str, str, str]:
    """The five parts of a record; the epochs, the second, may be anything yet."""
    match json.loads(data):
        case [str(module_hash), epochs, str(adjacency), str(operations), str(raw_metrics)]:
            return module_hash, epochs, adjacency, operations, raw_metrics
    raise ValueError("it is not a list of module hash, epochs, adjacency matrix, operations and metrics")


def _evaluation(data: Any) -> tuple[float, ...]:
    return (
        data.current_epoch,
        data.training_time,
        data.train_accuracy,
        data.validation_accuracy,
        data.test_accuracy,
    )


@lru_cache(maxsize=1024)
def cell_codes(adjacency: str, operations: str) -> tuple[int, int, int]:
    """Vertices, edges and operations of a cell as the codes of `nasrank.bench.oracles.ask.axes.QUANTITIES`.

    Args:
        adjacency: the whole square matrix, row by row, a digit 0 or 1 each.
        operations: names of all vertices in order, comma-separated.

    Raises:
        ValueError: it is no cell of the benchmark; says why.
    """
    names = operations.split(",")
    vertices = len(names)
    if vertices > _MOST_VERTICES or names[0] != "input" or names[-1] != "output" or vertices < 2:
        raise ValueError(
            f"{describe(operations)} are not the operations of 2 to {_MOST_VERTICES} vertices, input to output"
        )
    unknown = [name for name in names[1:-1] if name not in _DIGITS]
    if unknown:
        raise ValueError(f"unknown operation {describe(unknown[0])}; known are {', '.join(_DIGITS)}")
    if len(adjacency) != vertices**2 or set(adjacency) - {"0", "1"}:
        raise ValueError(f"{describe(adjacency)} is not an adjacency matrix of {vertices} vertices, digits 0 and 1")
    above = {y * (y - 1) // 2 + x: adjacency[x * vertices + y] for x, y in combinations(range(vertices), 2)}
    if list(above.values()).count("1") != adjacency.count("1"):
        raise ValueError(f"adjacency matrix {describe(adjacency)} has edges on or below the diagonal")
    edges = sum(1 << bit for bit, digit in above.items() if digit == "1")
    digits = sum(_DIGITS[name] << 2 * place for place, name in enumerate(names[1:-1]))
    return vertices, edges, digits


def _values(runs: npt.NDArray[Any]) -> Iterator[tuple[str, npt.NDArray[Any], str, npt.NDArray[np.bool_]]]:
    """Name, values, what is allowed, and which values are, for every number of a run.

    An absent value is NaN and fails every comparison. Epoch and total time may be: the official API does without.
    """
    parameters, total = runs["parameters"], runs["total_time"]
    yield "trainable_parameters", parameters, "a positive number", parameters > 0
    yield "total_time", total, "0 seconds or more", np.isnan(total) | _is_time(total)
    for when, epochs in (("half", runs["epochs"] / 2), ("final", runs["epochs"])):
        evaluation = runs[when]
        epoch, time = evaluation["current_epoch"], evaluation["training_time"]
        yield f"{when} current_epoch", epoch, f"the {when} one of its schedule", np.isnan(epoch) | (epoch == epochs)
        yield f"{when} training_time", time, "0 seconds or more", _is_time(time)
        for name in ACCURACIES:
            accuracy = evaluation[name]
            yield f"{when} {name}", accuracy, "from 0 to 1", (accuracy >= 0) & (accuracy <= 1)


def _is_time(seconds: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    return np.asarray((seconds >= 0) & np.isfinite(seconds))
