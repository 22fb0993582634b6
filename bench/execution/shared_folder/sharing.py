"""Arguments of tasks. Those that many have, such as the design of a study, are written once and read once."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from nasrank.bench.execution.calls import text_of
from nasrank.bench.execution.plain import Plain
from nasrank.bench.execution.shared_folder.files import read, replace
from nasrank.bench.foundation.describing import describe

LARGE = 2_000
"""Characters of JSON; what is longer is not repeated in every task."""

_KEPT = 16
"""Arguments that a process remembers, of those that it has written and of those that it has read."""

_MARK = "$shared"

K = TypeVar("K")
V = TypeVar("V")


class Shared:
    """A folder of large arguments, by their checksums."""

    def __init__(self, folder: Path, plain: Plain) -> None:
        self.folder, self._plain = folder, plain
        self._written: OrderedDict[int, tuple[Any, Any]] = OrderedDict()  # with the argument: its id stays its own
        self._read: OrderedDict[str, Any] = OrderedDict()

    def encode(self, argument: Any) -> Any:
        """JSON values of an argument, few ones: a large one is in the folder, and these name it.

        An object that is given for one task after the other is looked at once; lists and such may change in between.
        """
        if isinstance(argument, list | dict | np.ndarray):
            return self._put(self._plain.encode(argument))
        if id(argument) not in self._written:
            _keep(self._written, id(argument), (argument, self._put(self._plain.encode(argument))))
        return self._written[id(argument)][1]

    def decode(self, content: Any) -> Any:
        """The argument; ValueError when it is none, or its file is missing or damaged."""
        if not (isinstance(content, dict) and _MARK in content):
            return self._plain.decode(content)
        sha256 = content[_MARK]
        if not (isinstance(sha256, str) and sha256.isalnum() and len(content) == 1):
            raise ValueError(f"{describe(content)} names no argument")
        if sha256 not in self._read:
            path = self._path(sha256)
            found = read(path)
            if found is None or hashlib.sha256(text_of(found.get("value")).encode()).hexdigest() != sha256:
                raise ValueError(f"{path} is {'missing' if found is None else 'damaged: its checksum is another one'}")
            _keep(self._read, sha256, self._plain.decode(found["value"]))
        return self._read[sha256]

    def _put(self, plain: Any) -> Any:
        text = text_of(plain)
        if len(text) <= LARGE:
            return plain
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        if not self._path(sha256).exists():
            replace(self._path(sha256), {"value": plain})
        return {_MARK: sha256}

    def _path(self, sha256: str) -> Path:
        return self.folder / f"{sha256}.json"


def _keep(known: OrderedDict[K, V], key: K, value: V) -> None:
    known[key] = value
    if len(known) > _KEPT:
        known.popitem(last=False)
