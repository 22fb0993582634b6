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

    def done(self, task: str, text: str = "", units: int = 1) -> None:
        """A task has ended, which was so many units of work; `text` says how, where there is something to say."""

    def found(self, what: str, figures: Mapping[str, float]) -> None:
        """What tasks that have ended tell together about something, by name; said again when further ones have."""

    def end(self) -> None:
        """What was begun has ended, well or not."""


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
