"""What is wrong with a variant of a study, said at its place in the variant's own section."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import ValidationError
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from nasrank.bench.data import DATASETS
from nasrank.bench.studies import bounds
from nasrank.bench.studies.sections import known, mistake
from nasrank.bench.studies.seeds import SeedRule
from nasrank.bench.training.strategies import STRATEGIES

if TYPE_CHECKING:
    from nasrank.bench.studies.study import Study


def refuse_invalid(study: Study) -> None:
    """ValidationError at the first variant that by itself would be no study: a name, a key or a value."""
    for name, variant in study.variants.items():
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name) or name in STRATEGIES:
            raise mistake("a name is of a-z, 0-9, '_' and '-', and not a strategy's", "variants", name)
        if len(name) > bounds.LONGEST_NAME:
            raise mistake(f"a name has at most {bounds.LONGEST_NAME} characters", "variants", name)
        try:
            known(variant.strategy, STRATEGIES, "strategy")
        except ValueError as error:
            raise mistake(str(error), "variants", name, "strategy") from error
        try:
            STRATEGIES[variant.strategy].refuse_unknown(variant.switches)
        except ValueError as error:
            raise mistake(str(error), "variants", name, "switches") from error
        if "device" in variant.training:
            raise mistake("rows are compared on one device, the study's", "variants", name, "training", "device")
        try:
            study.varied(variant)
        except ValidationError as error:
            terms = list(dict.fromkeys([*(term.name for term in study.terms), *variant.terms]))
            raise ValidationError.from_exception_data(
                "Study", [_within(name, found, terms) for found in error.errors()]
            ) from error


def refuse_unfit(study: Study) -> None:
    """ValidationError at the first variant that does not go with the other rows: its images, base or landmarks."""
    own, counts = study.landmarks, dict.fromkeys(study.strategies, study.landmarks.count)
    for name, variant in study.variants.items():
        varied = study.varied(variant)
        landmarks = varied.landmarks
        if DATASETS[varied.images.dataset].count != DATASETS[study.images.dataset].count:
            raise mistake(
                f"dataset = {varied.images.dataset!r} has not the same images as {study.images.dataset}, by which "
                "all rows are scored",
                *("variants", name, "images", "dataset"),
            )
        if variant.base and variant.base not in [*study.strategies, *study.variants]:
            raise mistake(f"base = {variant.base!r} is no row of this study", "variants", name, "base")
        if landmarks.half != "both" and (landmarks.count, landmarks.choice) != (own.count, own.choice):
            raise mistake(
                "a half is of the study's landmarks: leave count and choice out", "variants", name, "landmarks"
            )
        if landmarks.after and isinstance(study.seeds, SeedRule):
            raise mistake(
                "a super-net chooses for all seeds at once: list them, as in seeds = [0, 1, 2]",
                "variants",
                name,
                "landmarks",
            )
        if landmarks.after and landmarks.count <= counts.get(landmarks.after, landmarks.count):
            raise mistake(
                f"after = {landmarks.after!r} must be an earlier arm with fewer than {landmarks.count} landmarks",
                "variants",
                name,
                "landmarks",
            )
        counts[name] = landmarks.count


def _within(variant: str, found: ErrorDetails, terms: list[str]) -> InitErrorDetails:
    """A mistake in what a variant changes, at its place in the variant's own section; terms stand there by name."""
    match found["loc"]:
        case ("terms", int(place), *keys):
            found["loc"] = ("terms", terms[place], *(key for key in keys if key != "name"))
    message = {"extra_forbidden": "unknown key"}.get(found["type"], found["msg"].removeprefix("Value error, "))
    kind = PydanticCustomError("value_error", "{message}", {"message": message})
    return {"type": kind, "loc": ("variants", variant, *found["loc"]), "input": None}
