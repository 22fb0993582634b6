"""Computation graphs: what tracing finds in networks whose operations are known, and that their shapes add up."""

from __future__ import annotations

from functools import partial
from math import prod

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from nasrank.predictors.transfer.computation_graph import FEATURES, OPERATIONS, ComputationGraph, Node
from nasrank.predictors.transfer.sources import computation_graph
from nasrank.predictors.transfer.tracing import trace, without_weights
from nasrank.spaces import SPACES, get_space

IMAGE = (3, 32, 32)
A = (4, 8, 8)

OF_IMAGES = {name: space for name, space in SPACES.items() if space.inputs == "images"}
EVERY_SPACE = pytest.mark.parametrize("space", OF_IMAGES.values(), ids=OF_IMAGES)


@pytest.mark.parametrize("name", [name for name in SPACES if name not in OF_IMAGES])
def test_networks_of_anything_else_have_none(name):
    space = get_space(name)
    with pytest.raises(ValueError, match=f"are of networks of images, and those of {space.name} take {space.inputs}"):
        computation_graph(space, space.at(0))


def smallest(space):
    return space.network_options.smallest().arguments


def some(space, count, seed):
    """Random architectures, without the enumeration of NAS-Bench-101, which takes its time."""
    generator, found = np.random.default_rng(seed), []
    if space.name != "nb101":
        return [space.from_choices(space.random_choices(generator)) for _ in range(count)]
    while len(found) < count:
        choices = [int(generator.integers(len(decision.options))) for decision in space.decisions]
        if space.allows(choices):
            found.append(space.from_choices(choices))
    return found


def offered(space, **options):
    """Those that networks of a space have."""
    return {name: value for name, value in options.items() if name in space.network_options.model_fields}


def weights(network):
    """All but the positions of tokens, which are added, and the numbers that sums weigh by: neither is a node."""
    added = ("positions", "numbers")
    return sum(one.numel() for name, one in network.named_parameters() if not name.endswith(added))


@EVERY_SPACE
def test_every_weight_of_a_network_is_some_nodes(space):
    """Kernels, channels and biases of the nodes say how many weights there are: each layer was followed once."""
    options = {**smallest(space), **offered(space, cells_per_stage=2)}
    for architecture in some(space, 8, seed=1):
        network = space.network(architecture, **options)
        assert trace(network, IMAGE).parameters == weights(network)


@EVERY_SPACE
def test_what_is_left_after_simplifying_are_the_weights_that_matter(space):
    for architecture in some(space, 8, seed=2):
        functional = space.functional(architecture, silence_is_zero=True)
        once = offered(space, cells_per_stage=1)
        cost = space.cost(functional, resolution=32, **once)
        graph = computation_graph(space, architecture)
        convolutions = [node for node in graph.nodes if node.kernel != (0, 0) and node.parameters]
        assert graph.parameters <= cost.parameters
        if all("none" not in label for label in space.graph(functional).labels):
            assert graph.parameters == weights(without_weights(partial(space.network, functional, **once)))
        macs = sum(node.parameters * prod(node.gives[1:]) for node in convolutions)
        assert macs <= cost.multiply_adds


@EVERY_SPACE
def test_shapes_are_those_that_the_network_gives(space):
    """The shape of each layer's output, in order, as hooks see them when it is computed; channels first."""
    for architecture in some(space, 4, seed=3):
        network = space.network(architecture, **smallest(space)).eval()
        seen = []
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d | nn.MaxPool2d):
                module.register_forward_hook(lambda _, __, given, seen=seen: seen.append(given.shape[1:]))
            elif isinstance(module, nn.Linear | nn.LayerNorm):
                module.register_forward_hook(
                    lambda _, __, given, seen=seen: seen.append((given.shape[-1], *given.shape[1:-1]))
                )
        network(torch.zeros(1, 3, 33, 31))
        expected = [(*shape, 1, 1)[:3] for shape in seen]  # the hooks see what is traced, too
        pools = ("max pooling",) if any(isinstance(one, nn.MaxPool2d) for one in network.modules()) else ()
        kinds = ("normalization", "linear", *pools)
        found = [node.gives for node in trace(network, (3, 33, 31)).nodes if node.operation in kinds]
        assert found == expected


def test_a_cell_of_nb201_is_what_is_written():
    """One convolution after an average pooling, beside a skip connection: counted by hand."""
    space = get_space("nb201")
    cell = space.parse("|avg_pool_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|skip_connect~2|")
    graph = computation_graph(space, cell)
    counts = {one: sum(node.operation == one for node in graph.nodes) for one in OPERATIONS}
    found = {one: count for one, count in counts.items() if count}
    in_cells = {"average pooling": 3, "relu": 3, "convolution": 3, "normalization": 3, "addition": 3}
    in_reductions = {"average pooling": 2, "relu": 4, "convolution": 6, "normalization": 4, "addition": 2}
    around = {"input": 1, "convolution": 1, "normalization": 2, "relu": 1, "global mean": 1, "linear": 1, "output": 1}
    expected = {one: sum(part.get(one, 0) for part in (in_cells, in_reductions, around)) for one in OPERATIONS}
    assert found == {one: count for one, count in expected.items() if count}
    assert graph.nodes[1] == Node("convolution", (3, 32, 32), (16, 32, 32), kernel=(3, 3))


@pytest.mark.parametrize("space", ["nb201", "nb201-activations"])
def test_a_cell_that_says_nothing_leaves_zeros(space):
    """The output still depends on constants; the stem does not matter to it any more."""
    space = get_space(space)
    silent = space.from_choices([0] * len(space.decisions))
    graph = computation_graph(space, silent)
    assert graph.nodes[0].operation == "input"
    assert not [edge for edge in graph.edges if edge[0] == 0]
    assert "zero" in {node.operation for node in graph.nodes}


class Zoo(nn.Module):
    """Operations that no space of ours has."""

    def __init__(self):
        super().__init__()
        self.depthwise = nn.Conv2d(4, 4, 5, padding="same", groups=4)
        self.grouped = nn.Conv2d(4, 6, (1, 3), groups=2, dilation=2, bias=False)
        self.up = nn.ConvTranspose2d(6, 2, 3, stride=2, output_padding=1)
        self.norm = nn.GroupNorm(2, 6)
        self.squeeze = nn.AdaptiveAvgPool2d(1)
        self.gate = nn.Linear(2, 2)
        self.drop = nn.Dropout(0.5)

    def forward(self, images):
        x = F.hardswish(self.depthwise(images) * 2.0 + 1)
        x = self.norm(self.grouped(x))
        x = F.relu(x, inplace=True)
        left, right = self.up(x).chunk(2, dim=1)
        x = torch.cat([left, right], 1)
        x = self.drop(x)
        gate = self.gate(self.squeeze(x).flatten(1)).sigmoid()
        x = x * gate.view(*gate.shape, 1, 1)
        x = F.max_pool2d(x, 3, 2, 1, ceil_mode=True)
        x += x.mean((2, 3), keepdim=True)
        return torch.cumsum(x, 1).flatten(1)


def test_any_network_can_be_traced():
    network = Zoo()
    before = [one.clone() for one in network.parameters()]
    graph = trace(network, A)
    assert [node.operation for node in graph.nodes] == [
        "input",
        "depthwise convolution",
        "other activation",
        "convolution",
        "normalization",
        "relu",
        "transposed convolution",
        "slice",
        "concatenation",
        "global mean",
        "linear",
        "sigmoid",
        "product",
        "max pooling",
        "global mean",
        "addition",
        "other",
        "output",
    ]
    assert graph.parameters == weights(network)
    assert graph.nodes[-1].gives == (*network.eval()(torch.zeros(1, *A)).shape[1:], 1, 1)
    assert graph.nodes[6].gives == tuple(network.up(torch.zeros(1, 6, *graph.nodes[5].gives[1:])).shape[1:])
    network.train()
    trace(network, A)
    assert all(module.training for module in network.modules())
    assert all(torch.equal(one, other) for one, other in zip(before, network.parameters(), strict=True))


def test_tokens_are_normalized_by_their_channels_and_averaged_over_their_places():
    class Tokens(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = nn.LayerNorm(4)

        def forward(self, images):
            return self.norm(images.flatten(2).transpose(1, 2)).mean(1)

    graph = trace(Tokens(), A)
    assert [node.operation for node in graph.nodes] == ["input", "normalization", "global mean", "output"]
    assert graph.nodes[1] == Node("normalization", (4, 64, 1), (4, 64, 1), bias=True)
    assert graph.nodes[2] == Node("global mean", (4, 64, 1), (4, 1, 1))
    assert graph.parameters == 2 * 4


def test_features_may_come_last():
    """As those of tokens, and of images that are laid out so."""
    tokens = trace(nn.Sequential(nn.Flatten(2), nn.Linear(64, 5)), A)
    assert tokens.nodes[1] == Node("linear", (64, 4, 1), (5, 4, 1), bias=True)

    class Pointwise(nn.Module):
        def forward(self, images):
            return F.linear(images.permute(0, 2, 3, 1), torch.zeros(7, 4)).permute(0, 3, 1, 2)

    assert trace(Pointwise(), A).nodes[1] == Node("convolution", A, (7, 8, 8), kernel=(1, 1))


@pytest.mark.parametrize("up", [False, True])
@pytest.mark.parametrize(("kernel", "stride", "padding"), [(2, 2, 0), (3, 2, 1), (3, 1, 1), (3, 3, 1), (5, 2, 2)])
@pytest.mark.parametrize("pool", [nn.MaxPool2d, nn.AvgPool2d])
def test_windows_are_counted_as_torch_counts_them(pool, kernel, stride, padding, up):
    layer = pool(kernel, stride, padding, ceil_mode=up)
    for size in range(5, 13):
        assert trace(layer, (2, size, size + 1)).nodes[1].gives == tuple(
            layer(torch.zeros(1, 2, size, size + 1)).shape[1:]
        )


def test_building_without_weights_draws_nothing():
    before = torch.get_rng_state()
    network = without_weights(lambda: nn.Sequential(nn.Conv2d(3, 1000, 7), nn.BatchNorm2d(1000), nn.Dropout()))
    assert all(one.is_meta for one in network.parameters())
    assert torch.equal(torch.get_rng_state(), before)
    assert trace(network, IMAGE).parameters == 3 * 1000 * 49 + 1000 + 2000


@pytest.mark.parametrize(
    ("forward", "message"),
    [(lambda images: torch.zeros(1, 3), "does not depend"), (lambda images: (images, images), "not one tensor")],
)
def test_networks_without_one_output_are_refused(forward, message):
    class Wrong(nn.Module):
        def forward(self, images):
            return forward(images)

    with pytest.raises(ValueError, match=message):
        trace(Wrong(), IMAGE)


# --- simplifying ---


def drawn(*operations, edges):
    return ComputationGraph(tuple(Node(one, A, A) for one in operations), tuple(sorted(edges)))


def test_what_has_no_effect_is_left_out():
    graph = drawn(
        "input", "convolution", "zero", "relu", "addition", "tanh", "output",
        edges=[(0, 1), (0, 2), (2, 3), (1, 4), (3, 4), (4, 6), (1, 5)],
    )  # fmt: skip
    assert graph.simplified() == drawn("input", "convolution", "output", edges=[(0, 1), (1, 2)])


def test_what_has_an_effect_stays():
    graph = drawn("input", "zero", "sigmoid", "addition", "output", edges=[(0, 1), (1, 2), (0, 3), (2, 3), (3, 4)])
    expected = drawn("input", "zero", "sigmoid", "addition", "output", edges=[(1, 2), (0, 3), (2, 3), (3, 4)])
    assert graph.simplified() == expected, "the sigmoid of zero is a half"
    assert expected.simplified() == expected


# --- features ---


def test_features_are_shapes_kernels_and_biases():
    node = Node("convolution", (3, 32, 32), (512, 16, 16), kernel=(3, 3), bias=True)
    one_hot, numbers, family = np.split(node.features, [len(OPERATIONS), len(OPERATIONS) + 9])
    assert one_hot.tolist() == [float(one == "convolution") for one in OPERATIONS]
    logs = np.log([4, 33, 33, 513, 17, 17, 4, 4]) / np.log([513, 257, 257, 513, 257, 257, 8, 8])
    np.testing.assert_allclose(numbers, [*logs, 1.0])
    assert family.tolist() == [1.0, 0.0, 0.0, 0.0]
    assert len(node.features) == FEATURES


def test_sizes_are_capped():
    large = Node("convolution", (4096, 512, 300), (513, 257, 256), kernel=(11, 9)).features
    assert large[len(OPERATIONS) : len(OPERATIONS) + 8].tolist() == [1.0] * 8
