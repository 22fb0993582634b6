"""Which strategies are one and the same on a space.

Strategies that train one path a step differ in where it comes from. On a space in which every combination of options is
an architecture of its own, uniform over architectures is uniform over decisions, and from one stream both draw the same
paths: two rows of a report are then one result, and their agreement confirms nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import getattr_static
from typing import Any

from nasrank.bench.training.strategies.spos import SinglePathOneShot
from nasrank.bench.training.strategies.strategy import Strategy

PATHS = 100
"""Drawn of each: two samplers that are not the same part after one or two."""

_ASIDE = {"name", "label", "reference", "revision", "path", "draws_classes"}
"""Names, what is compared by itself, and what a space has to know for it."""


def behave_alike(build: Callable[[], Strategy], build_other: Callable[[], Strategy]) -> bool:
    """Whether two strategies train the same weights in the same way.

    They do when their classes have the same methods and attributes, their names and ways of drawing a path aside, and
    from the same stream come the same paths. What a strategy with other methods does is not looked at: it is another.

    Args:
        build: builds one of them anew, on the space that both have in common and from the stream that a trial gives it.
        build_other: the same of the other.
    """
    one, other = build(), build_other()
    if one.chosen != other.chosen or _does(one) != _does(other):
        return False
    if type(one) is type(other):
        return True
    if not (isinstance(one, SinglePathOneShot) and isinstance(other, SinglePathOneShot)):
        return False
    return all(one.path() == other.path() for _ in range(PATHS))


def _does(strategy: Strategy) -> dict[str, Any]:
    """What its class says and does, by name."""
    cls = type(strategy)
    own = [name for name in dir(cls) if name not in _ASIDE and not name.startswith(("__", "_abc_"))]
    return {name: getattr_static(cls, name) for name in ("__init__", *own)}
