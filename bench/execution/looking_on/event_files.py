"""Event files of TensorBoard: what tasks tell of themselves, one run for each, while they go on."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from nasrank.bench.execution.watch import NO_FIGURES, STEP, STEPS, Figures, Passing, Watch
from nasrank.bench.foundation.terminal import message

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

_WITHOUT_STEPS = 1000
"""Where a task tells no step, a thousandth of it stands for one."""

_FLUSHED_EVERY = 5
"""Seconds after which what is new can be seen in TensorBoard."""


def refuse_without_tensorboard() -> None:
    """ValueError where the package is not installed."""
    if importlib.util.find_spec("tensorboard") is None:
        raise ValueError("event files need TensorBoard: pip install 'nasrank[tensorboard]'")


class EventFiles(Passing):
    """Writes numbers that tasks tell as scalars over their steps, to a folder of its own for each task.

    A task that is begun anew, by this process or a later one, goes on where it goes on: what an earlier attempt wrote
    of later steps is not shown any more. No run fails for want of its event files.
    """

    def __init__(self, folder: Path, watch: Watch) -> None:
        """Raises ValueError where TensorBoard is not installed."""
        refuse_without_tensorboard()
        super().__init__(watch)
        self._folder = folder
        self._writers: dict[str, SummaryWriter] = {}
        self._told: dict[str, int] = {}
        self._written: dict[str, int] = {}
        self._gave_up = False

    def progress(self, task: str, share: float, figures: Figures = NO_FIGURES) -> None:
        if isinstance(step := figures.get(STEP), int | float):
            self._told[task] = int(step)
        scalars = {
            name: value
            for name, value in figures.items()
            if name not in (STEP, STEPS) and isinstance(value, int | float)
        }
        if scalars and not self._gave_up:
            try:
                self._write(task, self._told.get(task, round(_WITHOUT_STEPS * share)), scalars)
            except OSError as error:
                self._give_up(error)
        super().progress(task, share, figures)

    def done(self, task: str, text: str = "", units: int = 1) -> None:
        self._close(task)
        self._told.pop(task, None)
        super().done(task, text, units)

    def end(self) -> None:
        for task in list(self._writers):
            self._close(task)
        self._told.clear()
        super().end()

    def _write(self, task: str, step: int, scalars: Mapping[str, float]) -> None:
        if task in self._writers and step < self._written[task]:
            self._close(task)  # it was begun anew
        if task not in self._writers:
            self._writers[task] = self._opened(self._folder / task, step)
        self._written[task] = step
        for name, value in scalars.items():
            self._writers[task].add_scalar(name, value, step)

    def _opened(self, folder: Path, step: int) -> SummaryWriter:
        """A writer that lets go what was written of this step and later ones before."""
        from torch.utils.tensorboard import SummaryWriter  # takes seconds

        begun = any(folder.glob("events.out.tfevents.*"))
        made: SummaryWriter = SummaryWriter(folder, purge_step=step if begun else None, flush_secs=_FLUSHED_EVERY)
        return made

    def _close(self, task: str) -> None:
        if task in self._writers:
            try:
                self._writers.pop(task).close()
            except OSError as error:  # the disk is full, perhaps
                self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        if not self._gave_up:
            self._gave_up = True
            self._watch.note(f"note: no further event files are written: {message(error)}")
