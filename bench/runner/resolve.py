"""Draws what a study leaves open: landmarks, pool, and how the images are split.

The pool and the landmarks are drawn once and shared by all arms. A landmark set belongs to a seed. No pool architecture
is isomorphic to a landmark of any arm and seed, or computes the same function of shared weights, so nothing that is
ranked has been trained on as a landmark.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from nasrank.bench.data import Dataset, has_official_halves, load_dataset
from nasrank.bench.foundation.environment import environment
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.runner.arms import Row, rows_of
from nasrank.bench.runner.design import Design, LandmarkSets
from nasrank.bench.runner.landmarks import choose_landmarks
from nasrank.bench.runner.pool import draw_lookalikes, draw_pool
from nasrank.bench.runner.truth import Truth, open_truth, truth_of
from nasrank.bench.studies.compared import Half
from nasrank.bench.studies.study import Study


def resolve(study: Study, data_root: Path | None = None) -> tuple[Design, Truth, Dataset]:
    """Draw what the study leaves open; also returns the truth as in `truth_of`, and the images.

    Raises:
        ValueError: an option of the study cannot be met, such as a pool larger than what the truth covers, or the
            landmarks of a seed have no order to guide by.
    """
    rows = rows_of(study)
    for row in rows.values():
        for arm in row.arms:
            arm.refuse_too_short()
    table = open_truth(study, data_root)
    truth = truth_of(study, table)
    _refuse_too_few(study, truth)
    images = load_dataset(study.images.dataset, data_root=data_root)
    landmarks = _draw_landmarks(study, truth)
    own, candidates = {}, {}
    for row in rows.values():
        settings = row.study.landmarks
        if settings.half != "both":
            own[row.name] = _half(settings.half, landmarks, truth)
        elif settings.after:
            candidates = _draw_candidates(study, truth)
        elif settings.choice != study.landmarks.choice:
            own[row.name] = _draw_landmarks(row.study, truth)
        elif settings.count != study.landmarks.count:
            own[row.name] = _fewer_or_more(row.study, landmarks, truth)
    left_out = [landmarks, *own.values(), candidates]
    pool = draw_pool(study, left_out, truth)
    design = Design(
        study=study,
        pool=pool,
        lookalikes=draw_lookalikes(study, left_out, truth, pool),
        landmarks=landmarks,
        own_landmarks=own,
        candidates=candidates,
        truth={**asdict(table.provenance), **study.truth.model_dump(mode="json")},
        images={
            **_of(images),
            "split": _split(study, data_root),
            **_other_data(rows, study.images.dataset, images, data_root),
        },
        environment=environment(),
        seed_counts=dict.fromkeys(rows, study.looks.seeds[0]) if study.looks else {},
    )
    design.refuse_unordered_labels(truth)
    return design, truth, images


def _of(data: Dataset) -> dict[str, str]:
    return {"name": data.name, "sha256": data.sha256, "provenance": data.provenance}


def _other_data(rows: Mapping[str, Row], dataset: str, images: Dataset, data_root: Path | None) -> dict[str, Any]:
    """Under `others`, what the data sets are that rows train on instead; nothing where there are none.

    Raises:
        ValueError: one has other classes or targets, so that its rows would be scored on something else.
    """
    names = dict.fromkeys(row.study.images.dataset for row in rows.values())
    others = {name: load_dataset(name, data_root=data_root) for name in names if name != dataset}
    for name, other in others.items():
        same = len(other) == len(images) and other.classes == images.classes
        if not same or not np.array_equal(other.samples.targets, images.samples.targets):
            raise ValueError(
                f"a variant trains on {name}, but rows are compared on the same images: those of {dataset} in the same "
                "order, with the same classes and targets"
            )
    return {"others": {name: _of(other) for name, other in others.items()}} if others else {}


def _split(study: Study, data_root: Path | None) -> str:
    if study.images.split != "official_if_present":
        return study.images.split
    return "official" if has_official_halves(data_root) else "random"


def _refuse_too_few(study: Study, truth: Truth) -> None:
    needed, known = study.pool.size + study.landmarks.count * len(study.every_seed), len(truth.known)
    if needed > known:
        raise ValueError(
            f"{study.truth.oracle} has this truth of {known:,} of the {len(truth.space):,} architectures of "
            f"{study.space}, too few for a pool of {study.pool.size:,} and {len(study.every_seed)} seeds of "
            f"{study.landmarks.count} landmarks"
        )


CANDIDATES = 500
"""Architectures of each seed among which super-nets choose landmarks."""


def _draw_landmarks(study: Study, truth: Truth) -> LandmarkSets:
    known, settings = truth.known, study.landmarks
    choices = truth.choices(known)
    sets = {}
    for seed in study.every_seed:
        stream = generator(seed, Purpose.LANDMARK_CHOICE)
        places = choose_landmarks(truth.values[known], choices, settings.count, settings.choice, stream)
        sets[seed] = truth.at(known[places])
    return sets


def _fewer_or_more(study: Study, landmarks: LandmarkSets, truth: Truth) -> LandmarkSets:
    """Another number of landmarks of the same kind: some of these, or these and others.

    Random sets of all numbers are nested, so that an arm with more labels has those of one with fewer. Evenly spaced
    and diverse ones are drawn anew.
    """
    if study.landmarks.choice != "random":
        return _draw_landmarks(study, truth)
    sets = {}
    for seed, architectures in landmarks.items():
        stream, places = generator(seed, Purpose.MORE_LANDMARKS), truth.places(architectures)
        order = [*stream.permutation(places), *stream.permutation(np.setdiff1d(truth.known, places))]
        sets[seed] = truth.at(sorted(order[: study.landmarks.count]))
    return sets


def _half(half: Half, landmarks: LandmarkSets, truth: Truth) -> LandmarkSets:
    """The first or the second half of these landmarks, in the order of `_fewer_or_more`."""
    sets = {}
    for seed, architectures in landmarks.items():
        order = generator(seed, Purpose.MORE_LANDMARKS).permutation(truth.places(architectures)).tolist()
        middle = len(order) // 2
        sets[seed] = truth.at(sorted(order[:middle] if half == "first" else order[middle:]))
    return sets


def _draw_candidates(study: Study, truth: Truth) -> LandmarkSets:
    return {
        seed: truth.at(np.sort(generator(seed, Purpose.CANDIDATES).permutation(truth.known)[:CANDIDATES]))
        for seed in study.every_seed
    }
