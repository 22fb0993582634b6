"""A data set: samples, what is known of them, and how a batch of them may be changed.

Text, images and dense targets differ in what an input is, and in what may be done to it without changing its target. A
set that knows of nothing such is a `Dataset` as it stands, and a kind with augmentation derives from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import torch
from torch import Tensor

from nasrank.bench.data.description import Description
from nasrank.bench.data.samples import Samples

Augment: TypeAlias = Callable[[Tensor, Tensor, torch.Generator], tuple[Tensor, Tensor]]


@dataclass(frozen=True, eq=False)
class Dataset:
    """Samples in a fixed order that splits refer to, and what they are.

    Attributes:
        name: what a study calls it by.
        samples: all of them.
        classes: see `Description`.
        provenance: where the samples come from and what was done to them.
        sha256: of the bytes of inputs and targets, as its source says.
        kind: see `Description`; each has a class of its own.
    """

    name: str
    samples: Samples
    classes: tuple[str, ...]
    provenance: str
    sha256: str
    kind: ClassVar[str] = "images"

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one input."""
        return self.samples.input_shape

    @property
    def description(self) -> Description:
        """What tasks and networks may know of it."""
        return Description(self.name, self.shape, self.classes, self.kind)

    def augmentation(self, padding: int, *, mirror: bool = True, noise: float = 0.0) -> Augment | None:
        """What changes a batch of inputs and targets at random, whenever it trains; None for nothing.

        Args:
            padding: `images.padding` of a study, in pixels.
            mirror: its `images.mirror`; what has no mirror image takes no notice.
            noise: its `images.noise`, which no study asks of what is not of pixels.

        Raises:
            ValueError: padding is asked for of what are no images.
        """
        if padding:
            raise ValueError(f"images.padding = {padding} shifts images; {self.name} has none")
        del mirror, noise
        return None

    def views(self, count: int) -> tuple[Callable[[Tensor], Tensor], ...]:
        """What shows a batch of inputs in so many ways, the first of which is as it is; their targets stay.

        Raises:
            ValueError: there are not so many ways; of what are no images, there is one.
        """
        if count > 1:
            raise ValueError(f"views = {count} are of images; {self.name} has none")
        return (_as_it_is,)


def _as_it_is(inputs: Tensor) -> Tensor:
    return inputs
