"""Memory that a step of training frees is kept for the next."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

from nasrank.bench.foundation.freed_memory import VARIABLES

PAGES_OF_STEPS = """
import resource

import torch

from nasrank import get_space
from nasrank.bench.foundation.freed_memory import keep_freed_memory

keep_freed_memory() if {kept} else None
torch.set_num_threads(1)
network = get_space("mobilenet").network(get_space("mobilenet").at(0)).to(memory_format=torch.channels_last)
images = torch.ones(64, 3, 16, 16).contiguous(memory_format=torch.channels_last)

def step():
    network(images).sum().backward()

for _ in range(3):
    step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def pages_of_steps(*, kept: bool = True, **variables: str) -> int:
    """How many pages ten steps of training get from the system."""
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES} | variables
    words = [sys.executable, "-c", PAGES_OF_STEPS.format(kept=kept)]
    return int(subprocess.run(words, env=environment, capture_output=True, text=True, check=True).stdout)


@pytest.mark.slow
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="what other C libraries do is their own")
def test_steps_take_what_those_before_have_freed() -> None:
    assert pages_of_steps() < 5000 < 20000 < pages_of_steps(kept=False)


@pytest.mark.slow
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="what other C libraries do is their own")
def test_what_the_user_says_of_memory_counts() -> None:
    assert pages_of_steps(MALLOC_TRIM_THRESHOLD_="131072") > 20000
