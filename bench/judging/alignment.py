"""Somebody's scores beside the truth of the same architectures: what is ranked, and what is left out and why.

All columns are ranked on the same architectures, so that they can be compared: those that have a truth, no label, and a
finite score in every column, of every seed. Whatever is left out is counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nasrank.bench.foundation.describing import printable
from nasrank.bench.judging.naming import Direction, option
from nasrank.bench.judging.positions import IntArray, named_positions
from nasrank.bench.judging.sheet import Sheet
from nasrank.bench.judging.truth import JudgingTruth
from nasrank.bench.ranking.arrays import FloatArray

MOST_SEEDS = 1_000


@dataclass(frozen=True)
class Counts:
    """What became of the rows and architectures.

    Attributes:
        rows: of the sheet.
        unknown: rows that name no architecture of the space, left out when told to.
        repeated: rows that say once more what another one says.
        architectures: different ones that are named.
        without_truth: of these, those that the truth does not know.
        without_score: those with a truth that lack a finite score of some column or seed, by column.
        infinite: scores that are infinite, by column; they are among those that are lacking.
        labelled: whose stand-alone result was used, with a truth; they are not ranked.
        ranked: all others.
        not_scored: architectures with a truth that no row names.
        isomorphic: of those ranked, how many have an isomorphic one among the others.
        classes: how many different ones are ranked, up to isomorphism.
    """

    rows: int
    unknown: int
    repeated: int
    architectures: int
    without_truth: int
    without_score: Mapping[str, int]
    infinite: Mapping[str, int]
    labelled: int
    ranked: int
    not_scored: int
    isomorphic: int
    classes: int


@dataclass(frozen=True, eq=False)
class Pool:
    """The architectures that are ranked.

    Attributes:
        positions: of them, ascending, `(n,)`.
        truth: higher is better, `(n,)`.
        scores: by column, higher is better, `(seeds, n)`.
        runs: names of the seeds, in the order of the scores; one empty one where there are none.
        labelled: positions of those with a label, `(labels,)`, and `labels` their accuracies, higher is better.
        notes: what was recognised.
    """

    positions: IntArray
    truth: FloatArray
    scores: Mapping[str, FloatArray]
    runs: tuple[str, ...]
    labelled: IntArray
    labels: FloatArray
    counts: Counts
    notes: tuple[str, ...]


def align(
    sheet: Sheet,
    truth: JudgingTruth,
    directions: Mapping[str, Direction],
    *,
    official: bool = False,
    skip_unknown: bool = False,
) -> Pool:
    """What can be ranked.

    Args:
        official: take integers for the benchmark's own numbers of architectures, instead of for positions.
        skip_unknown: leave out rows that name no architecture, instead of refusing them.

    Raises:
        ValueError: a row names no architecture, contradicts another one, or nothing is left to be ranked.
    """
    positions, notes = named_positions(sheet, truth, official=official, skip_unknown=skip_unknown)
    known = np.flatnonzero(positions >= 0)
    different, place = np.unique(positions[known], return_inverse=True)
    runs, run = _runs(sheet, known)
    first = _first_rows(sheet, known, place, run, len(different))
    value_of = truth.values.of(different)
    has_truth = np.isfinite(value_of)
    labels = _labels_of(sheet, known, place, value_of, truth)
    labelled = np.isfinite(labels) & has_truth
    marked = np.isfinite(labels)
    wanted = has_truth & ~marked
    matrices, without_score, infinite = {}, {}, {}
    usable = wanted.copy()
    for name, column in sheet.scores.items():
        matrix = np.full((len(runs), len(different)), np.nan)
        matrix[run, place] = column[known]
        finite = np.isfinite(matrix).all(axis=0)
        without_score[name] = int(np.sum(wanted & ~finite))
        infinite[name] = int(np.sum(np.isinf(matrix[:, wanted])))
        usable &= finite
        matrices[name] = matrix if directions[name].higher_is_better else -matrix
    _refuse_nothing(sheet, usable, wanted, has_truth, without_score, len(runs), truth)
    ranked = different[usable]
    classes = truth.space.classes_of(ranked)
    sizes = np.bincount(np.unique(classes, return_inverse=True)[1])
    counts = Counts(
        rows=len(positions),
        unknown=int(np.sum(positions < 0)),
        repeated=len(known) - len(np.unique(first)),
        architectures=len(different),
        without_truth=int(np.sum(~has_truth)),
        without_score=without_score,
        infinite=infinite,
        labelled=int(labelled.sum()),
        ranked=len(ranked),
        not_scored=int(truth.values.known - has_truth.sum()),
        isomorphic=int(sizes[sizes > 1].sum()),
        classes=len(sizes),
    )
    scores = {name: matrix[:, usable] for name, matrix in matrices.items()}
    return Pool(ranked, value_of[usable], scores, tuple(runs), different[labelled], labels[labelled], counts, notes)


def _runs(sheet: Sheet, known: npt.NDArray[np.intp]) -> tuple[list[str], npt.NDArray[np.intp]]:
    """Names of the seeds, and which one each known row is of, `(known,)`."""
    if sheet.seeds is None:
        return [""], np.zeros(len(known), dtype=np.intp)
    names, run = np.unique(np.array(sheet.seeds, dtype=object)[known].astype(str), return_inverse=True)
    if len(names) > MOST_SEEDS:
        raise ValueError(f"{sheet.source}: {len(names):,} different seeds, admitted are {MOST_SEEDS:,}")
    return names.tolist(), run


def _first_rows(
    sheet: Sheet, known: npt.NDArray[np.intp], place: npt.NDArray[np.intp], run: npt.NDArray[np.intp], count: int
) -> npt.NDArray[np.intp]:
    """For every known row the first of the same architecture and seed; ValueError when the two differ in a score."""
    cell = run * count + place
    _, first, group = np.unique(cell, return_index=True, return_inverse=True)
    rows: npt.NDArray[np.intp] = first[group]
    for name, column in sheet.scores.items():
        values = column[known]
        differs = ~((values == values[rows]) | (np.isnan(values) & np.isnan(values[rows])))
        if differs.any():
            later = int(np.argmax(differs))
            raise ValueError(
                f"{sheet.source}: rows {known[rows[later]] + 1} and {known[later] + 1} are of the same architecture"
                f"{'' if sheet.seeds is None else ' and seed'}, but have {values[rows[later]]} and {values[later]} for "
                f"{printable(name)}: if they are of different seeds or runs, say which column tells them apart with "
                f"{option('seed')}"
            )
    return rows


def _labels_of(
    sheet: Sheet, known: npt.NDArray[np.intp], place: npt.NDArray[np.intp], truth: FloatArray, judge: JudgingTruth
) -> FloatArray:
    """The label of each different architecture, higher is better, NaN for none; where they are only marked, the truth.

    One that is marked and has no truth has the label 0, so that it is known to have one.
    """
    labels = np.full(len(truth), np.nan)
    if sheet.labels is None:
        return labels
    given = sheet.labels[known]
    used = np.isfinite(given) & (given != 0)
    if not used.any():
        raise ValueError(f"{sheet.source}: no architecture is marked as labelled")
    if np.all(given[used] == 1):
        labels[place[used]] = np.nan_to_num(truth[place[used]])
    else:
        labels[place[used]] = -given[used] if judge.lower_is_better else given[used]
    return labels


def _refuse_nothing(
    sheet: Sheet,
    usable: npt.NDArray[np.bool_],
    wanted: npt.NDArray[np.bool_],
    has_truth: npt.NDArray[np.bool_],
    without_score: Mapping[str, int],
    seeds: int,
    truth: JudgingTruth,
) -> None:
    if usable.sum() >= 2:
        return
    if not has_truth.any():
        raise ValueError(f"{truth.words} knows none of the {len(has_truth):,} architectures of {sheet.source}")
    if wanted.sum() < 2:
        raise ValueError(
            f"{sheet.source}: {wanted.sum()} architectures with a truth and without a label are left, 2 are needed"
        )
    worst = max(without_score, key=lambda name: without_score[name])
    of_all = f" of all {seeds} seeds" if seeds > 1 else ""
    raise ValueError(
        f"{sheet.source}: {usable.sum()} architectures have a finite score in every column{of_all}, 2 are needed; "
        f"{printable(worst)} lacks {without_score[worst]:,} of {wanted.sum():,}"
    )
