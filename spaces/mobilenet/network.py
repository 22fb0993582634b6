"""The stand-alone network of a chain: stem, one inverted residual of expansion 1, the chain, head and classifier.

The building blocks serve the super-net as well, so one path of it is this network with the same weights. As in
MobileNetV2 [Sandler2018], what leaves an inverted residual is added to its input where both have the same shape, and
goes through no activation; ReLU6 follows all other normalizations.

References:
    [Sandler2018] Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from nasrank.spaces.integers import refuse_sizes
from nasrank.spaces.layers import Normalization, convolve
from nasrank.spaces.mobilenet.chain import BLOCKS, IDENTITY, Chain
from nasrank.spaces.mobilenet.costs import Shape, shapes


class ConvNorm(nn.Module):
    """Convolution without bias, normalization, and ReLU6 where it is `active`.

    Args:
        groups: of channels, which see nothing of each other.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        *,
        stride: int = 1,
        groups: int = 1,
        active: bool = True,
        affine: bool = True,
        tracked: bool = True,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, groups=groups, bias=False)
        self.norm = Normalization(outputs, affine=affine, tracked=tracked)
        self.active = active

    def forward(self, images: Tensor) -> Tensor:
        together = not self.norm.track_running_stats  # in super-nets alone
        if self.conv.kernel_size == (1, 1):
            output = convolve(images, self.conv.weight, together=together)
        else:
            output = self.conv(images)
        normalized: Tensor = self.norm(output)
        return F.relu6(normalized) if self.active else normalized


class InvertedResidual(nn.Module):
    """Pointwise to more channels, unless the expansion is 1; depthwise; pointwise to the output's, without ReLU6."""

    def __init__(self, shape: Shape, kernel: int, expansion: int, *, affine: bool = True, tracked: bool = True) -> None:
        super().__init__()
        hidden = expansion * shape.inputs
        form = {"affine": affine, "tracked": tracked}
        widen = [ConvNorm(shape.inputs, hidden, 1, **form)] if expansion > 1 else []
        self.layers = nn.Sequential(
            *widen,
            ConvNorm(hidden, hidden, kernel, stride=shape.stride, groups=hidden, **form),
            ConvNorm(hidden, shape.outputs, 1, active=False, **form),
        )
        self.added = shape.stride == 1 and shape.inputs == shape.outputs

    def forward(self, images: Tensor) -> Tensor:
        output: Tensor = self.layers(images)
        return images + output if self.added else output


class Around(nn.Module):
    """Everything around the chain.

    Args:
        width: channels that the first inverted residual leaves.
        classes: outputs of the classifier.
        image_channels: channels of the input.
        tracked: whether normalizations keep running statistics.

    Raises:
        ValueError: a size is no integer or below one.
    """

    def __init__(self, *, width: int, classes: int, image_channels: int, tracked: bool = True) -> None:
        refuse_sizes(width=width, classes=classes, image_channels=image_channels)
        super().__init__()
        self.shapes = shapes(width)
        self.stem = ConvNorm(image_channels, self.shapes.stem, 3, tracked=tracked)
        self.first = InvertedResidual(Shape(self.shapes.stem, self.shapes.first, 1), 3, 1, tracked=tracked)
        self.head = ConvNorm(self.shapes.layers[-1].outputs, self.shapes.head, 1, tracked=tracked)
        self.classifier = nn.Linear(self.shapes.head, classes)

    def entered(self, images: Tensor) -> Tensor:
        """What enters the chain."""
        return self.first(self.stem(images))  # type: ignore[no-any-return]

    def classified(self, features: Tensor) -> Tensor:
        """Class scores of what leaves the chain."""
        return self.classifier(self.head(features).mean((2, 3)))  # type: ignore[no-any-return]


class ChainNetwork(Around):
    """The network of a chain; layers that are the identity are not there.

    Args:
        chain: the architecture.
        width: channels that the first inverted residual leaves, to which all others are in proportion.
        classes: outputs of the classifier.
        image_channels: channels of the input.
    """

    def __init__(self, chain: Chain, *, width: int = 8, classes: int = 10, image_channels: int = 3) -> None:
        super().__init__(width=width, classes=classes, image_channels=image_channels)
        self.chain = nn.Sequential(
            *(
                InvertedResidual(shape, *BLOCKS[operation])
                for shape, operation in zip(self.shapes.layers, chain.operations, strict=True)
                if operation != IDENTITY
            )
        )

    def forward(self, images: Tensor) -> Tensor:
        """Class scores `(batch, classes)` of images `(batch, channels, height, width)` of any size."""
        return self.classified(self.chain(self.entered(images)))
