"""Runs a piece of work in a process that is killed at a chosen one of its steps."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator

_STEPS = ("open", "os.", "shutil.", "fcntl.", "ctypes.", "tempfile.")
"""Beginnings of the names of audit events that precede what is done to files."""


def killed_at_every_step(work: Callable[[], None], prepare: Callable[[], None]) -> Iterator[int]:
    """For each step of the work, prepare, begin the work and kill it before that step; yields the step's number."""
    step = 0
    while True:
        prepare()
        if _ended_by_itself(work, step):
            return
        yield step
        step += 1


def _ended_by_itself(work: Callable[[], None], step: int) -> bool:
    child = os.fork()
    if child == 0:
        _work_until(work, step)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, 9), "the work itself failed"
    return code == 0


def _work_until(work: Callable[[], None], step: int) -> None:
    left = step

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        del arguments
        if event.startswith(_STEPS):
            if left == 0:
                os._exit(9)  # as a kill does: no block is left, nothing is tidied up
            left -= 1

    try:
        sys.addaudithook(count)
        work()
        os._exit(0)
    finally:
        os._exit(1)
