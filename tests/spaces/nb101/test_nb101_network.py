"""The stand-alone network against the benchmark's counts and against counts by hand."""

from __future__ import annotations

import numpy as np
import pyarrow.parquet as parquet
import pytest
import torch
from multiply_adds import counted
from nasbench_pytorch.model.model import Network
from nb101_paths import cell_of, random_paths
from torch import nn

from nasrank.spaces.nb101.cell import Cell, parse
from nasrank.spaces.nb101.costs import network_cost
from nasrank.spaces.nb101.network import cell_network


def parameters(network: nn.Module) -> int:
    return sum(weights.numel() for weights in network.parameters())


@pytest.mark.slow
@pytest.mark.data
def test_built_networks_have_the_recorded_parameters(nasrank_data, monkeypatch):
    monkeypatch.setattr(Network, "_initialize_weights", lambda network: None)  # it takes most of the time
    monkeypatch.setattr(nn.init, "kaiming_uniform_", lambda weights, **settings: weights)
    columns = ["num_vertices", "adj_bits", "ops", "trainable_params"]
    rows = parquet.read_table(nasrank_data / "nas-bench-101/nb101_measured.parquet", columns=columns).to_pydict()
    vertices, generator = np.array(rows["num_vertices"]), np.random.default_rng(0)
    for count in range(2, 8):
        places = np.flatnonzero(vertices == count)
        for place in generator.choice(places, min(60, len(places)), replace=False):
            cell = Cell(rows["adj_bits"][place], tuple(map(int, rows["ops"][place])))
            assert parameters(cell_network(cell)) == rows["trainable_params"][place], cell


@pytest.mark.slow
@pytest.mark.parametrize("vertices", range(2, 8))
def test_built_networks_have_the_computed_cost(vertices):
    """Counted by torch, which leaves the classifier's biases out; 7 channels do not share out evenly."""
    macro = {"channels": 7, "cells_per_stage": 2, "classes": 5, "image_channels": 2}
    for choices in random_paths(8, vertices=vertices):
        network, cost = cell_network(cell_of(choices), **macro), network_cost(cell_of(choices), resolution=8, **macro)
        assert parameters(network) == cost.parameters
        images = torch.randn(3, 2, 8, 8)
        assert network(images).shape == (3, 5)
        assert counted(network, images) == 3 * (cost.multiply_adds - macro["classes"])


CELL = parse("conv3x3(0)+maxpool3x3(0,1)+conv1x1(0)+output(0,1,2,3)")


def test_every_parameter_is_trained():
    network = cell_network(CELL, channels=6, cells_per_stage=2)
    network(torch.randn(4, 3, 8, 8)).square().sum().backward()
    for name, weights in network.named_parameters():
        assert weights.grad is not None, name
        assert weights.grad.abs().sum() > 0, name


def test_one_momentum_reaches_every_normalization():
    """The package gives the operations of the vertices none, and the others TensorFlow's decay."""
    network = cell_network(CELL, channels=6, cells_per_stage=1, norm_momentum=0.25)
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    assert len(norms) == 1 + 3 * (2 + 4)
    assert {norm.momentum for norm in norms} == {0.25}
    images = torch.randn(50, 3, 8, 8)
    network(images)
    expected = 0.25 * network.layers[0].conv_bn_relu[0](images).mean((0, 2, 3))
    torch.testing.assert_close(norms[0].running_mean, expected)


def test_weights_are_drawn_as_the_package_does():
    """Normal with variance 2 / (side^2 outputs), the classifier's with deviation 0.01."""
    torch.manual_seed(0)
    network = cell_network(parse("conv3x3(0)+output(1)"), channels=32, cells_per_stage=1)
    kernel = network.layers[-1].vertex_op[1].conv3x3.conv_bn_relu[0].weight
    assert kernel.std().item() == pytest.approx((2 / (9 * 128)) ** 0.5, rel=0.02)
    assert network.classifier.weight.std().item() == pytest.approx(0.01, rel=0.1)


def test_weights_are_saved_and_loaded():
    network, other = (cell_network(CELL, channels=6, cells_per_stage=1).eval() for _ in range(2))
    other.load_state_dict(network.state_dict())
    images = torch.randn(2, 3, 8, 8)
    torch.testing.assert_close(other(images), network(images))


@pytest.mark.parametrize("name", ["channels", "cells_per_stage", "classes", "image_channels"])
def test_sizes_below_one_are_refused(name):
    with pytest.raises(ValueError, match=f"{name} is 0"):
        cell_network(CELL, **{name: 0})


def test_fewer_channels_than_vertices_that_share_them_are_refused():
    with pytest.raises(ValueError, match="3 vertices cannot share 2 channels"):
        cell_network(CELL, channels=2)


@pytest.mark.parametrize("size", range(1, 41))
def test_stages_halve_as_the_benchmark_does(size):
    """Its max pooling pads as TensorFlow's "same" does: `ceil(size / 2)`, the last window of an odd size cut short."""
    seen = []
    network = cell_network(parse("conv3x3(0)+output(1)"), channels=4, cells_per_stage=1)
    for module in network.layers:
        if isinstance(module, nn.MaxPool2d):
            module.register_forward_hook(lambda _module, inputs, output: seen.append((inputs[0], output)))
    network(torch.randn(2, 3, size, size))
    assert [after.shape[2:] for _, after in seen] == [(-(-size // 2),) * 2, (-(-size // 4),) * 2]
    for before, after in seen:
        for y in range(after.shape[2]):
            for x in range(after.shape[3]):
                window = before[:, :, 2 * y : 2 * y + 2, 2 * x : 2 * x + 2]
                torch.testing.assert_close(after[:, :, y, x], window.amax((2, 3)))
