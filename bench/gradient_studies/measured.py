"""Norms of the gradients of networks that were initialized and not trained."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from nasrank.bench.data import DATASETS, Dataset, load_dataset
from nasrank.bench.foundation.seeds import Purpose, generator, torch_seed
from nasrank.bench.foundation.threads import one_thread
from nasrank.bench.gradient_studies.grammar import LAYER, GradientStudy
from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.tabulation.network import network_of, words
from nasrank.bench.tasks import TASKS
from nasrank.spaces import get_space

Loss = Callable[[Tensor, Tensor], Tensor]
Batch = tuple[Tensor, Tensor]

_STANDS_FOR = {LAYER: r"(\d+)", "*": ".*"}
_MOST_NAMES = 8


@dataclass(frozen=True, eq=False)
class Measured:
    """What a study has measured.

    Attributes:
        norms: by group and depth, Frobenius norms of gradients `(seeds, layers)`, layers from the input on; NaN or
            infinite where the loss is.
        networks: by group, the options of its networks but for the depth, in words.
        data: what batches were drawn from.
    """

    norms: Mapping[str, Mapping[int, FloatArray]]
    networks: Mapping[str, str]
    data: str


def measure(study: GradientStudy, data_root: Path | None = None) -> Measured:
    """Initialize every network with every seed, and take the gradient of the mean loss of one batch.

    Seed s draws the same batch for all networks, and the same weights for all that draw as many in the same order.

    Raises:
        ValueError: the space's networks have no such option, depth, architecture or weight; names the group. As
            `DataError`: the data set is not here.
    """
    options = {name: _options(study, name) for name in study.groups}
    data = load_dataset(study.data, data_root=data_root)
    loss, sizes = TASKS[DATASETS[study.data].task].of(data.description).loss, data.description.network_sizes
    batches = [_batch(data, study.batch_size, seed) for seed in range(study.seeds)]
    norms: dict[str, dict[int, FloatArray]] = {}
    with one_thread():
        for name, by_depth in options.items():
            with _named(name):
                norms[name] = {
                    depth: np.array([_norms(study, name, sizes | one, loss, *drawn) for drawn in enumerate(batches)])
                    for depth, one in by_depth.items()
                }
    networks = {name: _in_words(by_depth, study.depths.option) for name, by_depth in options.items()}
    return Measured(norms, networks, f"{data.provenance}; sha256 {data.sha256}")


def norms_by_layer(network: nn.Module, loss: Loss, batch: Batch, weights: str) -> list[float]:
    """Frobenius norms of the gradient of the loss of a batch, one a layer; that of all weights of a layer together.

    Args:
        loss: of outputs and targets, a scalar.
        weights: see `GradientStudy`.

    Raises:
        ValueError: no weight has such a name.
    """
    layers = layers_of(network, weights)
    inputs, targets = batch
    every = [weight for layer in layers for weight in layer]
    found = torch.autograd.grad(loss(network(inputs), targets), every, allow_unused=True, materialize_grads=True)
    squares = iter(float(gradient.double().square().sum()) for gradient in found)
    return [sqrt(sum(next(squares) for _ in layer)) for layer in layers]


def layers_of(network: nn.Module, weights: str) -> list[list[nn.Parameter]]:
    """The weights of such names, of each layer by itself, in the order of the layers' numbers.

    Raises:
        ValueError: there are none; lists some of those there are.
    """
    parts = re.split(f"({'|'.join(map(re.escape, _STANDS_FOR))})", weights)
    pattern = re.compile("".join(_STANDS_FOR.get(part, re.escape(part)) for part in parts), re.ASCII)
    found: dict[tuple[int, ...], list[nn.Parameter]] = {}
    named = {name: weight for name, weight in network.named_parameters() if weight.requires_grad}
    for name, weight in named.items():
        if match := pattern.fullmatch(name):
            found.setdefault(tuple(map(int, match.groups())), []).append(weight)
    if not found:
        there = ", ".join([*list(named)[:_MOST_NAMES], *["..."] * (len(named) > _MOST_NAMES)])
        raise ValueError(f"no weight of its networks is called {weights!r:.80}; there are {there}")
    return [found[number] for number in sorted(found)]


def _options(study: GradientStudy, name: str) -> dict[int, dict[str, Any]]:
    """What networks of a group are built with, by depth; so is known of all that they can be, before any is built."""
    group = study.groups[name]
    with _named(name):
        get_space(study.space).parse(group.architecture)
        return {
            depth: network_of(study.space, {**group.network, study.depths.option: depth}).arguments
            for depth in study.depths.values
        }


def _in_words(options: Mapping[int, Mapping[str, Any]], depth: str) -> str:
    first = next(iter(options.values()))
    return ", ".join(f"{words(name)} {value}" for name, value in first.items() if name != depth)


def _norms(
    study: GradientStudy, group: str, options: Mapping[str, Any], loss: Loss, seed: int, batch: Batch
) -> list[float]:
    """Of one network `(layers,)`."""
    space = get_space(study.space)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(torch_seed(seed, Purpose.INITIAL_WEIGHTS))
        network = space.network(space.parse(study.groups[group].architecture), **options)
        return norms_by_layer(network.train(), loss, batch, study.weights)


def _batch(data: Dataset, size: int, seed: int) -> Batch:
    """Drawn from all samples, without repetition."""
    rows = generator(seed, Purpose.TRAINING_BATCHES).choice(len(data), size=size, replace=False)
    return data.samples.tensors(np.sort(rows))


@contextmanager
def _named(group: str) -> Iterator[None]:
    """Within it, what is wrong is said of the group."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"group {group}: {error}") from None
