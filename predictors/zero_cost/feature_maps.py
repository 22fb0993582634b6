"""The feature maps of one image on its way through a network, for proxies that look at each of them.

Authors hook every module, so that what they sum depends on how modules are nested in each other: the output of a block
that ends with a normalization counts once for each, and that of a function not at all. Here every convolution,
normalization, ReLU and local pool counts once, in whatever way it is called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from nasrank.predictors.zero_cost.probe import NotMeasurable
from nasrank.predictors.zero_cost.trace import CONVOLUTIONS, NORMALIZATIONS, RELUS

LOCAL_POOLS = {"avg_pool2d", "max_pool2d"}
TOO_SMALL = "Expected more than 1 value per channel"


class _Maps(TorchFunctionMode):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Tensor] = []

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        del types
        result = func(*args, **(kwargs or {}))
        if isinstance(result, Tensor) and result.ndim == 4:
            if func is F.linear:  # a pointwise convolution as a matrix product: channels are last
                self.found.append(result[0].movedim(-1, 0).flatten(1).clone())
            elif (
                func in CONVOLUTIONS | NORMALIZATIONS | RELUS
                or getattr(func, "__name__", "").rstrip("_") in LOCAL_POOLS
            ):
                self.found.append(result[0].flatten(1).clone())
        return result


@torch.no_grad()
def feature_maps(network: nn.Module, image: Tensor) -> list[Tensor]:
    """What each layer makes of one image `(1, channels, height, width)`: `(channels, positions)`, in order.

    Raises:
        NotMeasurable: a normalization in training mode has one number a channel.
    """
    try:
        with _Maps() as maps:
            network(image)
    except ValueError as error:
        if TOO_SMALL not in str(error):
            raise
        raise NotMeasurable("one image of this size leaves a normalization one number a channel") from error
    return maps.found
