"""How long proxies take on a cell of NAS-Bench-201 of the benchmark's own size; `tox -e speed` runs these."""

from __future__ import annotations

from functools import partial
from time import perf_counter

import numpy as np
import pytest
import torch
from torch import nn

from nasrank.predictors import Context
from nasrank.predictors.zero_cost.probe import BATCH, Probe
from nasrank.predictors.zero_cost.proxy import measure_all, proxies
from nasrank.spaces import get_space
from nasrank.testing.estimator_conformance import fresh_network

SPACE = get_space("nb201")
CELL = "|nor_conv_3x3~0|+|nor_conv_1x1~0|nor_conv_3x3~1|+|skip_connect~0|avg_pool_3x3~1|nor_conv_1x1~2|"
"""Two convolutions of each kind: half as many again as the mean cell has."""

COUNTS = {"params", "flops", "trainable_layers", "l2_norm"}
GRADIENTS = {
    *("grad_norm", "snip", "grasp", "fisher", "plain", "synflow", "jacov", "epe_nas", "nwot", "zen", "zico"),
}
"""What takes the network's own gradients or activations on one or two batches."""

SIZE = "a cell, 16 channels, 5 cells a stage, 32x32, batch 64"


def probe() -> Probe:
    """A new one, which has computed nothing."""
    stream = torch.Generator().manual_seed(0)
    samples = torch.randn(2 * BATCH, 3, 32, 32, generator=stream), torch.randint(10, (2 * BATCH,), generator=stream)
    context = Context(SPACE, samples=samples, network=partial(fresh_network, SPACE), loss=nn.functional.cross_entropy)
    made = Probe.of(context, CELL)
    made.network()
    return made


@pytest.mark.benchmark(group=f"one proxy of {SIZE}")
@pytest.mark.parametrize("name", proxies())
def test_alone(benchmark, name):
    proxy = proxies()[name]()
    found = benchmark.pedantic(lambda one: proxy.measured(one), setup=lambda: ((probe(),), {}), rounds=3)
    assert not found.reason


@pytest.mark.benchmark(group=f"all gradient proxies of {SIZE}")
def test_together(benchmark):
    """At most 1.6 times as long as the dearest three one after another."""
    kinds = [kind() for name, kind in proxies().items() if name in GRADIENTS]
    found = benchmark.pedantic(lambda one: measure_all(kinds, one), setup=lambda: ((probe(),), {}), rounds=3)
    assert not any(one.reason for one in found.values())
    alone = []
    for kind in kinds:
        fresh = probe()
        start = perf_counter()
        kind.measured(fresh)
        alone.append(perf_counter() - start)
    benchmark.extra_info["the dearest three alone, seconds"] = dearest = float(np.sort(alone)[-3:].sum())
    assert benchmark.stats.stats.min < 1.6 * dearest
