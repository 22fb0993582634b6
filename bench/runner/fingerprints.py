"""By what results are known again: plain values of a design as a few hexadecimal digits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from nasrank.bench.foundation.devices import CPU


def on_any_device(study: dict[str, Any]) -> dict[str, Any]:
    """A study as plain values, with the device of the results that were stored before there was a choice."""
    return {**study, "training": {**study["training"], "device": CPU}}


def checksum(architectures: Iterable[Any]) -> str:
    """Of architectures in their order, by their texts: 16 hexadecimal digits."""
    return digest(texts(architectures))


def texts(architectures: Iterable[Any]) -> list[str]:
    """As the benchmark writes them."""
    return [str(architecture) for architecture in architectures]


def texts_by_seed(sets: Mapping[int, Iterable[Any]]) -> dict[str, list[str]]:
    """The same of the set of each seed."""
    return {str(seed): texts(architectures) for seed, architectures in sets.items()}


def digest(content: Any) -> str:
    """Of plain values: 16 hexadecimal digits."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
