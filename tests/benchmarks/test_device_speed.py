"""How long a step of SPOS takes at the scale of the papers, on the device at hand.

`pytest -o addopts= tests/benchmarks/test_device_speed.py` is all that a figure of a GPU takes. Data lie on the device,
augmentation runs there, and the last step waits for it, so that nothing is left undone when the clock stops.
"""

from __future__ import annotations

import pytest
import torch

from nasrank.bench.data.images.augment import Augmentation
from nasrank.bench.execution.process_pool import one_thread
from nasrank.bench.foundation.devices import device_name
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.tasks.classification import Classification
from nasrank.bench.training.batches import EndlessBatches
from nasrank.bench.training.strategies import STRATEGIES
from nasrank.bench.training.trainer import Optimization, train
from nasrank.spaces import get_space

SPACE = get_space("nb201")
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
STEPS = 200 if DEVICE == "cuda" else 2
BATCH = 256


@pytest.mark.benchmark(
    group=f"SPOS, 16 channels, 5 cells a stage, 32x32, batch 256 ({STEPS} steps on {device_name(DEVICE)})"
)
@pytest.mark.parametrize("precision", ["single", "mixed"] if DEVICE == "cuda" else ["single"])
def test_paper_scale_steps(benchmark, precision):
    torch.manual_seed(0)
    supernet = SPACE.supernet(channels=16, cells_per_stage=5).to(DEVICE).to(memory_format=torch.channels_last)
    stream = torch.Generator().manual_seed(0)
    images, targets = (
        torch.randn(4 * BATCH, 3, 32, 32, generator=stream),
        torch.randint(10, (4 * BATCH,), generator=stream),
    )
    there = images.to(DEVICE).contiguous(memory_format=torch.channels_last), targets.to(DEVICE)
    batches = EndlessBatches(*there, BATCH, stream, Augmentation(padding=4, flip=True))
    strategy = STRATEGIES["spos"](SPACE, generator(0, Purpose.STRATEGY))
    optimization = Optimization(STEPS, BATCH, mixed_precision=precision == "mixed")

    def run() -> None:
        with one_thread():
            train(supernet, Classification(10), strategy, [], optimization, batches, {"strategy": batches})

    benchmark.pedantic(run, rounds=3 if DEVICE == "cuda" else 1, warmup_rounds=1)
