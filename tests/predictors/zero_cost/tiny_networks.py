"""Networks that are small enough to compute proxies by hand, and probes of them."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from nasrank.predictors.zero_cost.probe import Probe
from nasrank.predictors.zero_cost.proxy import proxies


class Linear(nn.Module):
    """Class scores `W x` of two inputs, as images of one pixel."""

    def __init__(self, weights):
        super().__init__()
        self.map = nn.Linear(2, len(weights), bias=False)
        self.map.weight.data = torch.tensor(weights)

    def forward(self, images):
        return self.map(images.flatten(1))


class Convolutional(nn.Module):
    """A bit of everything that networks here have, among it branches, and calls of functions beside modules."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(4)
        self.pointwise = nn.Conv2d(4, 5, 1)
        self.branch = nn.Conv2d(4, 5, 3, padding=1, bias=False)
        self.last_norm = nn.BatchNorm2d(5)
        self.relu = nn.ReLU()
        self.classifier = nn.Linear(5, 3)

    def forward(self, images):
        features = self.relu(self.norm(self.stem(images)))
        pooled = F.max_pool2d(features, 3, 1, 1) + F.avg_pool2d(features, 3, 1, 1)
        both = self.pointwise(pooled) + F.conv2d(torch.tanh(features), self.branch.weight, padding=1)
        return self.classifier(F.relu(self.last_norm(both)).mean((2, 3)))


def batch(images=6, seed=0, size=4, classes=3):
    generator = torch.Generator().manual_seed(seed)
    inputs = torch.randn(images, 3, size, size, generator=generator)
    return inputs, torch.arange(images) % classes


def convolutional(seed=0, dtype=torch.float32):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Convolutional().to(dtype)


def probe_of(make, samples=None, loss=F.cross_entropy, seed=0):
    return Probe(make, samples, loss, architecture="tiny", seed=seed)


def measured(name, probe):
    return proxies()[name]().measured(probe)


def value(name, probe):
    found = measured(name, probe)
    assert not found.reason
    return found.value


def weights_of(network):
    """Of convolutions and linear maps, in the order of modules."""
    return [one.weight for one in network.modules() if isinstance(one, nn.Conv2d | nn.Linear)]
