"""The super-net of dense encoder-decoders: blocks of most filters and largest kernels, of which a path uses parts.

A narrow layer has the first filters of the widest one, and a small kernel is the middle of the largest, as in
[Cai2020]. Of its inputs, a layer has those kernels whose channels there are: each layer that it sees has twelve places
for them, of which a narrow one fills the first. Batch normalization uses the statistics of the batch, also when
scoring, and no affine part; tracked statistics and an affine part are options. A path is a hard one: what blocks of
different filters make has no sum.

References:
    [Cai2020] Cai et al., "Once-for-All: Train One Network and Specialize it for Efficient Deployment", ICLR 2020.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nasrank.spaces.dense_unet.blocks import BLOCKS, ENTERING, FILTERS, KERNELS, DenseUnet, Step, from_choices
from nasrank.spaces.dense_unet.costs import CLASSES, IMAGE_CHANNELS, LAYERS
from nasrank.spaces.dense_unet.network import State, convolved, passed
from nasrank.spaces.integers import refuse_sizes
from nasrank.spaces.layers import SlicedNormalization
from nasrank.spaces.supernet import HardPath, SoftPath, SuperNet, along_chains
from nasrank.spaces.ways import WeightPart, WeightsOnWays

WIDEST, LARGEST = max(FILTERS), max(KERNELS)


@dataclass(frozen=True)
class Cut:
    """Takes of a kernel the first filters, their middle, and the inputs whose channels there are.

    Attributes:
        kernel: height and width of what is taken.
        image_channels: the first inputs, which are all taken.
        filters: of each further layer that is seen, how many of its places are filled.
    """

    kernel: tuple[int, int]
    image_channels: int
    filters: tuple[int, ...]

    def __call__(self, weight: Tensor, outputs: int, inputs: int) -> Tensor:
        """The kernel `(outputs, inputs, height, width)`."""
        del inputs
        rows, columns = (
            slice((whole - part) // 2, (whole + part) // 2)
            for whole, part in zip(weight.shape[2:], self.kernel, strict=True)
        )
        middle = weight[:outputs, :, rows, columns]
        kept, start = [middle[:, : self.image_channels]], self.image_channels
        for filters in self.filters:
            kept.append(middle[:, start : start + filters])
            start += WIDEST
        return torch.cat(kept, 1)

    def of(self, name: str, outputs: int) -> WeightPart:
        """What it takes of a kernel of this name."""
        return WeightPart(name, (outputs, self.image_channels + sum(self.filters)), self)


class DenseUnetSuperNet(SuperNet):
    """Shared weights for all architectures.

    Args:
        layers: of each block.
        classes: of a pixel.
        image_channels: channels of the input.
        affine: whether the normalizations learn a scale and a shift.
        tracked: whether running statistics are kept, and used in evaluation mode.

    Raises:
        ValueError: a size is no integer or below one.
    """

    def __init__(
        self,
        *,
        layers: int = LAYERS,
        classes: int = CLASSES,
        image_channels: int = IMAGE_CHANNELS,
        affine: bool = False,
        tracked: bool = False,
    ) -> None:
        refuse_sizes(layers=layers, classes=classes, image_channels=image_channels)
        super().__init__()
        self._tracked, self._layers, self._image_channels = tracked, layers, image_channels
        self.blocks = nn.ModuleList(
            SharedBlock(image_channels, len(ENTERING[place]), layers, affine=affine, tracked=tracked)
            for place in range(BLOCKS)
        )
        seen = image_channels + WIDEST * layers * (len(ENTERING[-1]) + 1)
        self.classifier = nn.Conv2d(seen, classes, 1)

    @property
    def keeps_statistics(self) -> bool:
        return self._tracked

    def forward(self, images: Tensor, path: HardPath | SoftPath, *, numbers: bool = False) -> Tensor:
        """See `SuperNet`; ValueError for a soft path."""
        del numbers
        state: State = (images,)
        steps = _unet(path).steps
        for place, step in enumerate(steps):
            state = self._through(place, step, state)
        return self._classified(state, steps[-1])

    def each_path(self, images: Tensor, paths: Sequence[HardPath]) -> Iterator[tuple[list[int], Tensor]]:
        """See `SuperNet`; paths share the blocks up to the first in which they differ."""
        alike: dict[tuple[Step, ...], list[int]] = {}
        for place, path in enumerate(paths):
            alike.setdefault(_unet(path).steps, []).append(place)
        entering: State = (images,)
        for steps, state in along_chains(alike, entering, self._through):
            yield alike[steps], self._classified(state, steps[-1])

    def weights_on_ways(self, path: HardPath) -> WeightsOnWays:
        """All kernels that the path multiplies by, once each; no normalization or bias."""
        steps = _unet(path).steps
        parts = [self._classifier(steps[-1])]
        for place, step in enumerate(steps):
            parts += [part.within(f"blocks.{place}") for part in cast(SharedBlock, self.blocks[place]).parts(step)]
        return WeightsOnWays(dict.fromkeys(parts, 1))

    def _through(self, place: int, step: Step, state: State) -> State:
        block = cast(SharedBlock, self.blocks[place])
        return passed(state, place, step.pooling, lambda features: block(features, step))

    def _classifier(self, last: Step) -> WeightPart:
        seen = [filters for filters in (*last.entering, last.block.filters) for _ in range(self._layers)]
        cut = Cut((1, 1), self._image_channels, tuple(seen))
        return cut.of("classifier.weight", self.classifier.out_channels)

    def _classified(self, state: State, last: Step) -> Tensor:
        part = self._classifier(last)
        scores = convolved(state[-1], part.of({part.name: self.classifier.weight}))
        return scores + cast(Tensor, self.classifier.bias)[:, None, None]


class SharedBlock(nn.Module):
    """A block of the most filters and the largest kernels.

    Args:
        entering: how many blocks it sees, besides the image.
        layers: of each block.
    """

    def __init__(self, image_channels: int, entering: int, layers: int, *, affine: bool, tracked: bool) -> None:
        super().__init__()
        self.image_channels = image_channels
        self.convs = nn.ModuleList(
            nn.Conv2d(image_channels + WIDEST * (layers * entering + before), WIDEST, LARGEST, bias=False)
            for before in range(layers)
        )
        self.norms = nn.ModuleList(SlicedNormalization(WIDEST, affine=affine, tracked=tracked) for _ in range(layers))

    def parts(self, step: Step) -> list[WeightPart]:
        """The kernels that a step uses, layer by layer, with their names in here."""
        filters, layers = step.block.filters, len(self.convs)
        seen = tuple(one for one in step.entering for _ in range(layers))
        cuts = (Cut(step.block.kernel, self.image_channels, (*seen, *[filters] * before)) for before in range(layers))
        return [cut.of(f"convs.{place}.weight", filters) for place, cut in enumerate(cuts)]

    def forward(self, features: Tensor, step: Step) -> Tensor:
        """The features that enter, and behind them those of each layer, as the step has them."""
        for part, conv, norm in zip(self.parts(step), self.convs, self.norms, strict=True):
            kernel = part.of({part.name: cast(nn.Conv2d, conv).weight})
            made = cast(SlicedNormalization, norm).normalize(convolved(features, kernel), slice(step.block.filters))
            features = torch.cat([features, F.silu(made)], 1)
        return features


def _unet(path: HardPath | SoftPath) -> DenseUnet:
    """The architecture that a path makes; ValueError where it is no hard one of seventeen options."""
    if len(path) and isinstance(path[0], Tensor) and path[0].dim():
        raise ValueError("the super-net of dense_unet computes no mixtures; a path is one option a decision")
    return from_choices(cast(HardPath, path))
