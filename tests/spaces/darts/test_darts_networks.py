"""Stand-alone networks, the super-net's paths against them, and cells written out."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from darts_architectures import DARTS_V2, SPACE, some
from torch import nn

from nasrank.spaces.darts.costs import places
from nasrank.spaces.darts.genotype import AVG_POOL, CONVOLUTIONS, EDGES, MAX_POOL, NODES, NONE, SKIP, Genotype
from nasrank.spaces.darts.layers import FactorizedReduction, average, maximum
from nasrank.spaces.darts.network import StandAloneCell
from nasrank.spaces.darts.supernet import ways_through

IMAGES = torch.randn(6, 3, 8, 8, generator=torch.Generator().manual_seed(0))
SMALL = {"channels": 4, "classes": 7}


def built(**options):
    torch.manual_seed(0)
    return SPACE.supernet(**SMALL | options)


def one_hot(choices):
    return [torch.eye(8)[choice] for choice in choices]


# --- the skeleton ---


@pytest.mark.parametrize(
    ("cells", "kinds"),
    [(3, "NRN"), (4, "NRRN"), (5, "NRNRN"), (6, "NNRNRN"), (8, "NNRNNRNN"), (20, "NNNNNNRNNNNNNRNNNNNN")],
)
def test_cells_at_thirds_of_the_depth_reduce_and_the_last_one_never(cells, kinds):
    assert "".join("NR"[place.reduces] for place in places(8, cells)) == kinds


def test_widths_double_and_cells_see_the_two_before_them():
    found = list(places(8, 5))
    assert [place.width for place in found] == [8, 16, 16, 32, 32]
    assert [place.last for place in found] == [24, 32, 64, 64, 128]
    assert [place.before_last for place in found] == [24, 24, 32, 64, 64]
    assert all(after.after_reduction == before.reduces for before, after in pairwise(found))


def test_the_published_network_has_the_published_size():
    """3.3 M parameters on CIFAR-10 [Liu2019], of 20 cells with 36 channels and without the auxiliary tower."""
    architecture = SPACE.parse(DARTS_V2)
    cost = SPACE.cost(architecture, channels=36, cells=20)
    assert cost.parameters == pytest.approx(3.3e6, rel=0.02)
    with torch.device("meta"):
        network = SPACE.network(architecture, channels=36, cells=20)
    assert sum(weights.numel() for weights in network.parameters()) == cost.parameters


@pytest.mark.parametrize("wrong", [2, 0, 2.0, True])
def test_fewer_than_three_cells_are_refused(wrong):
    for ask in (SPACE.cost, SPACE.network):
        with pytest.raises(ValueError, match="cells is"):
            ask(some(1)[0], cells=wrong)
    with pytest.raises(ValueError, match="cells is"):
        SPACE.supernet(cells=wrong)
    with pytest.raises(ValueError, match="cells"):
        SPACE.network_options(cells=wrong)


# --- layers ---


@pytest.mark.parametrize("size", [(8, 8), (6, 10)])
def test_a_factorized_reduction_is_that_of_the_authors_on_even_sizes(size):
    """Two strided convolutions, the second of the image without its first row and column."""
    torch.manual_seed(0)
    layer, images = FactorizedReduction(6, 8, affine=False, tracked=False), torch.randn(3, 6, *size)
    rectified = F.relu(images)
    halves = [
        F.conv2d(rectified, layer.even.weight, stride=2),
        F.conv2d(rectified[:, :, 1:, 1:], layer.odd.weight, stride=2),
    ]
    expected = F.batch_norm(torch.cat(halves, 1), None, None, training=True)
    torch.testing.assert_close(layer(images), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("side", [1, 2, 3, 7])
@pytest.mark.parametrize("outputs", [1, 5, 8])
def test_a_factorized_reduction_halves_any_size_to_any_width(side, outputs):
    layer, images = FactorizedReduction(4, outputs), torch.randn(3, 4, side, side + 2)
    reduced = layer(images)
    assert reduced.shape == (3, outputs, -(-side // 2), -(-(side + 2) // 2))
    assert torch.isfinite(reduced).all()


@pytest.mark.slow
def test_all_features_are_channels_last_where_the_images_are_not():
    """Of networks and of super-nets: depthwise convolutions are four times as fast that way."""
    others = []

    def look(layer, inputs, output):
        found = [one for one in (*inputs, output) if not one.is_contiguous(memory_format=torch.channels_last)]
        others.extend((layer, one.shape) for one in found)

    for architecture in some(2):
        for network, path in (
            (SPACE.network(architecture, channels=8), None),
            (SPACE.supernet(channels=8, partial_channels=4), one_hot(SPACE.to_choices(architecture))),
            (SPACE.supernet(channels=8), [torch.full((8,), 1 / 8)] * 28),
        ):
            network.to(memory_format=torch.channels_last)
            for name, module in network.named_modules():
                if isinstance(module, nn.Conv2d | nn.BatchNorm2d) and not name.startswith("stem_conv"):
                    module.register_forward_hook(look)
            network(IMAGES) if path is None else network(IMAGES, path)
    assert others == []


# --- paths ---


def stand_alone_with_weights_of(supernet, architecture, *, affine):
    """The path of a super-net as a network of its own, with batch statistics."""
    network = SPACE.network(architecture, **SMALL, cells=len(supernet.cells))
    state, chosen = supernet.state_dict(), {}
    for name in network.state_dict():
        source = name
        if ".operations." in name:
            prefix, _, rest = name.partition(".operations.")
            edge, _, layer = rest.partition(".")
            place = EDGES.index(tuple(map(int, edge.split("-"))))
            cell = network.cells[int(prefix.removeprefix("cells."))].cell
            source = f"{prefix}.edges.{place}.{cell.choices[place]}.{layer}"
        if source in state:
            chosen[name] = state[source]
    missing, unexpected = network.load_state_dict(chosen, strict=False)
    assert not unexpected
    learned = [name for name in missing if "running" not in name and "tracked" not in name]
    assert all(".norm." in name for name in learned)
    assert not affine or not learned
    return network.train()


@pytest.mark.slow
@pytest.mark.parametrize("affine", [False, True])
@pytest.mark.parametrize("cells", [3, 5])
def test_a_path_is_the_stand_alone_network_with_the_same_weights(affine, cells, monkeypatch):
    """But for the normalization of pools, which the super-net alone has."""
    supernet = built(affine=affine, cells=cells)
    with torch.no_grad():
        for name, weights in supernet.named_parameters():
            if affine and "norm" in name:
                weights.normal_(1.0, 0.5)
    edge, pools = StandAloneCell._edge, 0

    def normalized_pools(cell, operation, source, target, value):
        nonlocal pools
        output = edge(cell, operation, source, target, value)
        if operation not in (MAX_POOL, AVG_POOL):
            return output
        pools += 1
        return F.batch_norm(output, None, None, training=True)

    monkeypatch.setattr(StandAloneCell, "_edge", normalized_pools)
    for architecture in (*some(3), SPACE.parse(DARTS_V2)):
        network = stand_alone_with_weights_of(supernet, architecture, affine=affine)
        path = SPACE.to_choices(architecture)
        expected = network(IMAGES)
        torch.testing.assert_close(supernet(IMAGES, path), expected, atol=1e-4, rtol=1e-3)
        torch.testing.assert_close(supernet(IMAGES, one_hot(path)), expected, atol=1e-4, rtol=1e-3)
    assert pools > 5


@pytest.mark.slow
def test_gradients_reach_all_weights_of_a_path_and_no_others():
    for architecture in some(4):
        supernet = built(affine=True)
        supernet(IMAGES, SPACE.to_choices(architecture)).square().mean().backward()
        reached = {name for name, weights in supernet.named_parameters() if weights.grad is not None}
        for name, weights in supernet.named_parameters():
            if name in reached:
                assert weights.grad.abs().sum() > 0, name
            if ".edges." in name:
                number, place, operation = (int(part) for part in name.split(".")[1:5] if part.isdecimal())
                cell = architecture.reduce if supernet.cells[number].reduces else architecture.normal
                assert (name in reached) == (cell.choices[place] == operation), name
            else:
                assert name in reached


@pytest.mark.slow
def test_gradients_of_a_mixture_reach_all_weights_and_options():
    supernet = built()
    mixture = [torch.full((8,), 1 / 8, requires_grad=True) for _ in SPACE.decisions]
    supernet(IMAGES, mixture).square().mean().backward()
    assert all(weights.grad is not None and weights.grad.abs().sum() > 0 for weights in supernet.parameters())
    for weights in mixture:
        assert weights.grad[NONE] == 0
        assert (weights.grad[1:] != 0).all()


def mixed(cell, inputs, weights, strides, partial):
    """A mixture as the paper writes it, operation by operation; `rest` goes past the operations."""
    nodes = list(inputs)
    for target in NODES:
        total = 0
        for place, (source, end) in enumerate(EDGES):
            if end != target:
                continue
            features, stride = nodes[source], strides(source)
            narrow = features.shape[1] // partial
            part, rest = features[:, :narrow], features[:, narrow:]
            output = 0
            for operation in range(1, 8):
                layer = cell.layer(place, operation)
                if operation in (MAX_POOL, AVG_POOL):
                    pool = maximum if operation == MAX_POOL else average
                    result = F.batch_norm(pool(part, stride), None, None, training=True)
                else:
                    result = part if layer is None else layer(part)
                output = output + weights[place][operation] * result
            if partial > 1:
                output = torch.cat([weights[place].sum() * (rest if stride == 1 else F.max_pool2d(rest, 2)), output], 1)
            total = total + output
        nodes.append(total)
    return torch.cat(nodes[2:], 1)


@pytest.mark.parametrize("partial", [1, 2])
@pytest.mark.parametrize("number", [0, 1])
def test_a_mixture_is_the_one_written_out(number, partial):
    supernet = built(partial_channels=partial)
    cell, generator = supernet.cells[number], torch.Generator().manual_seed(1)
    width = cell.width
    inputs = [torch.randn(4, width, 8, 8, generator=generator) for _ in range(2)]
    weights = [torch.rand(8, generator=generator) for _ in EDGES]
    nodes = [cell._node(features, source) for source, features in enumerate(inputs)]
    found = cell.soft(nodes, weights, [list(range(1, 8))] * len(EDGES))
    torch.testing.assert_close(found, mixed(cell, inputs, weights, cell.stride, partial), atol=1e-4, rtol=1e-4)


@pytest.mark.slow
def test_edges_of_none_alone_are_silent_whatever_is_partial():
    """A node that nothing reaches, as a strategy may draw it, puts out zeros or what comes of zeros."""
    for options in ({}, {"partial_channels": 2}, {"affine": True}, {"tracked": True}):
        supernet = built(**options)
        silent = one_hot([NONE] * 28)
        torch.testing.assert_close(supernet(IMAGES, silent), supernet.classifier.bias.expand(6, -1))
        alone = list(silent)
        alone[0] = torch.eye(8)[CONVOLUTIONS[0]]  # a single edge, from input 0 to node 2 of normal cells
        assert not torch.allclose(supernet(IMAGES, alone), supernet(IMAGES, silent))


@pytest.mark.slow
def test_what_is_known_of_earlier_paths_changes_nothing():
    """Many architectures with one normal cell, with one beginning, and with nothing in common."""
    supernet = built().eval()
    first, *others = some(12)
    same_normal = [Genotype(first.normal, other.reduce) for other in others]
    paths = [SPACE.to_choices(one) for one in (first, *others, *same_normal, *SPACE.neighbours(first)[:40])]
    with torch.inference_mode():
        for where, outputs in supernet.each_path(IMAGES, paths):
            for place in where:
                torch.testing.assert_close(outputs, supernet(IMAGES, paths[place]), atol=1e-5, rtol=1e-4)


@pytest.mark.slow
def test_paths_that_are_no_architectures_are_refused_by_the_node():
    path = list(SPACE.to_choices(some(1)[0]))
    supernet = built()
    wrong = [1, 1, 1, 1, 1, *path[5:]]
    for ask in (lambda: supernet(IMAGES, wrong), lambda: list(supernet.each_path(IMAGES, [wrong]))):
        with pytest.raises(ValueError, match="normal cell, node 3: 3 edges other than none"):
            ask()


def test_more_partial_channels_than_channels_are_refused():
    with pytest.raises(ValueError, match="partial_channels is 5; with 4 channels"):
        built(partial_channels=5)
    options = SPACE.options(channels=3)
    with pytest.raises(ValueError, match="channels = 3, but pc_darts needs at least 4"):
        options.refuse_channels(4, "pc_darts")
    options.refuse_channels(3, "pc_darts")


# --- ways ---


def every_way(cell):
    """Ways from an input to the output of a cell, each as its edges."""

    def onward(node):
        yield []
        for edge in cell.edges:
            if edge[1] == node:
                yield from ([edge, *way] for way in onward(edge[2]))

    for source in (0, 1):
        yield from (way for way in onward(source) if way)


def test_ways_through_a_cell_are_those_that_can_be_walked():
    for architecture in some(20):
        for cell in architecture.cells:
            walked = list(every_way(cell))
            assert ways_through(cell) == {edge: sum(edge in way for way in walked) for edge in cell.edges}


def test_weights_lie_on_as_many_ways_as_their_edge():
    supernet = built(affine=True)
    shapes = {name: weights.shape for name, weights in supernet.named_parameters()}
    for architecture in some(5):
        found = supernet.weights_on_ways(SPACE.to_choices(architecture))
        counts = {part.name: count for part, count in found.counts.items()}
        pools = 0
        for number, cell in enumerate(supernet.cells):
            own = architecture.reduce if cell.reduces else architecture.normal
            for (operation, source, target), ways in ways_through(own).items():
                prefix = f"cells.{number}.edges.{EDGES.index((source, target))}.{operation}."
                kernels = [counts.pop(name) for name in list(counts) if name.startswith(prefix)]
                strided_skip = operation == SKIP and cell.stride(source) == 2
                expected = {4: 4, 5: 4, 6: 2, 7: 2}.get(operation, 2 if strided_skip else 0)
                assert kernels == [ways] * expected
                pools += ways * cell.width if operation == AVG_POOL else 0
        assert found.constant == pytest.approx(pools / 9)
        assert set(counts.values()) == {1}
        outside = {name for name in shapes if ".edges." not in name}
        assert counts.keys() == outside - {name for name in outside if name.startswith("cells.") and ".norm." in name}
