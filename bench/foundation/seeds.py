"""Independent random streams of one trial, spawned by purpose from its seed.

Two trials with the same seed share every stream, whatever else differs between them. So a run with landmarks starts
from the weights, and sees the batches and paths, of the run without them, and their difference is a paired one.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import torch


class Purpose(IntEnum):
    """What a stream is for. The numbers are part of every stored result: append, never renumber."""

    INITIAL_WEIGHTS = 0
    TRAINING_BATCHES = 1
    STRATEGY = 2
    STRATEGY_HELD_OUT = 3
    LANDMARK_CHOICE = 4
    LANDMARK_PAIRS = 5
    LANDMARK_HELD_OUT = 6
    SPLITS = 7
    POOL = 8
    BOOTSTRAP = 9
    TABULATED_ORDER = 10
    TEST_IMAGES = 11
    LABEL_NOISE = 12
    RANDOM_LABELS = 13
    CANDIDATES = 14
    SEARCH = 15
    MORE_LANDMARKS = 16
    TERM = 17
    TERM_HELD_OUT = 18
    ESTIMATOR = 19
    NETWORK_WEIGHTS = 20
    LABELS = 21
    SEARCH_RUN = 22


def generator(seed: int, purpose: Purpose, name: str = "") -> np.random.Generator:
    """The numpy stream of this purpose; where many things have the purpose, of the one with this name."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(int(purpose), *name.encode())))


def torch_seed(seed: int, purpose: Purpose, name: str = "") -> int:
    """A 63-bit seed for torch generators of this purpose, and name."""
    return int(generator(seed, purpose, name).integers(2**63))


def torch_generator(
    seed: int, purpose: Purpose, device: str | torch.device = "cpu", *, name: str = ""
) -> torch.Generator:
    """The torch stream of this purpose, and name."""
    return torch.Generator(device=device).manual_seed(torch_seed(seed, purpose, name))
