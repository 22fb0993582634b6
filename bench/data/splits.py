"""Three-way splits: the images that train the weights, the held-out ones, and the scoring ones.

A super-net's score of an architecture is honest only on images that neither its weights nor the landmark term nor an
architecture update has seen. So every split has three parts, and a `ThreeWaySplit` cannot exist with shared images.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nasrank.bench.foundation.files import DataError, check_sha256, find_data

Rows = npt.NDArray[np.int64]

OFFICIAL_FILE = "nas-bench-201/cifar-split.txt"
OFFICIAL_SHA256 = "986da6174822048d4c5a25ee8ebdb7e754cd5372b51c633ffd4898ace8db9e32"
OFFICIAL_HALF = 25_000
"""Images in each of its halves."""

_ADVICE = "It is configs/nas-benchmark/cifar-split.txt of D-X-Y/AutoDL-Projects (MIT)."


@dataclass(frozen=True, eq=False)
class ThreeWaySplit:
    """Rows of a data set in three parts without a common row; ValueError when they have one.

    Attributes:
        weights: train the shared weights, `(n,)`.
        held_out: for landmark terms and architecture updates, `(n,)`.
        scoring: for scoring architectures, seen by nothing else, `(n,)`.
    """

    weights: Rows
    held_out: Rows
    scoring: Rows

    def __post_init__(self) -> None:
        parts = {"weights": self.weights, "held_out": self.held_out, "scoring": self.scoring}
        for name, rows in parts.items():
            if rows.ndim != 1 or rows.dtype != np.int64 or not len(rows):
                raise ValueError(
                    f"{name}: expected int64 rows of one axis, at least one, not {rows.dtype} {rows.shape}"
                )
            if rows.min() < 0:
                raise ValueError(f"{name}: row {rows.min()} is negative")
        rows, counts = np.unique(np.concatenate(list(parts.values())), return_counts=True)
        if counts.max() > 1:
            twice = int(rows[counts.argmax()])
            where = [f"{name} ({(rows == twice).sum()} times)" for name, rows in parts.items() if twice in rows]
            raise ValueError(f"row {twice} is used more than once: in {' and '.join(where)}")


def stratified_split(
    labels: Rows, generator: np.random.Generator, *, weights: int, held_out: int, scoring: int
) -> ThreeWaySplit:
    """Draw parts of these sizes at random, each with the classes in the proportion they have in `labels`, `(n,)`.

    Raises:
        ValueError: the parts together are larger than the data set.
    """
    return ThreeWaySplit(*_draw(labels, np.arange(len(labels)), (weights, held_out, scoring), generator))


def stratified_pair(labels: Rows, generator: np.random.Generator, *, training: int, test: int) -> tuple[Rows, Rows]:
    """Draw training and test rows of these sizes, disjoint and stratified as in `stratified_split`.

    Raises:
        ValueError: they are more than the data set has.
    """
    first, second = _draw(labels, np.arange(len(labels)), (training, test), generator)
    return first, second


def split_halves(
    labels: Rows,
    halves: tuple[Rows, Rows],
    generator: np.random.Generator,
    *,
    weights: int,
    held_out: int,
    scoring: int,
) -> ThreeWaySplit:
    """Draw `weights` from the first half and the two other parts from the second, stratified by class.

    With `official_halves` this keeps to NAS-Bench-201's split: the weights see only images that the table's
    25k-trained networks were trained on.

    Raises:
        ValueError: a half is smaller than what is drawn from it, or the halves are of another data set.
    """
    train, valid = halves
    if len(train) + len(valid) != len(labels):
        raise ValueError(f"the halves cover {len(train) + len(valid)} images, but the data set has {len(labels)}")
    (weight_rows,) = _draw(labels, train, (weights,), generator)
    return ThreeWaySplit(weight_rows, *_draw(labels, valid, (held_out, scoring), generator))


def official_halves(data_root: Path | None) -> tuple[Rows, Rows]:
    """NAS-Bench-201's (train, valid) rows of CIFAR-10's training images, `(25000,)` each.

    Raises:
        DataError: the file is missing, truncated or altered.
    """
    path = find_data(OFFICIAL_FILE, data_root, advice=_ADVICE)
    check_sha256(path, OFFICIAL_SHA256, advice=_ADVICE)
    return parse_halves(path.read_text(), images=2 * OFFICIAL_HALF)


def has_official_halves(data_root: Path | None) -> bool:
    """Whether the official split file is there; it may still turn out to be damaged."""
    try:
        return find_data(OFFICIAL_FILE, data_root, advice=_ADVICE).is_file()
    except DataError:
        return False


def parse_halves(text: str, *, images: int) -> tuple[Rows, Rows]:
    """Read the official notation, `{"train": ["int", ["0", "5", ...]], "valid": ["int", [...]]}`.

    Raises:
        DataError: another notation, or halves that do not cover rows 0 to `images - 1` once each.
    """
    try:
        entries = json.loads(text)
        train, valid = (np.array([int(row) for row in entries[part][1]], dtype=np.int64) for part in ("train", "valid"))
    except (ValueError, KeyError, IndexError, TypeError) as reason:
        raise DataError(f"not a split in the official notation: {reason!r}") from reason
    if not np.array_equal(np.sort(np.concatenate([train, valid])), np.arange(images)):
        raise DataError(
            f"train ({len(train)} rows) and valid ({len(valid)}) are not rows 0 to {images - 1}, each exactly once"
        )
    return train, valid


def _draw(labels: Rows, pool: Rows, sizes: Sequence[int], generator: np.random.Generator) -> list[Rows]:
    """Disjoint sorted parts of `pool`, each with the pool's class proportions as nearly as whole images allow."""
    if sum(sizes) > len(pool):
        raise ValueError(f"cannot draw {' + '.join(map(str, sizes))} images: there are {len(pool)}")
    # Every class in random order, the classes interleaved evenly: any stretch of the result is then stratified.
    shuffled = generator.permutation(pool)
    classes = labels[shuffled]
    fraction = np.empty(len(pool))
    for label in np.unique(classes):
        of_class = np.flatnonzero(classes == label)
        fraction[of_class] = (np.arange(len(of_class)) + generator.random()) / len(of_class)
    interleaved = shuffled[np.argsort(fraction, kind="stable")]
    ends = np.cumsum(sizes)
    return [np.sort(interleaved[end - size : end]) for size, end in zip(sizes, ends, strict=True)]
