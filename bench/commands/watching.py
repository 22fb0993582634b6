"""Bars and lines in the terminal while a run goes on."""

from __future__ import annotations

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from nasrank.bench.execution import Watch

_WIDTH = 28
"""Characters that names of tasks are filled up to."""


class Bars(Watch):
    """One bar for all, and one for each task that says how far it is; what has ended is a line above them."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shares: dict[str, float] = {}
        self._bars: dict[str, TaskID] = {}
        self._finished = 0

    def note(self, text: str) -> None:
        self._console.print(text, markup=False)

    def begin(self, what: str, total: int, finished: int) -> None:
        self._finished = finished
        self._progress = Progress(
            TextColumn(f"{{task.description:<{_WIDTH}}}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self._console,
        )
        self._all = self._progress.add_task(what, total=total, completed=finished)
        self._progress.start()

    def progress(self, task: str, share: float) -> None:
        if task not in self._bars:
            self._bars[task] = self._progress.add_task(task, total=1.0)
        self._progress.update(self._bars[task], completed=share)
        self._shares[task] = share
        self._show()

    def done(self, task: str, text: str = "", units: int = 1) -> None:
        self._shares.pop(task, None)
        if task in self._bars:
            self._progress.remove_task(self._bars.pop(task))
        if text:
            self._progress.console.print(f"{task:<{_WIDTH}} {text}", markup=False, soft_wrap=True)
        self._finished += units
        self._show()

    def end(self) -> None:
        self._progress.stop()

    def _show(self) -> None:
        self._progress.update(self._all, completed=self._finished + sum(self._shares.values()))
