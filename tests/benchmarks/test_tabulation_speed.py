"""How many stand-alone networks an hour one core trains for a table, under the settings of the committed one."""

from __future__ import annotations

import pytest

from nasrank.bench.tabulation.network import network_of
from nasrank.bench.tabulation.selection import Selection
from nasrank.bench.tabulation.settings import StandaloneTraining
from nasrank.bench.tabulation.standalone import run_alone

NETWORKS = 8


@pytest.mark.benchmark(group="stand-alone networks of NAS-Bench-101 cells with at most five vertices, on digits (8)")
def test_tabulate_nb101(benchmark):
    training = StandaloneTraining.of(
        space="nb101",
        data="digits",
        epochs=8,
        padding=1,
        noise=0.6,
        network=network_of("nb101", {}),
        batch_size=64,
        learning_rate=0.1,
    )
    cells = Selection(NETWORKS, 5, 1).architectures("nb101")
    runs = benchmark.pedantic(lambda: [run_alone(training, cell, 0) for cell in cells], rounds=3, warmup_rounds=1)
    assert not any(run.failure for run in runs)
