"""What a kind of study owes the command line."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from nasrank.bench.execution import Executor
from nasrank.bench.foundation.registry import Registry
from nasrank.bench.foundation.terminal import Terminal


@dataclass(frozen=True)
class Asked:
    """What `nasrank run` was told besides the study.

    Attributes:
        executor: not entered yet.
        quick: whether a small run is wanted, to see how it looks.
        out: the folder of the report.
        work: where unfinished results are kept.
        console: to say how it goes.
        oracle: the table to take instead of those that the study names; None for these. Few kinds can.
    """

    executor: Executor
    quick: bool
    out: Path
    work: Path
    console: Terminal
    oracle: str | None = None


class Kind(ABC):
    """A kind of study.

    Attributes:
        name: what its files give as their `kind`.
    """

    name: ClassVar[str]

    @abstractmethod
    def run(self, path: Path, asked: Asked) -> None:
        """Run the study of this file as far as it is not finished yet, and write its report.

        Raises:
            ValueError: the file is malformed, or the folder holds something else.
        """

    @abstractmethod
    def owns(self, folder: Path) -> bool:
        """Whether a folder holds a report of this kind."""

    @abstractmethod
    def report(self, folder: Path, console: Terminal) -> None:
        """Make the report in a folder anew from the results in it."""


KINDS: Registry[type[Kind]] = Registry("kind of study", "nasrank.bench.commands.kinds")
"""By name. To add one: a file beside this one that registers it, or a plugin that does."""
