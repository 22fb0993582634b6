"""Proxies of a small convolutional network, beside definitions that share nothing with them.

No trace, no shared pass: modules are run one after the other, and gradients are of one thing at a time.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from tiny_networks import batch, convolutional, measured, probe_of, value, weights_of
from torch import nn

INPUTS, TARGETS = batch()


@pytest.fixture(scope="module")
def probe():
    return probe_of(convolutional, (INPUTS, TARGETS))


def gradients(network, inputs=INPUTS, targets=TARGETS, **options):
    return torch.autograd.grad(F.cross_entropy(network(inputs), targets), weights_of(network), **options)


def test_sums_over_gradients(probe):
    network = convolutional()
    both = list(zip(weights_of(network), gradients(network), strict=True))
    expected = {
        "grad_norm": sum(g.square().sum().sqrt() for _, g in both),
        "snip": sum((w * g).abs().sum() for w, g in both),
        "plain": sum((w * g).sum() for w, g in both),
    }
    for name, number in expected.items():
        assert value(name, probe) == pytest.approx(float(number.detach()), rel=1e-4, abs=1e-6)


def test_grasp_is_a_gradient_of_a_gradient():
    """In double precision, with every rule for jets that networks of the spaces use."""
    inputs = INPUTS.double()
    network = convolutional(dtype=torch.float64)
    first = gradients(network, inputs, create_graph=True)
    second = torch.autograd.grad(sum((g * g.detach()).sum() for g in first), weights_of(network))
    expected = -sum(float((w.detach() * h).sum()) for w, h in zip(weights_of(network), second, strict=True))
    probe = probe_of(lambda: convolutional(dtype=torch.float64), (inputs, TARGETS))
    assert value("grasp", probe) == pytest.approx(expected, rel=1e-9)
    assert abs(expected) > 1e-3


def test_grasp_is_a_gradient_of_a_gradient_where_relu6_cuts_both_ends():
    inputs = INPUTS.double()

    class Capped(nn.Module):
        def forward(self, numbers):
            return F.relu6(numbers)

    def network():
        torch.manual_seed(1)
        layers = [nn.Conv2d(3, 6, 3), Capped(), nn.Conv2d(6, 6, 1), Capped(), nn.Flatten(), nn.LazyLinear(3)]
        built = nn.Sequential(*layers).double()
        built(inputs)
        for place in (0, 2):
            nn.init.normal_(built[place].weight)
        return built

    built = network()
    first = gradients(built, inputs, create_graph=True)
    second = torch.autograd.grad(sum((g * g.detach()).sum() for g in first), weights_of(built))
    expected = -sum(float((w.detach() * h).sum()) for w, h in zip(weights_of(built), second, strict=True))
    for before in (built[:2](inputs), built[:4](inputs)):
        assert min((before == end).double().mean() for end in (0, 6)) > 0.05
    assert value("grasp", probe_of(network, (inputs, TARGETS))) == pytest.approx(expected, rel=1e-9)


def test_grasp_needs_a_rule_for_every_function():
    class Odd(nn.Sequential):
        def forward(self, images):
            return torch.sort(super().forward(images), 1).values

    probe = probe_of(lambda: Odd(convolutional()), (INPUTS, TARGETS))
    assert measured("grasp", probe).reason == "there is no rule for the second derivative of sort"


def test_fisher_perturbs_what_layers_give_out(probe):
    """The gradient of a mask on each image's channel is the sum over pixels of output times gradient."""
    network, masks = convolutional(), []

    def masked(module, _, output):
        masks.append((module, torch.ones(output.shape[:2], requires_grad=True)))
        return output * masks[-1][1].reshape(*output.shape[:2], *(1,) * (output.ndim - 2))

    stem, pointwise, classifier = network.stem, network.pointwise, network.classifier
    for one in (stem, pointwise, classifier):
        one.register_forward_hook(masked)
    features = network.relu(network.norm(stem(INPUTS)))
    branch = network.branch(torch.tanh(features))
    masks.append((network.branch, torch.ones(branch.shape[:2], requires_grad=True)))
    pooled = F.max_pool2d(features, 3, 1, 1) + F.avg_pool2d(features, 3, 1, 1)
    both = pointwise(pooled) + branch * masks[1][1][:, :, None, None]
    outputs = classifier(F.relu(network.last_norm(both)).mean((2, 3)))
    found = torch.autograd.grad(F.cross_entropy(outputs, TARGETS), [mask for _, mask in masks])
    expected = sum(
        float(one.square().mean(0).sum()) / 2 * module.weight[0].numel()
        for (module, _), one in zip(masks, found, strict=True)
    )
    assert value("fisher", probe) == pytest.approx(expected, rel=1e-4)


def jacobian():
    """Of the sum of class scores of the batch, one image after the other."""
    rows = []
    for place in range(len(INPUTS)):
        image = INPUTS[place : place + 1].clone().requires_grad_()
        outputs = convolutional()(torch.cat([INPUTS[:place], image, INPUTS[place + 1 :]]))
        rows.append(torch.autograd.grad(outputs.sum(), image)[0].flatten().double().numpy())
    return np.array(rows)


def test_jacov_by_loops(probe):
    rows = jacobian()
    standard = (rows - rows.mean(1, keepdims=True)) / rows.std(1, keepdims=True)
    v = np.linalg.svd(standard @ standard.T / standard.shape[1], compute_uv=False)
    assert value("jacov", probe) == pytest.approx(-np.sum(np.log(v + 1e-5) + 1 / (v + 1e-5)), rel=1e-3)


def test_epe_nas_by_loops(probe):
    rows, total = jacobian(), 0.0
    for one in range(3):
        own = rows[TARGETS.numpy() == one]
        logs = [np.log(abs(np.corrcoef(a, b)[0, 1]) + 1e-5) for a in own for b in own]
        total += abs(sum(logs))
    assert value("epe_nas", probe) == pytest.approx(total, rel=1e-3)


def test_epe_nas_with_many_classes_compares_classes():
    def many():
        network = convolutional()
        network.classifier = nn.Linear(5, 120)
        nn.init.normal_(network.classifier.weight, generator=torch.Generator().manual_seed(1))
        return network

    targets = torch.tensor([7, 7, 119, 119, 119, 3])
    probe = probe_of(many, (INPUTS, targets))
    rows = probe.descent.input_gradients.double().numpy()
    means = [np.log(np.abs(np.corrcoef(one)) + 1e-5).sum() / len(one) for one in (rows[:2], rows[2:5])]
    assert value("epe_nas", probe) == pytest.approx(abs(means[0] - means[1]), rel=1e-6)


def test_nwot_by_loops(probe):
    network = convolutional()
    inputs = []
    network.relu.register_forward_hook(lambda _, arguments, __: inputs.append(arguments[0]))
    network.last_norm.register_forward_hook(lambda _, __, output: inputs.append(output))
    network(INPUTS)
    units = torch.cat([one.flatten(1) > 0 for one in inputs], 1)
    agree = np.array([[int((a == b).sum()) for b in units] for a in units], dtype=float)
    assert value("nwot", probe) == pytest.approx(np.log(abs(np.linalg.det(agree))), rel=1e-9)


def test_synflow_by_autograd_of_masks(probe):
    network = convolutional(dtype=torch.float64)
    network.norm, network.last_norm = nn.Identity(), nn.Identity()
    for one in network.parameters():
        one.data = one.data.abs()
    outputs = network(torch.ones(1, 3, 4, 4, dtype=torch.float64))
    found = torch.autograd.grad(outputs.sum(), weights_of(network))
    flow = sum(float((w.detach() * g).sum()) for w, g in zip(weights_of(network), found, strict=True))
    assert value("synflow", probe) == pytest.approx(np.log(flow), rel=1e-9)


def test_zico_of_halves(probe):
    network = convolutional()
    one, other = (gradients(network, INPUTS[part], TARGETS[part]) for part in (slice(3), slice(3, 6)))
    total = 0.0
    for pair in zip(one, other, strict=True):
        both = torch.stack(pair).double().numpy()
        deviation = both.std(0)
        ratio = np.abs(both).mean(0)[deviation > 0] / deviation[deviation > 0]
        total += np.log(ratio.sum())
    assert value("zico", probe) == pytest.approx(total, rel=1e-3)


def test_zen_step_by_step():
    probe = probe_of(convolutional, (INPUTS, TARGETS), seed=3)
    generator, network = probe.generator("zen"), convolutional()
    for one in network.modules():
        if isinstance(one, nn.Conv2d | nn.Linear):
            one.weight.data = torch.randn(one.weight.shape, generator=generator)
    network.pointwise.bias.data.zero_()
    images = torch.randn(INPUTS.shape, generator=generator)
    noise = torch.randn(INPUTS.shape, generator=generator)
    features = []
    network.last_norm.register_forward_hook(lambda _, __, output: features.append(F.relu(output)))
    network(images)
    network(images + 0.01 * noise)
    change = (features[1] - features[0]).abs().sum((1, 2, 3)).mean()
    variances = torch.stack([network.norm.running_var.mean(), network.last_norm.running_var.mean()])
    assert value("zen", probe) == pytest.approx(float((change.log() + variances.sqrt().log().sum()).detach()), rel=1e-4)
    assert value("zen", probe_of(convolutional, (INPUTS, TARGETS), seed=4)) != value("zen", probe)
