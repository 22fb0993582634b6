"""How long a step of every training strategy takes, without and with landmarks, beside that of SPOS in the same run.

Strategies that divide the space are timed with all of their generations, copies and divisions, in a short training: in
a long one these weigh less.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.tasks.classification import Classification
from nasrank.bench.training.generations import Generations
from nasrank.bench.training.strategies import STRATEGIES
from nasrank.bench.training.terms import TermContext
from nasrank.bench.training.terms.landmark import LandmarkTerm
from nasrank.bench.training.trainer import Optimization
from nasrank.spaces import get_space

SPACE = get_space("nb201")
PASSES = 120
LANDMARKS = 30


@pytest.mark.benchmark(group="super-net steps of every strategy, 8 channels, 1 cell a stage, 16x16, batch 64")
@pytest.mark.parametrize("guided", [False, True], ids=["plain", "landmarks"])
@pytest.mark.parametrize("name", STRATEGIES)
def test_strategy_steps(benchmark, name, guided):
    kind = STRATEGIES[name]
    torch.manual_seed(0)
    supernet = SPACE.supernet(channels=8, cells_per_stage=1, **kind.supernet_options)
    supernet = supernet.to(memory_format=torch.channels_last)
    stream = torch.Generator().manual_seed(0)
    images = torch.randn(64, 3, 16, 16, generator=stream).contiguous(memory_format=torch.channels_last)
    batch = images, torch.randint(0, 10, (64,), generator=stream)
    endless = iter(lambda: batch, None)
    paths = SPACE.choices(np.random.default_rng(0).choice(len(SPACE), LANDMARKS, replace=False)).tolist()
    settings = LandmarkTerm.Settings().always()
    first = kind(SPACE, generator(0, Purpose.STRATEGY))
    per_step, divides = first.passes_per_step, len(first.generations) > 1
    passes = max(first.least_passes, 5 * PASSES) if divides else per_step * max(PASSES // per_step, 4)

    def run() -> None:
        context = TermContext(LandmarkTerm.stream(0), paths, np.linspace(10, 95, LANDMARKS))
        terms = [LandmarkTerm(settings, context)] if guided else []
        strategy = kind(SPACE, generator(0, Purpose.STRATEGY))
        held_out = {"strategy": endless, "landmark": endless}
        task, optimization = Classification(10), Optimization(passes)
        Generations(
            supernet, task, strategy, terms, optimization, endless, held_out, on_leaf=lambda supernet, part: None
        ).run()

    benchmark.extra_info |= {f"passes[{name}]": passes, f"passes_per_step[{name}]": per_step}
    benchmark.pedantic(run, rounds=1 if passes > 10 * PASSES else 3, warmup_rounds=1)
