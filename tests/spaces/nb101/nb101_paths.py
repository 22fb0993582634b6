"""Random paths of the NAS-Bench-101 super-net, and a path's weights in the package's stand-alone network."""

from __future__ import annotations

from itertools import chain

import numpy as np
import torch
from torch import Tensor, nn

from nasrank.spaces.nb101.cell import CONV_1X1, MAX_POOL, Cell, pruned
from nasrank.spaces.nb101.decisions import EDGES
from nasrank.spaces.nb101.network import cell_network
from nasrank.spaces.nb101.paths import hard_path
from nasrank.spaces.nb101.shared_layers import CHANNEL_SHARING, InterpolatedLayer, SeparateLayer, first_channels
from nasrank.spaces.nb101.supernet import CellSuperNet

FORMS = tuple(CHANNEL_SHARING)
RANDOM_FORMS = ("shuffled_chunk", "random_channels")
NORMS = {"batch": {}, "affine and tracked": {"affine": True, "tracked": True}}

IMAGES = torch.randn(16, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def built(**options) -> CellSuperNet:
    torch.manual_seed(1)
    return CellSuperNet(**{"channels": 7, "cells_per_stage": 1, "classes": 5, **options})


def close(actual: Tensor, expected: Tensor, tolerance: float = 1e-5) -> None:
    torch.testing.assert_close(actual, expected, atol=tolerance, rtol=tolerance)


def random_paths(count: int, *, vertices: int | None = None, seed: int = 0) -> list[tuple[int, ...]]:
    """Raw choices that make a cell, with so many vertices after pruning; most have gaps and strays."""
    generator = np.random.default_rng(seed)
    found: list[tuple[int, ...]] = []
    while len(found) < count:
        density = generator.uniform(0.1, 0.6)
        edges = generator.random(len(EDGES)) < density
        choices = (*edges.astype(int).tolist(), *generator.integers(3, size=5).tolist())
        try:
            path = hard_path(choices)
        except ValueError:
            continue
        if vertices in (None, len(path.vertices) + 2):
            found.append(choices)
    return found


def cell_of(choices: tuple[int, ...]) -> Cell:
    """The cell that raw choices make, without this super-net's own reading of them."""
    return pruned(sum(bit << place for place, bit in enumerate(choices[:21])), choices[21:])


def one_hot(choices: tuple[int, ...]) -> list[Tensor]:
    return [torch.eye(2 if place < 21 else 3)[choice] for place, choice in enumerate(choices)]


def stand_alone(supernet: CellSuperNet, choices: tuple[int, ...], draws: list[dict] | None = None) -> nn.Module:
    """The package's network with the weights of a path on nodes; in training mode unless statistics are tracked.

    Args:
        draws: the channels that each cell drew for each width; the first ones by default.
    """
    path = hard_path(choices)
    network = cell_network(
        cell_of(choices),
        channels=supernet.channels,
        cells_per_stage=len(supernet.stages[0]),
        classes=supernet.classifier.out_features,
    )
    stem, *cells = (layer for layer in network.layers if not isinstance(layer, nn.MaxPool2d))
    copy(supernet.stem.conv.weight, supernet.stem.norm, slice(None), stem)
    network.classifier.load_state_dict(supernet.classifier.state_dict())
    for place, (shared, built) in enumerate(zip(chain(*supernet.stages), cells, strict=True)):
        widths = path.widths(shared.outputs)
        channels = draws[place] if draws else first_channels(set(widths.values()))
        for number, vertex in enumerate(path.vertices, start=1):
            chosen, operation = channels[widths[vertex]], path.operations[vertex - 1][0]
            if 0 in path.sources[vertex]:
                copy_shared(shared.projections[str(vertex)], chosen, built.input_op[number])
            if operation != MAX_POOL:
                convolutions = shared.conv_1x1 if operation == CONV_1X1 else shared.conv_3x3
                copy_shared(convolutions[str(vertex)], chosen, built.vertex_op[number])
        if 0 in path.sources[6]:
            direct = shared.output_projection
            copy(direct.conv.weight, direct.norm, slice(None), built.input_op[-1])
    return network.train(supernet.training or not supernet.keeps_statistics)


def copy_shared(layer: nn.Module, channels: slice | Tensor, target: nn.Module) -> None:
    if isinstance(layer, SeparateLayer):
        layer = layer.layers[str(channels.stop)]
        copy(layer.conv.weight, layer.norm, slice(None), target)
    elif isinstance(layer, InterpolatedLayer):
        full, (outputs, inputs, *_) = layer.conv.weight, next(target.parameters()).shape
        kernel = torch.einsum(
            "oO,OIhw,iI->oihw", averages(full.shape[0], outputs), full, averages(full.shape[1], inputs)
        )
        copy(kernel, layer.norms[str(outputs)], slice(None), target)
    else:
        kernel = layer.conv.weight[channels]
        copy(kernel[:, channels] if layer.square else kernel, layer.norm, channels, target)


def averages(full: int, width: int) -> Tensor:
    """The matrix `(width, full)` of adaptive averaging: the j-th mean is over places from j full/width to the next."""
    matrix = torch.zeros(width, full)
    for place in range(width):
        matrix[place, place * full // width : -(-(place + 1) * full // width)] = 1
    return matrix / matrix.sum(1, keepdim=True)


@torch.no_grad()
def copy(kernel: Tensor, norm: nn.BatchNorm2d, channels: slice | Tensor, target: nn.Module) -> None:
    conv, built_norm = (m for m in target.modules() if isinstance(m, nn.Conv2d | nn.BatchNorm2d))
    assert conv.weight.shape == kernel.shape
    conv.weight.copy_(kernel)
    if norm.affine:
        built_norm.weight.copy_(norm.weight[channels])
        built_norm.bias.copy_(norm.bias[channels])
    if norm.track_running_stats:
        built_norm.running_mean.copy_(norm.running_mean[channels])
        built_norm.running_var.copy_(norm.running_var[channels])


def scrambled(supernet: CellSuperNet) -> CellSuperNet:
    """Normalizations away from the identity, so that mixing up their channels shows."""
    with torch.no_grad():
        for module in supernet.modules():
            if isinstance(module, nn.BatchNorm2d):
                if module.affine:
                    module.weight.uniform_(0.5, 1.5)
                    module.bias.normal_(0, 0.5)
                if module.track_running_stats:
                    module.running_mean.normal_(0, 0.5)
                    module.running_var.uniform_(0.5, 1.5)
    return supernet
