"""What is known of a data set without its samples: enough to make a task and a network for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

VOID = -1
"""The target of a pixel that has no class, or of which nobody knows it."""

UNKNOWN = 0.0
"""The target of a pixel whose disparity nobody knows, or that the other image does not show."""

BACKGROUND = "background"
"""Name of the class of what is of no interest: it is told like any other, but no mean over classes counts it."""


@dataclass(frozen=True)
class Description:
    """What tasks and networks may know of a data set.

    Attributes:
        name: what a study calls the data set by.
        shape: of one input, such as `(channels, height, width)` of an image or `(tokens,)` of a window of text.
        classes: what targets name by an index, such as the classes of images or the words of a vocabulary; empty where
            targets are no indices, as distances are not.
        kind: what inputs are, and with them what targets are: "images", "segmented images", "stereo pairs" or "text".
    """

    name: str
    shape: tuple[int, ...]
    classes: tuple[str, ...]
    kind: str = "images"

    @property
    def network_sizes(self) -> dict[str, int]:
        """What the data decide of a network: keywords of `network` and `supernet` of the spaces that take this kind."""
        return {size: found(self) for size, found in _NETWORK_SIZES[self.kind].items()}

    @property
    def cost_sizes(self) -> dict[str, int]:
        """The same for what it costs: keywords of `cost`."""
        return self.network_sizes | {size: found(self) for size, found in _COST_SIZES.get(self.kind, {}).items()}


Sizes: TypeAlias = Mapping[str, Callable[[Description], int]]

_OF_IMAGES: Sizes = {"classes": lambda data: len(data.classes), "image_channels": lambda data: data.shape[0]}

_NETWORK_SIZES: Mapping[str, Sizes] = {
    "images": _OF_IMAGES,
    "segmented images": _OF_IMAGES,
    "stereo pairs": {"image_channels": lambda data: data.shape[0] // 2},
    "text": {"tokens": lambda data: len(data.classes), "length": lambda data: data.shape[0]},
}

_SIDES: Sizes = {"height": lambda data: data.shape[1], "width": lambda data: data.shape[2]}

_COST_SIZES: Mapping[str, Sizes] = {
    "images": {"resolution": lambda data: data.shape[1]},
    "segmented images": _SIDES,
    "stereo pairs": _SIDES,
}
"""Those that costs need besides."""
