"""What is known of a data set without its samples: enough to make a task and a network for it."""

from __future__ import annotations

from dataclasses import dataclass

from nasrank.spaces.data_kinds import DATA_KINDS

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
        kind: what inputs are, and with them what targets are: a key of `DATA_KINDS`.
    """

    name: str
    shape: tuple[int, ...]
    classes: tuple[str, ...]
    kind: str = "images"

    @property
    def network_sizes(self) -> dict[str, int]:
        """What the data decide of a network: keywords of `network` and `supernet` of the spaces that take this kind."""
        return DATA_KINDS[self.kind].network_sizes_of(self.shape, len(self.classes))

    @property
    def cost_sizes(self) -> dict[str, int]:
        """The same for what it costs: keywords of `cost`."""
        return DATA_KINDS[self.kind].cost_sizes_of(self.shape, len(self.classes))
