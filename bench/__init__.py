"""Measuring how well super-nets rank architectures: oracles, training, ranking, studies and reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nasrank.bench.runner.kept_supernets import load_supernet

__all__ = ["load_supernet"]


def __getattr__(name: str) -> Any:
    """What is named in `__all__`, which imports torch when it is first asked for."""
    if name != "load_supernet":
        raise AttributeError(f"nasrank.bench has no {name!r}")
    from nasrank.bench.runner.kept_supernets import load_supernet

    return load_supernet
