"""What networks cost, against the benchmark's records and against networks that are built."""

from __future__ import annotations

import numpy as np
import pyarrow.parquet as parquet
import pytest
import torch
from hypothesis import given, settings
from nb101_graphs import cells
from torch import nn

from nasrank.spaces.nb101.cell import Cell, parse
from nasrank.spaces.nb101.costs import network_cost, parameter_counts
from nasrank.spaces.nb101.network import cell_network
from nasrank.spaces.space import Cost

LARGEST = "conv3x3(0)+conv3x3(0,1)+conv3x3(0,2)+conv3x3(0,3)+conv3x3(4)+output(5)"


@pytest.mark.slow
@pytest.mark.data
def test_parameters_are_the_recorded_ones(nasrank_data):
    columns = ["num_vertices", "adj_bits", "ops", "trainable_params"]
    rows = parquet.read_table(nasrank_data / "nas-bench-101/nb101_measured.parquet", columns=columns)
    vertices, edges, _, recorded = (column.to_numpy() for column in rows.columns)
    for count in range(2, 8):
        chosen = np.flatnonzero(vertices == count)
        texts = rows["ops"].take(chosen).to_pylist()
        operations = np.array([list(map(int, text)) for text in texts], dtype=np.uint8).reshape(len(texts), -1)
        np.testing.assert_array_equal(parameter_counts(edges[chosen], operations), recorded[chosen])


def test_the_largest_network_and_the_one_without_vertices():
    """The published maximum: 3x3 convolutions one after the other, and what edges are left come from the input."""
    assert network_cost(parse(LARGEST)).parameters == 49_979_274
    projections = 3 * 128**2 + 128 * 256 + 2 * 256**2 + 256 * 512 + 2 * 512**2
    normalized = 128 + 3 * (128 + 256 + 512)
    assert network_cost(parse("output(0)")).parameters == 27 * 128 + projections + 2 * normalized + 5130


def multiply_adds(network: nn.Module, images: torch.Tensor) -> int:
    """Weights times positions of every convolution, and weights and biases of the linear layer, by what runs."""
    counted = []

    def count(layer, _, output):
        positions = output[0, 0].numel() if isinstance(layer, nn.Conv2d) else 1
        counted.append(positions * sum(weights.numel() for weights in layer.parameters()))

    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(count)
    with torch.no_grad():
        network.eval()(images)
    return sum(counted)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(cells)
def test_costs_are_those_of_the_network_that_is_built(cell):
    macro = {"channels": 6, "cells_per_stage": 2, "classes": 7, "image_channels": 2}
    network = cell_network(cell, **macro)
    parameters = sum(weights.numel() for weights in network.parameters())
    assert network_cost(cell, resolution=8, **macro) == Cost(
        parameters, multiply_adds(network, torch.zeros(1, 2, 8, 8))
    )


@pytest.mark.slow
@given(cells)
def test_many_are_counted_as_one_is(cell):
    edges, operations = np.array([cell.edges] * 3, dtype=np.uint32), np.array([cell.operations] * 3, dtype=np.uint8)
    expected = network_cost(cell).parameters
    assert parameter_counts(edges, operations.reshape(3, -1)).tolist() == [expected] * 3


def test_an_operation_costs_what_its_kernel_does():
    pool, narrow, wide = (network_cost(Cell(0b101, (operation,))).parameters for operation in (2, 1, 0))
    assert 9 * (narrow - pool) - (wide - pool) == 8 * 2 * 3 * (128 + 256 + 512)  # normalization does not grow
