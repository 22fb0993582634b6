"""Networks with activations, against NAS-Bench-201's where all are ReLU, and against cells written out."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch.utils.flop_counter import FlopCounterMode

import nasrank.spaces.nb201_activations.supernet as module
from nasrank.spaces import get_space
from nasrank.spaces.nb201.cell import AVG_POOL, CONV_1X1, CONV_3X3, EDGES, NONE, SKIP

SPACE, PLAIN = get_space("nb201-activations"), get_space("nb201")
SMALL = {"channels": 4, "cells_per_stage": 1, "classes": 5}
IMAGES = torch.randn(12, 3, 8, 8, generator=torch.Generator().manual_seed(0))
ACTIVATIONS = (F.relu, lambda x: x * torch.sigmoid(x), torch.tanh)
OPTIONS = [
    {},
    {"affine": True},
    {"tracked": True},
    {"partial_channels": 2},
    {"path_dropout": 0.4},
    {"operation_dropout": 0.4},
]


def built(build, *arguments, seed=0, **options):
    torch.manual_seed(seed)
    return build(*arguments, **SMALL, **options)


def mixture(seed):
    """Weights between 0 and 1 of all options."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.rand(len(decision.options), generator=generator) for decision in SPACE.decisions]


def choices_of(seed, count):
    return [SPACE.to_choices(cell) for cell in SPACE.sample(np.random.default_rng(seed), count)]


def convolved(kernel, features):
    return F.batch_norm(F.conv2d(features, kernel, padding=kernel.shape[-1] // 2), None, None, training=True)


def written_out(cell, weights, features):
    """Of a super-net's cell along a soft path: every operation of every edge, added up."""
    nodes = [features]
    for node in (1, 2, 3):
        total = torch.zeros_like(features)
        for place, (source, target) in enumerate(EDGES):
            if target == node:
                of_operations, of_activations, value = weights[place], weights[6 + place], nodes[source]
                mixed = sum(w * activate(value) for w, activate in zip(of_activations, ACTIVATIONS, strict=True))
                total = total + of_operations[SKIP] * value
                total = total + of_operations[AVG_POOL] * F.avg_pool2d(value, 3, 1, 1, count_include_pad=False)
                for operation, layers in ((CONV_1X1, cell.conv_1x1), (CONV_3X3, cell.conv_3x3)):
                    weight = of_operations[operation] * of_activations.sum()
                    total = total + weight * convolved(layers[place].conv.weight, mixed)
        nodes.append(total)
    return nodes[-1]


class TestWithReluAlone:
    """From the same seed, bit for bit."""

    @pytest.mark.parametrize("options", OPTIONS, ids=str)
    def test_the_super_net_is_that_of_nas_bench_201(self, options):
        ours, plain = built(SPACE.supernet, **options), built(PLAIN.supernet, **options)
        assert ours.state_dict().keys() == plain.state_dict().keys()
        for choices in choices_of(0, 5):
            assert torch.equal(ours(IMAGES, (*choices[:6], *[0] * 6)), plain(IMAGES, choices[:6]))
        relu = [torch.eye(3)[0]] * 6
        torch.testing.assert_close(ours(IMAGES, [*mixture(1)[:6], *relu]), plain(IMAGES, mixture(1)[:6]))

    def test_the_network_is_that_of_nas_bench_201(self):
        for cell in PLAIN.sample(np.random.default_rng(0), 5):
            ours = built(SPACE.network, SPACE.parse(str(cell)))
            assert torch.equal(ours(IMAGES), built(PLAIN.network, cell)(IMAGES))


class TestPaths:
    def test_a_hard_path_is_the_stand_alone_network_with_the_same_weights(self):
        supernet = built(SPACE.supernet, affine=True)
        state = supernet.state_dict()
        for choices in choices_of(1, 10):
            network = built(SPACE.network, SPACE.from_choices(choices))
            kernels = {place: {2: "conv_1x1", 3: "conv_3x3"}.get(choices[place]) for place in range(6)}
            names = {
                name: name
                if not name.startswith("stages")
                else name.replace("convolutions", str(kernels[int(name.split(".")[4])]))
                for name, _ in network.named_parameters()
            }
            network.load_state_dict({own: state[name] for own, name in names.items()}, strict=False)
            torch.testing.assert_close(supernet(IMAGES, choices), network(IMAGES), atol=1e-5, rtol=1e-5)

    def test_a_cell_is_the_one_written_out(self):
        cell, features = built(SPACE.supernet).stages[0][0], torch.randn(6, 4, 6, 6)
        for seed, choices in enumerate(choices_of(2, 10)):
            one_hot = [torch.eye(len(d.options))[c] for d, c in zip(SPACE.decisions, choices, strict=True)]
            hard = cell.hard(features, SPACE.from_choices(choices).operations)
            torch.testing.assert_close(hard, written_out(cell, one_hot, features), atol=1e-5, rtol=1e-4)
            weights = mixture(seed)
            soft = cell.soft(features, module._rescaled(weights), [[1, 2, 3, 4]] * 6 + [[0, 1, 2]] * 6)
            torch.testing.assert_close(soft, written_out(cell, weights, features), atol=1e-4, rtol=1e-4)

    def test_a_soft_path_computes_each_convolution_once(self):
        counted = []
        for supernet, path in ((built(SPACE.supernet), mixture(0)), (built(PLAIN.supernet), mixture(0)[:6])):
            with FlopCounterMode(display=False) as flops:
                supernet(IMAGES, path)
            counted.append(flops.get_total_flops())
        assert counted[0] == counted[1] > 0

    def test_options_of_weight_zero_are_not_computed(self, monkeypatch):
        supernet = built(SPACE.supernet)
        monkeypatch.setattr(module, "ACTIVATE", (F.relu, None, torch.tanh))
        weights = [*[torch.tensor([0.0, 0.5, 0.0, 0.5, 0.0])] * 6, *[torch.tensor([0.3, 0.0, 0.7])] * 6]
        supernet(IMAGES, weights).sum().backward()
        cell = supernet.stages[0][0]
        assert all(layer.conv.weight.grad is None for layer in cell.conv_1x1)
        assert all(layer.conv.weight.grad is not None for layer in cell.conv_3x3)

    def test_without_an_activation_there_is_no_convolution(self):
        supernet, operations = built(SPACE.supernet), [torch.tensor([0.0, 0.5, 1.0, 1.0, 0.0])] * 6
        skips = [torch.tensor([0.0, 0.5, 0.0, 0.0, 0.0])] * 6
        others = [torch.eye(3)[1]] * 6
        silent = supernet(IMAGES, [*operations, *[torch.zeros(3)] * 6])
        assert torch.equal(silent, supernet(IMAGES, [*skips, *others]))

    def test_gradients_reach_every_weight_and_the_scale_of_a_single_activation(self):
        """Without the sum of weights, normalization would leave a single one's weight without a gradient."""
        supernet = built(SPACE.supernet)
        full = [weights.requires_grad_() for weights in mixture(3)]
        supernet(IMAGES, full).square().sum().backward()
        assert all(weight.grad.abs().sum() > 0 for weight in supernet.parameters())
        assert all((weights.grad[-2:].abs() > 1e-6).all() for weights in full)
        single = [torch.eye(3)[2].requires_grad_() for _ in range(6)]
        supernet(IMAGES, [*mixture(3)[:6], *single]).square().sum().backward()
        assert all(weights.grad[2].abs() > 1e-4 for weights in single)
        assert not any(weights.grad[:2].any() for weights in single)

    def test_options_outside_are_refused(self):
        supernet = built(SPACE.supernet)
        with pytest.raises(ValueError, match=r"edge \(1, 2\): activation 3 is not an index from 0 to 2"):
            supernet(IMAGES, (0,) * 8 + (3,) + (0,) * 3)
        with pytest.raises(ValueError, match="12 entries, two an edge, not 6"):
            supernet(IMAGES, mixture(0)[:6])


def test_partial_channels_leave_the_others_as_they_are():
    cell, features = built(SPACE.supernet, partial_channels=2).stages[0][0], torch.randn(6, 4, 6, 6)
    operations = SPACE.parse("|none~0|+|none~0|none~1|+|nor_conv_3x3:tanh~0|none~1|none~2|").operations
    expected = convolved(cell.conv_3x3[3].conv.weight, torch.tanh(features[:, :2]))
    torch.testing.assert_close(cell.hard(features, operations), torch.cat([features[:, 2:], expected], 1))


@pytest.mark.parametrize("soft", [False, True])
def test_operation_dropout_takes_a_convolution_with_all_its_activations(soft):
    supernet, plain = built(SPACE.supernet, operation_dropout=0.4), built(SPACE.supernet)
    path = (CONV_3X3, NONE, NONE, AVG_POOL, SKIP, NONE, 1, 0, 0, 0, 0, 0)
    asked = [torch.eye(len(d.options))[c] for d, c in zip(SPACE.decisions, path, strict=True)] if soft else path
    possible = {
        off: plain(IMAGES, [NONE if place < 6 and option in off else option for place, option in enumerate(path)])
        for off in [(), (CONV_3X3,), (AVG_POOL,)]
    }
    seen = set()
    for _ in range(40):
        scores = supernet(IMAGES, asked)
        (off,) = [off for off, expected in possible.items() if torch.allclose(scores, expected, atol=1e-5)]
        seen.add(off)
    assert seen == set(possible)


def test_weights_on_ways_are_those_of_nas_bench_201():
    ours, plain = built(SPACE.supernet), built(PLAIN.supernet)
    for choices in choices_of(3, 10):
        assert ours.weights_on_ways(choices) == plain.weights_on_ways(choices[:6])
