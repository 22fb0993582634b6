"""What the terminal shows while a run goes on: bars and a table that grows; lines alone where output is no terminal."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TaskProgressColumn, TextColumn
from rich.table import Table
from rich.text import Text

from nasrank.bench.commands.in_words import elapsed_in_words, figures_in_words, left_in_words, number
from nasrank.bench.execution import NO_FIGURES, Figures, Watch
from nasrank.bench.execution.looking_on.event_files import EventFiles
from nasrank.bench.execution.looking_on.journal import journal
from nasrank.bench.execution.looking_on.remaining import Remaining

_WIDTH = 28
"""Characters that names of tasks are filled up to."""


@contextmanager
def watched(
    console: Console, folder: Path, *, at_once: bool = False, tensorboard: Path | None = None
) -> Iterator[Watch]:
    """What looks on while this command does a run: the terminal, and for `nasrank status` a journal.

    Args:
        folder: of the report, where the journal is kept until the block has ended well.
        at_once: whether it is sure that no other run writes to the folder; else the journal begins with the work.
        tensorboard: a folder for event files; None for none.
    """
    watch: Watch = Bars(console)
    if tensorboard:
        watch = EventFiles(tensorboard, watch)
    with journal(folder, watch, command=shlex.join(["nasrank", *sys.argv[1:]]), at_once=at_once) as one:
        yield one


class Bars(Watch):
    """One bar for all, and one for each task that says how far it is; above them what has ended and what was found."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._left = Remaining()
        self._figures: dict[str, dict[str, float]] = {}
        self._shares: dict[str, float] = {}
        self._bars: dict[str, TaskID] = {}
        self._display: _Display | None = None
        self._finished = self._total = 0

    def note(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def expect(self, seconds: Mapping[str, float], jobs: int) -> None:
        self._left.expect(seconds, jobs)

    def begin(self, what: str, total: int, finished: int) -> None:
        self._finished, self._total = finished, total
        self._left.begin(total, finished)
        if self._console.is_terminal and not self._console.is_dumb_terminal:
            self._display = _Display(self._console)
            self._all = self._display.add_task(what, total=total, completed=finished, says=self._when)
            self._display.start()

    def progress(self, task: str, share: float, figures: Figures = NO_FIGURES) -> None:
        self._figures.setdefault(task, {}).update(
            (name, float(value)) for name, value in figures.items() if isinstance(value, int | float)
        )
        self._shares[task] = share
        self._left.progress(task, share)
        if self._display:
            if task not in self._bars:
                figures_of_it = self._figures[task]
                self._bars[task] = self._display.add_task(task, total=1.0, says=lambda: figures_in_words(figures_of_it))
            self._display.update(self._bars[task], completed=share)
            self._show()

    def done(self, task: str, text: str = "", units: int = 1) -> None:
        self._shares.pop(task, None)
        self._figures.pop(task, None)
        self._left.done(task, units)
        self._finished += units
        if self._display:
            if task in self._bars:
                self._display.remove_task(self._bars.pop(task))
            self._show()
        if text:
            when = "" if self._display else f"  ({self._finished} of {self._total}, {self._when()})"
            self._console.print(f"{task:<{_WIDTH}} {text}{when}", markup=False, highlight=False, soft_wrap=True)

    def found(self, what: str, figures: Mapping[str, float]) -> None:
        if self._display:
            self._display.found[what] = figures
            self._display.refresh()
        else:
            self._console.print(f"{what}: {figures_in_words(figures)}", markup=False, highlight=False, soft_wrap=True)

    def end(self) -> None:
        if self._display:
            if self._finished == self._total:
                self._display.found.clear()  # which the report shows whole
            self._display.stop()
            self._display = None
        self._bars.clear()
        self._shares.clear()

    def _show(self) -> None:
        assert self._display
        self._display.update(self._all, completed=self._finished + sum(self._shares.values()))

    def _when(self) -> str:
        left = left_in_words(self._left.seconds)
        return f"elapsed {elapsed_in_words(self._left.elapsed)}{', ' if left else ''}{left}"


class _Display(Progress):
    """Bars, and over them a table of what was found."""

    def __init__(self, console: Console) -> None:
        self.found: dict[str, Mapping[str, float]] = {}
        name = TextColumn(f"{{task.description:<{_WIDTH}}}", markup=False)
        super().__init__(name, BarColumn(bar_width=20), TaskProgressColumn(), _Says(), console=console)

    def get_renderables(self) -> Iterable[RenderableType]:
        if self.found:
            columns = list(dict.fromkeys(name for figures in self.found.values() for name in figures))
            table = Table("", *columns, box=SIMPLE_HEAD, pad_edge=False)
            for what, figures in self.found.items():
                table.add_row(what, *(number(figures[name]) if name in figures else "" for name in columns))
            yield table
        yield from super().get_renderables()


class _Says(ProgressColumn):
    """What a bar's own function says at the moment."""

    def render(self, task: Task) -> Text:
        says: Callable[[], str] = task.fields["says"]
        return Text(says())
