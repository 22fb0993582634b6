"""Three-way splits: the samples that train the weights, the held-out ones, and the scoring ones.

A super-net's score of an architecture is honest only on samples that neither its weights nor the landmark term nor an
architecture update has seen. So every split has three parts, and a `ThreeWaySplit` cannot exist with shared rows. Nor
is a sample unseen whose group was seen, as another crop of the same photograph: groups are drawn whole.

Strata and groups are those of `nasrank.bench.data.samples.Samples`. Without groups, each sample is one of its own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nasrank.bench.data.samples import Rows
from nasrank.bench.foundation.files import DataError, check_sha256, find_data

OFFICIAL_FILE = "nas-bench-201/cifar-split.txt"
OFFICIAL_SHA256 = "986da6174822048d4c5a25ee8ebdb7e754cd5372b51c633ffd4898ace8db9e32"
OFFICIAL_HALF = 25_000
"""Images in each of its halves."""

_ADVICE = (
    "It is configs/nas-benchmark/cifar-split.txt of D-X-Y/AutoDL-Projects (MIT), and comes with nasrank fetch cifar10."
)


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
    strata: Rows,
    generator: np.random.Generator,
    *,
    weights: int,
    held_out: int,
    scoring: int,
    more_scoring: Sequence[int] = (),
    groups: Rows | None = None,
) -> ThreeWaySplit:
    """Draw parts of these sizes at random, each with the strata in the proportion they have in `strata`, `(n,)`.

    Args:
        more_scoring: sizes of further parts that score, each of which stands behind those before; the others are what
            they are without them.

    Raises:
        ValueError: the parts together are larger than the data set, or groups do not come to a size.
    """
    sizes = (weights, held_out, scoring, *more_scoring)
    weight_rows, held_out_rows, *scored = _draw(strata, groups, np.arange(len(strata)), sizes, generator)
    return ThreeWaySplit(weight_rows, held_out_rows, np.concatenate(scored))


def stratified_pair(
    strata: Rows, generator: np.random.Generator, *, training: int, test: int, groups: Rows | None = None
) -> tuple[Rows, Rows]:
    """Draw training and test rows of these sizes, disjoint and stratified as in `stratified_split`.

    Raises:
        ValueError: they are more than the data set has, or groups do not come to a size.
    """
    first, second = _draw(strata, groups, np.arange(len(strata)), (training, test), generator)
    return first, second


def split_halves(
    strata: Rows,
    halves: tuple[Rows, Rows],
    generator: np.random.Generator,
    *,
    weights: int,
    held_out: int,
    scoring: int,
    more_scoring: Sequence[int] = (),
    groups: Rows | None = None,
) -> ThreeWaySplit:
    """Draw `weights` from the first half and the two other parts from the second, stratified.

    More that score are drawn as by `stratified_split`. With `official_halves` this keeps to NAS-Bench-201's split: the
    weights see only images that the table's 25k-trained networks were trained on.

    Raises:
        ValueError: a half is smaller than what is drawn from it, the halves are of another data set or cut a group, or
            groups do not come to a size.
    """
    train, valid = halves
    if len(train) + len(valid) != len(strata):
        raise ValueError(f"the halves cover {len(train) + len(valid)} samples, but the data set has {len(strata)}")
    if groups is not None and len(cut := np.intersect1d(groups[train], groups[valid])):
        raise ValueError(f"the halves cut group {cut[0]}")
    (weight_rows,) = _draw(strata, groups, train, (weights,), generator)
    held_out_rows, *scored = _draw(strata, groups, valid, (held_out, scoring, *more_scoring), generator)
    return ThreeWaySplit(weight_rows, held_out_rows, np.concatenate(scored))


def resized(
    split: ThreeWaySplit,
    strata: Rows,
    generator: np.random.Generator,
    *,
    weights: int,
    held_out: int,
    pools: tuple[Rows, Rows] | None = None,
    groups: Rows | None = None,
) -> ThreeWaySplit:
    """The split with other numbers of samples that train and are held out, and the same scoring ones.

    Fewer are a stratified draw from those of the split. More are those of the split and others, stratified likewise,
    that the split does not use; held-out ones that are left over may train.

    Args:
        pools: rows that may train, and that may be held out; all where this is None.

    Raises:
        ValueError: there are not so many, or groups do not come to a size.
    """
    everything = np.arange(len(strata))
    training, other = pools or (everything, everything)

    def of_size(part: Rows, size: int, pool: Rows, *taken: Rows) -> Rows:
        if size == len(part):
            return part
        if size < len(part):
            return _draw(strata, groups, part, (size,), generator)[0]
        free = np.setdiff1d(pool, np.concatenate([part, *taken]))
        return np.sort(np.concatenate([part, *_draw(strata, groups, free, (size - len(part),), generator)]))

    held_out_rows = of_size(split.held_out, held_out, other, split.weights, split.scoring)
    weight_rows = of_size(split.weights, weights, training, held_out_rows, split.scoring)
    return ThreeWaySplit(weight_rows, held_out_rows, split.scoring)


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


def _draw(
    strata: Rows, groups: Rows | None, pool: Rows, sizes: Sequence[int], generator: np.random.Generator
) -> list[Rows]:
    """Disjoint sorted parts of `pool`, each with the pool's strata in proportion as nearly as whole groups allow."""
    if sum(sizes) > len(pool):
        raise ValueError(f"cannot draw {' + '.join(map(str, sizes))} samples: there are {len(pool)}")
    unit = _numbered(np.arange(len(strata)) if groups is None else groups, pool)
    kinds = _commonest(strata[pool], unit)
    # Every stratum in random order, the strata interleaved evenly: any stretch of the result is then stratified.
    shuffled = generator.permutation(len(kinds))
    fraction = np.empty(len(kinds))
    for kind in np.unique(kinds):
        of_kind = np.flatnonzero(kinds[shuffled] == kind)
        fraction[of_kind] = (np.arange(len(of_kind)) + generator.random()) / len(of_kind)
    left = shuffled[np.argsort(fraction, kind="stable")]
    lengths = np.bincount(unit)
    parts = []
    for size in sizes:
        taken, left = _fill(left, lengths, size)
        parts.append(np.sort(pool[np.isin(unit, taken)]))
    return parts


def _numbered(groups: Rows, pool: Rows) -> Rows:
    """The group of each row of the pool, `(pool,)`, counted from zero in the order in which the pool has them."""
    _, first, group = np.unique(groups[pool], return_index=True, return_inverse=True)
    place = np.empty(len(first), dtype=np.int64)
    place[np.argsort(first)] = np.arange(len(first))
    return place[group]


def _commonest(strata: Rows, unit: Rows) -> Rows:
    """The stratum that most rows of each unit have, the least one where several do, `(units,)`."""
    values, stratum = np.unique(strata, return_inverse=True)
    pairs, counts = np.unique(unit * len(values) + stratum, return_counts=True)
    units, strata_of = np.divmod(pairs, len(values))
    order = np.lexsort((strata_of, -counts, units))
    _, first = np.unique(units[order], return_index=True)
    commonest: Rows = values[strata_of[order[first]]]
    return commonest


def _fill(units: Rows, lengths: Rows, size: int) -> tuple[Rows, Rows]:
    """The first units that together have `size` rows, each taken that still fits, and those left over, in order.

    Raises:
        ValueError: they do not come to the size; the message says how far they come.
    """
    taken = np.cumsum(lengths[units]) <= size
    room = size - lengths[units[taken]].sum()
    for place in np.flatnonzero(~taken):
        if not room:
            break
        if lengths[units[place]] <= room:
            taken[place] = True
            room -= lengths[units[place]]
    if room:
        raise ValueError(f"whole groups come to {size - room} of {size} samples; take so many, or another size")
    return units[taken], units[~taken]
