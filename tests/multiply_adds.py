"""What a network computes, counted by torch."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


def counted(network: nn.Module, *inputs: Any) -> int:
    """Multiply-adds of convolutions and linear layers, without the biases of these."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(*inputs)
    return counter.get_total_flops() // 2
