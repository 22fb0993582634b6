"""Results of trials that earlier versions of nasrank have stored, as they are stored today.

Of the first format, where architectures were positions, there are three ages: settings, derived architectures and parts
came later than the scores, then those of the natural pool and the seconds. What is missing had one value at the time.
"""

from __future__ import annotations

from typing import Any

from nasrank.bench.runner.design import Design
from nasrank.bench.runner.fingerprints import checksum
from nasrank.bench.runner.stored_design import FORMAT, at_position
from nasrank.bench.runner.tasks import Trial
from nasrank.bench.scores.angle import ANGLE, KERNEL_ANGLE
from nasrank.bench.studies.earlier import landmarks_and_term
from nasrank.spaces import Enumerated

FIRST_KEYS = {"trial", "processor", "failure", "steps", "record", "scores", "landmark_scores", "curve"}
"""Of every result of the first format."""

LATER_KEYS = {"settings", "derived", "parts", "lookalike_scores", "seconds"}


def trial_of_today(result: dict[str, Any], trial: Trial, design: Design) -> dict[str, Any]:
    """A result of the first format, whose types were not checked yet.

    Raises:
        ValueError: it names landmarks that are no positions of the space, or has not as many scores of them.
    """
    if not isinstance(result.get("settings", {}), dict):
        raise ValueError("settings: Input should be a valid dictionary")
    settings = design.settings(trial)
    scored = design.scored_landmarks(trial)
    if "settings" not in result:  # stored before anything was revised
        own = {name: value for name, value in settings.items() if name != "revision"}
        theirs = by_position(scored, design)
    else:
        theirs = _architectures("settings.positions", result["settings"].get("positions"), design)
        own = {name: value for name, value in result["settings"].items() if name != "positions"}
        if "chosen" in own:
            own["chosen"] = [str(one) for one in _architectures("settings.chosen", own["chosen"], design)]
        if isinstance(own.get("landmarks"), dict):
            own["landmarks"], term = landmarks_and_term(own["landmarks"])
            own["terms"] = [{"name": "landmark", **term}]
    landmark_scores = result["landmark_scores"]
    if set(theirs) == set(scored):
        place = {one: place for place, one in enumerate(theirs)}
        landmark_scores = _in_order("landmark_scores", landmark_scores, [place[one] for one in scored])
        theirs = scored
    missing: dict[str, Any] = {"derived": None, "parts": None, "lookalike_scores": {}, "seconds": {}, "versions": {}}
    found = {**missing, **result, "format": FORMAT, "settings": {**own, "scored": checksum(theirs)}}
    return _with_todays_names({**found, "landmark_scores": landmark_scores}, design.arms[trial.arm].score)


def by_position(architectures: tuple[Any, ...], design: Design) -> tuple[Any, ...]:
    """In the order of the space, in which the first format held the landmarks of a trial."""
    space = design.space
    return tuple(sorted(architectures, key=space.position)) if isinstance(space, Enumerated) else architectures


def _architectures(key: str, positions: Any, design: Design) -> tuple[Any, ...]:
    read = at_position(design.study.space)
    if not isinstance(positions, list) or not all(type(one) is int and one >= 0 for one in positions):
        raise ValueError(f"{key}: these are no positions of architectures")
    try:
        return tuple(map(read, positions))
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from error


def _in_order(key: str, scores: Any, order: list[int]) -> Any:
    """Each list of values by name in this order; what is no such thing is left to those who check types."""
    if not isinstance(scores, dict) or not all(isinstance(values, list) for values in scores.values()):
        return scores
    for name, values in scores.items():
        if len(values) != len(order):
            raise ValueError(f"{key}.{name}: {len(values)} values; there are {len(order)} architectures")
    return {name: [values[place] for place in order] for name, values in scores.items()}


def _with_todays_names(result: dict[str, Any], ranked_by: str) -> dict[str, Any]:
    """A result whose `angle` is that of the kernels alone, as all were that have no other, calls it so.

    Where an arm is ranked by it, it stays that as well: the result is of an earlier revision, and reports say so.
    """
    groups = {name: result[name] for name in ("scores", "landmark_scores")}
    if not all(isinstance(scores, dict) for scores in groups.values()):
        return result
    if KERNEL_ANGLE in result["scores"] or ANGLE not in result["scores"]:
        return result
    for name, scores in groups.items():
        if ANGLE in scores:
            kept = {score: values for score, values in scores.items() if score != ANGLE or ranked_by == ANGLE}
            groups[name] = {**kept, KERNEL_ANGLE: scores[ANGLE]}
    return {**result, **groups}
