"""What the networks of a table are built with, read from what is asked for, or one line that says what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from nasrank.bench.runner.stored import first_mistake
from nasrank.spaces import get_enumerated
from nasrank.spaces.options import NetworkOptions

USUAL = {"channels": 16, "cells_per_stage": 1}
"""For what a space's networks need and nobody has said."""


def network_of(space_name: str, asked: Mapping[str, Any]) -> NetworkOptions:
    """Options of the space's networks, by name; numbers may be texts, as a command line has them.

    Raises:
        ValueError: there is no such option, one has no such value, or one that is needed is missing.
    """
    section = get_enumerated(space_name).network_options
    for name in asked:
        if name not in section.model_fields:
            known = ", ".join(section.model_fields) or "none"
            raise ValueError(f"networks of {space_name} have no option {name!r:.80}; known are: {known}")
    needed = {name for name, field in section.model_fields.items() if field.is_required()} - asked.keys()
    usual = {name: value for name, value in USUAL.items() if name in needed}
    if missing := [name for name in section.model_fields if name in needed - usual.keys()]:
        raise ValueError(f"networks of {space_name} need {', '.join(missing)} to be chosen")
    try:
        return section.model_validate({**usual, **asked})
    except ValidationError as error:
        raise ValueError(_in_words(error)) from error


def pairs(texts: list[str]) -> dict[str, str]:
    """Values by name, of texts NAME=VALUE; ValueError for another text, and for a name that comes twice."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise ValueError(f"{text!r:.80} is not KEY=VALUE, such as channels=16")
        if name in found:
            raise ValueError(f"{name!r:.80} of the networks is given twice")
        found[name] = value
    return found


def words(name: str) -> str:
    return name.replace("_", " ")


def _in_words(error: ValidationError) -> str:
    """The first mistake; of bounds as all settings of training are told."""
    mistake: ErrorDetails = error.errors(include_url=False)[0]
    name, value, limits = words(".".join(map(str, mistake["loc"]))), mistake["input"], mistake.get("ctx", {})
    match mistake["type"]:
        case "greater_than_equal":
            return f"{name} must be at least {limits['ge']}, not {_number(value)}"
        case "less_than_equal":
            return f"{name} must be at most {limits['le']:,}, not {_number(value):,}"
        case _:
            return f"{first_mistake(error, 'network')}, not {value!r:.80}"


def _number(value: Any) -> int | float:
    """What a text that was read as a number is."""
    try:
        return int(value) if isinstance(value, str) else value
    except ValueError:
        return float(value)
