"""Whoever looks on while a run goes on."""

from __future__ import annotations


class Watch:
    """Told how a run goes. This one says nothing; the command line draws bars."""

    def note(self, text: str) -> None:
        """Something worth saying, one line."""

    def begin(self, what: str, total: int, finished: int) -> None:
        """So many units of work are to be done in all, and so many of them are."""

    def progress(self, task: str, share: float) -> None:
        """This share of a task, in [0, 1], is done."""

    def done(self, task: str, text: str = "", units: int = 1) -> None:
        """A task has ended, which was so many units of work; `text` says how, where there is something to say."""

    def end(self) -> None:
        """What was begun has ended, well or not."""
