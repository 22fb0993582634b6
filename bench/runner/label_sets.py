"""Who knows which labels: rows of a study that are told the same, and estimators that are told what a row is told."""

from __future__ import annotations

from typing import Any

from nasrank.bench.runner.design import Design
from nasrank.bench.runner.tasks import Estimate
from nasrank.predictors import ESTIMATORS


def estimates_of(design: Design) -> list[Estimate]:
    """Every estimate of an estimator that the study names, and whose landmarks are known.

    What needs nothing but the space is the same for each seed. Rows with the same labels have their estimates in
    common, for as many seeds as one of them has.
    """
    section, every, found = design.study.estimators, design.seeds, []
    labelled: dict[str, tuple[int, ...]] = {}
    for row in design.rows:
        if row not in design.waiting:
            first = first_with_labels_of(design, row)
            labelled[first] = max(labelled.get(first, ()), design.seeds_of(row), key=len)
    for name in section.baselines:
        needs = ESTIMATORS.named(name).needs
        seeds = labelled if "labels" in needs else {"": every if needs else every[:1]}
        found += [Estimate(name, seed, row) for seed in every for row, own in seeds.items() if seed in own]
    for row in rows_by_labels(design).values():
        arms = ["", *(arm.name for arm in design.rows[row].arms)]
        for name in section.label_uses:
            found += [use_of(design, row, name, seed, arm) for seed in design.seeds_of(row) for arm in arms]
    return list(dict.fromkeys(found))


def use_of(design: Design, row: str, estimator: str, seed: int, stacked_on: str = "") -> Estimate:
    """The estimate that makes use of a row's labels, perhaps stacked on the scores of one of its arms."""
    return Estimate(estimator, seed, row if stacked_on else first_with_labels_of(design, row), stacked_on)


def rows_by_labels(design: Design) -> dict[int, str]:
    """The first strategy of the study and the rows that differ from it in the number of landmarks alone, by that."""
    base = design.rows[design.study.strategies[0]]
    found: dict[int, str] = {}
    for name, row in design.rows.items():
        landmarks = row.study.landmarks
        alike = landmarks.model_copy(update={"count": base.study.landmarks.count}) == base.study.landmarks
        if row.before == base.before and row.study.terms == base.study.terms and alike:
            found.setdefault(landmarks.count, name)
    return dict(sorted(found.items()))


def first_with_labels_of(design: Design, row: str) -> str:
    """The first row that is told the same labels of the same landmarks as this one, whose landmarks are known."""
    labels = _labels(design, row)
    return next(name for name in design.rows if name not in design.waiting and _labels(design, name) == labels)


def _labels(design: Design, row: str) -> Any:
    section = design.rows[row].study.landmarks
    return (
        {seed: design.landmarks_of(row, seed) for seed in design.study.every_seed},
        section.order,
        section.label_noise,
    )
