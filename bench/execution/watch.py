"""Whoever looks on while a run goes on."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, Protocol, TypeAlias

Figures: TypeAlias = Mapping[str, float | Sequence[float]]
"""What a task tells of itself besides how far it is, by name: a number, such as its loss, or several."""

NO_FIGURES: Figures = MappingProxyType({})

STEP, STEPS = "step", "steps"
"""Figures that say how far a task is, like its share: steps done, and in all. Not every one of them is passed on."""


class Released(BaseException):
    """Raised by `progress` in a task that is to end here and to go on elsewhere, or later.

    What keeps checkpoints keeps one when this passes through, and lets it pass.
    """


class Watch:
    """Told how a run goes. This one says nothing; the command line draws bars."""

    def note(self, text: str) -> None:
        """Something worth saying, one line."""

    def expect(self, seconds: Mapping[str, float], jobs: int) -> None:
        """So long each task is estimated to take on one core, by its name, where so many are done at a time."""

    def begin(self, what: str, total: int, finished: int) -> None:
        """So many units of work are to be done in all, and so many of them are."""

    def progress(self, task: str, share: float, figures: Figures = NO_FIGURES) -> None:
        """This share of a task, in [0, 1], is done; `figures` are those that are new."""

    def failed(self, task: str, reason: str, *, lost: bool = False) -> None:
        """A task came to nothing for this reason, which `done` is told of, too; said of earlier runs' tasks as well.

        Args:
            lost: whether its worker was, so that the same command would do it again.
        """

    def done(self, task: str, text: str = "", units: int = 1) -> None:
        """A task has ended, which was so many units of work; `text` says how, where there is something to say."""

    def found(self, what: str, figures: Mapping[str, float]) -> None:
        """What tasks that have ended tell together about something, by name; said again when further ones have."""

    def end(self) -> None:
        """What was begun has ended, well or not."""


class Passing(Watch):
    """Tells another watch all that it is told itself; what is derived from it looks on."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def note(self, text: str) -> None:
        self._watch.note(text)

    def expect(self, seconds: Mapping[str, float], jobs: int) -> None:
        self._watch.expect(seconds, jobs)

    def begin(self, what: str, total: int, finished: int) -> None:
        self._watch.begin(what, total, finished)

    def progress(self, task: str, share: float, figures: Figures = NO_FIGURES) -> None:
        telling(self._watch.progress, task)(share, figures)

    def failed(self, task: str, reason: str, *, lost: bool = False) -> None:
        self._watch.failed(task, reason, lost=lost)

    def done(self, task: str, text: str = "", units: int = 1) -> None:
        self._watch.done(task, text, units)

    def found(self, what: str, figures: Mapping[str, float]) -> None:
        self._watch.found(what, figures)

    def end(self) -> None:
        self._watch.end()


class Progress(Protocol):
    """What a task calls to say how far it is."""

    def __call__(self, share: float, figures: Figures = NO_FIGURES, /) -> None: ...


def telling(progress: Callable[..., None], *first: Any) -> Progress:
    """A function with these first arguments, which can be told figures in any case.

    One that takes the share alone, as an executor or a watch of a plugin may have it, is told no figures.
    """
    told = partial(progress, *first)
    try:
        inspect.signature(told).bind(0.0, NO_FIGURES)
    except (TypeError, ValueError):  # it does not take them, or does not say what it takes
        return lambda share, figures=NO_FIGURES, /: told(share)
    return told
