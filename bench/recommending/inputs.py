"""What a recommendation is made from: labels of a sheet, and what is known besides of the architectures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from nasrank.bench.foundation.files import DataError
from nasrank.bench.judging import sheet as sheets
from nasrank.bench.judging.positions import positions_of
from nasrank.bench.label_studies.proxies import ScoreFile
from nasrank.bench.runner.results import load_results
from nasrank.bench.runner.tasks import Trial
from nasrank.spaces import Enumerated

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Inputs:
    """All that is known.

    Attributes:
        architectures: those that can be ranked: the whole space, or those of which every feature is known.
        labels: by architecture, higher is better.
        features: of each architecture `(n,)`, higher is better, by name; NaN for what a proxy cannot measure.
    """

    architectures: Sequence[Any]
    labels: Mapping[Any, float]
    features: Mapping[str, FloatArray]


def read_labels(path: Path, space: Enumerated[Any], column: str | None = None) -> dict[Any, float]:
    """The labels of a CSV, TSV, JSON or Parquet file, with a column that names architectures and one of accuracies.

    An architecture that is there several times, as with several seeds, has the mean.

    Args:
        column: the one of accuracies; needed where there are several of numbers.

    Raises:
        DataError: the file is not so, a row names no architecture of the space, or the labels are not one column.
    """
    sheet = sheets.read(path, sheets.Chosen(scores=None if column is None else (column,)))
    if len(sheet.scores) != 1:
        raise DataError(f"{path} has the columns {', '.join(sheet.scores)}: say which are the labels with --column")
    ((name, values),) = sheet.scores.items()
    positions = positions_of(
        space, list(sheet.architectures if sheet.architectures is not None else range(len(values)))
    )
    if (positions < 0).any():
        row = int(np.argmax(positions < 0))
        raise DataError(f"{path}: row {row + 1} names no architecture of {space.name}")
    found: dict[int, list[float]] = {}
    for position, value in zip(positions.tolist(), values.tolist(), strict=True):
        if not np.isfinite(value):
            raise DataError(f"{path}: {space.at(position)} has no finite {name}")
        found.setdefault(position, []).append(value)
    return {space.at(position): float(np.mean(several)) for position, several in found.items()}


def gathered(
    space: Enumerated[Any],
    labels: Mapping[Any, float],
    *,
    scores: Path | None = None,
    supernets: Path | None = None,
    score: str = "negative_loss",
) -> Inputs:
    """Labels with the features of a score file and of a study's super-nets.

    Args:
        score: what super-nets rank by.

    Raises:
        ValueError: a labelled architecture lacks a feature, or a file is of another space.
    """
    known: dict[str, dict[Any, float]] = {}
    if scores is not None:
        file = ScoreFile.read(scores, space)
        known |= file.columns()
    if supernets is not None:
        known |= _of_supernets(supernets, space, score)
    if not known:
        space.refuse_listing()
        return Inputs(list(space), labels, {})
    common = set.intersection(*(set(values) for values in known.values()))
    if missing := [one for one in labels if one not in common]:
        raise DataError(
            f"{len(missing)} of {len(labels)} labelled architectures lack a feature, first {missing[0]}: score them, "
            "too, such as by 'nasrank score --cells LABELS'"
        )
    first = next(iter(known.values()))
    architectures = [one for one in first if one in common]
    return Inputs(
        architectures,
        labels,
        {name: np.array([values[one] for one in architectures]) for name, values in known.items()},
    )


def _of_supernets(folder: Path, space: Enumerated[Any], score: str) -> dict[str, dict[Any, float]]:
    """The mean rank over seeds of every arm, of the pool and the landmarks that all seeds have in common."""
    results = load_results(folder)
    design = results.design
    if design.study.space != space.name:
        raise DataError(f"{folder} is about {design.study.space}, not {space.name}")
    found: dict[str, dict[Any, float]] = {}
    for arm in design.arms.values():
        by_seed = []
        for seed in design.seeds_of_arm(arm.name):
            trial = Trial(arm.name, seed)
            result = results.trials[trial.name]
            if result["failure"] is None and score in result["scores"]:
                own = dict(zip(design.pool, result["scores"][score], strict=True))
                own |= dict(zip(design.scored_landmarks(trial), result["landmark_scores"][score], strict=True))
                ranks = rankdata(list(own.values())) / len(own)
                by_seed.append(dict(zip(own, ranks.tolist(), strict=True)))
        if by_seed:
            every = set.intersection(*map(set, by_seed))
            found[arm.name] = {one: float(np.mean([own[one] for own in by_seed])) for one in by_seed[0] if one in every}
    if not found:
        raise DataError(f"{folder} has no super-net with {score}")
    return found
