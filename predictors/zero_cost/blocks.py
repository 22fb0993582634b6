"""The blocks that a network is a sequence of, such as cells and reductions, and what goes from one to the next.

A block is a module that has modules inside, which the network calls itself or through `nn.Sequential`. What is called
before the first block is the stem.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn


def block_features(network: nn.Module, images: Tensor) -> list[Tensor]:
    """Output of the stem, where there is one, and of each block, `(batch, channels, height, width)`, in order.

    They take part in the graph of gradients of one forward pass.
    """
    calls: list[tuple[Tensor, Tensor]] = []
    entered: list[nn.Module] = []

    def enter(module: nn.Module, inputs: tuple[Any, ...]) -> None:
        del inputs
        entered.append(module)

    def leave(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        assert entered.pop() is module
        if not entered and isinstance(output, Tensor) and output.ndim == 4:
            calls.append((inputs[0], output))

    composite = [
        module
        for module in network.modules()
        if module is not network and not isinstance(module, nn.Sequential) and any(True for _ in module.children())
    ]
    handles = [module.register_forward_pre_hook(enter) for module in composite]
    handles += [module.register_forward_hook(leave) for module in composite]
    try:
        network(images)
    finally:
        for handle in handles:
            handle.remove()
    stem = [calls[0][0]] if calls and calls[0][0] is not images else []
    return [*stem, *(output for _, output in calls)]
