"""The networks of the toys, as small as they may be: images are twelve numbers, and there are four classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

IMAGE_NUMBERS, CLASSES = 12, 4

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

    def __init__(self, layers: Sequence[tuple[str, str, str]]) -> None:
        super().__init__()
        self.layers = tuple(layers)
        self.inward = nn.ModuleList(nn.Linear(IMAGE_NUMBERS, int(width), bias=False) for width, _, _ in layers)
        self.outward = nn.ModuleList(nn.Linear(int(width), CLASSES, bias=False) for width, _, _ in layers)

    def forward(self, images: Tensor) -> Tensor:
        """Scores `(batch, 4)` of images `(batch, ...)` of twelve numbers."""
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

    def __init__(self, layers: Sequence[tuple[int, str, int]]) -> None:
        super().__init__()
        self.layers = tuple(layer for layer in layers if layer[1] != "identity")
        self.inward = nn.ModuleList(nn.Linear(IMAGE_NUMBERS, width, bias=False) for _, _, width in self.layers)
        self.outward = nn.ModuleList(nn.Linear(width, IMAGE_NUMBERS, bias=False) for _, _, width in self.layers)
        self.classifier = nn.Linear(IMAGE_NUMBERS, CLASSES, bias=False)

    def forward(self, images: Tensor) -> Tensor:
        """Scores `(batch, 4)` of images `(batch, ...)` of twelve numbers."""
        features = images.flatten(1)
        for inward, outward, (level, operation, _) in zip(self.inward, self.outward, self.layers, strict=True):
            features = features + outward(ACTIVATIONS[operation](inward(features / 2**level)))
        scores: Tensor = self.classifier(features)
        return scores
