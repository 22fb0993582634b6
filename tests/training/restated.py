"""Training strategies restated in double precision, from their papers' formulas and with nothing of `bench`.

A restatement is a generator: it is sent a `Look` at the super-net before each step and yields the paths that the step
trains, whose losses are summed. What it draws, it draws in the order in which the strategy draws. GDAS and ENAS learn
from hard samples, whose gradients their own tests take apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import ceil, cos, pi
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

Batch = tuple[Tensor, Tensor]
Weights = dict[str, Tensor]
Path = Sequence[Any]


def loss(weights: Weights, path: Path, batch: Batch) -> Tensor:
    """Of the toy: a linear map with a tanh for each option, weighted where the path is a mixture."""
    features = batch[0].flatten(1)
    for place, chosen in enumerate(path):
        options = enumerate(chosen) if isinstance(chosen, Tensor) else [(chosen, 1.0)]
        features = sum(
            weight
            * torch.tanh(
                features @ weights[f"options.{place}.{option}.weight"].T + weights[f"options.{place}.{option}.bias"]
            )
            for option, weight in options
        )
    return F.cross_entropy(features @ weights["classifier.weight"].T + weights["classifier.bias"], batch[1])


def gradients(weights: Weights, total: Tensor) -> Weights:
    """Of the weights that the loss depends on."""
    found = torch.autograd.grad(total, list(weights.values()), allow_unused=True)
    return {name: gradient for name, gradient in zip(weights, found, strict=True) if gradient is not None}


@dataclass
class Sgd:
    """Momentum 0.9, decay 5e-4, norms clipped at 5, for the weights that have a gradient; the others rest."""

    rate: float = 0.05
    momenta: Weights | None = None

    def change(self, weights: Weights, found: Weights) -> Weights:
        """What is subtracted; moves the momenta."""
        self.momenta = dict(self.momenta or {})
        for name, gradient in found.items():
            decayed = gradient + 5e-4 * weights[name].detach()
            self.momenta[name] = decayed + 0.9 * self.momenta[name] if name in self.momenta else decayed
        return {name: self.rate * self.momenta[name] for name in found}


def clipped(found: Weights) -> Weights:
    norm = torch.sqrt(sum(gradient.square().sum() for gradient in found.values()))
    return {name: gradient * min(1.0, 5.0 / (float(norm) + 1e-6)) for name, gradient in found.items()}


@dataclass(frozen=True)
class Look:
    """What a strategy sees before a step: the weights and the optimizer as they are, and images."""

    weights: Weights
    optimizer: Sgd
    fraction: float
    batch: Batch
    held_out: Callable[[], Batch]


Restatement = Callable[[Any, np.random.Generator], Iterator[Any]]


class Logits:
    """Near zero at first; Adam with betas (0.5, 0.999) and decay 1e-3 moves them."""

    def __init__(self, sizes: Sequence[int], stream: np.random.Generator, rate: float = 3e-4) -> None:
        self.values = [
            torch.tensor(1e-3 * stream.standard_normal(size), dtype=torch.float32).double().requires_grad_()
            for size in sizes
        ]
        self.rate = rate
        self.moments = [[torch.zeros(size).double(), torch.zeros(size).double(), 0] for size in sizes]

    def softmax(self) -> list[Tensor]:
        return [values.softmax(0) for values in self.values]

    def descend(self, total: Tensor, places: Sequence[int] | None = None) -> None:
        places = range(len(self.values)) if places is None else places
        self.follow(places, torch.autograd.grad(total, [self.values[place] for place in places]))

    def follow(self, places: Sequence[int], found: Sequence[Tensor]) -> None:
        for place, gradient in zip(places, found, strict=True):
            values, moments = self.values[place].detach(), self.moments[place]
            decayed = gradient + 1e-3 * values
            moments[0], moments[1] = 0.5 * moments[0] + 0.5 * decayed, 0.999 * moments[1] + 0.001 * decayed**2
            moments[2] += 1
            first, second = moments[0] / (1 - 0.5 ** moments[2]), moments[1] / (1 - 0.999 ** moments[2])
            self.values[place] = (values - self.rate * first / (second.sqrt() + 1e-8)).requires_grad_()


def sizes(space: Any) -> list[int]:
    return [len(decision.options) for decision in space.decisions]


def spos(space: Any, stream: np.random.Generator) -> Iterator[Any]:
    """Uniform over architectures."""
    yield
    while True:
        yield [space.random_choices(stream)]


def random_nas(space: Any, stream: np.random.Generator) -> Iterator[Any]:
    """Uniform over the options of each decision; every combination is an architecture of the toy."""
    yield
    while True:
        yield [stream.integers(sizes(space)).tolist()]


def fairnas(space: Any, stream: np.random.Generator) -> Iterator[Any]:
    """As many paths as the largest decision has options; a smaller one starts over with a new permutation."""
    yield
    most = max(sizes(space))
    while True:
        columns = [np.concatenate([stream.permutation(n) for _ in range(ceil(most / n))])[:most] for n in sizes(space)]
        yield np.stack(columns, axis=1).tolist()


def nao(space: Any, stream: np.random.Generator) -> Iterator[Any]:
    """Members of a pool of a hundred random seeds, in its first third of training."""
    pool = sorted({tuple(space.random_choices(stream)) for _ in range(100)})
    yield
    while True:
        yield [pool[stream.integers(len(pool))]]


def fixed(mixture: Sequence[Tensor]) -> list[list[Tensor]]:
    return [[weights.detach() for weights in mixture]]


def darts(space: Any, stream: np.random.Generator) -> Iterator[Any]:
    """Logits descend the held-out loss of the mixture, then weights the training loss."""
    logits = Logits(sizes(space), stream)
    look = yield logits
    while True:
        logits.descend(loss(look.weights, logits.softmax(), look.held_out()))
        look = yield fixed(logits.softmax())


def darts2(space: Any, stream: np.random.Generator) -> Iterator[Any]:
    """Logits descend the held-out loss of the weights after the optimizer's next step, differentiated through it."""
    logits = Logits(sizes(space), stream)
    look = yield logits
    while True:
        names = list(look.weights)
        training = loss(look.weights, logits.softmax(), look.batch)
        found = torch.autograd.grad(training, list(look.weights.values()), create_graph=True)
        momenta = look.optimizer.momenta or {}
        ahead = {}
        for name, gradient in zip(names, found, strict=True):
            moved = gradient + 5e-4 * look.weights[name] + 0.9 * momenta.get(name, 0.0)
            ahead[name] = look.weights[name] - look.optimizer.rate * moved
        logits.descend(loss(ahead, logits.softmax(), look.held_out()))
        look = yield fixed(logits.softmax())


def pc_darts(space: Any, stream: np.random.Generator) -> Iterator[Any]:
    """Decisions into one node share a weight of one; twice the rate, and logits rest for three tenths of training."""
    nodes = list(dict.fromkeys(decision.into for decision in space.decisions if decision.into))
    members = [[place for place, decision in enumerate(space.decisions) if decision.into == node] for node in nodes]
    logits = Logits([*sizes(space), *map(len, members)], stream, rate=6e-4)

    def mixture() -> list[Tensor]:
        weights = logits.softmax()
        shares = {
            place: share
            for places, edges in zip(members, weights[len(space.decisions) :], strict=True)
            for place, share in zip(places, edges, strict=True)
        }
        return [weights[place] * shares.get(place, 1.0) for place in range(len(space.decisions))]

    look = yield logits
    while True:
        held_out = look.held_out()
        if look.fraction >= 0.3:
            logits.descend(loss(look.weights, mixture(), held_out))
        look = yield fixed(mixture())


def darts_prime(space: Any, stream: np.random.Generator) -> Iterator[Any]:
    """Updates wait for twice the mean information of a minibatch; from .3 on, the nearest architecture pulls."""
    logits, waiting = Logits(sizes(space), stream), []
    gathered, mean = 0.0, None
    look = yield logits
    while True:
        mixture, progress = logits.softmax(), (look.fraction - 0.3) / 0.7
        total = loss(look.weights, mixture, look.held_out())
        if progress >= 0:  # ten steps are further apart than its fifty projections: it looks for the nearest at each
            corners = [F.one_hot(weights.argmax(), len(weights)) for weights in mixture]
            apart = sum((w - corner).square().sum() for w, corner in zip(mixture, corners, strict=True))
            total = total + 0.03 * progress / 2 * apart
        waiting.append(torch.autograd.grad(total, logits.values))
        if mean is None or gathered >= 2 * mean:
            logits.follow(range(len(mixture)), [torch.stack(one).mean(0) for one in zip(*waiting, strict=True)])
            waiting, gathered = [], 0.0
        (path,) = fixed(logits.softmax())
        minibatch = gradients(look.weights, loss(look.weights, path, look.batch))
        information = float(sum(gradient.square().sum() for gradient in minibatch.values()))
        gathered, mean = gathered + information, information if mean is None else 0.9 * mean + 0.1 * information
        look = yield [path]


def factorized(space: Any, stream: np.random.Generator) -> Iterator[Any]:
    """Decisions with the same options are a factor; factors take turns."""
    logits, turn = Logits(sizes(space), stream), 0
    factors = list(dict.fromkeys(decision.options for decision in space.decisions))
    look = yield logits
    while True:
        places = [p for p, decision in enumerate(space.decisions) if decision.options == factors[turn % len(factors)]]
        logits.descend(loss(look.weights, logits.softmax(), look.held_out()), places)
        turn += 1
        look = yield fixed(logits.softmax())


RESTATED: Mapping[str, Restatement] = {
    **dict.fromkeys(("spos", "rlnas", "isomorphic", "few_shot", "gm_nas"), spos),
    **{one.__name__: one for one in (random_nas, fairnas, nao, darts, darts2, pc_darts, darts_prime, factorized)},
}


def furthest_apart(
    weights: Weights, path: Sequence[int], batch: Batch, options: Sequence[int]
) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    """Where GM-NAS splits: decision and two groups of greatest sum of distances, one minus the cosine, between them."""

    def gradient(place: int, option: int) -> Tensor:
        varied = [*path[:place], option, *path[place + 1 :]]
        found = gradients(weights, loss(weights, varied, batch))
        shared = [name for name in weights if not name.startswith(f"options.{place}.")]
        return torch.cat([found.get(name, torch.zeros_like(weights[name])).flatten() for name in shared])

    cuts = {}
    for place, count in enumerate(options):
        each = [gradient(place, option) for option in range(count)] if count > 1 else []
        for group in combinations(range(count), count // 2) if count > 1 else []:
            other = tuple(option for option in range(count) if option not in group)
            distances = [1 - float(F.cosine_similarity(each[a], each[b], dim=0)) for a in group for b in other]
            cuts[place, group, other] = sum(distances)
    return max(cuts, key=cuts.__getitem__)


def learning_rate(fraction: float) -> float:
    """From .05 to .001 along a cosine."""
    return 0.001 + (0.05 - 0.001) * (1 + cos(pi * fraction)) / 2
