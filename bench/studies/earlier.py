"""Studies as earlier versions of nasrank stored them with their results, as they are written today.

The options of the landmark term stood in the section of the landmarks; there was no other term.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OF_THE_TERM = (
    "loss",
    "coefficient",
    "pairs_per_step",
    "pair_sampling",
    "images",
    "schedule",
    "warm_up",
    "horizon",
)
"""Keys that stood among the landmarks and are options of the term `landmark` now."""


LABEL_USES = ["label_matched", "gaussian_process", "random_forest"]
"""What was compared where a study was about the landmarks of one strategy, without its being written."""


RANDOM = 1000.0
"""The noise on labels by which controls asked for a random order."""


def study_of_today(content: Mapping[str, Any]) -> dict[str, Any]:
    """What a stored study of the first format holds; what is no such study is left to those who validate it."""
    study = dict(content)
    if isinstance(study.get("landmarks"), Mapping):
        study["landmarks"], term = landmarks_and_term(study["landmarks"])
        study["terms"] = [{"name": "landmark", **term}]
    if isinstance(study.get("variants"), Mapping):
        study["variants"] = {name: _variant_of_today(variant) for name, variant in study["variants"].items()}
        if len(study.get("strategies") or ()) == 1 and any(map(_changes_landmarks_alone, content["variants"].values())):
            study["estimators"] = {"label_uses": LABEL_USES}
    return study


def _changes_landmarks_alone(variant: Any) -> bool:
    sections = ("switches", "images", "supernet", "training")
    return isinstance(variant, Mapping) and bool(variant.get("landmarks")) and not any(map(variant.get, sections))


def landmarks_and_term(section: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What an earlier landmark section says of the landmarks, and of their term."""
    landmarks = {key: value for key, value in section.items() if key not in OF_THE_TERM}
    if landmarks.get("label_noise") == RANDOM:
        landmarks = {key: value for key, value in landmarks.items() if key != "label_noise"} | {"order": "random"}
    return landmarks, {key: value for key, value in section.items() if key in OF_THE_TERM}


def _variant_of_today(variant: Any) -> Any:
    if not isinstance(variant, Mapping) or not isinstance(variant.get("landmarks"), Mapping):
        return variant
    landmarks, term = landmarks_and_term(variant["landmarks"])
    return {**variant, "landmarks": landmarks, **({"terms": {"landmark": term}} if term else {})}
