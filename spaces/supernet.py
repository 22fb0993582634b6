"""What every super-net offers: one call for hard and soft paths, and a plan that scores many paths cheaply."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from itertools import takewhile
from typing import TypeAlias, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from nasrank.spaces.ways import WeightsOnWays

HardPath: TypeAlias = Sequence[int]
SoftPath: TypeAlias = Sequence[Tensor]
"""One weight vector `(options,)` a decision; options of weight zero are not computed."""


def added_numbers(path: SoftPath) -> list[Tensor]:
    """Of each decision, the sum of the weights that are zero, a scalar: zero, with a gradient to each of them."""
    return [weights[weights.detach() == 0].sum() for weights in path]


Link = TypeVar("Link", bound=Hashable)
Signal = TypeVar("Signal")


def along_chains(
    chains: Iterable[tuple[Link, ...]], entering: Signal, through: Callable[[int, Link, Signal], Signal]
) -> Iterator[tuple[tuple[Link, ...], Signal]]:
    """Each chain of links that sort, and what leaves it; what several begin with is computed once.

    Args:
        chains: in any order, each once.
        entering: the features that enter all of them.
        through: what a link at a place makes of features.
    """
    left, before = [entering], tuple[Link, ...]()
    for chain in sorted(chains):
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(chain, before, strict=False)))
        del left[same + 1 :]
        for place in range(same, len(chain)):
            left.append(through(place, chain[place], left[-1]))
        before = chain
        yield chain, left[-1]


class SuperNet(nn.Module, ABC):
    """Shared weights of a search space."""

    @abstractmethod
    def forward(self, inputs: Tensor, path: HardPath | SoftPath, *, numbers: bool = False) -> Tensor:
        """What the network of a path makes of inputs, as `SearchSpace.network` says of which shapes.

        A hard path names one option a decision; a soft path weighs the options of every decision.

        Args:
            numbers: of a soft path, whether an option of weight zero puts out that weight at every place, in place of
                nothing: it changes no value, but its weight gets the gradient of what it would be added to.
        """

    @abstractmethod
    def each_path(self, inputs: Tensor, paths: Sequence[HardPath]) -> Iterator[tuple[list[int], Tensor]]:
        """The outputs of many hard paths on the same inputs, sharing whatever can be shared.

        Yields `(places, outputs)`: the places in `paths` of some that compute the same function, in no particular order
        of groups, and their common outputs, as of `forward`. Each place comes up exactly once. Whole paths are
        compared: dropout does not act here, in training mode neither.
        """

    @property
    @abstractmethod
    def keeps_statistics(self) -> bool:
        """Whether evaluation normalizes by running statistics instead of those of the batch."""

    def weights_on_ways(self, path: HardPath) -> WeightsOnWays:
        """The weights on the ways from input to output along a path, and how often.

        A weight of a convolution inside a cell counts once for each way that it lies on; normalizations and biases
        there do not. Outside the cells all parameters count once, these too. An operation without weights adds
        nothing. Where layers of different widths share weights, a layer has those that it uses
        in evaluation.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say which of its weights lie on a way")

    def recalibrate(self, batches: Sequence[Tensor], path: HardPath) -> None:
        """Replace the running statistics by the average over these batches along one path, and go to evaluation mode.

        They are those of batch normalizations of any kind: of sequences, images and volumes.

        Raises:
            ValueError: the super-net keeps no running statistics, so there is nothing to calibrate.
        """
        if not self.keeps_statistics:
            raise ValueError("this super-net normalizes by batch statistics; there are no running ones to re-calibrate")
        layers = [
            module for module in self.modules() if isinstance(module, _BatchNorm) and module.running_mean is not None
        ]
        momenta = [layer.momentum for layer in layers]
        for layer in layers:
            layer.reset_running_stats()
            layer.momentum = None  # a cumulative average, so that every batch counts the same
        self.train()
        with torch.no_grad():
            for inputs in batches:
                self(inputs, path)
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
        self.eval()
