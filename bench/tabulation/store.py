"""Finished networks of one set of training settings: a folder with one line of JSON for each of them.

A line is written when its network is finished. A run that is killed at any point loses the networks in flight, and at
most leaves a line half written, which is no network to whoever reads it and removed by whoever writes next.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import Any

from nasrank.bench.foundation.files import DataError
from nasrank.bench.foundation.locks import held
from nasrank.bench.runner.results import read_json, write_json
from nasrank.bench.runner.stored import parse
from nasrank.bench.tabulation.settings import StandaloneTraining
from nasrank.bench.tabulation.standalone import StandaloneRun

SETTINGS_FILE = "settings.json"
NETWORKS_FILE = "networks.jsonl"
LOCK_FILE = ".writing.lock"


class Store:
    """The finished networks in a folder.

    Attributes:
        runs: by the architecture's text and the training seed.

    Raises:
        DataError: the folder holds other settings, or a line that no run wrote.
    """

    def __init__(self, folder: Path, training: StandaloneTraining) -> None:
        self.folder = folder
        self._points = len(training.curve)
        self.runs: dict[tuple[str, int], StandaloneRun] = {}
        settings = folder / SETTINGS_FILE
        if settings.exists() and read_json(settings) != json.loads(json.dumps(training.to_json())):
            raise DataError(f"{folder} holds networks of other settings or of another environment; choose another")
        if not settings.exists():
            write_json(settings, training.to_json())
        self._read()

    @property
    def _file(self) -> Path:
        return self.folder / NETWORKS_FILE

    @contextmanager
    def writing(self) -> Iterator[Callable[[str, int, StandaloneRun], None]]:
        """A function that adds a finished network, by the architecture's text and the seed.

        Raises:
            HeldError: another run is writing.
        """
        with held(self.folder / LOCK_FILE, f"writing to {self._file}"), self._file.open("ab") as file:
            file.truncate(self._read())

            def put(architecture: str, seed: int, run: StandaloneRun) -> None:
                line = json.dumps({"architecture": architecture, "seed": seed, **asdict(run)})
                file.write(f"{line}\n".encode())
                file.flush()
                self.runs[architecture, seed] = run

            yield put

    def _read(self) -> int:
        """Take in what is there; returns the bytes that whole lines take."""
        content = self._file.read_bytes() if self._file.exists() else b""
        whole = content.rfind(b"\n") + 1
        for number, line in enumerate(content[:whole].splitlines(), start=1):
            try:
                architecture, seed, run = self._parse(line)
            except (ValueError, KeyError, TypeError, AttributeError) as reason:
                words = f"{reason!r}"[:200]
                raise DataError(f"{self._file}: line {number} is damaged ({words}); remove it") from reason
            self.runs[architecture, seed] = run
        return whole

    def _parse(self, line: bytes) -> tuple[str, int, StandaloneRun]:
        entry: dict[str, Any] = parse(line.decode("utf-8"))
        architecture, seed = entry.pop("architecture"), entry.pop("seed")
        if not isinstance(architecture, str) or not isinstance(seed, int):
            raise ValueError("it names no network")
        run = StandaloneRun(**{**entry, "accuracy": tuple(entry["accuracy"]), "loss": tuple(entry["loss"])})
        points = 0 if run.failure else self._points
        if len(run.accuracy) != points or len(run.loss) != points:
            raise ValueError(f"{points} points are expected")
        if not all(map(_is_number, (*run.accuracy, *run.loss, run.seconds))):
            raise ValueError("numbers are expected to be finite")
        if not (all(0 <= value <= 100 for value in run.accuracy) and min(*run.loss, run.seconds, 0.0) >= 0):
            raise ValueError("accuracies are expected in percent, and neither losses nor times below 0")
        if not isinstance(run.failure, str):
            raise ValueError("a failure is expected in words")
        return architecture, seed, run


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
