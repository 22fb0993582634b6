"""Tasks that executors are tested with; a plugin for those whose workers find tasks by name."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

from nasrank.bench.execution import Progress, remote


@remote
def square(number: int, *, progress: Callable[[float], None]) -> int:
    progress(0.5)
    return number * number


@remote
def tell(*, progress: Progress) -> None:
    progress(0.5, {"loss": 2.5, "scores": [0.1, 0.2]})


@remote
def fail(number: int, *, progress: Callable[[float], None]) -> None:
    progress(0.1)
    raise ValueError(f"{number} is no good")


@remote
def threads(*, progress: Callable[[float], None]) -> tuple[int, bool]:
    progress(0.1)
    return torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()


@remote
def nap(seconds: float, *, progress: Callable[[float], None]) -> float:
    """Sleep, and say every twentieth of a second how much of it is over."""
    start = time.monotonic()
    while (slept := time.monotonic() - start) < seconds:
        progress(slept / seconds)
        time.sleep(0.05)
    return seconds


def not_marked(*, progress: Callable[[float], None]) -> None:
    progress(1.0)
