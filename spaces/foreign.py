"""What may stand for an architecture where a space is asked about one: a value of that space, or a text that it parses.

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
    "stratum",
    "trellises",
    "neighbours",
    "mutate",
)
"""Methods whose first argument is an architecture; the others that take some, such as `crossover`, ask one of these."""

_MARK = "refuses_foreign_architectures"


def guard_methods(space: type[Any]) -> None:
    """Have the methods of a class of spaces that take an architecture read texts, and refuse what is not its own."""
    for name in OF_AN_ARCHITECTURE:
        method = getattr(space, name, None)  # only enumerated spaces have positions
        if method and not hasattr(method, _MARK) and not getattr(method, "__isabstractmethod__", False):
            setattr(space, name, _guarded(method))


def _guarded(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def asked_alone(self: Any, architecture: Any) -> Any:
        if type(architecture) is not self.value_type:
            architecture = own(self, architecture)
        return method(self, architecture)

    @wraps(method)
    def asked_with_more(self: Any, architecture: Any, *arguments: Any, **options: Any) -> Any:
        if type(architecture) is not self.value_type:
            architecture = own(self, architecture)
        return method(self, architecture, *arguments, **options)

    alone = len(signature(method).parameters) == 2  # a table asks a million times for a position
    asked = asked_alone if alone else asked_with_more
    setattr(asked, _MARK, True)
    return asked


def space_of(architecture: Any) -> str | None:
    """Name of the registered space that this is an architecture of, if it is one."""
    from nasrank.spaces import SPACES  # which imports every space, and each of them this

    return next((name for name, space in SPACES.items() if isinstance(architecture, space.value_type)), None)


def own(space: Any, architecture: Any) -> Any:
    """The architecture of this space that is given as a value, or as a text in a notation that the space parses.

    Raises:
        ValueError: it is neither; the message says of which space it is one, or what is wrong with the text.
    """
    if isinstance(architecture, space.value_type):
        return architecture
    if isinstance(architecture, str):
        try:
            return space.parse(architecture)
        except ValueError as error:
            raise ValueError(f"{architecture!r:.80} is not an architecture of {space.name}: {error}") from error
    if owner := space_of(architecture):
        raise ValueError(f"{architecture} is an architecture of {owner}, not of {space.name}")
    raise ValueError(
        f"{architecture!r:.80} ({type(architecture).__name__}) is not an architecture of {space.name}: give "
        "values or texts" + (", and read positions with at()" if hasattr(space, "at") else "")
    )
