"""One draw of labels: every row is fitted to them, and how it ranks the rest is measured."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from nasrank.bench.foundation.clock import Clock
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.label_studies.draws import Draw, draw_labels
from nasrank.bench.label_studies.grammar import ALONE, LabelStudy, PartSection, RowSection
from nasrank.bench.label_studies.subject import Subject
from nasrank.bench.label_studies.tasks import Task
from nasrank.bench.ranking import METRICS
from nasrank.predictors import ESTIMATORS, Context, Estimator, Labels
from nasrank.predictors.known_coordinates import known_coordinates
from nasrank.predictors.known_scores import KnownScores

FloatArray = npt.NDArray[np.float64]


def subject_of(study: LabelStudy, part: str, reports: Path, data_root: Path | None) -> Subject:
    """A part of a study, read once by each process until it is asked for another."""
    return _subject(part, study.parts[part].model_dump_json(), reports, data_root)


@lru_cache(maxsize=1)
def _subject(name: str, part: str, reports: Path, data_root: Path | None) -> Subject:
    return Subject.read(name, PartSection.model_validate_json(part), reports, data_root)


def evaluate(
    study: LabelStudy,
    task: Task,
    rows: Mapping[str, RowSection],
    reports: Path,
    data_root: Path | None = None,
    *,
    progress: Callable[..., None] = lambda share: None,
) -> dict[str, Any]:
    """What each of these rows is worth with the labels of one draw, by its name, as plain values.

    That is `metrics`, by name, None where one is undefined; `ranked`, how many architectures they are over; `seconds`
    of `preparing` and `scoring`; what the predictor has `chosen`, where it chooses; the `failure`, None or why there is
    no ranking; and the `settings` that decide all this.
    """
    subject = subject_of(study, task.part, reports, data_root)
    draw = draw_labels(subject, task.part, task.truth, task.labels, task.draw)
    found: dict[str, Any] = {}
    for place, (name, row) in enumerate(rows.items()):
        found[name] = {"settings": settings_of(row, subject), **_measured(study, task, subject, draw, row)}
        progress((place + 1) / len(rows))
    return found


def settings_of(row: RowSection, subject: Subject) -> str:
    """A checksum of what decides a row's figures apart from the study's draws: predictor, features, and their files."""
    revision = None if row.predictor == ALONE else ESTIMATORS.named(row.predictor).revision
    content = {
        "predictor": row.predictor,
        "revision": revision,
        "features": row.features,
        "files": [subject.part.scores, subject.part.supernets, subject.part.score] if row.features else [],
        "checksums": subject.checksums(row.features),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def _measured(study: LabelStudy, task: Task, subject: Subject, draw: Draw, row: RowSection) -> dict[str, Any]:
    clock = Clock()
    result: dict[str, Any] = {"unit": draw.unit, "ranked": len(draw.ranked), "chosen": "", "failure": None}
    try:
        scores, chosen = _scores(task, subject, draw, row, clock)
    except (ValueError, ArithmeticError) as error:
        return {**result, "failure": str(error) or type(error).__name__, "seconds": clock.seconds, "metrics": {}}
    seconds, truth = clock.seconds, subject.truths[task.truth][draw.ranked]
    if lost := int((~np.isfinite(scores)).sum()):
        why = f"{lost} of {len(scores)} scores are not finite"
        return {**result, "failure": why, "seconds": seconds, "metrics": {}}
    values = {name: METRICS[name](scores, truth) for name in study.metrics}
    metrics = {name: value if np.isfinite(value) else None for name, value in values.items()}
    return {**result, "chosen": chosen, "seconds": seconds, "metrics": metrics}


def _scores(task: Task, subject: Subject, draw: Draw, row: RowSection, clock: Clock) -> tuple[FloatArray, str]:
    """Of the ranked architectures `(ranked,)`, and what the predictor has chosen."""
    features = {key: values for name in row.features for key, values in subject.feature(name, draw.seed).items()}
    used = np.concatenate([draw.labelled, draw.ranked])
    if row.predictor == ALONE:
        clock.phase("scoring")
        ranks = [rankdata(_known(key, values[draw.ranked])) for key, values in features.items()]
        return np.sum(ranks, axis=0), ""
    labelled, ranked, every = (
        [subject.architectures[place] for place in places] for places in (draw.labelled, draw.ranked, used)
    )
    known: list[Estimator] = [
        KnownScores(every, _known(key, values[used]), key, key) for key, values in features.items()
    ]
    for name in row.features:
        if (coordinates := subject.coordinates(name, draw.seed)) is not None:
            known += known_coordinates(every, coordinates[used], name, name)
    context = Context(
        subject.space,
        generator=generator(task.draw, Purpose.ESTIMATOR, f"{row.predictor} {task.part} {task.labels}"),
        labels=Labels(labelled, subject.truths[task.truth][draw.labelled]),
        known=tuple(known),
        encodings=subject.encodings,
    )
    estimator = ESTIMATORS.named(row.predictor)().prepared(context)
    clock.phase("scoring")
    return estimator.score(ranked), getattr(estimator, "chosen", "")


def _known(name: str, values: FloatArray) -> FloatArray:
    """The same, with the least of all for those that have none: what cannot be measured is taken for bad.

    Raises:
        ValueError: there is none at all.
    """
    finite = np.isfinite(values)
    if not finite.any():
        raise ValueError(f"{name} is known of none of the {len(values)} architectures")
    return np.where(finite, values, values[finite].min())
