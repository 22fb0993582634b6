"""The rows of a study as a report names them: what each is compared with, what it changes, and whether it is one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nasrank.bench.analysis.summary import Pair
from nasrank.bench.runner.arms import Row
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.label_sets import first_with_labels_of
from nasrank.bench.studies.study import Study


def pairs_of(design: Design) -> tuple[Pair, ...]:
    """In the order of the study, controls last."""
    found = [_pair(design, row) for row in design.rows.values()]
    return tuple(sorted(found, key=lambda pair: bool(pair.control)))


def _pair(design: Design, row: Row) -> Pair:
    return Pair(
        name=row.name,
        label=row.label,
        before=row.before.name,
        after=row.after.name,
        score=row.score,
        base=row.base,
        setting=_setting(row, design.rows[row.base]),
        control=_control(design.study, row),
        labels=row.study.landmarks.guiding,
        labels_of=first_with_labels_of(design, row.name),
        generations=len(row.after.build(design.space, np.random.default_rng(0)).generations),
    )


RANDOM_ORDER = "as much guidance, with labels in random order"
MORE_PASSES = "as many passes without landmarks as guidance takes"


def _control(study: Study, row: Row) -> str:
    """What it leaves out, so that the rest can be told from it."""
    if row.study.landmarks.order == "random":
        return RANDOM_ORDER
    variant = study.variants.get(row.name)
    longer = variant is not None and (
        # as it is written today, or by its number as it was
        variant.equal_passes or variant.training == {"passes": study.passes_with_terms(variant)}
    )
    return MORE_PASSES if longer else ""


def about(pairs: Sequence[Pair], study: Study) -> str:
    """What a study asks: of one strategy's `landmarks` or its other `settings`, or which of several `strategies`."""
    ways = [pair for pair in pairs if not pair.control]
    if len(study.strategies) > 1 or len(ways) < 2:
        return "strategies"
    changed = {name for variant in study.variants.values() for name in variant.changed}
    return "landmarks" if changed <= {"landmarks", "terms", "training"} and "landmarks" in changed else "settings"


def _setting(row: Row, base: Row) -> str:
    """Names of the keys of landmarks and terms, and of the other sections, in which a row differs from its base."""
    ours, theirs = (_guidance(one) for one in (row, base))
    keys = [
        key for key in {**theirs, **ours} if ours.get(key) != theirs.get(key) and key != "after"
    ]  # goes with choice
    others = [name for name in _differing(row, base) if name not in ("landmarks", "terms")]
    names = [*("number of landmarks" if key == "count" else key for key in keys), *others]
    return ", ".join(name.replace("_", " ") for name in sorted(names))


def _differing(row: Row, base: Row) -> list[str]:
    """In what the settings of two rows differ: "strategy", "switches" or names of sections of the study."""
    ours, theirs = row.settings, base.settings
    return [name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)]


def _guidance(row: Row) -> dict[str, Any]:
    """Every key of its landmarks and of its terms."""
    terms = [term.model_dump() for term in row.study.terms]
    return {key: value for one in (row.study.landmarks.model_dump(), *terms) for key, value in one.items()}
