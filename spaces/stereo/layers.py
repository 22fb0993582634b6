"""The layers around LEAStereo's two nets [Cheng2020]: what makes features, a volume of them, and disparities.

References:
    [Cheng2020] Cheng et al., "Hierarchical Neural Architecture Search for Deep Stereo Matching", NeurIPS 2020.
"""

from __future__ import annotations

from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nasrank.spaces.darts.layers import AfterRelu
from nasrank.spaces.integers import refuse_sizes
from nasrank.spaces.layers import Normalization
from nasrank.spaces.stereo.costs import STRIDE, coarse
from nasrank.spaces.stereo.matcher import CONV, OPERATIONS, FeatureNet, MatchingNet
from nasrank.spaces.trellis.layers import ConvolutionNorm, Operations, by_place
from nasrank.spaces.trellis.sizes import STEM_LEVEL, cell_width, halved


def convolution(
    operation: int, width: int, *, dimensions: int, affine: bool = True, tracked: bool = True
) -> AfterRelu | None:
    """The layer of an operation, or None where it has no weights."""
    if operation != CONV:
        return None
    return ConvolutionNorm(width, width, dimensions=dimensions, affine=affine, tracked=tracked)


def skipped(_operation: int, features: Tensor) -> Tensor:
    """What the operation that has no weights makes of features: nothing else."""
    return features


ON_IMAGES, ON_VOLUMES = (
    Operations(len(OPERATIONS), partial(convolution, dimensions=dimensions), skipped) for dimensions in (2, 3)
)


class Around(nn.Module):
    """Stems, the volume, and what is made of it.

    Args:
        channels: of a node at level 0 of either net.
        disparities: of the features, at each of which they are compared.
        image_channels: channels of a view.
        tracked: whether normalizations keep running statistics.

    Raises:
        ValueError: a size is no integer, or below one.
    """

    def __init__(self, *, channels: int, disparities: int, image_channels: int, tracked: bool = True) -> None:
        refuse_sizes(channels=channels, disparities=disparities, image_channels=image_channels)
        super().__init__()
        self.disparities = disparities
        width = cell_width(channels, STEM_LEVEL)
        self.stem_conv = nn.Conv2d(image_channels, channels, 3, padding=1, bias=False)
        self.stem_norm = Normalization(channels, tracked=tracked)
        self.stem_reduction = nn.Conv2d(channels, width, STRIDE, stride=STRIDE, bias=False)
        self.stem_reduction_norm = Normalization(width, tracked=tracked)
        self.stem_last = ConvolutionNorm(width, width, tracked=tracked)
        self.volume_conv = nn.Conv3d(2 * channels, width, 3, padding=1, bias=False)
        self.volume_norm = Normalization(width, tracked=tracked)
        self.costs = nn.Conv3d(channels, 1, 3, padding=1, bias=False)

    def stem(self, pairs: Tensor) -> Tensor:
        """What the feature net sees of all left views, and then of all right ones, `(2 * batch, width, ...)`."""
        views = torch.cat(pairs.chunk(2, 1)).contiguous(memory_format=torch.channels_last)
        full = self.stem_norm(self.stem_conv(views)).relu()
        lacking = [-side % STRIDE for side in full.shape[2:]]
        reduced = self.stem_reduction_norm(self.stem_reduction(F.pad(full, (0, lacking[1], 0, lacking[0]))))
        return self.stem_last(reduced)  # type: ignore[no-any-return]

    def volume(self, features: Tensor) -> Tensor:
        """What the matching net sees of features `(2 * batch, channels, height, width)`.

        At each disparity stand those of the left views, and beside them those of the right views so many places
        further left; zeros where there is no such place.
        """
        left, right = features.chunk(2)
        width = left.shape[3]
        shifted = [
            F.pad(right[..., : max(0, width - one)], (min(one, width), 0, 0, 0)) for one in range(self.disparities)
        ]
        planes = [torch.cat([left, one], 1) for one in shifted]
        both = torch.stack(planes, 2).contiguous(memory_format=torch.channels_last_3d)
        return by_place(self.volume_norm, self.volume_conv(both))

    def told(self, matched: Tensor, pairs: Tensor) -> Tensor:
        """Disparities `(batch, height, width)` in pixels, from what the matching net makes of the volume.

        Costs are interpolated to whole pixels, in the views and in disparity. Their softmin weighs disparities: those
        of the features are three times as many pixels, and what is interpolated lies between them and one beyond.
        """
        height, width = pairs.shape[2:]
        costs = F.interpolate(self.costs(matched.relu()), scale_factor=STRIDE, mode="trilinear", align_corners=False)
        weights = F.softmin(costs[:, 0, :, :height, :width], 1)
        planes = torch.arange(STRIDE * self.disparities, device=weights.device, dtype=weights.dtype)
        return (weights * (planes - (STRIDE - 1) / 2)[:, None, None]).sum(1)

    def of_features(self, pairs: Tensor) -> list[tuple[int, ...]]:
        """Height and width of features at each level of the feature net."""
        finest = [coarse(side) for side in pairs.shape[2:]]
        return [tuple(halved(side, level) for side in finest) for level in range(FeatureNet.trellis.levels)]

    def of_volumes(self, pairs: Tensor) -> list[tuple[int, ...]]:
        """Depth, height and width of volumes at each level of the matching net."""
        finest = [self.disparities, *(coarse(side) for side in pairs.shape[2:])]
        return [tuple(halved(side, level) for side in finest) for level in range(MatchingNet.trellis.levels)]
