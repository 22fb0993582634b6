"""The seam between what is to be done and where: tasks go in by name, outcomes come out as they are done."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self, TypeVar

from nasrank.bench.execution.watch import Watch
from nasrank.bench.foundation.registry import Registry

F = TypeVar("F", bound=Callable[..., Any])

_REMOTE: set[Callable[..., Any]] = set()


def remote(function: F) -> F:
    """Mark a function at the top of a module as a task, which any executor may have done on another machine.

    It takes a keyword `progress`, and its arguments and its result are what `nasrank.bench.execution.plain` can write.
    """
    _REMOTE.add(function)
    return function


def is_remote(function: Callable[..., Any]) -> bool:
    """Whether a function is marked as a task."""
    return function in _REMOTE


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


@dataclass(frozen=True)
class Resources:
    """What a run asks of an executor; what is not asked for is up to the executor.

    Attributes:
        jobs: tasks at a time.
        folder: one that all machines see, such as that of the report.
        address: of a cluster that is running.
        cpus_per_trial: processor cores that a task occupies, perhaps a fraction of one.
        gpus_per_trial: the same of graphics processors.
        lease: seconds without a sign of life after which another worker takes a task over.
    """

    jobs: int | None = None
    folder: Path | None = None
    address: str | None = None
    cpus_per_trial: float | None = None
    gpus_per_trial: float | None = None
    lease: float | None = None


class Executor(ABC):
    """Does tasks for the block that it is entered for; when that fails or is interrupted, all of them end at once.

    Every task computes on one thread and by deterministic algorithms, so no result depends on where it was computed
    beside which others.

    Attributes:
        name: key in the registry.
        jobs: tasks that it does at a time.
        knows: what of `Resources` it heeds besides `jobs` and `folder`.
        scratch: a folder that all its tasks reach, for what they would go on from; None where any folder will do.
    """

    name: ClassVar[str]
    knows: ClassVar[frozenset[str]] = frozenset()
    scratch: Path | None = None

    def __init__(self, jobs: int = 1) -> None:
        """Raises ValueError when there is not even one job."""
        if jobs < 1:
            raise ValueError(f"jobs = {jobs}; an executor does at least one task at a time")
        self.jobs = jobs

    @classmethod
    def as_usual(cls) -> Self:
        """With as many jobs as it does where nobody says how many; one, unless it says otherwise."""
        return cls()

    @classmethod
    def with_resources(cls, asked: Resources) -> Self:
        """One with what is asked for, not entered yet.

        Raises:
            ValueError: something is asked for that it has no use for, or cannot give.
        """
        cls.refuse_useless(asked)
        return cls.as_usual() if asked.jobs is None else cls(asked.jobs)

    @classmethod
    def refuse_useless(cls, asked: Resources) -> None:
        """ValueError that names the first resource which is asked for and not heeded."""
        for one in fields(asked):
            if getattr(asked, one.name) is not None and one.name not in {"jobs", "folder", *cls.knows}:
                raise ValueError(f"--{one.name.replace('_', '-')} means nothing to the executor {cls.name!r}")

    def __enter__(self) -> Self:
        return self

    @abstractmethod
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End what was started for the block."""

    def close(self) -> None:  # noqa: B027 - most have nothing to do
        """Nothing more will be asked for: whatever waits for further tasks need not. Entered again, it begins anew.

        Blocks follow each other, as when what one finds decides the tasks of the next; this comes after the last one.
        """

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
