"""Why a task of a Ray cluster is lost, in one line; and what does not need Ray leaves it alone."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import ray
from ray import exceptions

from nasrank.bench.execution.on_ray.losses import outcome_of

KILLED_FOR_MEMORY = """\
1 worker(s) were killed due to the node running low on memory. Memory on the node (IP: 192.0.2.2, \
ID: 4a31b97aa345660fa2f013781549927b9da486fbfc346ccb2fa857c2) was 1.94GB used / 23.54GB limit (0.082322)
OOM kill reason: Memory usage 2039447552B exceeded threshold of 2022120064B (8.0% of 25276502016B limit)
Object store memory usage: [- objects spillable: 0"""
"""The beginning of what Ray 2.60 says."""


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            exceptions.OutOfMemoryError(KILLED_FOR_MEMORY),
            "Ray killed its worker for want of memory of the node 192.0.2.2, of which 1.94GB of 23.54GB were used; "
            "that was the last of 4 attempts",
        ),
        (
            exceptions.OutOfMemoryError("it says so in other words"),
            "Ray killed its worker for want of memory; that was the last of 4 attempts",
        ),
        (exceptions.NodeDiedError("gone\nfor good"), "its node died; that was the last of 4 attempts"),
        (exceptions.WorkerCrashedError(), "its worker was killed; that was the last of 4 attempts"),
        (exceptions.LocalRayletDiedError(), "Ray has ended on this machine"),
        (exceptions.RaySystemError("one\ntwo"), "System error: one"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_reason_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, error: exceptions.RayError, reason: str
) -> None:
    def fail(_reference: Any) -> None:
        raise error

    monkeypatch.setattr(ray, "get", fail)
    outcome = outcome_of("a task", "a reference")
    assert (outcome.task, outcome.result, outcome.lost) == ("a task", None, reason)


def test_looking_at_the_executors_does_not_import_ray() -> None:
    """Half a second, for everybody who uses another one."""
    program = "import sys; from nasrank.bench.execution import EXECUTORS; assert 'ray' in list(EXECUTORS)"
    program += "; sys.exit('ray' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
