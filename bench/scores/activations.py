"""Where an architecture stands among others by what it computes under shared weights, not by how well.

Two architectures are alike if a trained super-net's paths of them treat the same images alike. Of what a path computes
for a batch of images, `(images, numbers)`, centred over the images, the products of every two images are taken,
`(images, images)`, divided by their norm. The inner product of two such matrices is the linear centred kernel alignment
of the two paths [Kornblith2019]: 1 where one is a rotation of the other, 0 where they have nothing in common. It takes
no labels. What a path computes is what enters the super-net's `classifier`, where that is a linear layer, and else what
the super-net puts out, which is worth a little less.

What is kept are the coordinates of the matrices along the principal directions of some reference architectures: their
Euclidean distances are nearly those of the whole matrices, whose squares are 2 - 2 alignments. A regression that takes
them for features, all in one scale, has a kernel on what architectures compute.

References:
    [Kornblith2019] Kornblith, Norouzi, Lee & Hinton, "Similarity of Neural Network Representations Revisited",
        ICML 2019.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from nasrank.spaces.supernet import HardPath, SuperNet

Floats = npt.NDArray[np.float64]

IMAGES = 128
"""That are looked at; with 32, Kendall's tau of a regression on them was about .005 lower on NAS-Bench-201."""

ROUNDING = 1e-12
"""Share of the squares of outputs below which differences between images are rounding in single precision."""

REFERENCES = 128
"""Architectures that decide the directions; there are no more directions than that."""


class Activations:
    """Coordinates by what a super-net's paths compute for some images.

    Args:
        inputs: of the network, `(images, ...)`, of which the first `IMAGES` are looked at, normalized together.
        references: paths that decide the directions.
        size: how many directions.

    Raises:
        ValueError: fewer than two images, or not more references than directions that compute different functions.
    """

    def __init__(self, supernet: SuperNet, inputs: Tensor, references: Sequence[HardPath], size: int) -> None:
        if len(inputs) < 2:
            raise ValueError(f"alignments need two images or more, not {len(inputs)}")
        self._supernet, self._inputs = supernet, inputs[:IMAGES]
        matrices = self._matrices(references)
        matrices = matrices[np.isfinite(matrices).all(axis=1)]
        if not 1 <= size < len(matrices):
            raise ValueError(f"{size} directions need more references than {len(matrices)} of finite outputs")
        self._mean = matrices.mean(axis=0)
        directions = np.linalg.svd(matrices - self._mean, full_matrices=False)[2][:size]
        largest = np.abs(directions).argmax(axis=1)
        self._directions = directions * np.sign(directions[np.arange(size), largest])[:, None]

    def coordinates(self, paths: Sequence[HardPath]) -> Floats:
        """Of each path `(paths, size)`, largest variance first; NaN where outputs are not finite."""
        return np.concatenate(
            [
                (self._matrices(paths[start : start + REFERENCES]) - self._mean) @ self._directions.T
                for start in range(0, len(paths), REFERENCES)
            ]
            or [np.empty((0, len(self._directions)))]
        )

    def _matrices(self, paths: Sequence[HardPath]) -> Floats:
        """`(paths, images * images)`, each of norm 1, or all 0 where every image gives the same."""
        mode, count = self._supernet.training, len(self._inputs)
        self._supernet.eval()
        found = np.empty((len(paths), count * count))
        with torch.inference_mode(), entering_classifier(self._supernet) as entered:
            for places, outputs in self._supernet.each_path(self._inputs, paths):
                found[places] = alignment_matrix(entered.pop() if entered else outputs).cpu().numpy().reshape(-1)
        self._supernet.train(mode)
        return found


@contextmanager
def entering_classifier(supernet: SuperNet) -> Iterator[list[Tensor]]:
    """A list to which is added what enters the classifier `(images, numbers)`, if that is a linear layer."""
    entered: list[Tensor] = []
    classifier = getattr(supernet, "classifier", None)
    if not isinstance(classifier, nn.Linear):
        yield entered
        return
    hook = classifier.register_forward_pre_hook(lambda module, inputs: entered.append(inputs[0].detach()))
    try:
        yield entered
    finally:
        hook.remove()


def alignment_matrix(outputs: Tensor) -> Tensor:
    """The matrix `(images, images)` of outputs `(images, ...)` whose inner products are linear alignments."""
    numbers = outputs.detach().flatten(1).double()
    centred = numbers - numbers.mean(dim=0)
    products = centred @ centred.T
    norm = products.norm()
    return products / norm if norm > ROUNDING * numbers.square().sum() else torch.zeros_like(products)
