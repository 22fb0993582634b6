"""What is known of a data set without its samples: enough to make a task and a network for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Description:
    """What tasks and networks may know of a data set.

    Attributes:
        name: what a study calls the data set by.
        shape: of one input, such as `(channels, height, width)` of an image or `(tokens,)` of a window of text.
        classes: what targets name by an index, such as the classes of images or the words of a vocabulary; empty where
            targets are no indices, as distances are not.
        kind: what inputs are, "images" or "text".
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
        return self.network_sizes | ({"resolution": self.shape[1]} if self.kind == "images" else {})


Sizes: TypeAlias = Mapping[str, Callable[[Description], int]]

_NETWORK_SIZES: Mapping[str, Sizes] = {
    "images": {"classes": lambda data: len(data.classes), "image_channels": lambda data: data.shape[0]},
    "text": {"tokens": lambda data: len(data.classes), "length": lambda data: data.shape[0]},
}
