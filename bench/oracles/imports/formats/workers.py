"""Processes that share the reading of a large source."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nasrank.bench.foundation.files import DataError

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor


@contextmanager
def workers(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """So many processes, which end with the block; what they have not begun by then is dropped.

    Raises:
        DataError: one died in the block, as where a system short of memory kills the largest process.
    """
    import multiprocessing  # these take longer to import than a compiled table to open
    from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor

    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        try:
            yield pool
        except BrokenProcessPool:
            raise DataError("a worker process died, perhaps for lack of memory: try again with --jobs 1") from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
