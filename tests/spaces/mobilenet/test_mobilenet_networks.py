"""The super-net of chains against stand-alone networks with the same weights, and against mixtures written out."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch
from torch import nn

from nasrank.bench.studies.study_file import load_study
from nasrank.spaces import get_space
from nasrank.spaces.mobilenet.chain import IDENTITY
from nasrank.spaces.mobilenet.network import InvertedResidual

SPACE = get_space("mobilenet")
SMALL = {"width": 4, "classes": 5}
IMAGES = torch.randn(6, 3, 9, 8, generator=torch.Generator().manual_seed(0))


def built(**options):
    torch.manual_seed(0)
    supernet = SPACE.supernet(**SMALL, **options)
    with torch.no_grad():
        for weights in supernet.parameters():
            weights.add_(0.2 * torch.randn_like(weights))  # normalizations away from the identity
    return supernet


def paths(count, seed=0):
    return [SPACE.to_choices(chain) for chain in SPACE.sample(np.random.default_rng(seed), count)]


def names_along(path):
    """Names in the stand-alone network of what a path uses of the chain, by their beginnings in the super-net."""
    blocks = [(layer, operation) for layer, operation in enumerate(path) if operation != IDENTITY]
    return {f"chain.{layer}.blocks.{one}.": f"chain.{place}." for place, (layer, one) in enumerate(blocks)}


def alone(supernet, path):
    """The stand-alone network with the super-net's weights, and the names that these have in the super-net."""
    network, of_chain = SPACE.network(SPACE.from_choices(path), **SMALL), names_along(path)
    renamed = {}
    for name in supernet.state_dict():
        begin = next((begin for begin in of_chain if name.startswith(begin)), "")
        if begin or not name.startswith("chain."):
            renamed[name] = of_chain.get(begin, "") + name.removeprefix(begin)
    own = supernet.state_dict()
    network.load_state_dict({new: own[old] for old, new in renamed.items()}, strict=False)
    assert {new for new in network.state_dict() if "running" not in new and "tracked" not in new} <= {*renamed.values()}
    return network, renamed


def close(one, other):
    torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("tracked", [False, True])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_a_path_is_the_stand_alone_network_and_trains_it_alike(layout, tracked):
    supernet = built(affine=True, tracked=tracked).to(memory_format=layout)
    images = IMAGES.to(memory_format=layout)
    for path in paths(5):
        network, renamed = alone(supernet, path)
        supernet.zero_grad()
        found, expected = (
            net.to(memory_format=layout).train()(images, *more) for net, more in ((supernet, [path]), (network, []))
        )
        close(found, expected)
        for scores in (found, expected):
            scores.square().mean().backward()
        of_network = dict(network.named_parameters())
        for name, weights in supernet.named_parameters():
            if name in renamed:
                close(weights.grad, of_network[renamed[name]].grad)
            else:
                assert weights.grad is None
        if tracked:
            close(supernet.eval()(images, path), alone(supernet, path)[0].eval()(images))


def test_an_identity_elsewhere_is_another_function_of_shared_weights_alone():
    one, other = "k3e6 k5e3 | k7e3 identity k3e3 | k5e6 k5e6 k3e3", "k3e6 k5e3 | k7e3 k3e3 identity | k5e6 k5e6 k3e3"
    assert SPACE.key(one) == SPACE.key(other)
    assert SPACE.cost(one) == SPACE.cost(other)
    assert str(SPACE.functional(one, silence_is_zero=True)) == one != other
    supernet = built().eval()
    with torch.no_grad():
        difference = supernet(IMAGES, SPACE.to_choices(one)) - supernet(IMAGES, SPACE.to_choices(other))
    assert difference.abs().max() > 0.01


@pytest.mark.parametrize("numbers", [False, True])
def test_a_mixture_is_the_weighted_sum_of_the_blocks_of_each_layer(numbers):
    supernet, generator = built().eval(), torch.Generator().manual_seed(1)
    path = [torch.rand(len(one.options), generator=generator) for one in SPACE.decisions]
    for weights in path[::2]:
        weights[1:3] = 0
    path[3][:] = 0
    for weights in path:
        weights.requires_grad_()
    features = supernet.entered(IMAGES)
    for layer, weights in zip(supernet.chain, path, strict=True):
        operations = [*layer.blocks, nn.Identity()][: len(weights)]
        outputs = [w * operation(features) for w, operation in zip(weights, operations, strict=True)]
        features = sum(one for one, w in zip(outputs, weights, strict=True) if w != 0)
        features = torch.zeros_like(outputs[0]) if isinstance(features, int) else features
        if numbers:
            features = features + weights[weights == 0].sum()
    expected = supernet.classified(features)
    found = supernet(IMAGES, path, numbers=numbers)
    close(found, expected)
    for one, other in zip(
        *(torch.autograd.grad(scores.square().sum(), path, materialize_grads=True) for scores in (found, expected)),
        strict=True,
    ):
        kept = slice(None) if numbers else one != 0
        close(one[kept], other[kept])


def test_many_paths_compute_every_beginning_once():
    supernet, many = built().eval(), sorted(paths(40)) + paths(3)
    many += [(*many[0][:-2], 0, 1), (*many[0][:-2], IDENTITY, 1)]
    calls = Counter()
    for layer, shared in enumerate(supernet.chain):
        for block in shared.blocks:
            block.register_forward_hook(lambda *_, layer=layer: calls.update([layer]))
    with torch.inference_mode():
        list(supernet.each_path(IMAGES, many))
    for layer in range(8):
        assert calls[layer] == len({path[: layer + 1] for path in many if path[layer] != IDENTITY})


def test_weights_on_ways_are_the_kernels_of_the_stand_alone_network_and_a_unit_matrix_an_identity():
    supernet = built(affine=True)
    weights = dict(supernet.named_parameters())
    for path in paths(6):
        ways = supernet.weights_on_ways(path)
        network, renamed = alone(supernet, path)
        kernels = {name for name, one in network.named_parameters() if one.dim() > 1}
        assert {renamed[part.name] for part in ways.counts} == kernels
        assert set(ways.counts.values()) == {1}
        assert all(torch.equal(part.of(weights), network.get_parameter(renamed[part.name])) for part in ways.counts)
        widths = [shape.outputs for shape in supernet.shapes.layers]
        assert ways.constant == sum(w for w, one in zip(widths, path, strict=True) if one == IDENTITY)


def test_blocks_are_added_to_their_input_where_the_shape_stays():
    supernet = built()
    added = [[block.added for block in layer.blocks] for layer in supernet.chain]
    assert [set(one) for one in added] == [{False}, {True}, {False}, {True}, {True}, {False}, {True}, {True}]
    assert isinstance(supernet.first, InvertedResidual)
    assert not supernet.first.added
    assert len(supernet.first.layers) == 2, "of expansion 1"


def test_operations_on_part_of_the_channels_are_refused_in_a_study(study_text, tmp_path):
    text = study_text.replace('"nb201"', '"mobilenet"').replace("channels = 2\ncells_per_stage = 1", "width = 4")
    (tmp_path / "study.toml").write_text(text.replace('["spos", "gdas"]', '["pc_darts"]'))
    with pytest.raises(
        ValueError, match="pc_darts needs operations on one of 4 channels, which this super-net has not"
    ):
        load_study(tmp_path / "study.toml")


@pytest.mark.parametrize("wrong", [0, 2.0, True, None])
def test_what_is_no_width_is_refused(wrong):
    for ask in (
        SPACE.supernet,
        lambda **options: SPACE.network(SPACE.at(0), **options),
        lambda **options: SPACE.cost(SPACE.at(0), **options),
    ):
        with pytest.raises(ValueError, match=r"width is .*; a network needs at least 1"):
            ask(width=wrong)
