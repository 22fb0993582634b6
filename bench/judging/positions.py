"""Which architectures the rows of a sheet are about, as positions in the space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasrank.bench.foundation.describing import describe, printable
from nasrank.spaces import Enumerated

if TYPE_CHECKING:
    from nasrank.bench.judging.sheet import Sheet
    from nasrank.bench.judging.truth import JudgingTruth

IntArray = npt.NDArray[np.int64]

_LONGEST = 400  # characters of an architecture's text; those of the spaces have some 120


def named_positions(
    sheet: Sheet, truth: JudgingTruth, *, official: bool, skip_unknown: bool
) -> tuple[IntArray, tuple[str, ...]]:
    """The position that each row names, `(rows,)`, -1 for none, and what to say about it.

    Args:
        official: take integers for the benchmark's own numbers of architectures, instead of for positions.
        skip_unknown: allow rows that name no architecture.

    Raises:
        ValueError: a row names no architecture, or the table does not record the benchmark's own numbers.
    """
    space, named, notes = truth.space, sheet.architectures, sheet.notes
    if named is None:
        rows = len(next(iter(sheet.scores.values())))
        if rows != len(space):
            raise ValueError(
                f"{sheet.source} has {rows:,} scores without architectures, and {space.name} has {len(space):,} "
                "architectures: there must be one for each"
            )
        return np.arange(rows), (*notes, f"scores are by position in {space.name}")
    if isinstance(named, np.ndarray):
        if official or sheet.official:
            positions = _official(named, truth)
            notes = (*notes, f"integers are the benchmark's own numbers of architectures, as recorded in {truth.words}")
        else:
            positions = np.where((named >= 0) & (named < len(space)), named, -1)
            notes = (*notes, f"integers are positions in {space.name}, from 0 to {len(space) - 1:,}{_beware(truth)}")
    else:
        positions = positions_of(space, named)
    if (positions < 0).any() and not skip_unknown:
        row = int(np.argmax(positions < 0))
        reason = _why(space, named[row])
        count = int(np.sum(positions < 0))
        raise ValueError(
            f"{sheet.source}: row {row + 1} names no architecture of {space.name}: {reason} ({count:,} of "
            f"{len(positions):,} rows name none; skip_unknown=True (--skip-unknown) leaves them out)"
        )
    return positions.astype(np.int64), notes


def _beware(truth: JudgingTruth) -> str:
    same = truth.official is None or np.array_equal(truth.official, np.arange(len(truth.space)))
    return "" if same else "; the benchmark's own numbers are others: official_index=True (--official-index)"


def _official(numbers: IntArray, truth: JudgingTruth) -> IntArray:
    """The positions of the architectures with these numbers in the benchmark's own files; -1 for those of none."""
    if truth.official is None or not (truth.official >= 0).any():
        raise ValueError(f"{truth.words} does not come with the benchmark's own numbers: name architectures otherwise")
    recorded = np.flatnonzero(truth.official >= 0)
    ascending = recorded[np.argsort(truth.official[recorded], kind="stable")]
    known = truth.official[ascending]
    place = np.minimum(np.searchsorted(known, numbers), len(known) - 1)
    return np.where(known[place] == numbers, ascending[place], -1)


def _why(space: Enumerated[Any], named: Any) -> str:
    if isinstance(named, str) and len(named) <= _LONGEST:
        try:
            space.position(space.parse(named))
        except ValueError as reason:
            return printable(reason)
    return describe(named.item() if isinstance(named, np.generic) else named)


def positions_of(space: Enumerated[Any], architectures: Sequence[Any]) -> IntArray:
    """Of texts, values of the space and positions, `(n,)`; -1 for what is none of them."""
    texts = [str(one) if isinstance(one, str) and len(one) <= _LONGEST else "" for one in architectures]
    distinct = dict.fromkeys(texts)
    found = dict(zip(distinct, space.positions_of_texts(list(distinct)).tolist(), strict=True))
    positions = np.array([found[text] for text in texts], dtype=np.int64)
    for place, one in enumerate(architectures):
        if isinstance(one, space.value_type):
            positions[place] = space.position(one)
        elif isinstance(one, int | np.integer) and not isinstance(one, bool) and 0 <= one < len(space):
            positions[place] = one
    return positions
