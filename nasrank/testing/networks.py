"""The networks of the toys, as small as they may be: images have four pixels, and there are four classes or others."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

IMAGE_CHANNELS, PIXELS, CLASSES = 3, 4, 4
"""Images of other channels and other numbers of classes can be asked for."""

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "identity": lambda numbers: numbers,
    "relu": torch.relu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "softplus": nn.functional.softplus,
}


class SumOfBranches(nn.Module):
    """Hidden layers side by side, whose scores are scaled and added up.

    Args:
        layers: width, activation and scale of each, as texts.
    """

    def __init__(
        self, layers: Sequence[tuple[str, str, str]], *, classes: int = CLASSES, image_channels: int = IMAGE_CHANNELS
    ) -> None:
        super().__init__()
        numbers = image_channels * PIXELS
        self.layers = tuple(layers)
        self.inward = nn.ModuleList(nn.Linear(numbers, int(width), bias=False) for width, _, _ in layers)
        self.outward = nn.ModuleList(nn.Linear(int(width), classes, bias=False) for width, _, _ in layers)

    def forward(self, images: Tensor) -> Tensor:
        """Scores `(batch, classes)` of images `(batch, channels, height, width)`."""
        branches = zip(self.inward, self.outward, self.layers, strict=True)
        flat = images.flatten(1)
        scores = [
            float(scale) * outward(ACTIVATIONS[activation](inward(flat)))
            for inward, outward, (_, activation, scale) in branches
        ]
        return torch.stack(scores).sum(0)


class ChainOfLayers(nn.Module):
    """Residual layers one after the other; those at coarser levels see their input at half the size for each level.

    Args:
        layers: level, operation and width of each; the identity has no weights.
    """

    def __init__(
        self, layers: Sequence[tuple[int, str, int]], *, classes: int = CLASSES, image_channels: int = IMAGE_CHANNELS
    ) -> None:
        super().__init__()
        numbers = image_channels * PIXELS
        self.layers = tuple(layer for layer in layers if layer[1] != "identity")
        self.inward = nn.ModuleList(nn.Linear(numbers, width, bias=False) for _, _, width in self.layers)
        self.outward = nn.ModuleList(nn.Linear(width, numbers, bias=False) for _, _, width in self.layers)
        self.classifier = nn.Linear(numbers, classes, bias=False)

    def forward(self, images: Tensor) -> Tensor:
        """Scores `(batch, classes)` of images `(batch, channels, height, width)`."""
        features = images.flatten(1)
        for inward, outward, (level, operation, _) in zip(self.inward, self.outward, self.layers, strict=True):
            features = features + outward(ACTIVATIONS[operation](inward(features / 2**level)))
        scores: Tensor = self.classifier(features)
        return scores
