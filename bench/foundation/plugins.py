"""Plugins: modules of users that register strategies, metrics, spaces and other things of their own.

A plugin is named on the command line (`--plugin my_module`, or the path of a file), or it is an installed package that
offers an entry point of the group `nasrank.plugins`. Either is imported in this process and in all worker processes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from functools import cache, partial
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints

GROUP = "nasrank.plugins"
VARIABLE = "NASRANK_PLUGINS"
"""Names those of the command line to worker processes, with the system's separator of paths between them."""

_loaded: set[str] = set()


def use(names: Iterable[str]) -> None:
    """Import these plugins, now and in every process that this one starts.

    Args:
        names: of modules, which may lie in the working folder, or paths of Python files.

    Raises:
        ValueError: one cannot be imported; the message says which and why.
    """
    absolute = [str(Path(name).resolve()) if name.endswith(".py") else name for name in names]
    os.environ[VARIABLE] = os.pathsep.join(dict.fromkeys([*_named(), *absolute]))
    load()


def load() -> None:
    """Import all plugins that are not yet; ValueError as `use`."""
    for entry in _offered(tuple(sys.path)):
        _once(entry.value, entry.load)
    for name in _named():
        _once(name, partial(_import, name))


def is_loaded(module: str) -> bool:
    """Whether a module belongs to a plugin that was imported here, by its name: the module itself, or one in it."""
    return any(module == one or module.startswith(f"{one}.") for one in map(_module, _loaded))


def fingerprints() -> dict[str, str]:
    """Of the plugins that the command line named: a checksum of the source by the name of the module or the file.

    Another machine may have the same file at another place, so a file goes by its name alone.
    """
    load()
    return {Path(name).name: _checksum(_module(name)) for name in _named()}


def _module(plugin: str) -> str:
    """Name of the module that a plugin is, or that an entry point lies in."""
    return Path(plugin).stem if plugin.endswith(".py") else plugin.partition(":")[0]


def _checksum(module: str) -> str:
    """16 hexadecimal digits; empty where there is no source."""
    import hashlib

    source = getattr(sys.modules[module], "__file__", None)
    return hashlib.sha256(Path(source).read_bytes()).hexdigest()[:16] if source else ""


@cache
def _offered(path: tuple[str, ...]) -> EntryPoints:
    """What the packages on this path offer, which takes 20 ms to find out; registries ask at every look."""
    from importlib.metadata import entry_points  # takes 4 MiB, which opening a compiled table can do without

    del path
    return entry_points(group=GROUP)


def _once(name: str, load: Callable[[], object]) -> None:
    if name in _loaded:
        return
    _loaded.add(name)  # before it is: what it imports may ask for the plugins
    try:
        load()
    except Exception as error:
        _loaded.discard(name)
        raise ValueError(f"the plugin {name} cannot be imported: {type(error).__name__}: {error}") from error


def _named() -> list[str]:
    return [name for name in os.environ.get(VARIABLE, "").split(os.pathsep) if name]


def _import(name: str) -> None:
    if not name.endswith(".py"):
        _find_in(Path.cwd())
        import_module(name)
        return
    path = Path(name)
    spec = spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ValueError("there is no such file")
    _find_in(path.resolve().parent)
    module = module_from_spec(spec)
    sys.modules[path.stem] = module  # where pickled objects of its classes look for them
    spec.loader.exec_module(module)


def _find_in(folder: Path) -> None:
    """Let a plugin import what lies beside it, after everything that is installed."""
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
