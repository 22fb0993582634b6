"""Named things of one kind, each registered in the file that defines it, so that adding one is adding one file.

    @STRATEGIES.register
    class Mine(Strategy):
        name = "mine"

A registry imports the modules of its homes, where nasrank's own things are, when somebody first looks into it, and the
plugins (`nasrank.bench.foundation.plugins`), where a user's are, when a name is not among those or all are asked for.
"""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Iterator, MutableMapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar

from nasrank.bench.foundation import plugins

T = TypeVar("T")
U = TypeVar("U")


class Registry(MutableMapping[str, T]):
    """A dictionary by name that fills itself.

    First come the things of the module that makes it, then those of its homes by the name of their module, whichever
    was imported first, and then others in the order in which they were registered.

    Args:
        kind: what is registered, for messages: "strategy".
        homes: packages whose modules are imported at the first look, one after the other by name.
        within: name of the module to import of each package in the homes instead, where each thing is a folder; one
            without such a module is no thing.
    """

    def __init__(self, kind: str, *homes: str, within: str = "") -> None:
        self.kind = kind
        self._homes = homes
        self._within = within
        self._made_in = _caller()
        self._modules: dict[str, str] = {}
        self._things: dict[str, T] = {}
        self._filled = False

    def register(self, thing: U) -> U:
        """Make a thing known by its `name`; it is returned, so that this decorates classes.

        Where the caller is no module of nasrank's, its own things are registered before.

        Raises:
            ValueError: it has no name, or another thing has the same.
        """
        name: Any = getattr(thing, "name", None)
        if not isinstance(name, str) or not name:
            raise ValueError(f"{_called(thing)} cannot be registered: a {self.kind} has a name, a text")
        module = _caller()
        if not module.startswith(self._homes):
            self._fill()
        if name in self._things and not _same(self._things[name], thing):
            raise ValueError(
                f"two of the kind {self.kind} are called {name!r}: {_called(self._things[name])} and {_called(thing)}"
            )
        self._things[name] = thing  # type: ignore[assignment]
        self._modules[name] = module
        return thing

    def named(self, name: str) -> T:
        """The thing of this name; ValueError that lists the known ones otherwise."""
        if name not in self:
            raise ValueError(
                f"unknown {self.kind} {name!r}; known are {', '.join(self)}; one of a plugin needs --plugin"
            )
        return self[name]

    def registered_so_far(self) -> tuple[T, ...]:
        """What is known by now, with what plugins register, in the order of registering.

        No module of a home is imported for it, which may take seconds: import those that are wanted before.
        """
        plugins.load()
        return tuple(self._things.values())

    def __getitem__(self, name: str) -> T:
        self._fill()
        if name not in self._things:
            plugins.load()
        return self._things[name]

    def __setitem__(self, name: str, thing: T) -> None:
        """In place of what has this name; for tests."""
        self._fill()
        self._things[name] = thing

    def __delitem__(self, name: str) -> None:
        self._fill()
        del self._things[name]

    def __iter__(self) -> Iterator[str]:
        self._fill()
        plugins.load()
        return iter(tuple(self._things))

    def __len__(self) -> int:
        self._fill()
        plugins.load()
        return len(self._things)

    def _fill(self) -> None:
        if self._filled:
            return
        self._filled = True  # before it is: modules of its homes may look into it
        try:
            for home in self._homes:
                found = pkgutil.iter_modules(import_module(home).__path__, f"{home}.")
                for module in sorted(one.name for one in found if one.ispkg or not self._within):
                    if not self._within:
                        import_module(module)
                    elif find_spec(f"{module}.{self._within}"):
                        import_module(f"{module}.{self._within}")
        except BaseException:
            self._filled = False
            raise
        modules = self._modules
        order = sorted(self._things, key=lambda name: (modules[name] != self._made_in, modules[name]))
        self._things = {name: self._things[name] for name in order}


def _caller() -> str:
    """Name of the module from which a method here was called."""
    name: str = sys._getframe(2).f_globals.get("__name__", "")
    return name


def _called(thing: Any) -> str:
    """Module and name of a class, or of an object's class."""
    kind = thing if isinstance(thing, type) else type(thing)
    return f"{kind.__module__}.{kind.__qualname__}"


def _same(one: Any, other: Any) -> bool:
    """Whether it is the same thing once more, as when a cell of a notebook that defines a class is run anew."""
    return one is other or (isinstance(one, type) and isinstance(other, type) and _called(one) == _called(other))
