"""How proxies draw the weights of a network anew where their authors do not take them as the space draws them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

WEIGHTED = (nn.Conv2d, nn.Linear)


@torch.no_grad()
def kaiming_normal(network: nn.Module, generator: torch.Generator) -> nn.Module:
    """Draw the weights from N(0, 2 / fan-in), with biases 0 and normalizations without effect; returns the network."""
    for layer in _layers(network):
        nn.init.kaiming_normal_(layer, mode="fan_in", nonlinearity="relu", generator=generator)
    return network


@torch.no_grad()
def standard_normal(network: nn.Module, generator: torch.Generator) -> nn.Module:
    """Draw the weights from N(0, 1), with biases 0 and normalizations without effect; returns the network."""
    for layer in _layers(network):
        nn.init.normal_(layer, generator=generator)
    return network


def _layers(network: nn.Module) -> list[Tensor]:
    """The weights of convolutions and linear maps, after all biases and normalizations have been reset."""
    found: list[Tensor] = []
    for module in network.modules():
        if isinstance(module, (*WEIGHTED, nn.BatchNorm2d)) and module.bias is not None:
            nn.init.zeros_(module.bias)
        if isinstance(module, nn.BatchNorm2d) and module.weight is not None:
            nn.init.ones_(module.weight)
        if isinstance(module, WEIGHTED):
            found.append(module.weight)
    return found
