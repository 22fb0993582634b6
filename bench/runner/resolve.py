"""Draws what a study leaves open: landmarks, pool, and how the images are split.

The pool and the landmarks are drawn once and shared by all arms. A landmark set belongs to a seed. No pool architecture
is isomorphic to a landmark of any arm and seed, or computes the same function of shared weights, so nothing that is
ranked has been trained on as a landmark.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np

from nasrank.bench.data import Dataset, has_official_halves, load_dataset
from nasrank.bench.foundation.environment import environment
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.runner.arms import rows_of
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
            "name": images.name,
            "sha256": images.sha256,
            "provenance": images.provenance,
            "split": _split(study, data_root),
        },
        environment=environment(),
        seed_counts=dict.fromkeys(rows, study.looks.seeds[0]) if study.looks else {},
    )
    design.refuse_unordered_labels(truth)
    return design, truth, images


def _split(study: Study, data_root: Path | None) -> str:
    if study.images.split != "official_if_present":
        return study.images.split
    return "official" if has_official_halves(data_root) else "random"


def _refuse_too_few(study: Study, truth: Truth) -> None:
    needed, known = study.pool.size + study.landmarks.count * len(study.every_seed), len(truth.known)
    if needed > known:
        raise ValueError(
            f"{study.truth.oracle} has this truth of {known:,} of the {len(truth):,} architectures of "
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
