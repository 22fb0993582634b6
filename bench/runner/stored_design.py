"""What the file of a stored design may hold, of this version of nasrank and of earlier ones.

Types first, then whether study, truth and architectures fit each other. Whoever edits such a file is told in a sentence
what is wrong with it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from nasrank.bench.runner.stored import Strict, Whole, first_mistake, validate
from nasrank.bench.studies.earlier import study_of_today
from nasrank.bench.studies.study import Study
from nasrank.spaces import get_enumerated, get_space

FORMAT = 2
"""Of stored results. The first one named architectures by their positions in an enumerated space."""

OF_THE_STUDY = ("oracle", "dataset", "split", "epochs", "seeds")
"""Keys of a design's truth that its study has, too."""


class _Truth(Strict):
    """Provenance, as much of it as reports tell; the column is the study's own."""

    source: str
    sha256: str
    protocol: str
    citation: str
    licence: str


class _Data(Strict):
    name: str
    sha256: str
    provenance: str


class _Images(_Data):
    others: Annotated[dict[str, _Data], Field(default_factory=dict)]
    split: Annotated[str, Field(pattern="^(random|official)$")]


Named = TypeVar("Named", str, Whole)
"""What an architecture is named by: its text or, in the first format, its position."""


class _Design(Strict, Generic[Named]):
    """See `nasrank.bench.runner.design.Design`."""

    study: dict[str, Any]
    truth: dict[str, Any]
    images: dict[str, Any]
    environment: dict[str, str]
    pool: Annotated[list[Named], Field(min_length=1)]
    landmarks: dict[str, list[Named]]
    own_landmarks: Annotated[dict[str, dict[str, list[Named]]], Field(default_factory=dict)]
    candidates: Annotated[dict[str, list[Named]], Field(default_factory=dict)]
    lookalikes: Annotated[list[Named], Field(default_factory=list)]
    drawn_from: Annotated[str, Field(max_length=500)] = ""
    passed_over: Annotated[list[Named], Field(default_factory=list)]
    seed_counts: Annotated[dict[str, Whole], Field(default_factory=dict)]


_DESIGN, _FIRST_DESIGN = TypeAdapter(_Design[str]), TypeAdapter(_Design[Whole])
_TRUTH, _IMAGES = TypeAdapter(_Truth), TypeAdapter(_Images)


@dataclass(frozen=True)
class Drawn:
    """The architectures of a design; sets of them by seed."""

    pool: tuple[Any, ...]
    landmarks: dict[int, tuple[Any, ...]]
    own_landmarks: dict[str, dict[int, tuple[Any, ...]]]
    candidates: dict[int, tuple[Any, ...]]
    lookalikes: tuple[Any, ...]
    passed_over: tuple[Any, ...]


def format_of(content: Mapping[str, Any]) -> int:
    """Of a stored file; ValueError when it is of a later nasrank."""
    found = content.get("format", 1)
    if type(found) is not int or not 1 <= found <= FORMAT:
        raise ValueError(f"format: {found!r} is none that this nasrank reads; it reads 1 to {FORMAT}")
    return found


def check_design(content: Any) -> tuple[Study, Drawn]:
    """The study of a stored design and what was drawn for it.

    Raises:
        ValueError: it could not have been drawn for a study; names a key.
    """
    first = isinstance(content, Mapping) and format_of(content) == 1
    validate(_FIRST_DESIGN if first else _DESIGN, content)
    try:
        own = study_of_today(content["study"]) if first else content["study"]
        study = Study.model_validate_json(json.dumps(own), strict=True)
    except ValidationError as error:
        raise ValueError(first_mistake(error, "study")) from error
    validate(_TRUTH, content["truth"], "truth")
    validate(_IMAGES, content["images"], "images")
    column = study.truth.model_dump(mode="json")
    for key in OF_THE_STUDY:
        if content["truth"].get(key) != column[key]:
            raise ValueError(f"truth.{key}: the study has another")
    if "platform" not in content["environment"]:
        raise ValueError("environment.platform: this key is missing")
    return study, _drawn(content, study, at_position(study.space) if first else get_space(study.space).parse)


def at_position(space: str) -> Callable[[int], Any]:
    """Reads what the first format has in place of a text; ValueError for what is no position of this space."""
    enumerated = get_enumerated(space)

    def read(position: int) -> Any:
        if position >= len(enumerated):
            raise ValueError(f"{position} is no position in a space of {len(enumerated)} architectures")
        return enumerated.at(position)

    return read


def _drawn(content: Mapping[str, Any], study: Study, read: Callable[[Any], Any]) -> Drawn:
    def every(key: str, named: list[Any]) -> tuple[Any, ...]:
        try:
            found = tuple(read(one) for one in named)
        except ValueError as error:
            raise ValueError(f"{key}: {str(error)[:300]}") from error
        if len(set(found)) < len(found):
            raise ValueError(f"{key}: an architecture is there twice")
        return found

    def by_seed(key: str, sets: Mapping[str, list[Any]]) -> dict[int, tuple[Any, ...]]:
        if sets.keys() != (seeds := {str(seed) for seed in study.every_seed}):
            raise ValueError(f"{key}: it is not of the study's seeds {', '.join(sorted(seeds))}")
        return {int(seed): every(f"{key}.{seed}", named) for seed, named in sets.items()}

    lookalikes = content.get("lookalikes", [])
    scored = every("pool", content["pool"] + lookalikes)
    own = content.get("own_landmarks", {})
    return Drawn(
        pool=scored[: len(content["pool"])],
        landmarks=by_seed("landmarks", content["landmarks"]),
        own_landmarks={arm: by_seed(f"own_landmarks.{arm}", sets) for arm, sets in own.items()},
        candidates=by_seed("candidates", content["candidates"]) if content.get("candidates") else {},
        lookalikes=scored[len(content["pool"]) :],
        passed_over=every("passed_over", content.get("passed_over", [])),
    )
