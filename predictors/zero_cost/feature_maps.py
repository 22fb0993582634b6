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

from nasrank.predictors.zero_cost.trace import CONVOLUTIONS, NORMALIZATIONS, RELUS

LOCAL_POOLS = {"avg_pool2d", "max_pool2d"}


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
        kwargs = kwargs or {}
        result = _normalized(args, kwargs) if func is F.batch_norm else func(*args, **kwargs)
        if isinstance(result, Tensor) and result.ndim == 4:
            if func is F.linear:  # a pointwise convolution as a matrix product: channels are last
                self.found.append(result[0].movedim(-1, 0).flatten(1).clone())
            elif (
                func in CONVOLUTIONS | NORMALIZATIONS | RELUS
                or getattr(func, "__name__", "").rstrip("_") in LOCAL_POOLS
            ):
                self.found.append(result[0].flatten(1).clone())
        return result


def _normalized(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Tensor:
    """Batch normalization, of one number a channel too, which `F.batch_norm` refuses: it is then 0 before the shift."""
    names = ("input", "running_mean", "running_var", "weight", "bias", "training", "momentum", "eps")
    values = {**USUAL, **dict(zip(names, args, strict=False)), **kwargs}
    mean, variance = values["running_mean"], values["running_var"]
    normalized: Tensor = torch.batch_norm(
        values["input"],
        values["weight"],
        values["bias"],
        mean,
        variance,
        values["training"],
        values["momentum"],
        values["eps"],
        torch.backends.cudnn.enabled,
    )
    return normalized


USUAL: dict[str, Any] = {"weight": None, "bias": None, "training": False, "momentum": 0.1, "eps": 1e-5}


@torch.no_grad()
def feature_maps(network: nn.Module, image: Tensor) -> list[Tensor]:
    """What each layer makes of one image `(1, channels, height, width)`: `(channels, positions)`, in order."""
    with _Maps() as maps:
        network(image)
    found: list[Tensor] = maps.found
    return found
