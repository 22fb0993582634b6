"""The stand-alone NAS-Bench-101 network [Ying2019]: stem, three stages of cells with max pooling between, classifier.

The package nasbench-pytorch builds it and initializes the weights. Three of its habits are undone here. It keeps
parameters that compute nothing. Its default momentum for batch normalization, 0.997, is the decay of running statistics
as TensorFlow counts, which in PyTorch's terms all but replaces them at every batch; besides, it does not reach the
operations of the vertices. And between stages it halves sizes rounding down, so that small images vanish; the
benchmark's own max pooling, with TensorFlow's padding "same", rounds up.

References:
    [Ying2019] Ying et al., "NAS-Bench-101: Towards Reproducible Neural Architecture Search", ICML 2019.
"""

from __future__ import annotations

import torch
from nasbench_pytorch.model.model import Cell as BuiltCell
from nasbench_pytorch.model.model import Network, Placeholder
from torch import nn

from nasrank.spaces.integers import refuse_sizes
from nasrank.spaces.nb101.cell import Cell
from nasrank.spaces.nb101.channels import vertex_channels
from nasrank.spaces.nb101.costs import STAGES


def cell_network(
    cell: Cell,
    *,
    channels: int = 128,
    cells_per_stage: int = 3,
    classes: int = 10,
    image_channels: int = 3,
    norm_momentum: float = 0.1,
) -> nn.Module:
    """The network that the benchmark trained, from images `(batch, channels, height, width)` to `(batch, classes)`.

    Args:
        cell: the architecture of every cell.
        channels: width of the first stage; the later ones have twice and four times as many.
        cells_per_stage: cells in each of the three stages.
        classes: outputs of the classifier.
        image_channels: channels of the input.
        norm_momentum: weight of a batch in the running statistics of every normalization.

    Raises:
        ValueError: a size is below one, or there are fewer channels than vertices that share them.
    """
    refuse_sizes(channels=channels, cells_per_stage=cells_per_stage, classes=classes, image_channels=image_channels)
    vertex_channels(cell.edges, cell.vertices, channels, channels)  # refuses too few channels
    network: nn.Module = Network(
        cell.to_matrix(),
        num_labels=classes,
        in_channels=image_channels,
        stem_out_channels=channels,
        num_stacks=STAGES,
        num_modules_per_stack=cells_per_stage,
    )
    for module in network.modules():
        if isinstance(module, Placeholder):
            del module.a
        elif isinstance(module, BuiltCell):
            del module.dev_param
            module.register_buffer("dev_param", torch.empty(0), persistent=False)  # it tells the device
        elif isinstance(module, nn.MaxPool2d):
            module.ceil_mode = True  # without effect on those within cells, which keep the size
        elif isinstance(module, nn.BatchNorm2d):
            module.momentum = norm_momentum
    return network
