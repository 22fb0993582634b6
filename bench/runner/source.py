"""The code that trials are computed by, known again by its checksum; reports and commands are not part of it."""

from __future__ import annotations

import hashlib
import inspect
from functools import cache
from pathlib import Path

import nasrank.bench
import nasrank.predictors
import nasrank.spaces
from nasrank.bench.foundation import plugins


def source_of(*kinds: type) -> str:
    """A checksum of the Python files of nasrank that compute, and of those in which these classes are defined.

    Raises:
        ValueError: one was defined in no file, as in a cell of a notebook.
    """
    digest = hashlib.sha256(_own_source().encode())
    for path in sorted({_file_of(kind) for kind in kinds}):
        digest.update(Path(path).read_bytes())
    return digest.hexdigest()[:16]


def _file_of(kind: type) -> str:
    try:
        return inspect.getfile(kind)
    except (OSError, TypeError):
        raise ValueError(
            f"{kind.__name__} is defined in a notebook or at a prompt, where what trains cannot import it: write "
            f"it to a file (in a notebook by '%%writefile my_{kind.__name__.lower()}.py'), and name that in the "
            f"environment variable {plugins.VARIABLE} or by --plugin"
        ) from None


@cache
def _own_source() -> str:
    digest = hashlib.sha256()
    for folder in _folders():
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _folders() -> list[Path]:
    """Of the packages that compute; in a checkout they lie beside each other and not within nasrank."""
    bench = Path(nasrank.bench.__path__[0])
    parts = [bench / name for name in ("data", "foundation", "runner", "scores", "search", "tasks", "training")]
    return [*parts, *(Path(package.__path__[0]) for package in (nasrank.predictors, nasrank.spaces))]
