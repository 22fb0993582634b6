"""Earlier results that another run continues: what was drawn for them, and whether a table of today says the same.

A super-net knows of the truth what it is told of its landmarks, and nothing else. So its results can be continued under
another table of the same measurement that says the same of every landmark. A study whose truth has grown since keeps
the pool and the landmarks that were drawn from the smaller one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import rankdata

from nasrank.bench.runner.design import Design
from nasrank.bench.runner.kept_truth import truth_table
from nasrank.bench.runner.pool import passed_over
from nasrank.bench.runner.results import DESIGN_FILE, Store, read_design, results_in
from nasrank.bench.runner.truth import Truth, truth_of

AGREE = 1e-4
"""In the unit of the truth: what rounding to the digits that tables are published with can explain."""


def continued(design: Design, truth: Truth, folder: Path) -> Design:
    """The design with what was drawn for the results in a folder, where these can be continued.

    They can where they are of the same study but for the table that it is compared with, and this knows all that was
    drawn. Else the design is returned as it is.

    Args:
        folder: of a report, or of results.

    Raises:
        ValueError: the folder holds no design, or the table that its results are compared with is not at hand.
    """
    folder = results_in(folder)
    there = read_design(folder / DESIGN_FILE)
    kept = _as_drawn(design, there)
    if kept is None or _but_for_the_table(kept) != _but_for_the_table(there):
        return design
    if kept.pool == design.pool:
        return kept
    if not np.isfinite(truth.of(_drawn(kept))).all():
        return design
    if there.drawn_from:
        return replace(kept, drawn_from=there.drawn_from, passed_over=there.passed_over)
    if there.truth["sha256"] == design.truth["sha256"]:
        return design
    earlier = truth_of(there.study, truth_table(there, folder))
    coverage = f" ({there.study.truth.coverage})" if there.study.truth.coverage else ""
    words = f"the {len(earlier.known):,} architectures that {there.study.truth.oracle} holds this truth of{coverage}"
    over = passed_over(there, earlier)
    return replace(kept, drawn_from=words, passed_over=tuple(one for one in over if np.isfinite(truth.of([one])).all()))


def adopt(store: Store, folder: Path, design: Design, truth: Truth) -> int:
    """Copy the results of this design's trials from a folder, see `Store.adopt`; how many there were.

    Where they were trained with another table, that one must say the same of them. Estimates are then taken over where
    the labels are equal to the last digit; else they are made anew.

    Raises:
        ValueError: as `Store.adopt`; the other table is not at hand, or says something else.
    """
    folder = results_in(folder)
    there = read_design(folder / DESIGN_FILE)
    if there.common == design.common or _but_for_the_table(there) != _but_for_the_table(design):
        return store.adopt(folder, design)
    earlier = truth_of(there.study, truth_table(there, folder))
    _refuse_other_values(there, design, truth, earlier, folder)
    labelled = list(_landmarks(there))
    equal = np.array_equal(truth.of(labelled), earlier.of(labelled))
    return store.adopt(folder, design, whatever_table=True, estimates=equal)


def _but_for_the_table(design: Design) -> dict[str, Any]:
    """What all trials share, but for the table that they are compared with; its column stays."""
    common = dict(design.common)
    del common["truth"]
    column = design.study.truth.model_dump(mode="json", exclude={"oracle", "coverage"})
    return {**common, "study": {**common["study"], "truth": column}}


def _as_drawn(design: Design, there: Design) -> Design | None:
    """With what was drawn for other results; None where a row draws landmarks that it has not there."""
    own = {}
    for name in design.own_landmarks:
        row = there.rows.get(name)
        if row is None or name not in there.own_landmarks or row.study.landmarks != design.rows[name].study.landmarks:
            return None
        own[name] = there.own_landmarks[name]
    return replace(
        design,
        pool=there.pool,
        landmarks=there.landmarks,
        own_landmarks=own,
        candidates=there.candidates,
        lookalikes=design.lookalikes if there.pool == design.pool else there.lookalikes,
    )


def _drawn(design: Design) -> list[Any]:
    return [*design.pool, *design.lookalikes, *_landmarks(design)]


def _landmarks(design: Design) -> Iterator[Any]:
    for sets in (design.landmarks, design.candidates, *design.own_landmarks.values()):
        for architectures in sets.values():
            yield from architectures


def _refuse_other_values(there: Design, design: Design, truth: Truth, earlier: Truth, folder: Path) -> None:
    """ValueError unless two tables say the same of all that was drawn, and order the labels of every row alike."""
    reason = (
        f"the results in {folder} cannot be continued: {there.study.truth.oracle} and {design.study.truth.oracle} "
        "differ in "
    )
    drawn = _drawn(there)
    apart = np.abs(truth.of(drawn) - earlier.of(drawn))
    if not (apart <= AGREE).all():
        worst = int(np.argmax(np.nan_to_num(apart, nan=np.inf)))
        raise ValueError(f"{reason}{drawn[worst]}, by {apart[worst]:.2g}")
    for name, row in there.rows.items():
        if not row.after.has_labels or name in there.waiting:
            continue
        for seed in there.study.every_seed:
            ours, theirs = (there.labels_of(name, seed, values) for values in (truth, earlier))
            if not np.array_equal(rankdata(ours), rankdata(theirs)):
                raise ValueError(f"{reason}how they order the landmarks of {name}, seed {seed}")
