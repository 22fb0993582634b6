"""The super-net of global and local heads: blocks of all heads of both kinds, of which a path uses parts [Chen2021].

Layer normalizations are shared by all paths. Batch normalization, in the local branches, uses the statistics of the
batch, also when scoring, and no affine part; tracked statistics and an affine part are options. A path is a hard one:
blocks of different shapes have no sum.

References:
    [Chen2021] Chen et al., "GLiT: Neural Architecture Search for Global and Local Image Transformer", ICCV 2021.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from torch import Tensor, nn

from nasrank.spaces.glit.blocks import BLOCKS, Block, Stack, from_choices
from nasrank.spaces.glit.costs import CLASSES, IMAGE_CHANNELS, PATCH, WIDTH
from nasrank.spaces.glit.network import Macro
from nasrank.spaces.glit.shared_block import SharedBlock
from nasrank.spaces.supernet import HardPath, SoftPath, SuperNet, along_chains
from nasrank.spaces.ways import WeightPart, WeightsOnWays

ADDED = "patches.positions"
"""The table of positions, which multiplies nothing."""


class GlitSuperNet(Macro, SuperNet):
    """Shared weights for all architectures.

    Args:
        width: channels of a head, of which a token has three; even.
        patch: side of the square of pixels that becomes a token.
        classes: outputs of the classifier.
        image_channels: channels of the input.
        affine: whether the batch normalizations learn a scale and a shift.
        tracked: whether running statistics are kept, and used in evaluation mode.

    Raises:
        ValueError: a size is below one, or the width is odd.
    """

    def __init__(
        self,
        *,
        width: int = WIDTH,
        patch: int = PATCH,
        classes: int = CLASSES,
        image_channels: int = IMAGE_CHANNELS,
        affine: bool = False,
        tracked: bool = False,
    ) -> None:
        super().__init__(width=width, patch=patch, classes=classes, image_channels=image_channels)
        self._tracked = tracked
        self._around = [name for name, weights in self.named_parameters() if weights.dim() > 1 and name != ADDED]
        self.blocks = nn.ModuleList(SharedBlock(width, affine=affine, tracked=tracked) for _ in range(BLOCKS))

    @property
    def keeps_statistics(self) -> bool:
        return self._tracked

    def forward(self, images: Tensor, path: HardPath | SoftPath, *, numbers: bool = False) -> Tensor:
        """See `SuperNet`; ValueError for a soft path."""
        del numbers
        blocks, tokens = _stack(path).blocks, self.patches(images)
        for place, block in enumerate(blocks):
            tokens = self.blocks[place](tokens, block)
        return self.head(tokens)

    def each_path(self, images: Tensor, paths: Sequence[HardPath]) -> Iterator[tuple[list[int], Tensor]]:
        """See `SuperNet`; paths share the blocks up to the first in which they differ."""
        places: dict[tuple[Block, ...], list[int]] = {}
        for place, path in enumerate(paths):
            places.setdefault(_stack(path).blocks, []).append(place)

        def through(place: int, block: Block, features: Tensor) -> Tensor:
            return cast(Tensor, self.blocks[place](features, block))

        for blocks, features in along_chains(places, self.patches(images), through):
            yield places[blocks], self.head(features)

    def weights_on_ways(self, path: HardPath) -> WeightsOnWays:
        """All matrices and kernels that the path multiplies by, once each; no normalization, bias or position."""
        counts = {WeightPart(name): 1 for name in self._around}
        for place, block in enumerate(_stack(path).blocks):
            parts = cast(SharedBlock, self.blocks[place]).parts(block)
            counts |= {part.within(f"blocks.{place}"): 1 for part in parts.values()}
        return WeightsOnWays(counts)


def _stack(path: HardPath | SoftPath) -> Stack:
    """The architecture that a path makes; ValueError where it is no hard one of twelve options."""
    if len(path) and isinstance(path[0], Tensor) and path[0].dim():
        raise ValueError("the super-net of glit computes no mixtures of options; a path is one option a decision")
    return from_choices(cast(HardPath, path))
