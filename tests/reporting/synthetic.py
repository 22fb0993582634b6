"""Results of a study that nobody ran: scores are the truth's order blurred by noise, as much as a test asks for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from haste import in_haste

from nasrank.bench.analysis import analyse as analysis
from nasrank.bench.ranking import METRICS
from nasrank.bench.runner.arms import rows_of
from nasrank.bench.runner.design import Design, Trial
from nasrank.bench.runner.estimates import run_estimate
from nasrank.bench.runner.label_sets import estimates_of
from nasrank.bench.runner.results import Results, Store
from nasrank.bench.runner.stored_design import FORMAT
from nasrank.bench.runner.truth import Truth
from nasrank.bench.studies.compared import LandmarkSection
from nasrank.bench.studies.study import Study
from nasrank.spaces import get_space

WARM_UP = 0.3
RECORDED = "landmark.violated"
"""The share of the compared landmark pairs in the wrong order, as trials have it."""
STAGES = tuple(round(0.1 * tenth, 1) for tenth in range(1, 11))


def invented_truth(seed: int = 0) -> Truth:
    """Accuracies of all cells in percent, which rise with cost, with six digits that appear nowhere by chance."""
    space = get_space("nb201")
    convolutions = np.isin(space.choices(), (2, 3)).sum(axis=1)
    noise = np.random.default_rng(seed).normal(scale=2.5, size=len(space))
    return Truth(space, 60 + 4 * convolutions + noise)


def invented_results(
    truth: Truth,
    *,
    strategies: tuple[str, ...] = ("spos", "gdas"),
    seeds: tuple[int, ...] | dict[str, Any] = (0, 1),
    seed_counts: dict[str, int] | None = None,
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
    estimators: dict[str, Any] | None = None,
    claims: dict[str, Any] | None = None,
    terms: tuple[dict[str, Any], ...] = ({"name": "landmark", "warm_up": WARM_UP},),
    estimated: bool = True,
) -> Results:
    """Results whose scores have about the rank correlations `before` and `after` with `truth`, where that is known.

    `failed` and `constant` are names of trials without scores and of trials whose scores are all equal. `variants` is
    that of a study file, each also with the rank correlations of its own, `before` and `after`, which are taken out.
    Variants may have fewer landmarks. With `twins` the pool holds some of landmarks. `older` results have no angles,
    nothing derived, and strategies no preferences. Where `seeds` are a rule, `seed_counts` are of the rows. The natural
    pool has so many `lookalikes`.
    What is not `estimated` lacks what the other estimators score, see `with_estimates`.
    """
    split, reduction = {"analog-nasbench": ("test_50k_augmented", "one_run")}.get(oracle, ("test_50k", "mean"))
    changed = variants or {}
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
            "landmarks": {"count": landmarks},
            "terms": terms,
            "pool": {"size": pool, "curve": curve, "checkpoints": checkpoints},
            "analysis": {"draws": draws, **(analysis or {})},
            "estimators": estimators or {},
            "claims": claims or {},
            "variants": {
                name: {k: v for k, v in one.items() if k not in ("before", "after")} for name, one in changed.items()
            },
        }
    )
    drawn = truth.at(np.random.default_rng(1).permutation(truth.known))
    scored, others = drawn[:pool], drawn[pool:]
    if not twins:
        others = tuple(islice(apart(others, scored), landmarks * len(study.every_seed)))
    marks = {
        seed: _in_order(others[place * landmarks : (place + 1) * landmarks])
        for place, seed in enumerate(study.every_seed)
    }
    own = {
        name: {seed: _other_landmarks(marks[seed], row.study.landmarks, seed) for seed in study.every_seed}
        for name, row in rows_of(study).items()
        if row.study.landmarks.count != landmarks
    }
    design = Design(
        study=study,
        own_landmarks=own,
        pool=scored,
        landmarks=marks,
        lookalikes=drawn[-lookalikes:] if lookalikes else (),
        seed_counts=seed_counts or {},
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
        row = design.row_of(trial)
        of_row = {"before": before, "after": after, **changed.get(row.name, {})}
        likeness = of_row["after" if is_after(design, trial) else "before"]
        result = _trial(design, trial, truth, likeness, failed=trial.name in failed, constant=trial.name in constant)
        trials[trial.name] = {**({} if older else _later(design, trial, truth, result)), **result}
        trials[trial.name].setdefault("derived", None)
        trials[trial.name] |= {"format": FORMAT, "settings": design.settings(trial), "parts": None, "seconds": {}}
    results = Results(design, trials)
    return with_estimates(results, truth) if estimated else results


def with_estimates(results: Results, truth: Truth) -> Results:
    """With what the other estimators of the study score, fitted in haste, by the labels that this truth gives."""
    design, found = results.design, {}
    with in_haste():
        for estimate in estimates_of(design):
            labels = design.labels_of(estimate.row, estimate.seed, truth) if estimate.row else np.empty(0)
            supernet = results.trials[estimate.supernet] if estimate.stacked_on else None
            found[estimate.name] = run_estimate(design, estimate, labels, supernet)
    return replace(results, estimates=found)


def store(results: Results, folder: Path) -> Path:
    """Write results as the runner does."""
    stored = Store(folder)
    stored.begin(results.design)
    for trial in results.design.trials:
        stored.put(trial, results.trials[trial.name])
    for estimate in estimates_of(results.design):
        stored.put(estimate, results.estimates[estimate.name])
    return folder


def store_first(results: Results, folder: Path, *, without: tuple[str, ...] = ()) -> Path:
    """Write results as the first versions of nasrank did: by positions, in whose order landmarks are scored.

    The options of the landmark term are among those of the landmarks. Trials lack the keys `without`, of which there
    were none at first.
    """
    design, position = results.design, get_space("nb201").position

    def positions(sets: dict[int, tuple[Any, ...]]) -> dict[str, list[int]]:
        return {str(seed): sorted(map(position, landmarks)) for seed, landmarks in sets.items()}

    study = _of_first_format(design.study.model_dump(mode="json"))
    for variant in study.get("variants", {}).values():
        variant["landmarks"] |= variant.pop("terms", {}).get("landmark", {})
    content = {
        **design.to_json(),
        "study": study,
        "pool": list(map(position, design.pool)),
        "landmarks": positions(design.landmarks),
        "own_landmarks": {row: positions(sets) for row, sets in design.own_landmarks.items()},
    }
    del content["format"]
    assert not design.lookalikes
    folder.mkdir(parents=True)
    (folder / "design.json").write_text(json.dumps(content), encoding="utf-8")
    for trial in design.trials:
        result = results.trials[trial.name]
        scored = list(map(position, design.scored_landmarks(trial)))
        places = np.argsort(scored)
        settings = _of_first_format({name: value for name, value in result["settings"].items() if name != "scored"})
        result = {
            **result,
            "settings": {**settings, "positions": sorted(scored)},
            "landmark_scores": {
                name: [values[place] for place in places] for name, values in result["landmark_scores"].items()
            },
        }
        result = {
            name: value for name, value in result.items() if name not in ("format", "seconds", "versions", *without)
        }
        (folder / f"{trial.name}.json").write_text(json.dumps(result), encoding="utf-8")
    return folder


def _of_first_format(settings: dict[str, Any]) -> dict[str, Any]:
    """A study or an arm's settings, of which there was one term, among the landmarks."""
    if "terms" not in settings:
        return settings
    (term,) = settings.pop("terms")
    options = {name: value for name, value in term.items() if name != "name"}
    return {**settings, "landmarks": {**settings["landmarks"], **options}}


def figure(strategy: str, what: str, **more: Any) -> dict[str, str]:
    """A line of published.csv; `tau=0.5` is its quantity and value, `tau=(0.5, 0.1)` with a deviation."""
    line = dict.fromkeys(("space", "dataset", "strategy", "what", "score", "statistics", "quantity", "value"), "")
    line |= {"space": "nb201", "dataset": "cifar10", "strategy": strategy, "what": what, "score": "accuracy"}
    line |= {"deviation": "", "protocol": "by hand", "source": "a book"}
    known = {name: more.pop(name) for name in list(more) if name in line}
    for quantity, value in more.items():
        mean, *deviation = value if isinstance(value, tuple) else (value,)
        line |= {"quantity": quantity, "value": str(mean), "deviation": "".join(map(str, deviation))}
    return {**line, **known}


def tau_alone(patch: pytest.MonkeyPatch) -> None:
    """No real tables, and none of the metrics that only cost time."""
    patch.delenv("NASRANK_DATA", raising=False)
    patch.setattr(analysis, "reported", lambda *, in_percent: {"tau": METRICS["tau"]})


def apart(architectures: tuple[Any, ...], scored: tuple[Any, ...]) -> Iterator[Any]:
    """Those that are no twins of any in the pool."""
    space = get_space("nb201")
    barred = {text for architecture in scored for text in space.expressions(architecture)}
    return (one for one in architectures if not barred & space.expressions(one))


def _in_order(architectures: Iterable[Any]) -> tuple[Any, ...]:
    """Of the space, in which landmarks are chosen."""
    return tuple(sorted(architectures, key=get_space("nb201").position))


def _other_landmarks(landmarks: tuple[Any, ...], settings: LandmarkSection, seed: int) -> tuple[Any, ...]:
    """Fewer of these, which are all that the pool does not hold."""
    drawn = np.random.default_rng([9, seed]).permutation(len(landmarks))[: settings.count]
    return _in_order(landmarks[place] for place in drawn)


def is_after(design: Design, trial: Trial) -> bool:
    """Whether it was trained with the terms of the study."""
    return design.row_of(trial).after.name == trial.arm


def _stream(design: Design, trial: Trial, *purpose: int) -> np.random.Generator:
    """Of a trial's numbers."""
    place = list(design.rows).index(design.row_of(trial).name)
    return np.random.default_rng([*purpose, trial.seed, is_after(design, trial), place])


def _trial(
    design: Design, trial: Trial, truth: Truth, likeness: float, *, failed: bool, constant: bool
) -> dict[str, Any]:
    if failed:
        return {
            "trial": trial.name,
            "processor": "abacus",
            "versions": {},
            "failure": "the training loss is nan at step 7 of 1500",
            "steps": 0,
            "record": [],
            "scores": {},
            "landmark_scores": {},
            "lookalike_scores": {},
            "curve": [],
        }
    stream = _stream(design, trial)
    order = (truth.values.argsort().argsort() - len(truth) / 2) / len(truth) * 3.46

    def scores(architectures: tuple[Any, ...], share: float = 1.0) -> list[float]:
        if constant:
            return [0.1] * len(architectures)
        signal = likeness * share * order[truth.places(architectures)]
        blurred = signal + np.sqrt(1 - likeness**2) * stream.normal(size=len(architectures))
        return [round(float(value), 6) for value in np.rint(597 / (1 + np.exp(-blurred))) / 597]

    points = design.study.pool.checkpoints
    record: list[dict[str, float]] = [{"fraction": fraction, "loss": 2.3 - fraction} for fraction in STAGES]
    if is_after(design, trial):
        for row in record:
            if row["fraction"] > WARM_UP:
                row[RECORDED] = round(0.5 - 0.3 * (row["fraction"] - WARM_UP) + 0.01 * trial.seed, 6)
    accuracy = scores(design.pool)
    marks, alike = scores(design.scored_landmarks(trial)), scores(design.lookalikes)
    return {
        "trial": trial.name,
        "processor": "abacus",
        "versions": {},
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


def _later(design: Design, trial: Trial, truth: Truth, result: dict[str, Any]) -> dict[str, Any]:
    """What newer results also have: adds angles to the scores, and to the curve the architectures that are derived."""
    if result["failure"] is not None:
        return {}
    stream = _stream(design, trial, 7)
    for scores in filter(None, (result["scores"], result["landmark_scores"], result["lookalike_scores"])):
        for name in ("angle", "kernel_angle"):
            blur = 0.05 * stream.normal(size=len(scores["accuracy"]))
            scores[name] = [round(float(value), 6) for value in 1 + np.array(scores["accuracy"]) + blur]
    if design.arms[trial.arm].strategy.name not in DERIVING:
        return {}
    result["scores"]["preference"] = [round(float(value), 6) for value in stream.normal(size=len(design.pool))]
    if design.lookalikes:
        drawn = stream.normal(size=len(design.lookalikes))
        result["lookalike_scores"]["preference"] = [round(float(value), 6) for value in drawn]
    for point in result["curve"]:
        point["derived"] = _random_choices(truth, stream)
    return {"derived": result["curve"][-1]["derived"] if result["curve"] else _random_choices(truth, stream)}


def _random_choices(truth: Truth, stream: np.random.Generator) -> list[int]:
    return truth.choices(stream.choice(truth.known, size=1))[0].tolist()
