"""Re-calibration reaches batch normalizations of every kind, and nothing else."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import nn

from nasrank.spaces.supernet import SuperNet

KINDS = [(nn.BatchNorm1d, (3, 5)), (nn.BatchNorm2d, (3, 4, 4)), (nn.BatchNorm3d, (3, 2, 2, 2))]


class Normalized(SuperNet):
    """One normalization with running statistics, and one beside it that keeps none."""

    keeps_statistics = True

    def __init__(self, kind: type[nn.Module]) -> None:
        super().__init__()
        self.norm, self.without = kind(3, momentum=0.3), kind(3, track_running_stats=False)

    def forward(self, images, path):
        return self.norm(images) + self.without(images) * path[0]

    def each_path(self, images, paths):
        yield from (([place], self(images, path)) for place, path in enumerate(paths))


@pytest.mark.parametrize(("kind", "shape"), KINDS, ids=lambda value: getattr(value, "__name__", None))
def test_statistics_are_the_average_over_the_batches(kind, shape):
    supernet = Normalized(kind)
    batches = [torch.randn(8, *shape) * scale + scale for scale in (1.0, 2.0, 4.0)]
    supernet.train()
    supernet(torch.full((8, *shape), 100.0), [1])
    supernet.recalibrate(batches, [1])
    axes = [axis for axis in range(1 + len(shape)) if axis != 1]
    means = torch.stack([batch.mean(axes) for batch in batches]).mean(0)
    variances = torch.stack([batch.var(axes, correction=1) for batch in batches]).mean(0)
    torch.testing.assert_close(supernet.norm.running_mean, means)
    torch.testing.assert_close(supernet.norm.running_var, variances)
    assert supernet.norm.momentum == 0.3
    assert not supernet.training
    assert supernet.without.running_mean is None
    assert supernet.without.momentum == 0.1


@pytest.mark.parametrize(("kind", "shape"), KINDS, ids=lambda value: getattr(value, "__name__", None))
def test_a_path_forgets_what_was_seen_before(kind, shape):
    supernet, batches, found = Normalized(kind), [torch.randn(8, *shape)], []
    for polluted in (0.0, 50.0):
        supernet.train()
        supernet(torch.full((8, *shape), polluted), [1])
        supernet.recalibrate(batches, [1])
        found.append(supernet.norm.running_mean.clone())
    assert all(torch.equal(one, other) for one, other in pairwise(found))
