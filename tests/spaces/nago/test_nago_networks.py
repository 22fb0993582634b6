"""Networks of hierarchical graphs against one that is written out, and the super-net against them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from multiply_adds import counted

from nasrank.spaces import get_space
from nasrank.spaces.nago.costs import MOST_AT_WIDTH_ONE, weights_at_width_one, width_within
from nasrank.spaces.nago.network import HierarchyNetwork
from nasrank.spaces.nago.space import operation_graph
from nasrank.spaces.nago.supernet import WHOLE, slots_of
from nasrank.spaces.nago.wiring import Dag, Hierarchy, control, sampled
from nasrank.spaces.ways import ways_along

SPACE = get_space("nago")
SMALL = {"width": 2, "classes": 5}
IMAGES = torch.randn(6, 3, 9, 8, generator=torch.Generator().manual_seed(0))
SIZES = [SPACE.parse(f"NAGO({one})") for one in (
    "top=3 middle=1 bottom=3",
    "top=4,0.9 middle=3,0.3 bottom=5,2,0.9 graph=1",
    "top=4,0.5 middle=2 bottom=3 graph=2",
    "top=4,0.1 middle=3,0.9 bottom=4,0.1 graph=3",
)]  # fmt: skip
"""Of the fewest and of the most leaves, and between."""


def some(count, seed=0):
    return SPACE.sample(np.random.default_rng(seed), count)


def shaken(network):
    """With weights of sums, scales and shifts that are away from where they start."""
    with torch.no_grad():
        for weights in network.parameters():
            weights.add_(0.2 * torch.randn_like(weights))
    return network


def close(one, other):
    torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


# --- the network ---


def written_out(network, hierarchy, images):
    """Scores by recursion from the output, node by node, in double precision."""
    widths = network.widths

    def size(stage):
        return tuple(-(-side // 2**stage) for side in images.shape[2:])

    def normalized(layer, features):
        mean, variance = features.mean((0, 2, 3), keepdim=True), features.var((0, 2, 3), keepdim=True, correction=0)
        scale, shift = (one.view(1, -1, 1, 1) for one in (layer.norm.weight, layer.norm.bias))
        return (features - mean) / (variance + layer.norm.eps).sqrt() * scale + shift

    def convolved(layer, features):
        return normalized(layer, F.conv2d(features, layer.conv.weight, padding=layer.conv.weight.shape[-1] // 2))

    def graph(dag, name, entering, node):
        def leaving(number):
            feeding = [one for one, target in dag.edges if target == number]
            if not feeding:
                return node(number, entering)
            return node(number, weighed(name, [(one, number, leaving(one)) for one in feeding]))

        ends = [leaving(number) for number in range(dag.nodes) if all(number != source for source, _ in dag.edges)]
        return sum(ends) / len(ends)

    def weighed(name, arriving):
        if len(arriving) == 1:
            return arriving[0][2]
        sums = network.sums[name]
        return sum(features * torch.sigmoid(sums.numbers[sums.places[one, other]]) for one, other, features in arriving)

    def fitted(features, pair, stage):
        if features.shape[2:] != size(stage):
            features = F.adaptive_avg_pool2d(features, size(stage))
        if features.shape[1] == widths[stage]:
            return features
        return F.conv2d(features, network.resizing[pair].weight)

    def top(node):
        feeding = [one for one, target in hierarchy.top.edges if target == node]
        stage = 3 * node // hierarchy.top.nodes
        if feeding:
            entering = weighed("top", [(one, node, fitted(top(one), f"{one}_{node}", stage)) for one in feeding])
        else:
            entering = fitted(convolved(network.stem, images), f"stem_{node}", stage)

        def leaf(inner, number, features):
            return convolved(network.leaves[f"{node}_{inner}_{number}"], F.relu(features))

        def middle(inner, features):
            return graph(hierarchy.bottoms[node][inner], f"{node}_{inner}", features, partial(leaf, inner))

        return graph(hierarchy.middles[node], f"{node}", entering, middle)

    sources = {source for source, _ in hierarchy.top.edges}
    ends = [fitted(top(node), f"{node}_output", 2) for node in range(hierarchy.top.nodes) if node not in sources]
    return network.classifier(F.relu(convolved(network.head, F.relu(sum(ends) / len(ends)))).mean((2, 3)))


@pytest.mark.parametrize("architecture", SIZES, ids=str)
def test_a_network_is_the_one_written_out(architecture):
    torch.manual_seed(0)
    hierarchy = sampled(architecture)
    network = shaken(SPACE.network(architecture, leaf_parameters=10_000, classes=5).double())
    torch.testing.assert_close(network(IMAGES.double()), written_out(network, hierarchy, IMAGES.double()))


def test_several_ends_at_any_stage_are_averaged_and_late_beginnings_take_the_stem():
    torch.manual_seed(0)
    one = Dag(1, ())
    hierarchy = Hierarchy(Dag(4, ((0, 2), (1, 2))), (one,) * 4, ((Dag(3, ((0, 2), (1, 2))),),) * 4)
    network = shaken(HierarchyNetwork(hierarchy, leaf_parameters=5_000).double())
    assert {"stem_3", "0_2", "1_2", "2_output"} == set(network.resizing)
    torch.testing.assert_close(network(IMAGES.double()), written_out(network, hierarchy, IMAGES.double()))


def test_sums_begin_with_the_same_weight_of_all():
    network = SPACE.network(SIZES[1])
    assert network.sums
    assert all((one.numbers == 1).all() for one in network.sums.values())


# --- budget and costs ---


@pytest.mark.slow
def test_leaves_stay_within_the_budget_and_a_wider_network_would_not():
    widths = set()
    for architecture in [*some(60), *SIZES]:
        network = SPACE.network(architecture)
        weights = sum(leaf.conv.weight.numel() for leaf in network.leaves.values())
        width = network.widths[0]
        assert weights == width**2 * weights_at_width_one(sampled(architecture))
        assert weights <= 60_000 < weights * (width + 1) ** 2 / width**2
        assert network.widths == [width, 2 * width, 4 * width]
        widths.add(width)
    assert (min(widths), max(widths)) == (4, 10)


def test_a_budget_that_is_too_small_is_refused():
    hierarchy = sampled(SIZES[1])
    assert weights_at_width_one(hierarchy) == MOST_AT_WIDTH_ONE == 9 * 15 * (1 + 1 + 4 + 16)
    assert width_within(hierarchy, MOST_AT_WIDTH_ONE) == 1
    for ask in (SPACE.network, SPACE.cost):
        with pytest.raises(ValueError, match=r"leaf_parameters is 2969; with one channel, the leaves have 2,970 weigh"):
            ask(SIZES[1], leaf_parameters=2_969)


@pytest.mark.parametrize("architecture", SIZES, ids=str)
@pytest.mark.parametrize("resolution", [1, 5, 16, 22])
def test_a_network_costs_what_it_has_and_computes(architecture, resolution):
    network = SPACE.network(architecture, classes=7).eval()
    cost = SPACE.cost(architecture, classes=7, resolution=resolution)
    assert sum(weights.numel() for weights in network.parameters()) == cost.parameters
    assert counted(network, torch.zeros(1, 3, resolution, resolution)) == cost.multiply_adds - 7


def test_the_control_has_a_network_of_the_same_budget():
    torch.manual_seed(0)
    architecture = SPACE.parse("NAGO(top=4,0.5 middle=3,0.6 bottom=5,2,0.1 graph=3)")
    network = SPACE.network(architecture, wiring="flat", classes=5)
    cost = SPACE.cost(architecture, wiring="flat", classes=5)
    assert network.whole == control(architecture)
    assert 30_000 < sum(leaf.conv.weight.numel() for leaf in network.leaves.values()) <= 60_000
    assert network(IMAGES).shape == (6, 5)
    assert sum(weights.numel() for weights in network.parameters()) == cost.parameters
    assert counted(network.eval(), torch.zeros(1, 3, 16, 16)) == cost.multiply_adds - 5
    network.train()(IMAGES).square().mean().backward()
    assert all(weights.grad is not None and weights.grad.any() for weights in network.parameters())


def test_tables_of_controls_are_not_those_of_the_architectures_themselves():
    plain, flat = (SPACE.network_options.model_validate({"wiring": one}) for one in ("hierarchical", "flat"))
    assert plain.model_dump() == SPACE.network_options().model_dump() == {"leaf_parameters": 60_000}
    assert flat.model_dump() == {"leaf_parameters": 60_000, "wiring": "flat"}
    assert flat.words == "leaf_parameters 60000, wiring flat"


# --- the super-net ---


def of_network(hierarchy):
    """Names of places in the super-net, by those in the network."""
    slots = {str(node): str(slot) for node, slot in enumerate(slots_of(hierarchy))}

    def renamed(name):
        kind, _, rest = name.partition(".")
        if kind not in ("leaves", "sums", "resizing") or rest.startswith("top"):
            return name
        place, _, last = rest.partition(".")
        words = place.split("_")
        moved = [slots.get(word, word) if kind == "resizing" or not at else word for at, word in enumerate(words)]
        return f"{kind}.{'_'.join(moved)}.{last}"

    return renamed


def alone(supernet, architecture):
    """The stand-alone network as wide as the super-net, with its weights, and where each of these is in there."""
    hierarchy, width = sampled(architecture), supernet.widths[0]
    budget = width**2 * weights_at_width_one(hierarchy)
    network, renamed = SPACE.network(architecture, leaf_parameters=budget, classes=5).double(), of_network(hierarchy)
    assert network.widths == supernet.widths
    own, slots, where = supernet.state_dict(), slots_of(hierarchy), {}
    with torch.no_grad():
        for name, weights in network.named_parameters():
            source = renamed(name)
            if name.startswith("sums."):
                edges = network.get_submodule(name.removesuffix(".numbers")).places
                places = supernet.get_submodule(source.removesuffix(".numbers")).places
                if name.startswith("sums.top"):
                    edges = {(slots[one], slots[other]): place for (one, other), place in edges.items()}
                where[name] = source, [places[edge] for edge in edges]
            else:
                where[name] = source, slice(None)
            weights.copy_(own[where[name][0]][where[name][1]])
    return network, where


def built(**options):
    torch.manual_seed(0)
    return shaken(SPACE.supernet(**SMALL, **options))


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("architecture", SIZES, ids=str)
def test_a_path_is_the_stand_alone_network_and_trains_it_alike(architecture, layout):
    supernet = built(affine=True).double().to(memory_format=layout).train()
    network, where = alone(supernet, architecture)
    images = IMAGES.double().to(memory_format=layout)
    found = supernet(images, SPACE.to_choices(architecture))
    expected = network.to(memory_format=layout).train()(images)
    close(found, expected)
    for scores in (found, expected):
        scores.square().mean().backward()
    gradients = {name: torch.zeros_like(weights) for name, weights in supernet.named_parameters()}
    for name, weights in network.named_parameters():
        source, places = where[name]
        gradients[source][places] = weights.grad
        assert weights.grad.any()
    for name, weights in supernet.named_parameters():
        close(torch.zeros_like(weights) if weights.grad is None else weights.grad, gradients[name])


@pytest.mark.slow
def test_all_paths_together_train_all_weights():
    """Some are of edges that few graphs have, so that these are looked for."""
    supernet, used, tops = built(affine=True), set(), {}
    for share in SPACE.decisions[1].options:
        for number in range(8):
            architecture = SPACE.parse(f"NAGO(top=4,{share} middle=1 bottom=3 graph={number})")
            tops.setdefault(sampled(architecture).top, architecture)
    for architecture in (*tops.values(), *SIZES, *some(20)):
        supernet.zero_grad()
        supernet(IMAGES, SPACE.to_choices(architecture)).square().mean().backward()
        used |= {name for name, weights in supernet.named_parameters() if weights.grad is not None}
    assert used == dict(supernet.named_parameters()).keys()


def test_the_super_net_has_all_leaves_and_nodes_go_to_their_stages():
    supernet = built()
    assert len(supernet.leaves) == 60 == sum(WHOLE.leaves)
    assert SPACE.supernet().widths == [6, 12, 24]
    assert [slots_of(sampled(one)) for one in SIZES[:2]] == [[0, 2, 3], [0, 1, 2, 3]]
    for architecture in some(20):
        hierarchy = sampled(architecture)
        assert [WHOLE.stages[slot] for slot in slots_of(hierarchy)] == [*hierarchy.stages]


def test_many_paths_compute_the_same_beginnings_once_and_the_same_scores():
    supernet, calls = built().eval(), Counter()
    for name, leaf in supernet.leaves.items():
        leaf.register_forward_hook(lambda *_, name=name: calls.update([name]))
    base = SPACE.parse("NAGO(top=4,0.5 middle=1 bottom=3 graph=0)")  # whose bottoms are all alike
    many = [replace(base, graph=number) for number in range(8)]
    tops = {sampled(one).top for one in many}
    with torch.inference_mode():
        found = list(supernet.each_path(IMAGES, [SPACE.to_choices(one) for one in many]))
    assert len(found) == len(tops) > 3
    assert calls["0_0_0"] == 1
    assert len(tops) / 2 < calls["3_0_0"] <= len(tops)
    for places, scores in found:
        with torch.inference_mode():
            close(scores, supernet(IMAGES, SPACE.to_choices(many[places[-1]])))
    assert sorted(place for places, _ in found for place in places) == list(range(8))


def test_ways_are_counted_as_in_the_graph_written_out():
    """Each leaf is a node there, so that the ways through it are those along the edges into it."""
    supernet = built()
    for architecture in [*some(10), *SIZES]:
        hierarchy = sampled(architecture)
        graph = operation_graph(hierarchy)
        along = ways_along(graph.edges, len(graph.labels) - 1)
        through = Counter()
        for (_, target), count in along.items():
            through[target] += count
        leaves = [node for node, label in enumerate(graph.labels) if label == "conv3x3"]
        slots, names = slots_of(hierarchy), []
        for node, bottoms in enumerate(hierarchy.bottoms):
            for inner, bottom in enumerate(bottoms):
                names += [f"leaves.{slots[node]}_{inner}_{number}.conv.weight" for number in range(bottom.nodes)]
        ways = {
            part.name: count for part, count in supernet.weights_on_ways(SPACE.to_choices(architecture)).counts.items()
        }
        assert {name: ways[name] for name in names} == {
            name: through[leaf] for name, leaf in zip(names, leaves, strict=True)
        }
        assert {name for name in ways if name.startswith("leaves.")} == set(names)
        entered = [node for node, label in enumerate(graph.labels) if label.startswith("stage")]
        left = [node - 1 for node in (*entered[1:], len(graph.labels) - 1)]
        for source, target in hierarchy.resized:
            first = "stem" if source is None else slots[source]
            last = "output" if target is None else slots[target]
            edge = (0 if source is None else left[source], len(graph.labels) - 1 if target is None else entered[target])
            assert ways[f"resizing.{first}_{last}.weight"] == along[edge]
        assert sum(name.startswith("resizing") for name in ways) == len(hierarchy.resized)
        assert all(ways[name] == 1 for name in ways if not name.startswith(("leaves", "resizing")))
        assert {"stem.conv.weight", "head.norm.bias", "classifier.bias"} <= set(ways)


def test_mixtures_are_refused():
    supernet = built()
    mixture = [torch.full((len(one.options),), 1 / len(one.options)) for one in SPACE.decisions]
    with pytest.raises(ValueError, match="computes no mixtures"):
        supernet(IMAGES, mixture)
    with pytest.raises(ValueError, match="computes no mixtures"):
        _ = SPACE.passes_per_mixture
