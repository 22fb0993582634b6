"""Kinds of data that networks take: what is known of their inputs, and of what networks say of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Shape: TypeAlias = tuple[int, ...]
Sizes: TypeAlias = Mapping[str, Callable[[Shape, int], int]]
"""Keywords, each with its value for inputs of a shape, of which networks tell so many classes or tokens apart."""

_IMAGES: Sizes = {"classes": lambda shape, told: told, "image_channels": lambda shape, told: shape[0]}
_SIDES: Sizes = {"height": lambda shape, told: shape[1], "width": lambda shape, told: shape[2]}


@dataclass(frozen=True)
class DataKind:
    """A kind of data.

    Attributes:
        name: what spaces and data sets call it.
        samples: what reports call samples.
        network_sizes: what the data decide of a network: keywords of `network` and `supernet`.
        outputs: what a network says of one input of a shape, of which it tells so many classes or tokens apart.
        cost_sizes: keywords of `cost` that the data decide besides.
        views: how many images make an input; 0 where inputs are indices of tokens, `(tokens,)`, and no images.
    """

    name: str
    samples: str
    network_sizes: Sizes
    outputs: Callable[[Shape, int], Shape]
    cost_sizes: Sizes = field(default_factory=dict)
    views: int = 1

    def network_sizes_of(self, shape: Shape, told: int) -> dict[str, int]:
        """Keywords of `network` and `supernet` for inputs of this shape."""
        return {size: found(shape, told) for size, found in self.network_sizes.items()}

    def cost_sizes_of(self, shape: Shape, told: int) -> dict[str, int]:
        """Keywords of `cost`."""
        return {size: found(shape, told) for size, found in {**self.network_sizes, **self.cost_sizes}.items()}


DATA_KINDS = {
    kind.name: kind
    for kind in (
        DataKind(
            "images",
            "images",
            _IMAGES,
            lambda shape, told: (told,),
            {"resolution": lambda shape, told: shape[1]},
        ),
        DataKind("segmented images", "images", _IMAGES, lambda shape, told: (told, *shape[1:]), _SIDES),
        DataKind(
            "stereo pairs",
            "pairs of images",
            {"image_channels": lambda shape, told: shape[0] // 2},
            lambda shape, told: shape[1:],
            _SIDES,
            views=2,
        ),
        DataKind(
            "text",
            "windows",
            {"tokens": lambda shape, told: told, "length": lambda shape, told: shape[0]},
            lambda shape, told: (*shape, told),
            views=0,
        ),
    )
}
"""By name."""
