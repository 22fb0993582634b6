"""Where results are kept while others are still to come: a folder, a file for each, found by its key.

A result is written whole or not at all, so that a run that is killed at any point loses what was in flight and nothing
else, and the next one goes on from what is there.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nasrank.bench.foundation.files import remove_abandoned
from nasrank.bench.foundation.json_files import read_json, write_json
from nasrank.bench.foundation.locks import held

LOCK_FILE = ".writing.lock"

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,199}")


class Records:
    """Results by key.

    Attributes:
        folder: need not exist yet.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._writing = False

    @contextmanager
    def writing(self) -> Iterator[Any]:
        """Let no other process write during the block; in it there may be further ones of this object.

        Raises:
            HeldError: another process does.
        """
        if self._writing:
            yield
            return
        with held(self.folder / LOCK_FILE, f"writing to {self.folder}"):
            self._writing = True
            try:
                remove_abandoned(self.folder)
                yield
            finally:
                self._writing = False

    def path(self, key: str) -> Path:
        """The file of a result: its key, or a checksum of that where it would be no name of a file."""
        name = key if _PLAIN.fullmatch(key) else hashlib.sha256(key.encode()).hexdigest()[:32]
        return self.folder / f"{name}.json"

    def __contains__(self, key: str) -> bool:
        return self.path(key).exists()

    def record(self, key: str) -> Any:
        """What was put; ValueError when there is nothing, or what is there is damaged."""
        return read_json(self.path(key))

    def keep(self, key: str, content: dict[str, Any]) -> None:
        """Write a result, of plain values, whole or not at all."""
        write_json(self.path(key), content)
