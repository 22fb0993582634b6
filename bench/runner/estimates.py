"""Estimators that share no weights: each is prepared for a study and scores its pool, and that is stored like a trial.

They are what the super-nets are read against: costs, regressions on the labels that the terms are told, proxies. One
that has labels is prepared for each set of them and each seed; stacked on a super-net, it takes the stored scores of
that one for a further feature. Reports fit nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from nasrank.bench.foundation.clock import Clock
from nasrank.bench.foundation.devices import CPU, device_name
from nasrank.bench.foundation.environment import environment, processor
from nasrank.bench.foundation.seeds import Purpose, generator, torch_seed
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.stored import first_mistake
from nasrank.bench.runner.stored_design import FORMAT
from nasrank.bench.runner.tasks import Estimate, Trial
from nasrank.predictors import ESTIMATORS, Context, Labels
from nasrank.predictors.known_scores import KnownScores

if TYPE_CHECKING:
    from torch import nn

    from nasrank.spaces.options import NetworkOptions, SuperNetOptions
    from nasrank.spaces.space import SearchSpace

FloatArray = npt.NDArray[np.float64]


def run_estimate(
    design: Design,
    estimate: Estimate,
    labels: FloatArray,
    supernet: Mapping[str, Any] | None = None,
    data_root: Path | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> dict[str, Any]:
    """Prepare one estimator and score the ranked pool; the result depends on the arguments alone, but for `seconds`.

    Args:
        labels: of the landmarks that it knows, `(landmarks,)`; empty for one without labels.
        supernet: the stored result of the trial that it is stacked on, where it is.

    Returns a dictionary of plain values: `scores` of `Design.ranked` by the name of the estimator; how many `labels` it
    knew; its `label` in tables; `settings`, see `settings_of`; `processor` and `versions` of this machine; `seconds` of
    preparing and scoring; and `failure`, None or the reason why there are no scores. One that was computed on another
    device than the CPU names its `device`, too.

    Raises:
        ValueError: data that it needs are not at hand.
    """
    kind = ESTIMATORS.named(estimate.estimator)
    result: dict[str, Any] = {
        "format": FORMAT,
        "estimate": estimate.name,
        "settings": settings_of(design, estimate, supernet),
        "label": kind.label,
        "labels": len(labels),
        "processor": processor(),
        "versions": environment(),
        "seconds": {},
        "failure": None,
        "scores": {},
    }
    clock = Clock()
    device = device_name(design.device) if kind.needs & {"samples", "network"} else CPU
    result |= {"device": device} if device != CPU else {}
    data = _data(design, estimate.seed, data_root) if kind.needs & {"samples", "network", "loss"} else {}
    try:
        prepared = kind().prepared(_context(design, estimate, labels, supernet, data))
        clock.phase("scoring")
        scores = prepared.score(design.ranked)
        if len(scores) != len(design.ranked):
            raise ValueError(f"it gives {len(scores)} scores for {len(design.ranked)} architectures")
    except (ValueError, ArithmeticError) as error:
        return {**result, "failure": str(error) or type(error).__name__, "seconds": clock.seconds}
    progress(1.0)
    lost = int((~np.isfinite(scores)).sum())
    failure = f"{lost} of {len(scores)} scores are not finite" if lost else None
    found = {} if failure else {estimate.estimator: scores.tolist()}
    return {**result, "label": prepared.label, "failure": failure, "scores": found, "seconds": clock.seconds}


def settings_of(design: Design, estimate: Estimate, supernet: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What decides the scores of an estimate apart from what is common to the study, as plain values."""
    known = {"stacked_on": estimate.supernet, "its_scores": _digest(supernet)} if supernet is not None else {}
    return {**design.settings_of(estimate), "revision": ESTIMATORS.named(estimate.estimator).revision, **known}


def _digest(result: Mapping[str, Any]) -> str:
    content = {name: result[name] for name in ("failure", "scores", "landmark_scores")}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def _context(
    design: Design,
    estimate: Estimate,
    labels: FloatArray,
    supernet: Mapping[str, Any] | None,
    data: Mapping[str, Any],
) -> Context:
    """Raises ValueError when there are no labels, or no scores of the super-net that it is stacked on."""
    needs, seed = ESTIMATORS.named(estimate.estimator).needs, estimate.seed
    landmarks = design.landmarks_of(estimate.row, seed) if estimate.row else ()
    if "labels" in needs and not landmarks:
        raise ValueError("it has no labels: the super-net that was to choose the landmarks failed")
    return Context(
        design.space,
        generator=generator(seed, Purpose.ESTIMATOR, estimate.estimator),
        labels=Labels(landmarks, labels) if landmarks else None,
        known=() if supernet is None else (_known(design, estimate, supernet),),
        **data,
    )


def _known(design: Design, estimate: Estimate, supernet: Mapping[str, Any]) -> KnownScores:
    """Of the ranked pool and the landmarks, by the score that the super-net is ranked by."""
    if supernet["failure"] is not None:
        raise ValueError(f"{estimate.supernet} failed")
    score, landmarks = design.arms[estimate.stacked_on].score, design.landmarks_of(estimate.row, estimate.seed)
    for group in ("scores", "landmark_scores"):
        if score not in supernet[group]:
            raise ValueError(f"{estimate.supernet} has no {score} among its {group}")
    of_pool = dict(zip(design.pool, supernet["scores"][score], strict=True))
    scored = design.scored_landmarks(Trial(estimate.stacked_on, estimate.seed))
    of_landmarks = dict(zip(scored, supernet["landmark_scores"][score], strict=True))
    values = [*(of_pool[one] for one in design.ranked), *(of_landmarks[one] for one in landmarks)]
    return KnownScores([*design.ranked, *landmarks], np.array(values, dtype=np.float64))


def _data(design: Design, seed: int, data_root: Path | None) -> dict[str, Any]:
    """By field of a context: a batch of what trains, networks of the super-net's size with fresh weights, and the loss
    of the task.
    """
    import torch

    from nasrank.bench.runner.images import prepare_images
    from nasrank.bench.tasks import TASKS

    study = design.study
    arm = next(iter(design.rows.values())).before
    images = prepare_images(design, arm, seed, data_root, own_classes=True)

    def network(architecture: Any) -> nn.Module:
        options = _network_options(design.space, study.supernet).arguments
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(torch_seed(seed, Purpose.NETWORK_WEIGHTS, str(architecture)))
            made: nn.Module = design.space.network(architecture, **images.description.network_sizes, **options)
        return made.to(study.training.device).train()

    batch = tuple(tensor[: study.training.batch_size] for tensor in images.weights)
    return {"samples": batch, "network": network, "loss": TASKS[study.images.task].of(images.description).loss}


def _network_options(space: SearchSpace[Any], supernet: SuperNetOptions) -> NetworkOptions:
    """The super-net's values of the same names, and defaults for what it has none of; ValueError if there are none."""
    options = space.network_options
    of_supernet = {name: value for name, value in supernet if name in options.model_fields}
    try:
        return options.model_validate(of_supernet, strict=True)
    except ValidationError as error:
        raise ValueError(
            f"the study's super-net does not say how networks of {space.name} are built: {first_mistake(error, '')}"
        ) from error
