"""Draws what a study leaves open: landmarks, pool, and how the images are split.

The pool and the landmarks are drawn once and shared by all arms. A landmark set belongs to a seed. No pool architecture
is isomorphic to a landmark of any arm and seed, or computes the same function of shared weights, so nothing that is
ranked has been trained on as a landmark.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nasrank.bench.data import ImageDataset, has_official_halves, load_dataset
from nasrank.bench.foundation.environment import environment
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.runner.arms import arms_of
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.landmarks import choose_landmarks
from nasrank.bench.runner.pool import Known, LandmarkSets, draw_lookalikes, draw_pool
from nasrank.bench.runner.truth import open_truth, truth_of
from nasrank.bench.studies.study import Study
from nasrank.spaces import get_enumerated


def resolve(study: Study, data_root: Path | None = None) -> tuple[Design, npt.NDArray[np.float64], ImageDataset]:
    """Draw what the study leaves open; also returns the truth as in `truth_of`, and the images.

    Raises:
        ValueError: an option of the study cannot be met, such as a pool larger than what the truth covers, or the
            landmarks of a seed have no order to guide by.
    """
    for arm in arms_of(study).values():
        arm.refuse_too_short()
    table = open_truth(study, data_root)
    truth = truth_of(study, table)
    _refuse_too_few(study, np.isfinite(truth))
    images = load_dataset(study.images.dataset, data_root=data_root)
    landmarks = _draw_landmarks(study, truth)
    own, candidates = {}, {}
    for arm in arms_of(study).values():
        settings = arm.study.landmarks
        if settings.after:
            candidates = _draw_candidates(study, truth)
        elif settings.choice != study.landmarks.choice:
            own[arm.name] = _draw_landmarks(arm.study, truth)
        elif settings.count != study.landmarks.count:
            own[arm.name] = _fewer_or_more(arm.study, landmarks, truth)
    left_out, known = [landmarks, *own.values(), candidates], np.isfinite(truth)
    pool = draw_pool(study, left_out, known)
    design = Design(
        study=study,
        pool=pool,
        lookalikes=draw_lookalikes(study, left_out, known, pool),
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
    )
    design.refuse_unordered_labels(truth)
    return design, truth, images


def _split(study: Study, data_root: Path | None) -> str:
    if study.images.split != "official_if_present":
        return study.images.split
    return "official" if has_official_halves(data_root) else "random"


def _refuse_too_few(study: Study, known: Known) -> None:
    needed = study.pool.size + study.landmarks.count * len(study.seeds)
    if needed > known.sum():
        raise ValueError(
            f"{study.truth.oracle} has this truth of {known.sum():,} of the {len(known):,} architectures of "
            f"{study.space}, too few for a pool of {study.pool.size:,} and {len(study.seeds)} seeds of "
            f"{study.landmarks.count} landmarks"
        )


CANDIDATES = 500
"""Architectures of each seed among which super-nets choose landmarks."""


def _draw_landmarks(study: Study, truth: npt.NDArray[np.float64]) -> LandmarkSets:
    known = np.flatnonzero(np.isfinite(truth))
    choices = get_enumerated(study.space).choices(known)
    settings = study.landmarks
    sets = {}
    for seed in study.seeds:
        stream = generator(seed, Purpose.LANDMARK_CHOICE)
        places = choose_landmarks(truth[known], choices, settings.count, settings.choice, stream)
        sets[seed] = tuple(int(position) for position in known[places])
    return sets


def _fewer_or_more(study: Study, landmarks: LandmarkSets, truth: npt.NDArray[np.float64]) -> LandmarkSets:
    """Another number of landmarks of the same kind: some of these, or these and others.

    Random sets of all numbers are nested, so that an arm with more labels has those of one with fewer. Evenly spaced
    and diverse ones are drawn anew.
    """
    if study.landmarks.choice != "random":
        return _draw_landmarks(study, truth)
    known, sets = np.flatnonzero(np.isfinite(truth)), {}
    for seed, positions in landmarks.items():
        stream = generator(seed, Purpose.MORE_LANDMARKS)
        order = [*stream.permutation(positions), *stream.permutation(np.setdiff1d(known, positions))]
        sets[seed] = tuple(sorted(int(position) for position in order[: study.landmarks.count]))
    return sets


def _draw_candidates(study: Study, truth: npt.NDArray[np.float64]) -> LandmarkSets:
    known = np.flatnonzero(np.isfinite(truth))
    return {
        seed: tuple(sorted(generator(seed, Purpose.CANDIDATES).permutation(known)[:CANDIDATES].tolist()))
        for seed in study.seeds
    }
