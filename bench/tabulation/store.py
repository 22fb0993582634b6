"""Finished networks of one set of training settings, a file for each of them.

Earlier versions of nasrank kept them as the lines of one file, which is read, too, and left as it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import Any

from nasrank.bench.execution.records import Records
from nasrank.bench.foundation.files import DataError
from nasrank.bench.foundation.json_files import parse, read_json, write_json
from nasrank.bench.tabulation.metrics import metrics_of
from nasrank.bench.tabulation.settings import StandaloneTraining
from nasrank.bench.tabulation.standalone import StandaloneRun

SETTINGS_FILE = "settings.json"
LINES_FILE = "networks.jsonl"


class Networks(Records):
    """The finished networks in a folder.

    Attributes:
        runs: by the architecture's text and the training seed.

    Raises:
        DataError: the folder holds other settings, or something that no run wrote.
    """

    def __init__(self, folder: Path, training: StandaloneTraining) -> None:
        super().__init__(folder)
        self._points, self._metrics = len(training.curve), metrics_of(training.task)
        self.runs: dict[tuple[str, int], StandaloneRun] = {}
        settings = folder / SETTINGS_FILE
        if settings.exists() and read_json(settings) != json.loads(json.dumps(training.to_json())):
            raise DataError(f"{folder} holds networks of other settings or of another environment; choose another")
        if not settings.exists():
            write_json(settings, training.to_json())
        self._read()

    @contextmanager
    def writing(self) -> Iterator[Callable[[str, int, StandaloneRun], None]]:
        """A function that adds a finished network, by the architecture's text and the seed.

        Raises:
            HeldError: another run is writing.
        """
        with super().writing():
            self._read()

            def put(architecture: str, seed: int, run: StandaloneRun) -> None:
                self.keep(f"{architecture} seed {seed}", self._entry(architecture, seed, run))
                self.runs[architecture, seed] = run

            yield put

    def _read(self) -> None:
        """Take in what is there and not known yet."""
        for number, line in enumerate(self._lines(), start=1):
            self._take(line, f"{self.folder / LINES_FILE}: line {number}")
        known = {self.path(f"{architecture} seed {seed}") for architecture, seed in self.runs}
        for path in sorted(self.folder.glob("*.json")):
            if path.name != SETTINGS_FILE and path not in known:
                self._take(path.read_bytes(), str(path))

    def _lines(self) -> list[bytes]:
        """Those that are whole; one that a killed run left half written is no network."""
        file = self.folder / LINES_FILE
        content = file.read_bytes() if file.exists() else b""
        return content[: content.rfind(b"\n") + 1].splitlines()

    def _take(self, text: bytes, where: str) -> None:
        try:
            architecture, seed, run = self._parse(text)
        except (ValueError, KeyError, TypeError, AttributeError) as reason:
            words = f"{reason!r}"[:200]
            raise DataError(f"{where} is damaged ({words}); remove it") from reason
        self.runs[architecture, seed] = run

    def _parse(self, text: bytes) -> tuple[str, int, StandaloneRun]:
        entry: dict[str, Any] = parse(text.decode("utf-8"))
        architecture, seed = entry.pop("architecture"), entry.pop("seed")
        if not isinstance(architecture, str) or not isinstance(seed, int):
            raise ValueError("it names no network")
        curves = {metric.name: tuple(entry.pop(metric.name)) for metric in self._metrics}
        points = 0 if entry.get("failure") else self._points
        if any(len(curve) != points for curve in curves.values()):
            raise ValueError(f"{points} points are expected")
        run = StandaloneRun(curves if points else {}, **entry)
        if not all(map(_is_number, (*(value for curve in curves.values() for value in curve), run.seconds))):
            raise ValueError("numbers are expected to be finite")
        for metric in self._metrics:
            if not all(map(metric.can_be, curves[metric.name])):
                raise ValueError(f"{metric.name} cannot be {max(curves[metric.name], key=abs)}")
        if run.seconds < 0:
            raise ValueError("times are expected from 0 on")
        if not isinstance(run.failure, str):
            raise ValueError("a failure is expected in words")
        return architecture, seed, run

    def _entry(self, architecture: str, seed: int, run: StandaloneRun) -> dict[str, Any]:
        """As a file has it: each curve under its own name, empty where training diverged."""
        curves = {metric.name: run.curves.get(metric.name, ()) for metric in self._metrics}
        return {"architecture": architecture, "seed": seed, **curves, "seconds": run.seconds, "failure": run.failure}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
