"""What happens to an architecture that is asked of another space than its own.

Cells of two spaces look alike from outside: both have `operations`, and what one means by the third operation is not
what the other does. Without a guard their numbers would be those of some other network.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any

OF_AN_ARCHITECTURE = (
    "to_choices",
    "active",
    "traits",
    "key",
    "expressions",
    "functional",
    "graph",
    "network",
    "cost",
    "position",
    "neighbours",
    "mutate",
)
"""Methods whose first argument is an architecture; the others that take some, such as `crossover`, ask one of these."""

_MARK = "refuses_foreign_architectures"


def guard_methods(space: type[Any]) -> None:
    """Have the methods of a class of spaces that take an architecture raise ValueError for any other than its own."""
    for name in OF_AN_ARCHITECTURE:
        method = getattr(space, name, None)  # only enumerated spaces have positions
        if method and not hasattr(method, _MARK) and not getattr(method, "__isabstractmethod__", False):
            setattr(space, name, _guarded(method))


def _guarded(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def asked_alone(self: Any, architecture: Any) -> Any:
        if type(architecture) is not self.value_type:
            refuse_foreign(self, architecture)
        return method(self, architecture)

    @wraps(method)
    def asked_with_more(self: Any, architecture: Any, *arguments: Any, **options: Any) -> Any:
        if type(architecture) is not self.value_type:
            refuse_foreign(self, architecture)
        return method(self, architecture, *arguments, **options)

    alone = len(signature(method).parameters) == 2  # a table asks a million times for a position
    asked = asked_alone if alone else asked_with_more
    setattr(asked, _MARK, True)
    return asked


def space_of(architecture: Any) -> str | None:
    """Name of the registered space that this is an architecture of, if it is one."""
    from nasrank.spaces import SPACES  # which imports every space, and each of them this

    return next((name for name, space in SPACES.items() if isinstance(architecture, space.value_type)), None)


def refuse_foreign(space: Any, architecture: Any) -> None:
    """ValueError that says of which space this is an architecture, and of which not."""
    if isinstance(architecture, space.value_type):
        return
    if owner := space_of(architecture):
        raise ValueError(f"{architecture} is an architecture of {owner}, not of {space.name}")
    raise ValueError(
        f"{architecture!r:.80} ({type(architecture).__name__}) is not an architecture of {space.name}: read texts with "
        "parse()" + (" and positions with at()" if hasattr(space, "at") else "")
    )
