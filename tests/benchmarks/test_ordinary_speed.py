"""Steps of our super-net of NAS-Bench-201 beside those of one as it is commonly written, along the same paths."""

from __future__ import annotations

import time
from statistics import median

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from ordinary_supernet import OrdinarySuperNet, optimizer_of
from torch import Tensor, nn

from nasrank.bench.training.trainer import Optimization
from nasrank.spaces import get_space

SPACE = get_space("nb201")
SIZES = {"8 channels, 16x16": (8, 16), "16 channels, 32x32": (16, 32)}
STEPS = 40
"""As many paths: enough for the two kinds of steps to be those of the space."""


def both(channels: int) -> tuple[nn.Module, OrdinarySuperNet]:
    """Ours and the ordinary one, one cell a stage, with the same weights."""
    torch.manual_seed(0)
    ours = SPACE.supernet(channels=channels, cells_per_stage=1).to(memory_format=torch.channels_last)
    ordinary = OrdinarySuperNet(channels=channels, cells_per_stage=1)
    ordinary.take_weights(ours)
    return ours, ordinary


def random_batch(size: int) -> tuple[Tensor, Tensor]:
    stream = torch.Generator().manual_seed(0)
    return torch.randn(64, 3, size, size, generator=stream), torch.randint(0, 10, (64,), generator=stream)


def paths() -> list[list[int]]:
    return SPACE.choices(np.random.default_rng(0).choice(len(SPACE), STEPS, replace=False)).tolist()


class Contestant:
    """A super-net with its optimizer and its batch, in the memory layout that it is used with."""

    def __init__(self, supernet: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, classes: Tensor) -> None:
        self._supernet, self._optimizer, self._images, self._classes = supernet, optimizer, images, classes
        self.seconds = 0.0

    def step(self, path: list[int]) -> None:
        """Forward, backward, clip, update; the seconds of the processor are added up."""
        start = time.process_time()
        self._optimizer.zero_grad()
        F.cross_entropy(self._supernet(self._images, path), self._classes).backward()
        nn.utils.clip_grad_norm_(self._supernet.parameters(), 5.0)
        self._optimizer.step()
        self.seconds += time.process_time() - start


@pytest.mark.parametrize("name", SIZES)
def test_they_are_the_same_network(name):
    channels, size = SIZES[name]
    ours, ordinary = both(channels)
    images, classes = random_batch(size)
    for path in paths()[:10]:
        found = ours(images.contiguous(memory_format=torch.channels_last), path)
        expected = ordinary(images, path)
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
        slopes = []
        for supernet, outputs in ((ours, found), (ordinary, expected)):
            supernet.zero_grad()
            F.cross_entropy(outputs, classes).backward()
            slopes.append(nn.utils.clip_grad_norm_(supernet.parameters(), 5.0))
        torch.testing.assert_close(*slopes, rtol=1e-3, atol=1e-4)


@pytest.mark.benchmark(group="a step of our super-net and one of the ordinary, 1 cell a stage, batch 64 (40 of each)")
@pytest.mark.parametrize("name", SIZES)
def test_step_beside_the_ordinary(benchmark, name):
    """They take turns at every path, so that what else the machine does falls on both."""
    channels, size = SIZES[name]
    ours, ordinary = both(channels)
    images, classes = random_batch(size)
    fast = images.contiguous(memory_format=torch.channels_last)
    contestants = [
        Contestant(ours, Optimization(STEPS).optimizer_of(ours), fast, classes),
        Contestant(ordinary, optimizer_of(ordinary), images, classes),
    ]
    ratios = []

    def run() -> None:
        for contestant in contestants:
            contestant.seconds = 0.0
        for place, path in enumerate(paths()):
            for contestant in contestants[:: 1 if place % 2 else -1]:
                contestant.step(path)
        ratios.append(contestants[1].seconds / contestants[0].seconds)

    benchmark.pedantic(run, rounds=3, warmup_rounds=1)
    benchmark.extra_info[f"ordinary_by_ours[{name}]"] = median(ratios[1:])
