"""What updates the shared weights. To add an optimizer: a class that is registered, here or in a plugin.

References:
    [Kingma2015] Kingma & Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015.
    [Loshchilov2019] Loshchilov & Hutter, "Decoupled Weight Decay Regularization", ICLR 2019.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Protocol

import torch
from torch import nn

from nasrank.bench.foundation.registry import Registry

_FUSED = ("cpu", "cuda")
"""Kinds of devices on which one call updates all weights."""

SECOND_MOMENT = 0.999
"""By which Adam's mean of squared gradients decays in a step [Kingma2015]."""


@dataclass(frozen=True)
class Rates:
    """What every optimizer is made with.

    Attributes:
        learning_rate: of the first step; training sets it anew for each.
        momentum: by which the mean of past gradients decays in a step, in [0, 1).
        weight_decay: each optimizer says how it is applied.
        nesterov: whether the momentum is Nesterov's.
    """

    learning_rate: float
    momentum: float
    weight_decay: float
    nesterov: bool = False


class OptimizerRule(Protocol):
    """Makes an optimizer at rest, which leaves alone weights without a gradient."""

    name: ClassVar[str]

    has_nesterov: ClassVar[bool]
    """Whether its momentum can be Nesterov's; studies are read without making an optimizer, for which torch starts its
    compiler."""

    @staticmethod
    def make(weights: Iterable[nn.Parameter], rates: Rates) -> torch.optim.Optimizer:
        """Of rates that it knows."""


OPTIMIZERS: Registry[type[OptimizerRule]] = Registry("optimizer")


@OPTIMIZERS.register
class Sgd:
    """Stochastic gradient descent; weight decay is added to the gradient."""

    name: ClassVar[str] = "sgd"
    has_nesterov: ClassVar[bool] = True

    @staticmethod
    def make(weights: Iterable[nn.Parameter], rates: Rates) -> torch.optim.Optimizer:
        weights = list(weights)
        optimizer = torch.optim.SGD(
            weights,
            lr=rates.learning_rate,
            momentum=rates.momentum,
            weight_decay=rates.weight_decay,
            nesterov=rates.nesterov,
            fused=all(weight.device.type in _FUSED for weight in weights),  # one call instead of three for each weight
        )
        if rates.momentum:
            # Weights get their first gradient at different steps, and there those without momentum fail (torch 2.13).
            for weight in weights:
                optimizer.state[weight]["momentum_buffer"] = torch.zeros_like(weight)
        return optimizer


@OPTIMIZERS.register
class Adam:
    """Adam [Kingma2015]; weight decay is added to the gradient, and the momentum is its first decay rate."""

    name: ClassVar[str] = "adam"
    has_nesterov: ClassVar[bool] = False

    @staticmethod
    def make(weights: Iterable[nn.Parameter], rates: Rates) -> torch.optim.Optimizer:
        betas = (rates.momentum, SECOND_MOMENT)
        return torch.optim.Adam(weights, lr=rates.learning_rate, betas=betas, weight_decay=rates.weight_decay)


@OPTIMIZERS.register
class AdamW:
    """Adam with weight decay apart from the gradient [Loshchilov2019]; the momentum is its first decay rate."""

    name: ClassVar[str] = "adamw"
    has_nesterov: ClassVar[bool] = False

    @staticmethod
    def make(weights: Iterable[nn.Parameter], rates: Rates) -> torch.optim.Optimizer:
        betas = (rates.momentum, SECOND_MOMENT)
        return torch.optim.AdamW(weights, lr=rates.learning_rate, betas=betas, weight_decay=rates.weight_decay)


def check_nesterov(name: str) -> None:
    """ValueError if the optimizer that is registered as this has no Nesterov momentum."""
    if not OPTIMIZERS[name].has_nesterov:
        raise ValueError(f"{name} has no Nesterov momentum")
