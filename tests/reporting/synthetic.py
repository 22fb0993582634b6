"""Results of a study that nobody ran: scores are the truth's order blurred by noise, as much as a test asks for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nasrank.bench.analysis import analyse as analysis
from nasrank.bench.ranking import METRICS
from nasrank.bench.runner.arms import arms_of
from nasrank.bench.runner.design import Design, Trial
from nasrank.bench.runner.results import Results, Store
from nasrank.bench.studies.sections import LandmarkSection
from nasrank.bench.studies.study import Study
from nasrank.spaces import get_space

WARM_UP = 0.3
STAGES = tuple(round(0.1 * tenth, 1) for tenth in range(1, 11))


def invented_truth(seed: int = 0) -> np.ndarray:
    """Accuracies of all cells in percent, which rise with cost, with six digits that appear nowhere by chance."""
    space = get_space("nb201")
    convolutions = np.isin(space.choices(), (2, 3)).sum(axis=1)
    return 60 + 4 * convolutions + np.random.default_rng(seed).normal(scale=2.5, size=len(space))


def invented_results(
    truth: np.ndarray,
    *,
    strategies: tuple[str, ...] = ("spos", "gdas"),
    seeds: tuple[int, ...] = (0, 1),
    before: float = 0.2,
    after: float = 0.6,
    failed: tuple[str, ...] = (),
    constant: tuple[str, ...] = (),
    pool: int = 60,
    twins: bool = False,
    landmarks: int = 12,
    curve: int = 20,
    checkpoints: int = 3,
    draws: int = 100,
    oracle: str = "analog-nasbench",
    metric: str = "accuracy",
    coverage: str = "",
    variants: dict[str, dict[str, Any]] | None = None,
    analysis: dict[str, Any] | None = None,
    older: bool = False,
    lookalikes: int = 0,
) -> Results:
    """Results whose scores have about the rank correlations `before` and `after` with `truth`, where that is known.

    `failed` and `constant` are names of trials without scores and of trials whose scores are all equal. `variants` is
    that of a study file, each also with the rank correlations of its own, `before` and `after`, which are taken out.
    Variants may have fewer landmarks. With `twins` the pool holds some of landmarks. `older` results have no angles,
    nothing derived, and strategies no preferences. The natural pool has so many `lookalikes`.
    """
    split, reduction = {"analog-nasbench": ("test_50k_augmented", "one_run")}.get(oracle, ("test_50k", "mean"))
    arms = variants or {}
    study = Study.model_validate(
        {
            "title": "An invented study",
            "space": "nb201",
            "seeds": seeds,
            "strategies": strategies,
            "truth": {
                "oracle": oracle,
                "metric": metric,
                "coverage": coverage,
                "dataset": "cifar10",
                "split": split,
                "epochs": 200,
                "seeds": reduction,
            },
            "images": {"dataset": "digits", "weights": 900, "held_out": 300, "scoring": 597},
            "supernet": {"channels": 8, "cells_per_stage": 1},
            "training": {"passes": 1500},
            "landmarks": {"count": landmarks, "warm_up": WARM_UP},
            "pool": {"size": pool, "curve": curve, "checkpoints": checkpoints},
            "analysis": {"draws": draws, **(analysis or {})},
            "variants": {
                name: {k: v for k, v in one.items() if k not in ("before", "after")} for name, one in arms.items()
            },
        }
    )
    drawn = np.random.default_rng(1).permutation(np.flatnonzero(np.isfinite(truth)))
    positions = [int(position) for position in drawn]
    scored, others = positions[:pool], positions[pool:]
    if not twins:
        others = list(islice(_apart(others, scored), landmarks * len(seeds)))
    marks = {
        seed: tuple(sorted(others[place * landmarks : (place + 1) * landmarks])) for place, seed in enumerate(seeds)
    }
    own = {
        name: {seed: _other_landmarks(marks[seed], arm.study.landmarks, seed) for seed in seeds}
        for name, arm in arms_of(study).items()
        if arm.study.landmarks.count != landmarks
    }
    design = Design(
        study=study,
        own_landmarks=own,
        pool=tuple(scored),
        landmarks=marks,
        lookalikes=tuple(positions[-lookalikes:]) if lookalikes else (),
        truth={
            "source": "invented/table.csv",
            "sha256": "ab" * 32,
            "protocol": "drawn from a normal distribution",
            "citation": "nobody & nothing",
            "licence": "none",
            **study.truth.model_dump(mode="json"),
        },
        images={"name": "digits", "sha256": "cd" * 32, "provenance": "invented", "split": "random"},
        environment={"python": "3", "torch": "2", "platform": "Linux"},
    )
    trials = {}
    for trial in design.trials:
        of_arm = {"before": before, "after": after, **arms.get(trial.arm, {})}
        likeness = of_arm["after" if trial.guided else "before"]
        result = _trial(design, trial, truth, likeness, failed=trial.name in failed, constant=trial.name in constant)
        trials[trial.name] = {**({} if older else _later(design, trial, truth, result)), **result}
        trials[trial.name].setdefault("derived", None)
        trials[trial.name]["settings"] = design.settings(trial)
    return Results(design, trials)


def store(results: Results, folder: Path) -> Path:
    """Write results as the runner does."""
    stored = Store(folder)
    stored.begin(results.design)
    for trial in results.design.trials:
        stored.put(trial, results.trials[trial.name])
    return folder


def tau_alone(patch: pytest.MonkeyPatch) -> None:
    """No real tables, and none of the metrics that only cost time."""
    patch.delenv("NASRANK_DATA", raising=False)
    patch.setattr(analysis, "reported", lambda: {"tau": METRICS["tau"]})


def _apart(positions: list[int], scored: list[int]) -> Iterator[int]:
    """Those that are no twins of any in the pool."""
    space = get_space("nb201")
    barred = {text for position in scored for text in space.expressions(space.at(position))}
    return (position for position in positions if not barred & space.expressions(space.at(position)))


def _other_landmarks(positions: tuple[int, ...], settings: LandmarkSection, seed: int) -> tuple[int, ...]:
    """Fewer of these, which are all that the pool does not hold."""
    stream = np.random.default_rng([9, seed])
    return tuple(sorted(int(position) for position in stream.permutation(positions)[: settings.count]))


def _trial(
    design: Design, trial: Trial, truth: np.ndarray, likeness: float, *, failed: bool, constant: bool
) -> dict[str, Any]:
    if failed:
        return {
            "trial": trial.name,
            "processor": "abacus",
            "failure": "the training loss is nan at step 7 of 1500",
            "steps": 0,
            "record": [],
            "scores": {},
            "landmark_scores": {},
            "lookalike_scores": {},
            "curve": [],
        }
    stream = np.random.default_rng([trial.seed, trial.guided, list(design.arms).index(trial.arm)])
    order = (truth.argsort().argsort() - len(truth) / 2) / len(truth) * 3.46

    def scores(positions: tuple[int, ...], share: float = 1.0) -> list[float]:
        if constant:
            return [0.1] * len(positions)
        signal = likeness * share * order[list(positions)]
        blurred = signal + np.sqrt(1 - likeness**2) * stream.normal(size=len(positions))
        return [round(float(value), 6) for value in np.rint(597 / (1 + np.exp(-blurred))) / 597]

    points = design.study.pool.checkpoints
    record: list[dict[str, float]] = [{"fraction": fraction, "loss": 2.3 - fraction} for fraction in STAGES]
    if trial.guided:
        for row in record:
            if row["fraction"] > WARM_UP:
                row["landmark.violated"] = round(0.5 - 0.3 * (row["fraction"] - WARM_UP) + 0.01 * trial.seed, 6)
    accuracy = scores(design.pool)
    marks, alike = scores(design.scored_landmarks(trial)), scores(design.lookalikes)
    return {
        "trial": trial.name,
        "processor": "abacus",
        "failure": None,
        "steps": 1500,
        "record": record,
        "scores": {"accuracy": accuracy, "negative_loss": [value - 1 for value in accuracy]},
        "landmark_scores": {"accuracy": marks, "negative_loss": [value - 1 for value in marks]},
        "lookalike_scores": {"accuracy": alike, "negative_loss": [value - 1 for value in alike]} if alike else {},
        "curve": [
            {
                "fraction": point / points,
                "scores": scores(design.pool[: design.study.pool.curve], share=point / points),
            }
            for point in range(1, points + 1)
        ],
    }


DERIVING = ("darts", "darts2", "gdas")


def _later(design: Design, trial: Trial, truth: np.ndarray, result: dict[str, Any]) -> dict[str, Any]:
    """What newer results also have: adds angles to the scores, and to the curve the architectures that are derived."""
    if result["failure"] is not None:
        return {}
    stream = np.random.default_rng([7, trial.seed, trial.guided, list(design.arms).index(trial.arm)])
    for scores in filter(None, (result["scores"], result["landmark_scores"], result["lookalike_scores"])):
        for name in ("angle", "kernel_angle"):
            blur = 0.05 * stream.normal(size=len(scores["accuracy"]))
            scores[name] = [round(float(value), 6) for value in np.array(scores["accuracy"]) + blur]
    if design.arms[trial.arm].strategy.name not in DERIVING:
        return {}
    result["scores"]["preference"] = [round(float(value), 6) for value in stream.normal(size=len(design.pool))]
    if design.lookalikes:
        drawn = stream.normal(size=len(design.lookalikes))
        result["lookalike_scores"]["preference"] = [round(float(value), 6) for value in drawn]
    known = np.flatnonzero(np.isfinite(truth))
    for point in result["curve"]:
        point["derived"] = _random_choices(known, stream)
    return {"derived": result["curve"][-1]["derived"] if result["curve"] else _random_choices(known, stream)}


def _random_choices(positions: np.ndarray, stream: np.random.Generator) -> list[int]:
    return get_space("nb201").choices(stream.choice(positions, size=1))[0].tolist()
