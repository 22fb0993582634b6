"""Worker processes that compute on one thread each, so that results do not depend on how many there are."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")

context = multiprocessing.get_context("spawn")
"""How they are started; queues that they share must come from it."""


@contextmanager
def one_thread_workers(
    jobs: int, prepare: Callable[..., None] | None = None, *arguments: Any
) -> Iterator[ProcessPoolExecutor]:
    """So many processes for the block. When it fails or is interrupted they are killed at once, with their tasks.

    Args:
        prepare: called with the arguments in every worker before its first task.
    """
    os.environ.update(dict.fromkeys(_THREAD_VARIABLES, "1"))  # before a worker imports numpy or torch
    workers = _Uninterrupted(jobs, mp_context=context, initializer=_start, initargs=(prepare, arguments))
    try:
        yield workers
    except BaseException:
        for process in list(workers._processes.values()):  # else their tasks would be waited for
            process.terminate()
        raise
    finally:
        workers.shutdown(cancel_futures=True)


class _Uninterrupted(ProcessPoolExecutor):
    """Its processes, which are started as tasks come in, never see Ctrl-C, not even before they can ignore it."""

    def submit(self, task: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        if not hasattr(signal, "pthread_sigmask"):  # Windows
            return super().submit(task, *arguments, **options)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # which processes started now inherit
        try:
            return super().submit(task, *arguments, **options)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start(prepare: Callable[..., None] | None, arguments: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent too, which ends its workers
    threading.Thread(target=_end_with_parent, daemon=True).start()

    import torch

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    # Determinism would fill new memory too: 6 % of the time, and no result depends on it (the same bytes without).
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    if prepare is not None:
        prepare(*arguments)


def _end_with_parent() -> None:
    """A parent that is killed outright cannot stop its workers; they notice by themselves."""
    parent = multiprocessing.parent_process()
    assert parent is not None  # only workers call this
    parent.join()
    os._exit(1)
