"""One tree's side of tests/benchmarks/compare_trees.py: does pieces of work with the `nasrank` that it imports.

Requests and answers are lines of JSON on standard input and output. Only what revisions have in common is imported, and
by each piece of work for itself, so that a tree that lacks something can do the others.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch

CHANNELS, SIZE, BATCH, LANDMARKS = 8, 16, 64, 30

Values = dict[str, list[float]]


@dataclass(frozen=True)
class Sizes:
    """Of pieces of work.

    Attributes:
        steps: of single paths; mixtures do a fifth of them.
        cells: that are scored together.
        images: that they are scored on.
    """

    steps: int
    cells: int
    images: int


@dataclass(frozen=True)
class Work:
    """Something that both trees do.

    Attributes:
        values: numbers that both trees have to find, from the same weights and images.
        run: what is timed.
        units: how many steps, or scorings, that is.
    """

    values: Values
    run: Callable[[], None]
    units: int


def super_net() -> Any:
    """The super-net of NAS-Bench-201 that everything is done with, in the memory layout that is fast."""
    from nasrank.spaces import get_space

    torch.manual_seed(0)
    return get_space("nb201").supernet(channels=CHANNELS, cells_per_stage=1).to(memory_format=torch.channels_last)


def random_batch(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Normal images `(count, 3, 16, 16)` and their classes `(count,)`."""
    stream = torch.Generator().manual_seed(0)
    images = torch.randn(count, 3, SIZE, SIZE, generator=stream).contiguous(memory_format=torch.channels_last)
    return images, torch.randint(0, 10, (count,), generator=stream)


def training(weights: Path, sizes: Sizes, *, landmarks: bool) -> Work:
    """Steps of single path one-shot by the training loop, with one pair of landmarks a step or none."""
    from nasrank.bench.foundation.seeds import Purpose, generator
    from nasrank.bench.tasks.classification import Classification
    from nasrank.bench.training.strategies import STRATEGIES
    from nasrank.bench.training.terms import TermContext
    from nasrank.bench.training.terms.landmark import LandmarkTerm
    from nasrank.bench.training.trainer import Optimization, train
    from nasrank.spaces import get_space

    supernet, batch, space = super_net(), random_batch(BATCH), get_space("nb201")
    positions = np.random.default_rng(0).choice(len(space), LANDMARKS, replace=False)
    paths, truth = space.choices(positions).tolist(), np.linspace(10, 95, LANDMARKS)

    def run(steps: int) -> list[dict[str, float]]:
        terms = []
        if landmarks:
            context = TermContext(LandmarkTerm.stream(0), paths, truth)
            terms.append(LandmarkTerm(LandmarkTerm.Settings().always(), context))
        strategy = STRATEGIES["spos"](space, generator(0, Purpose.STRATEGY))
        endless = iter(lambda: batch, None)
        held_out = {"strategy": endless, "landmark": endless}
        return train(supernet, Classification(10), strategy, terms, Optimization(steps), endless, held_out).rows

    load(supernet, weights)
    first = run(10)[0]  # ten steps make ten rows
    values = {f"{name} of the first step": [value] for name, value in first.items() if name != "fraction"}
    return Work(values, lambda: run(sizes.steps) and None, sizes.steps)


def mixture(weights: Path, sizes: Sizes) -> Work:
    """Steps along a path that weighs all options of every edge, as DARTS trains; the weights of options learn too."""
    supernet, (images, classes) = super_net(), random_batch(BATCH)
    load(supernet, weights)
    logits = [torch.linspace(-0.5, 0.5, 5).roll(edge).requires_grad_() for edge in range(6)]
    learned = list(supernet.parameters())
    optimizer = torch.optim.SGD([*learned, *logits], lr=0.025, momentum=0.9, weight_decay=5e-4)
    steps = max(sizes.steps // 5, 1)

    def step() -> tuple[float, float]:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(supernet(images, [logit.softmax(0) for logit in logits]), classes)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(learned, 5.0)
        optimizer.step()
        return loss.item(), norm.item()

    def run() -> None:
        for _ in range(steps):
            step()

    loss, norm = step()
    return Work({"loss of the first step": [loss], "norm of its gradient": [norm]}, run, steps)


def scoring(weights: Path, sizes: Sizes) -> Work:
    """Scores of randomly chosen cells together."""
    from nasrank.bench.scores.shared_weights import score_paths
    from nasrank.bench.tasks.classification import Classification
    from nasrank.spaces import get_space

    supernet, (images, classes), space = super_net(), random_batch(sizes.images), get_space("nb201")
    load(supernet, weights)
    paths = space.choices(np.random.default_rng(0).choice(len(space), sizes.cells, replace=False)).tolist()

    def run() -> dict[str, Any]:
        return score_paths(supernet, Classification(10), images, classes, paths)

    values = {name: np.asarray(column).tolist() for name, column in run().items()}
    return Work(values, lambda: run() and None, 1)


WORKS: dict[str, Callable[[Path, Sizes], Work]] = {
    "step": lambda weights, sizes: training(weights, sizes, landmarks=False),
    "landmark": lambda weights, sizes: training(weights, sizes, landmarks=True),
    "mixture": mixture,
    "scoring": scoring,
}


def load(supernet: Any, weights: Path) -> None:
    """Give the super-net the weights in the file; RuntimeError where it names its own differently."""
    supernet.load_state_dict(torch.load(weights, weights_only=True))


def answers(requests: Iterator[str]) -> Iterator[dict[str, Any]]:
    """One for each request."""
    works: dict[str, Work] = {}
    for request in map(json.loads, requests):
        match request:
            case {"keep": path}:
                torch.save(super_net().state_dict(), path)
                yield {}
            case {"prepare": name, "weights": path, "sizes": sizes}:
                try:
                    works[name] = WORKS[name](Path(path), Sizes(**sizes))
                except (ImportError, AttributeError, TypeError, RuntimeError) as reason:
                    yield {"unable": f"{type(reason).__name__}: {reason}"}
                else:
                    works[name].run()
                    yield {"values": works[name].values}
            case {"time": name}:
                start = time.process_time()
                works[name].run()
                yield {"seconds": (time.process_time() - start) / works[name].units}


if __name__ == "__main__":
    torch.set_num_threads(1)
    import nasrank

    with os.fdopen(os.dup(1), "w") as replies:
        os.dup2(2, 1)  # what a tree prints is no answer
        for answer in chain([{"from": nasrank.__file__}], answers(iter(sys.stdin.readline, ""))):
            print(json.dumps(answer), file=replies, flush=True)
