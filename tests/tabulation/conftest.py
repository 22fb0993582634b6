"""Settings so small that a network trains in a twentieth of a second."""

from __future__ import annotations

import pytest

from nasrank.bench.tabulation.network import network_of
from nasrank.bench.tabulation.selection import Selection
from nasrank.bench.tabulation.settings import StandaloneTraining
from nasrank.bench.tabulation.standalone import run_alone
from nasrank.bench.tabulation.store import Networks

TINY = StandaloneTraining(
    space="nb201",
    data="digits",
    epochs=5,
    training_images=50,
    test_images=40,
    padding=1,
    noise=0.5,
    network=network_of("nb201", {"channels": 2, "cells_per_stage": 1}),
    batch_size=16,
    learning_rate=0.1,
)

SELECTION = Selection(cells=12, max_nodes=None, seeds=2)


@pytest.fixture(scope="session")
def training() -> StandaloneTraining:
    return TINY


@pytest.fixture(scope="session")
def selection() -> Selection:
    return SELECTION


@pytest.fixture(scope="session")
def architectures():
    return SELECTION.architectures("nb201")


@pytest.fixture(scope="session")
def finished(training, architectures, tmp_path_factory) -> Networks:
    """Every network of the tiny table, trained here one after the other."""
    store = Networks(tmp_path_factory.mktemp("finished"), training)
    with store.writing() as put:
        for architecture in architectures:
            for seed in reversed(range(SELECTION.seeds)):
                put(str(architecture), seed, run_alone(training, architecture, seed))
    return store
