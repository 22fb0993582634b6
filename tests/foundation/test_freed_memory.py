"""Memory that a step of training frees is kept for the next."""

from __future__ import annotations

import multiprocessing
import platform
import resource

import pytest
import torch

from nasrank.bench.execution.process_pool import one_thread_workers
from nasrank.bench.foundation.freed_memory import VARIABLES
from nasrank.spaces import get_space

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library has no such setting to test"),
]


def pages_of_steps() -> int:
    """How many pages ten steps of training get from the system."""
    torch.set_num_threads(1)
    space = get_space("mobilenet")
    network = space.network(space.at(0)).to(memory_format=torch.channels_last)
    images = torch.ones(64, 3, 16, 16).contiguous(memory_format=torch.channels_last)
    for step in range(13):
        if step == 3:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        network(images).sum().backward()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def pages_in_a_worker(monkeypatch: pytest.MonkeyPatch, **variables: str) -> int:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with one_thread_workers(1) as workers:
        workers.submit("steps", pages_of_steps)
        while workers.busy:
            for ended in workers.finished(60):
                return ended.result
    raise AssertionError("the worker ended without a result")


def test_steps_of_a_worker_take_what_those_before_have_freed(monkeypatch: pytest.MonkeyPatch) -> None:
    with multiprocessing.get_context("spawn").Pool(1) as others:
        assert pages_in_a_worker(monkeypatch) < 5000 < 20000 < others.apply(pages_of_steps)


def test_what_the_user_says_of_memory_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pages_in_a_worker(monkeypatch, MALLOC_TRIM_THRESHOLD_="131072") > 20000
