"""What is known of a data set without its samples: enough to make a task and a network for it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Description:
    """What tasks and networks may know of a data set.

    Attributes:
        name: what a study calls the data set by.
        shape: of one input, such as `(channels, height, width)` of an image or `(tokens,)` of a window of text.
        classes: what targets name by an index, such as the classes of images or the words of a vocabulary; empty where
            targets are no indices, as distances are not.
    """

    name: str
    shape: tuple[int, ...]
    classes: tuple[str, ...]
