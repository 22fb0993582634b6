"""Weights on the ways of a NAS-Bench-101 cell against those of the package's network with the same weights."""

from __future__ import annotations

from itertools import chain, pairwise

import pytest
import torch
from nb101_paths import FORMS, built, cell_of, close, random_paths, stand_alone
from torch import nn

from nasrank.spaces.nb101.cell import CONV_3X3, MAX_POOL
from nasrank.spaces.nb101.decisions import EDGES
from nasrank.spaces.nb101.paths import hard_path


def vector(supernet, choices):
    """All parts on ways, each as often as it is on one, sorted because their order means nothing."""
    weights, ways = dict(supernet.named_parameters()), supernet.weights_on_ways(choices)
    assert ways.constant == 0
    assert all(type(count) is int for count in ways.counts.values())
    return torch.cat([part.of(weights).flatten().repeat(count) for part, count in ways.counts.items()]).sort().values


def ways_to(vertex, sources, way=()):
    """All ways that end at a vertex, each as its vertices; `sources` are those that feed each."""
    if vertex == 0:
        return [(0, *way)]
    return [found for source in sources[vertex] for found in ways_to(source, sources, (vertex, *way))]


def kernel(module):
    (conv,) = (part for part in module.modules() if isinstance(part, nn.Conv2d))
    return conv.weight.flatten()


@pytest.mark.parametrize("form", FORMS)
def test_they_are_those_of_the_stand_alone_network(form):
    supernet = built(channel_sharing=form, cells_per_stage=2)
    for choices in random_paths(8):
        cell, network = cell_of(choices), stand_alone(supernet, choices)
        stem, *cells = (layer for layer in network.layers if not isinstance(layer, nn.MaxPool2d))
        weights = [weight.flatten() for layer in (stem, network.classifier) for weight in layer.parameters()]
        output = cell.vertices - 1
        sources = {vertex: cell.sources(vertex) for vertex in range(1, cell.vertices)}
        for built_cell in cells:
            for _, *interior, _ in ways_to(output, sources):
                if not interior:
                    weights.append(kernel(built_cell.input_op[output]))
                    continue
                weights.append(kernel(built_cell.input_op[interior[0]]))
                convolutions = [vertex for vertex in interior if cell.operations[vertex - 1] != MAX_POOL]
                weights += [kernel(built_cell.vertex_op[vertex]) for vertex in convolutions]
        close(vector(supernet, choices), torch.cat(weights).sort().values)


def test_operations_on_edges_are_walked_edge_by_edge():
    supernet = built(operations_on="edges", partial_channels=2)
    for choices in random_paths(8):
        path = hard_path(choices)
        weights = [*supernet.stem.parameters(), *supernet.classifier.parameters()]
        for cell in chain(*supernet.stages):
            widths = path.widths(cell.outputs)
            for way in ways_to(6, path.sources):
                if way == (0, 6):
                    weights.append(cell.output_projection.conv.weight)
                    continue
                weights.append(cell.projections[str(way[1])].conv.weight[: widths[way[1]]])
                for source, target in pairwise(way[:-1]):
                    operation, width = path.operations[target - 1][0], max(1, widths[target] // 2)
                    if operation != MAX_POOL:
                        convolutions = cell.conv_3x3 if operation == CONV_3X3 else cell.conv_1x1
                        weights.append(convolutions[f"{source}->{target}"].conv.weight[:width, :width])
        close(vector(supernet, choices), torch.cat([weight.flatten() for weight in weights]).sort().values)


def test_a_path_that_is_no_cell_is_refused():
    with pytest.raises(ValueError, match="no path leads"):
        built().weights_on_ways([0] * (len(EDGES) + 5))
