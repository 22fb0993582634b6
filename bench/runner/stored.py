"""What the stored result of a trial may hold. Whoever edits one, or merges two, is told in a sentence what is wrong.

Types first, then ranges and lengths: what has passed here can be reported without another look.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from nasrank.bench.foundation.devices import CPU, kind_of
from nasrank.bench.scores import range_of
from nasrank.spaces import get_space

Finite = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Whole = Annotated[int, Field(ge=0)]
Scores = dict[str, list[float]]


def _moment(text: str) -> str:
    """The text; ValueError when it is no moment in UTC."""
    if datetime.fromisoformat(text).utcoffset() != timedelta(0):
        raise ValueError("it is not in UTC")
    return text


class Strict(BaseModel):
    """What is stored is of the very types that were written."""

    model_config = ConfigDict(strict=True)


class _Point(Strict):
    fraction: Share
    scores: list[Finite]
    derived: list[Whole] | None = None


class _Phase(Strict):
    """See `nasrank.bench.foundation.clock.Clock.phases`."""

    model_config = ConfigDict(strict=True, extra="forbid")

    phase: str
    started: Annotated[str, AfterValidator(_moment)]
    seconds: Seconds
    cpu_seconds: Seconds | None = None
    on: str


class _Trial(Strict):
    """See `nasrank.bench.runner.trial.run_trial`."""

    model_config = ConfigDict(strict=True, extra="forbid")

    format: int
    trial: str
    settings: dict[str, Any]
    processor: str
    versions: dict[str, str]
    failure: str | None
    steps: Whole
    record: list[dict[str, Finite]]
    scores: Scores
    landmark_scores: Scores
    lookalike_scores: Scores
    curve: list[_Point]
    derived: list[Whole] | None
    parts: list[Whole] | None
    activations: dict[Literal["pool", "landmarks"], list[list[Finite]]] | None = None
    device: str = CPU
    seconds: dict[str, Seconds]
    phases: list[_Phase] | None = None


class _Estimate(Strict):
    """See `nasrank.bench.runner.estimates.run_estimate`."""

    model_config = ConfigDict(strict=True, extra="forbid")

    format: int
    estimate: str
    settings: dict[str, Any]
    label: str
    labels: Whole
    processor: str
    versions: dict[str, str]
    seconds: dict[str, Seconds]
    phases: list[_Phase] | None = None
    failure: str | None
    scores: dict[str, list[Finite]]
    device: str = CPU


_TRIAL, _ESTIMATE = TypeAdapter(_Trial), TypeAdapter(_Estimate)
_SCORES = TypeAdapter(Scores, config=ConfigDict(strict=True))


def device_of(result: Mapping[str, Any]) -> str:
    """What a result was computed on, see `nasrank.bench.foundation.devices`; those that do not say are of the CPU."""
    return str(result.get("device", CPU))


def refuse_other_device(result: Mapping[str, Any], device: str) -> None:
    """ValueError unless a result is of the same kind of device as the one that torch knows by this name."""
    if kind_of(device_of(result)) != kind_of(device):
        raise ValueError(f"device: it is of {device_of(result)}, and the design's trials are of {kind_of(device)}")


def check_types(content: Any) -> None:
    """ValueError, which names a key, unless this could be the result of some trial."""
    validate(_TRIAL, content)


def check_estimate(content: Any, estimator: str) -> None:
    """ValueError, which names a key, unless this could be the result of this estimator for some pool."""
    validate(_ESTIMATE, content)
    if content["failure"] is None:
        if content["scores"].keys() != {estimator}:
            raise ValueError(f"scores: they are not of {estimator}")
    elif content["scores"]:
        raise ValueError("scores: there are some, though it failed")


def check_numbers(
    content: Mapping[str, Any], *, space: str, score: str, pool: int, landmarks: int, lookalikes: int
) -> None:
    """ValueError, which names a key, unless lengths and ranges of a result are right.

    Args:
        content: one that `check_types` lets pass.
        score: what the arm ranks by.
        pool: how many architectures are scored.
        landmarks: how many landmarks, and candidates for them.
        lookalikes: how many are scored besides; results of before they were have no scores of them.
    """
    if content["failure"] is None:
        sizes = {"scores": pool, "landmark_scores": landmarks, "lookalike_scores": lookalikes}
        for name, size in sizes.items():
            _check_scores(name, content[name], ranked_by=score, size=size)
        check_length("parts", content["parts"] or [0] * pool, pool)
        _check_activations(content.get("activations"), {"pool": pool, "landmarks": landmarks})
    elif content["scores"]:
        raise ValueError("scores: there are some, though the trial failed")
    for place, row in enumerate(content["record"]):
        for key in row.keys() & {"fraction", "landmark.violated"}:
            if not 0 <= row[key] <= 1:
                raise ValueError(f"record.{place}.{key}: {row[key]} is not between 0 and 1")
        if "fraction" not in row:
            raise ValueError(f"record.{place}: it has no fraction")
    derived = {"derived": content["derived"]}
    for place, point in enumerate(content["curve"]):
        if len(point["scores"]) > pool:
            raise ValueError(f"curve.{place}.scores: {len(point['scores'])} scores; the pool has {pool}")
        derived[f"curve.{place}.derived"] = point.get("derived")
    for key, choices in derived.items():
        if choices is not None:
            _check_choices(key, choices, space)


def _check_activations(found: Mapping[str, list[list[float]]] | None, sizes: Mapping[str, int]) -> None:
    """ValueError unless there are none, or as many coordinates for each architecture of every group."""
    if found is None:
        return
    for name, size in sizes.items():
        if name not in found:
            raise ValueError(f"activations.{name}: this key is missing")
        check_length(f"activations.{name}", found[name], size)
    if len({len(row) for rows in found.values() for row in rows}) > 1:
        raise ValueError("activations: architectures have different numbers of coordinates")


def check_score_lists(content: Any) -> dict[str, list[float]]:
    """By name, lists of numbers; ValueError, which names a key, when this is something else."""
    found: dict[str, list[float]] = validate(_SCORES, content)
    return found


def check_scores(name: str, score: str, values: list[float], size: int) -> None:
    """ValueError unless these are as many values of a score that something is ranked by."""
    check_length(name, values, size)
    low, high = range_of(score)
    array = np.array(values, dtype=np.float64)
    wrong = np.flatnonzero(~(np.isfinite(array) & (array >= low) & (array <= high)))
    if wrong.size:
        raise ValueError(f"{name}.{wrong[0]}: {array[wrong[0]]} is no {score.replace('_', ' ')}")


def _check_scores(name: str, content: Mapping[str, list[float]], *, ranked_by: str, size: int) -> None:
    """Architectures whose outputs are not finite have no value of what is not ranked by."""
    if content and ranked_by not in content:
        raise ValueError(f"{name}: {ranked_by} is missing, by which is ranked")
    for score, values in content.items():
        check_length(f"{name}.{score}", values, size)
        known = values if score == ranked_by else [0.0 if value != value else value for value in values]
        check_scores(f"{name}.{score}", score, known, size)


def check_length(key: str, values: list[Any], size: int) -> None:
    """ValueError, which names the key, unless there are as many values."""
    if len(values) != size:
        raise ValueError(f"{key}: {len(values)} values; there are {size} architectures")


def _check_choices(key: str, choices: list[int], space: str) -> None:
    try:
        get_space(space).from_choices(choices)
    except (ValueError, IndexError) as error:
        raise ValueError(f"{key}: {error}") from error


def validate(adapter: TypeAdapter[Any], content: Any, within: str = "") -> Any:
    """What this is of a type; ValueError, which names a key, when it is something else."""
    try:
        return adapter.validate_python(content)
    except ValidationError as error:
        raise ValueError(first_mistake(error, within)) from error


def first_mistake(error: ValidationError, within: str) -> str:
    """The first mistake in words: its keys, and what is wrong there."""
    mistake = error.errors(include_input=False, include_url=False)[0]
    keys = ".".join(str(key)[:100] for key in (*([within] if within else []), *mistake["loc"]))
    message = {"missing": "this key is missing"}.get(mistake["type"], mistake["msg"].removeprefix("Value error, "))
    return f"{keys}: {message[:300]}" if keys else message[:300]
