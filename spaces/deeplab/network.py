"""The stand-alone network of an Auto-DeepLab architecture: stem, one cell a layer, head [Liu2019b].

Each cell sees the outputs of the two layers before it, brought to its resolution by bilinear interpolation and to its
width by a pointwise convolution. The head's scores are interpolated to the resolution of the images.

What is other than in the paper: two nodes a cell and five operations for five and eight, six layers for twelve, strides
of 2 to 16 for 4 to 32, and one stem convolution for three. The layer before the last is the one on the path; the
paper's super-net takes what has its level there, on the path or not.

References:
    [Liu2019b] Liu et al., "Auto-DeepLab: Hierarchical Neural Architecture Search for Semantic Image Segmentation",
        CVPR 2019.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from nasrank.spaces.deeplab.costs import CHANNELS
from nasrank.spaces.deeplab.layers import ALL, Around, Head, sizes
from nasrank.spaces.deeplab.segmenter import TRELLIS, Segmenter
from nasrank.spaces.trellis.network import StandAloneLayers


class SegmenterNetwork(Around):
    """The network that an architecture is trained as.

    Args:
        segmenter: the architecture.
        channels: of a node at level 0; each further level has twice as many.
        classes: that a pixel may have.
        image_channels: channels of the input.

    Raises:
        ValueError: a size is no integer, or below one.
    """

    def __init__(
        self, segmenter: Segmenter, *, channels: int = CHANNELS, classes: int = 11, image_channels: int = 3
    ) -> None:
        super().__init__(channels=channels, classes=classes, image_channels=image_channels)
        self.cells = StandAloneLayers(segmenter, channels, ALL)
        self.head = Head(channels, segmenter.levels[-1], classes)

    def forward(self, images: Tensor) -> Tensor:
        """Class scores `(batch, classes, height, width)` of images `(batch, channels, height, width)` of any size."""
        last = self.cells(self.stem(images), sizes(images, TRELLIS.levels))
        return F.interpolate(self.head(last), images.shape[2:], mode="bilinear", align_corners=False)
