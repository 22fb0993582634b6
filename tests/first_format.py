"""Designs and results as the first format held them: architectures by positions, the term among the landmarks.

Written down anew, from what that version of nasrank wrote; `nasrank.bench.runner.earlier` reads it.
"""

from __future__ import annotations

import json
from typing import Any

from nasrank.bench.runner.design import Design, Trial

DRAWN = ("landmarks", "candidates")


def design_in_first_format(design: Design) -> dict[str, Any]:
    content = json.loads(json.dumps(design.to_json()))
    del content["format"]
    for key in ("pool", "lookalikes"):
        if key in content:
            content[key] = _positions(design, content[key])
    for key in DRAWN:
        if key in content:
            content[key] = _by_seed(design, content[key])
    if "own_landmarks" in content:
        content["own_landmarks"] = {row: _by_seed(design, sets) for row, sets in content["own_landmarks"].items()}
    study = content["study"]
    (term,) = study.pop("terms")
    study["landmarks"] |= _options(term)
    for variant in study.get("variants", {}).values():
        variant["landmarks"] |= variant.pop("terms", {}).get("landmark", {})
    return content


def trial_in_first_format(result: dict[str, Any], trial: Trial, design: Design) -> dict[str, Any]:
    content = json.loads(json.dumps(result))
    for later in ("format", "versions", "device", "phases"):
        content.pop(later, None)
    scored = design.scored_landmarks(trial)
    order = sorted(range(len(scored)), key=lambda place: design.space.position(scored[place]))
    content["landmark_scores"] = {
        name: [values[place] for place in order] for name, values in content["landmark_scores"].items()
    }
    settings = content["settings"]
    del settings["scored"]
    settings["positions"] = [design.space.position(scored[place]) for place in order]
    if "terms" in settings:
        (term,) = settings.pop("terms")
        settings["landmarks"] |= _options(term)
    if "chosen" in settings:
        settings["chosen"] = _positions(design, settings["chosen"])
    return content


def _options(term: dict[str, Any]) -> dict[str, Any]:
    assert term["name"] == "landmark", "there was no other"
    return {key: value for key, value in term.items() if key != "name"}


def _positions(design: Design, texts: list[str]) -> list[int]:
    return [design.space.position(design.space.parse(text)) for text in texts]


def _by_seed(design: Design, sets: dict[str, list[str]]) -> dict[str, list[int]]:
    return {seed: _positions(design, texts) for seed, texts in sets.items()}
