"""The seam between what is to be done and where: tasks go in by name, outcomes come out as they are done."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, ClassVar, Self

from nasrank.bench.execution.watch import Watch
from nasrank.bench.foundation.registry import Registry


@dataclass(frozen=True)
class Outcome:
    """What became of a task.

    Attributes:
        task: as it was called.
        result: of its function; None when there is none.
        lost: why there is none, such as a worker that the system killed; empty when there is one.
    """

    task: str
    result: Any = None
    lost: str = ""


class Executor(ABC):
    """Does tasks for the block that it is entered for; when that fails or is interrupted, all of them end at once.

    Every task computes on one thread and by deterministic algorithms, so no result depends on where it was computed
    beside which others.

    Attributes:
        name: key in the registry.
        jobs: tasks that it does at a time.
    """

    name: ClassVar[str]

    def __init__(self, jobs: int = 1) -> None:
        """Raises ValueError when there is not even one job."""
        if jobs < 1:
            raise ValueError(f"jobs = {jobs}; an executor does at least one task at a time")
        self.jobs = jobs

    @classmethod
    def as_usual(cls) -> Self:
        """With as many jobs as it does where nobody says how many; one, unless it says otherwise."""
        return cls()

    def __enter__(self) -> Self:
        return self

    @abstractmethod
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End what was started for the block."""

    @abstractmethod
    def submit(self, task: str, function: Callable[..., Any], *arguments: Any) -> None:
        """Have `function(*arguments, progress=...)` done, where `progress` takes the share that is done, in [0, 1].

        An executor that passes on what tasks tell of themselves gives them a `Progress`, which takes figures, too.

        Args:
            task: what it is called, each differently.
            function: of a module, so that another process can import it; its result can be pickled.
        """

    @abstractmethod
    def outcomes(self, watch: Watch) -> Iterator[Outcome]:
        """Of all tasks, each as soon as it is done. What a function raises, this raises.

        Args:
            watch: told how far each task is.
        """


EXECUTORS: Registry[type[Executor]] = Registry("executor", "nasrank.bench.execution")
"""By name. To add one: a file here that registers it, or a plugin that does."""
