"""What guidance did in every arm of a study: to the pool, to the landmarks themselves, and during training."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from nasrank.bench.analysis.changes import changes, differing
from nasrank.bench.analysis.comparison import Comparison
from nasrank.bench.analysis.during_training import landmark_rows, on_landmarks
from nasrank.bench.analysis.findings import NOTHING, Value
from nasrank.bench.analysis.scores import Side, sides_of
from nasrank.bench.analysis.summary import DECIMALS
from nasrank.bench.foundation.escaping import csv_text
from nasrank.bench.runner.arms import Row
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth


@dataclass(frozen=True)
class ArmRow:
    """One arm; numbers are means over seeds, NaN where a trial failed.

    Attributes:
        setting: names of what it changes, such as "pairs per step"; empty for a strategy as it is.
        landmarks: how many it has.
        before: tau on the pool without landmarks, and `after` with them; `gain` is their difference.
        base: label of the arm that it is compared with; its own for a strategy as it is.
        change: `after` minus that of its base; None for a strategy as it is.
        landmarks_before: tau on its landmarks without them in training, and `landmarks_after` with them.
        lead: how much more guidance adds to tau on the landmarks, of which each seed has others, than to that on the
            pool.
        violated_first: fraction of the landmark pairs that were found in the wrong order when guidance began, and
            `violated_last` when training ended.
    """

    name: str
    label: str
    setting: str
    landmarks: int
    base: str
    before: Value
    after: Value
    gain: Value
    change: Value | None
    landmarks_before: float
    landmarks_after: float
    lead: Value
    violated_first: float
    violated_last: float


def arm_rows(results: Results, truth: Truth, compare: Comparison) -> tuple[ArmRow, ...]:
    """In the order of the study."""
    design = results.design
    sides = {name: sides_of(results, row) for name, row in design.rows.items()}
    changed = {change.variant: change.after for change in changes(design, sides, compare)}
    landmarks = {row.strategy: row for row in landmark_rows(results, truth)}
    return tuple(
        ArmRow(
            name,
            row.label,
            setting_of(row, design.rows[row.base]),
            row.study.landmarks.count,
            design.rows[row.base].label,
            *compare.values(*sides[name]),
            changed.get(name),
            landmarks[name].before,
            landmarks[name].after,
            _lead(results, truth, row, sides[name], compare),
            landmarks[name].violated_first,
            landmarks[name].violated_last,
        )
        for name, row in design.rows.items()
    )


def _lead(results: Results, truth: Truth, row: Row, sides: tuple[Side, Side], compare: Comparison) -> Value:
    """Of guidance on the landmarks over guidance on the pool."""
    before, after = (on_landmarks(results, truth, row, arm)[:, 0] for arm in row.arms)
    return compare.excess(after - before, *sides)


def setting_of(row: Row, base: Row) -> str:
    """Names of the keys of landmarks and terms, and of the other sections, in which a row differs from its base."""
    ours, theirs = (_guidance(one) for one in (row, base))
    keys = [
        key for key in {**theirs, **ours} if ours.get(key) != theirs.get(key) and key != "after"
    ]  # goes with choice
    others = [name for name in differing(row, base) if name not in ("landmarks", "terms")]
    names = [*("number of landmarks" if key == "count" else key for key in keys), *others]
    return ", ".join(name.replace("_", " ") for name in sorted(names))


def _guidance(row: Row) -> dict[str, Any]:
    """Every key of its landmarks and of its terms."""
    terms = [term.model_dump() for term in row.study.terms]
    return {key: value for one in (row.study.landmarks.model_dump(), *terms) for key, value in one.items()}


def arms_csv(rows: tuple[ArmRow, ...]) -> str:
    """One line an arm; what could not be computed is empty."""
    intervals = ("before", "after", "gain", "change", "lead")
    shares = ("landmarks_before", "landmarks_after", "violated_first", "violated_last")
    ends = [f"{name}{end}" for name in intervals for end in ("", "_low", "_high")]
    lines = []
    for row in rows:
        numbers = [number for name in intervals for number in _numbers(getattr(row, name))]
        numbers += [getattr(row, name) for name in shares]
        cells = ["" if math.isnan(number) else f"{number:.{DECIMALS}f}" for number in numbers]
        lines.append([row.name, row.label, row.setting, row.landmarks, *cells])
    return csv_text(["arm", "label", "setting", "landmarks", *ends, *shares], lines)


def _numbers(value: Value | None) -> tuple[float, float, float]:
    return (NOTHING,) * 3 if value is None else (value.value, value.low, value.high)
