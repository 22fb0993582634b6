"""Streams are spawned by purpose from a seed; which number a purpose has is part of every stored result."""

from __future__ import annotations

from itertools import product

import numpy as np
import torch

from nasrank.bench.foundation.seeds import Purpose, generator, torch_generator

NUMBERED = (
    "INITIAL_WEIGHTS",
    "TRAINING_BATCHES",
    "STRATEGY",
    "STRATEGY_HELD_OUT",
    "LANDMARK_CHOICE",
    "LANDMARK_PAIRS",
    "LANDMARK_HELD_OUT",
    "SPLITS",
    "POOL",
    "BOOTSTRAP",
    "TABULATED_ORDER",
    "TEST_IMAGES",
    "LABEL_NOISE",
    "RANDOM_LABELS",
    "CANDIDATES",
    "SEARCH",
    "MORE_LANDMARKS",
)


def test_purposes_keep_their_numbers():
    assert [Purpose[name] for name in NUMBERED] == list(range(len(NUMBERED)))


def test_every_seed_and_purpose_has_a_stream_of_its_own():
    streams = {(seed, purpose): generator(seed, purpose).bytes(8) for seed, purpose in product(range(3), Purpose)}
    assert len(set(streams.values())) == len(streams)
    again = {(seed, purpose): generator(seed, purpose).bytes(8) for seed, purpose in product(range(3), Purpose)}
    assert streams == again


def test_a_stream_is_the_purposes_child_of_the_seed():
    child = np.random.default_rng(np.random.SeedSequence(7, spawn_key=(8,)))
    assert generator(7, Purpose.POOL).bytes(8) == child.bytes(8)


def test_torchs_stream_is_seeded_by_numpys():
    seeded = torch.Generator().manual_seed(int(generator(7, Purpose.TRAINING_BATCHES).integers(2**63)))
    drawn = torch_generator(7, Purpose.TRAINING_BATCHES)
    assert torch.equal(torch.randperm(50, generator=drawn), torch.randperm(50, generator=seeded))
