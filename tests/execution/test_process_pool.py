"""Worker processes: what is killed is lost alone, and said so; the others go on."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time

import pytest

from nasrank.bench.execution.process_pool import WorkersKilledError, one_thread_workers

pytestmark = pytest.mark.slow  # processes import torch


def square(number: int) -> int:
    return number * number


def die(_number: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail(number: int) -> None:
    raise ValueError(f"{number} is no good")


def outcomes(workers) -> dict[str, object]:
    found = {}
    while workers.busy:
        found |= {outcome.task: "killed" if outcome.killed else outcome.result for outcome in workers.finished(1)}
    return found


def test_a_worker_that_is_killed_loses_its_task_alone():
    """Cases, group 3."""
    with one_thread_workers(2) as workers:
        for number in range(8):
            workers.submit(str(number), die if number in (1, 4) else square, number)
        found = outcomes(workers)
    assert found == {str(number): "killed" if number in (1, 4) else number * number for number in range(8)}
    assert not multiprocessing.active_children()


def test_a_worker_that_is_killed_when_it_has_nothing_to_do_is_replaced():
    with one_thread_workers(1) as workers:
        workers.submit("first", os.getpid)
        found = outcomes(workers)
        os.kill(int(str(found["first"])), signal.SIGKILL)
        time.sleep(0.5)
        workers.submit("second", square, 3)
        assert outcomes(workers) == {"second": 9}


def test_when_process_after_process_dies_the_rest_is_given_up():
    with one_thread_workers(1) as workers:
        for number in range(20):
            workers.submit(str(number), die, number)
        started = [outcome.task for outcome in workers.finished(60)]
        found = outcomes(workers)
    assert {*started, *found} == {str(number) for number in range(20)}
    assert set(found.values()) == {"killed"}


def run_one_that_fails_beside_a_long_one() -> None:
    with one_thread_workers(2) as workers:
        workers.submit("long", time.sleep, 1000)
        workers.submit("wrong", fail, 7)
        outcomes(workers)


def test_what_a_task_raises_is_raised_and_ends_the_others():
    with pytest.raises(ValueError, match="7 is no good"):
        run_one_that_fails_beside_a_long_one()
    assert not multiprocessing.active_children()


def test_the_message_names_what_was_lost_and_what_to_do():
    message = str(WorkersKilledError(["a", "b", "c", "d", "e"], "7 of 12 trials"))
    assert message == (
        "the system killed the worker of a, b, c and 2 more, perhaps for lack of memory; 7 of 12 trials are finished "
        "and kept: give the same command again, with fewer --jobs"
    )
