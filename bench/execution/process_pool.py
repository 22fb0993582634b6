"""Worker processes that compute on one thread each, so that results do not depend on how many there are."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from nasrank.bench.foundation import plugins
from nasrank.bench.foundation.freed_memory import keep_freed_memory

THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")

_WORKSPACE = ("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
"""Without it, deterministic algorithms refuse every product of matrices on a GPU."""

_NAMED = 3
"""Lost tasks that a message names."""

_PATIENCE = 2
"""Processes that may die in a row, beyond as many as there are at a time."""

_FILES, _FILES_PER_WORKER = 256, 10
"""Descriptors of this process, and those that it has for each worker."""

context = multiprocessing.get_context("spawn")
"""How they are started; queues that they share must come from it."""


class WorkersKilledError(ValueError):
    """The system ended worker processes; the message says what they worked on, and what to do."""

    def __init__(self, lost: Sequence[str], kept: str) -> None:
        """Both in words: the tasks that were lost, and what is finished."""
        few = ", ".join(lost[:_NAMED]) + (f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else "")
        super().__init__(
            f"the system killed the worker of {few}, perhaps for lack of memory; {kept} are finished and kept: "
            "give the same command again, with fewer --jobs"
        )


@dataclass(frozen=True)
class Ended:
    """What became of a task of a worker.

    Attributes:
        task: as it was called.
        result: of its function; None when the worker was killed.
        killed: whether it was.
    """

    task: str
    result: Any
    killed: bool = False


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Processes that are started within the block do not see Ctrl-C before they say what they make of it."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # which processes started now inherit
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Uninterrupted(ProcessPoolExecutor):
    """Its processes, which are started as tasks come in, never see Ctrl-C, not even before they can ignore it."""

    def submit(self, task: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        with uninterrupted():
            return super().submit(task, *arguments, **options)


class Workers:
    """So many processes, each of which does one task after the other.

    A process that the system kills, for instance for want of memory, takes one task with it, and another process takes
    its place. When process after process dies and none finishes anything, the tasks that are left are given up.
    """

    def __init__(self, jobs: int, prepare: Callable[..., None] | None, arguments: tuple[Any, ...]) -> None:
        self._initial = prepare, arguments
        self._processes: list[ProcessPoolExecutor] = []
        self._idle = [self._process() for _ in range(jobs)]
        self._waiting: deque[tuple[str, Callable[..., Any], tuple[Any, ...]]] = deque()
        self._running: dict[Future[Any], tuple[str, ProcessPoolExecutor]] = {}
        self._deaths_left = self._patience = jobs + _PATIENCE

    def submit(self, task: str, function: Callable[..., Any], *arguments: Any) -> None:
        """Have a task done as soon as a process is free."""
        self._waiting.append((task, function, arguments))
        self._occupy()

    @property
    def busy(self) -> bool:
        """Whether there are tasks whose outcome has not been asked for."""
        return bool(self._running or self._waiting)

    def finished(self, seconds: float) -> Iterator[Ended]:
        """Outcomes since the last call; waits so long for one. What a task raises, it raises here."""
        for future in wait(self._running, seconds, FIRST_COMPLETED).done:
            task, process = self._running.pop(future)
            try:
                outcome = Ended(task, future.result())
                self._deaths_left = self._patience
            except BrokenProcessPool:
                outcome = Ended(task, None, killed=True)
                self._deaths_left -= 1
                process = self._another(process)
            finally:
                self._idle.append(process)
            self._occupy()
            yield outcome
        if not self._deaths_left:
            while self._waiting:
                yield Ended(self._waiting.popleft()[0], None, killed=True)

    def end(self, *, at_once: bool) -> None:
        """End the processes, at once with their tasks or after them."""
        for process in self._processes if at_once else ():
            for worker in list(process._processes.values()):  # else their tasks would be waited for
                worker.terminate()
        for process in self._processes:
            process.shutdown(cancel_futures=True)

    def _occupy(self) -> None:
        while self._idle and self._waiting and self._deaths_left:
            process = self._idle.pop()
            task, function, arguments = self._waiting[0]
            try:
                self._running[process.submit(function, *arguments)] = task, process
                self._waiting.popleft()
            except BrokenProcessPool:  # it was killed when it had nothing to do
                self._idle.append(self._another(process))

    def _another(self, killed: ProcessPoolExecutor) -> ProcessPoolExecutor:
        killed.shutdown()
        self._processes.remove(killed)
        return self._process()

    def _process(self) -> ProcessPoolExecutor:
        """A pool of one: when it breaks, it is known what it was doing, and no other task is lost."""
        made = _Uninterrupted(1, mp_context=context, initializer=_start, initargs=(_Plugins(), *self._initial))
        self._processes.append(made)  # an interrupt may find it neither idle nor running
        return made


def compute_on_one_thread() -> None:
    """Let numpy and torch have one thread each: here, if they are not imported yet, and in processes started later."""
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))


@contextmanager
def one_thread_workers(jobs: int, prepare: Callable[..., None] | None = None, *arguments: Any) -> Iterator[Workers]:
    """So many processes for the block. When it fails or is interrupted they are killed at once, with their tasks.

    Args:
        prepare: called with the arguments in every worker before its first task.
    """
    compute_on_one_thread()
    _allow_files(_FILES + _FILES_PER_WORKER * jobs)
    workers = Workers(jobs, prepare, arguments)
    try:
        yield workers
    except BaseException:
        workers.end(at_once=True)
        raise
    workers.end(at_once=False)


def _allow_files(count: int) -> None:
    """Let this process have so many files open, if the system lets it."""
    try:
        import resource
    except ImportError:  # Windows, where there is no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < count:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (count if hard == resource.RLIM_INFINITY else min(count, hard), hard)
        )


class _Plugins:
    """Is a worker's first argument, which imports all plugins when it is unpickled.

    What is unpickled after it, arguments and tasks, may be of classes that lie in a plugin, and where that is a file no
    import finds it by the name of its module.
    """

    def __reduce__(self) -> tuple[Callable[[], None], tuple[()]]:
        return plugins.load, ()


def _start(_: object, prepare: Callable[..., None] | None, arguments: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent too, which ends its workers
    threading.Thread(target=_end_with_parent, daemon=True).start()
    keep_freed_memory()
    _compute_deterministically()
    if prepare is not None:
        prepare(*arguments)


def _compute_deterministically() -> None:
    """On one thread, by algorithms that give the same bits each time, in the precision that is asked for.

    On a GPU too: there products of matrices need a workspace of a fixed size, which has to be said before the first of
    them; convolutions are not chosen by measuring them; and single precision is what it says, not TF32, which rounds to
    10 bits and is cuDNN's default for convolutions. Who wants less precision for more speed asks for `mixed_precision`.
    """
    os.environ.setdefault(*_WORKSPACE)
    import torch

    torch.set_num_threads(1)
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    torch.use_deterministic_algorithms(True)
    # Determinism would fill new memory too: 6 % of the time, and no result depends on it (the same bytes without).
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute in this process as a worker does, for the block."""
    import torch

    threads, deterministic = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    filling = torch.utils.deterministic.fill_uninitialized_memory  # type: ignore[attr-defined]
    cudnn, products = torch.backends.cudnn, torch.backends.cuda.matmul
    on_gpus = cudnn.benchmark, cudnn.allow_tf32, products.allow_tf32
    _compute_deterministically()
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(deterministic)
        torch.utils.deterministic.fill_uninitialized_memory = filling  # type: ignore[attr-defined]
        cudnn.benchmark, cudnn.allow_tf32, products.allow_tf32 = on_gpus


def _end_with_parent() -> None:
    """A parent that is killed outright cannot stop its workers; they notice by themselves."""
    parent = multiprocessing.parent_process()
    assert parent is not None  # only workers call this
    parent.join()
    os._exit(1)
