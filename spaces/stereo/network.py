"""The stand-alone network of a LEAStereo architecture [Cheng2020].

The feature net sees each view by itself, with the same weights. What both have at a third of the resolution stands side
by side at each disparity, and the matching net, of 3-D convolutions, makes costs of this volume; the disparity of a
pixel is the mean that the softmin of its costs gives.

What is other than in the paper: two nodes a cell for three; three and four layers for six and twelve, without the long
skip connections of the retrained matching net; levels of strides 3 and 6, and of 3 to 12, for 3 to 24; and each net
ends with its last layer's level, brought to level 0. Interpolated costs have the disparities that lie between those of
the features, where the paper counts planes.

References:
    [Cheng2020] Cheng et al., "Hierarchical Neural Architecture Search for Deep Stereo Matching", NeurIPS 2020.
"""

from __future__ import annotations

from torch import Tensor

from nasrank.spaces.stereo.costs import CHANNELS, DISPARITIES
from nasrank.spaces.stereo.layers import ON_IMAGES, ON_VOLUMES, Around
from nasrank.spaces.stereo.matcher import Matcher
from nasrank.spaces.trellis.layers import entrance, resized
from nasrank.spaces.trellis.network import StandAloneLayers


class StereoNetwork(Around):
    """The network that an architecture is trained as.

    Args:
        matcher: the architecture.
        channels: of a node at level 0 of either net; each further level has twice as many.
        disparities: of the features, at each of which they are compared.
        image_channels: channels of a view.

    Raises:
        ValueError: a size is no integer, or below one.
    """

    def __init__(
        self,
        matcher: Matcher,
        *,
        channels: int = CHANNELS,
        disparities: int = DISPARITIES,
        image_channels: int = 3,
    ) -> None:
        super().__init__(channels=channels, disparities=disparities, image_channels=image_channels)
        self.feature_cells = StandAloneLayers(matcher.feature, channels, ON_IMAGES)
        self.feature_end = entrance(channels, matcher.feature.levels[-1], 0)
        self.matching_cells = StandAloneLayers(matcher.matching, channels, ON_VOLUMES)
        self.matching_end = entrance(channels, matcher.matching.levels[-1], 0)

    def forward(self, pairs: Tensor) -> Tensor:
        """Disparities `(batch, height, width)` of pairs `(batch, 2 * channels, height, width)` of any size."""
        of_features, of_volumes = self.of_features(pairs), self.of_volumes(pairs)
        features = self.feature_end(self.feature_cells(self.stem(pairs), of_features))
        volume = self.volume(resized(features, of_features[0]))
        matched = self.matching_end(self.matching_cells(volume, of_volumes))
        return self.told(resized(matched, of_volumes[0]), pairs)
