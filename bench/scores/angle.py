"""How far training has turned the weights of an architecture.

The angle of an architecture is that between its weight vectors before and after training [Hu2020]. The vector holds
what lies on the ways from input to output, each way's weights after the other, so a weight on two ways counts twice.
Nothing but training is needed, no images and no labels, and it ranks architectures trained on random labels as well
[Zhang2021]. As in that paper's code for NAS-Bench-201, the vector has everything outside the cells, normalizations and
biases too, but of the cells the kernels alone. Normalizations start at one and hardly move, which lengthens both
vectors by the same. The angle of the kernels alone goes without them and without the biases.

It takes long training to mean something. Layers outside the cells are trained in every step and turn first, an
operation's weights only when it is drawn: in a short training more convolutions mean a smaller angle of the kernels,
not a larger one, and its correlation with accuracy is negative.

All that an angle takes is sums of products of weights, so every part of every weight is looked at once, however many
architectures share it.

References:
    [Hu2020] Hu et al., "Angle-based Search Space Shrinking for Neural Architecture Search", ECCV 2020.
    [Zhang2021] Zhang et al., "Neural Architecture Search with Random Labels", CVPR 2021.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nasrank.bench.scores.score import WAYS, Scores, Trained, Way
from nasrank.bench.tasks import Score
from nasrank.spaces.supernet import HardPath, SuperNet
from nasrank.spaces.ways import WeightPart

Floats = npt.NDArray[np.float64]

ANGLE, KERNEL_ANGLE = "angle", "kernel_angle"
"""Names of the scores that compare weights with what they were at the start: as papers do, and of the kernels alone."""


def angles(
    supernet: SuperNet, initial: Mapping[str, Tensor], paths: Sequence[HardPath], *, kernels_alone: bool = False
) -> Floats:
    """Angle in radians, 0 to pi, between the initial and the present weight vector of each path, `(paths,)`.

    It is 0 where no way leads from input to output.

    Args:
        initial: the super-net's weights before training, by name; a copy of its `state_dict` will do.
        kernels_alone: whether the vectors have convolutions and linear maps only, without what has one axis.

    Raises:
        ValueError: the initial weights are those of another super-net.
    """
    present = {name: weight.detach() for name, weight in supernet.named_parameters()}
    for name, weight in present.items():
        if name not in initial or initial[name].shape != weight.shape:
            shape = tuple(initial[name].shape) if name in initial else "missing"
            raise ValueError(f"the initial {name} is {shape}; the super-net's is {tuple(weight.shape)}")

    @cache
    def products(part: WeightPart) -> Floats:
        """Of the part's weights with themselves before training, before with after, and after."""
        before, after = (part.of(weights).flatten().double() for weights in (initial, present))
        return torch.stack([before @ before, before @ after, after @ after]).cpu().numpy()

    cosines = np.ones(len(paths))
    for place, path in enumerate(paths):
        ways = supernet.weights_on_ways(path)
        if ways.counts:
            total = np.full(3, ways.constant)
            for part, count in ways.counts.items():
                if not kernels_alone or present[part.name].dim() > 1:
                    total += count * products(part)
            before, both, after = total
            cosines[place] = both / np.sqrt(before * after)
    return np.arccos(np.clip(cosines, -1, 1))


def two_angles(trained: Trained, paths: Sequence[HardPath]) -> Scores:
    """As papers take it, and of the kernels alone; of super-nets that say which of their weights lie on a way."""
    if type(trained.supernet).weights_on_ways is SuperNet.weights_on_ways:
        return {}
    return {
        ANGLE: angles(trained.supernet, trained.initial, paths),
        KERNEL_ANGLE: angles(trained.supernet, trained.initial, paths, kernels_alone=True),
    }


_MOST = 3.141593
"""Half a turn, as results have it: rounded to six decimals."""

WAYS.register(
    Way(
        ANGLE,
        two_angles,
        (
            Score(ANGLE, "angle", "radians", higher_is_better=True, low=0.0, high=_MOST),
            Score(KERNEL_ANGLE, "kernel angle", "radians", higher_is_better=True, low=0.0, high=_MOST),
        ),
    )
)
