"""Summaries as JSON: what heads them, figures rounded, null for what is not known, and how they are read again."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

import numpy as np
from pydantic import BaseModel

from nasrank.bench.analysis.frame import DECIMALS, NOTHING
from nasrank.bench.foundation.files import DataError


def head_of(kind: str, title: str, study: BaseModel) -> dict[str, Any]:
    """What the summary.json of each report on a study begins with."""
    return {"kind": kind, "title": title, "study": study.model_dump(mode="json")}


@contextmanager
def of_this_version() -> Iterator[None]:
    """Reads the content of a summary.json; DataError where it is of another version, or of something else."""
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"summary.json is not as this version writes it: {f'{error}'[:200]}") from None


def as_json(value: Any) -> Any:
    """Of mappings, sequences, numbers and texts."""
    if isinstance(value, float | np.floating):
        return None if math.isnan(value) else round(float(value), DECIMALS)
    if isinstance(value, Mapping):
        return {key: as_json(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [as_json(one) for one in value]
    return value


def from_json(kind: Any, content: dict[str, Any]) -> Any:
    """A dataclass of plain values; TypeError for other fields."""
    unknown = {field.name for field in fields(kind) if field.type == "float"}
    return kind(**{name: NOTHING if value is None and name in unknown else value for name, value in content.items()})
