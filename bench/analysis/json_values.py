"""Figures of summaries as JSON holds them: rounded, and null for what is not known."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from nasrank.bench.analysis.frame import DECIMALS, NOTHING


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
