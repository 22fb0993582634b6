"""Finished measurements of one set-up: a file for each class of architectures and seed, with a value for each proxy.

A file is written whole, so a run that is killed loses what was in flight and nothing else. Proxies that are asked for
later are added to the files that are there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from math import isfinite, nan
from pathlib import Path
from typing import Any

from nasrank.bench.execution.records import Records
from nasrank.bench.foundation.files import DataError
from nasrank.bench.foundation.json_files import parse, read_json, write_json
from nasrank.bench.scoring.setup import SetUp

SETTINGS_FILE = "settings.json"


@dataclass(frozen=True)
class Measurement:
    """What one proxy found for one architecture and seed.

    Attributes:
        value: as measured; NaN where there is none.
        reason: why there is none, or empty.
        seconds: what it shares with others is counted with the first that asked for it.
        revision: of the proxy that measured.
        machine: the processor.
    """

    value: float
    reason: str
    seconds: float
    revision: int
    machine: str


class Measurements(Records):
    """The finished measurements in a folder.

    Attributes:
        found: by the key of the class and the seed, then by the name of the proxy.

    Raises:
        DataError: the folder holds another set-up, or something that no run wrote.
    """

    def __init__(self, folder: Path, setup: SetUp) -> None:
        super().__init__(folder)
        self.found: dict[tuple[str, int], dict[str, Measurement]] = {}
        settings = folder / SETTINGS_FILE
        content = json.loads(json.dumps(setup.to_json()))
        if settings.exists() and read_json(settings) != content:
            raise DataError(
                f"{folder} holds measurements of another set-up or another version of torch; choose another"
            )
        if not settings.exists():
            write_json(settings, content)
        self._read()

    @contextmanager
    def writing(self) -> Iterator[Callable[[str, int, Mapping[str, Measurement]], None]]:
        """A function that adds measurements, by the key of the class and the seed, to those that are there.

        Raises:
            HeldError: another run is writing.
        """
        with super().writing():
            self._read()

            def put(key: str, seed: int, measured: Mapping[str, Measurement]) -> None:
                together = {**self.found.get((key, seed), {}), **measured}
                proxies = {name: _plain(one) for name, one in sorted(together.items())}
                self.keep(_named(key, seed), {"class": key, "seed": seed, "proxies": proxies})
                self.found[key, seed] = together

            yield put

    def lacking(self, key: str, seed: int, revisions: Mapping[str, int]) -> tuple[str, ...]:
        """Names of the proxies that have not been measured, or by another revision than these, by name."""
        there = self.found.get((key, seed), {})
        return tuple(
            name for name, revision in revisions.items() if name not in there or there[name].revision != revision
        )

    def _read(self) -> None:
        """Take in what is there and not known yet."""
        known = {self.path(_named(key, seed)) for key, seed in self.found}
        for path in sorted(self.folder.glob("*.json")):
            if path.name != SETTINGS_FILE and path not in known:
                self._take(path)

    def _take(self, path: Path) -> None:
        try:
            entry = parse(path.read_text(encoding="utf-8"))
            key, seed, proxies = entry["class"], entry["seed"], entry["proxies"]
            if not isinstance(key, str) or type(seed) is not int:
                raise ValueError("it names no architecture and seed")
            self.found[key, seed] = {name: _measurement(content) for name, content in proxies.items()}
        except (ValueError, KeyError, TypeError, AttributeError) as reason:
            raise DataError(f"{path} is damaged ({f'{reason!r}'[:200]}); remove it") from reason


def _named(key: str, seed: int) -> str:
    return f"{key} seed {seed}"


def _plain(one: Measurement) -> dict[str, Any]:
    return {**asdict(one), "value": one.value if isfinite(one.value) else None}


def _measurement(content: dict[str, Any]) -> Measurement:
    value = content["value"]
    made = Measurement(**{**content, "value": nan if value is None else float(value)})
    if not (isinstance(made.reason, str) and isinstance(made.machine, str) and type(made.revision) is int):
        raise ValueError("a reason and a machine are texts, and a revision is a number")
    if isfinite(made.value) == bool(made.reason):
        raise ValueError("there is either a finite value or a reason for none")
    if not (isinstance(made.seconds, int | float) and made.seconds >= 0):
        raise ValueError("seconds are at least 0")
    return made
