"""What a network computes, counted by torch."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode


def counted(network: nn.Module, *inputs: Any) -> int:
    """Multiply-adds of convolutions, linear layers and products of matrices, without the biases of linear layers.

    Attention computes its two products one by one for this: torch does not count what a CPU has for both in one.
    """
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH), torch.no_grad():
        network(*inputs)
    return counter.get_total_flops() // 2
