"""VKDNW against Jacobians and information that are computed one by one."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from nasrank.predictors.zero_cost.initialization import kaiming_normal
from nasrank.predictors.zero_cost.probe import NotMeasurable, Probe
from nasrank.predictors.zero_cost.vkdnw import (
    Vkdnw,
    covariance_root,
    decile_entropy,
    evaluating,
    information,
    sampled_jacobian,
)
from nasrank.spaces import get_space


class Tiny(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 3, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(3)
        self.pointwise = nn.Conv2d(3, 4, 1, bias=False)
        self.end = nn.Linear(4, 5)

    def forward(self, images: Tensor) -> Tensor:
        return self.end(torch.relu(self.pointwise(torch.relu(self.norm(self.conv(images))))).mean((2, 3)))


def tiny() -> nn.Module:
    return evaluating(kaiming_normal(Tiny(), torch.Generator().manual_seed(0)))


def images(count: int = 6, channels: int = 2, side: int = 6) -> Tensor:
    return torch.randn(count, channels, side, side, generator=torch.Generator().manual_seed(1))


def one_by_one(network: nn.Module, batch: Tensor, count: int) -> Tensor:
    """`(images, classes, parameters)`, by a backward pass for each image and class."""
    wanted = list(network.parameters())[:count]
    rows = []
    for image in batch:
        scores = network(image[None])[0]
        gradients = [torch.autograd.grad(score, wanted, retain_graph=True, materialize_grads=True) for score in scores]
        rows.append(torch.tensor([[float(one.flatten()[0]) for one in row] for row in gradients]))
    return torch.stack(rows).double()


@pytest.mark.parametrize("count", [3, 128])
def test_the_jacobian_is_that_of_gradients_taken_one_by_one(count: int) -> None:
    network = tiny()
    jacobian, scores = sampled_jacobian(network, images(), count)
    torch.testing.assert_close(jacobian, one_by_one(network, images(), count), rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(scores, network(images()).detach().double())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("nb201", "|nor_conv_3x3~0|+|none~0|nor_conv_1x1~1|+|nor_conv_1x1~0|skip_connect~1|avg_pool_3x3~2|"),
        ("nb101", "conv3x3(0)+maxpool3x3(0,1)+conv1x1(0)+output(0,1,2,3)"),
    ],
)
def test_so_it_is_in_networks_of_the_spaces(name: str, text: str) -> None:
    space = get_space(name)
    network = space.network(space.parse(text), channels=8, cells_per_stage=1, classes=3)
    network = evaluating(kaiming_normal(network, torch.Generator().manual_seed(0)))
    network = network.to(memory_format=torch.channels_last)
    batch = images(3, 3, 8)
    expected = one_by_one(network, batch, 40)
    assert (expected.abs().sum((0, 1)) > 0).sum() > 10
    found, _ = sampled_jacobian(network, batch, 40)
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4 * float(expected.abs().max()))


def test_the_root_is_that_of_the_covariance_of_classes() -> None:
    probabilities = torch.randn(7, 5, generator=torch.Generator().manual_seed(0)).double().softmax(1)
    root = covariance_root(probabilities)
    expected = torch.diag_embed(probabilities) - probabilities[:, :, None] * probabilities[:, None, :]
    torch.testing.assert_close(root @ root.mT, expected)
    torch.testing.assert_close(root, root.tril())


def test_the_information_is_a_mean_over_images() -> None:
    jacobian, scores = torch.randn(4, 3, 6).double(), torch.randn(4, 3).double()
    expected = torch.zeros(6, 6).double()
    for rows, row in zip(jacobian, scores, strict=True):
        root = covariance_root(0.95 * row.softmax(0)[None] + 0.05 / 3)[0]
        for line in root @ rows:
            expected += torch.outer(line, line) / 4
    torch.testing.assert_close(information(jacobian, scores), expected)


def test_with_two_classes_it_is_fishers_information_of_the_first_class_alone() -> None:
    """`L` then has one number, `sqrt(p (1 - p))`, and its negative below: the code's order of factors is the rest."""
    jacobian, scores = torch.randn(5, 2, 3).double(), torch.randn(5, 2).double()
    p = (0.95 * scores.softmax(1) + 0.025)[:, 0]
    expected = 2 * torch.einsum("n,np,nq->pq", p * (1 - p), jacobian[:, 0], jacobian[:, 0]) / 5
    torch.testing.assert_close(information(jacobian, scores), expected)


def test_equal_eigenvalues_have_the_greatest_entropy() -> None:
    assert decile_entropy(3 * torch.eye(20).double()) == pytest.approx(math.log(9), abs=1e-6)
    shares = torch.quantile(torch.arange(1.0, 21).double(), torch.arange(1, 10).double() / 10)
    shares = shares / shares.sum()
    expected = -float((shares * shares.log()).sum())
    turned = torch.linalg.qr(torch.randn(20, 20).double()).Q
    matrix = turned @ torch.diag(torch.arange(1.0, 21).double()) @ turned.T
    assert decile_entropy(matrix) == pytest.approx(expected, abs=1e-6)
    assert decile_entropy(7 * matrix) == pytest.approx(expected, abs=1e-6)


def test_without_information_there_is_no_score() -> None:
    with pytest.raises(NotMeasurable, match="do not depend"):
        decile_entropy(torch.zeros(4, 4).double())
    with pytest.raises(NotMeasurable, match="finite"):
        decile_entropy(torch.full((4, 4), math.inf).double())


def test_the_number_of_parameters_comes_first_and_the_seed_decides_the_rest() -> None:
    samples = (images(9), torch.zeros(9, dtype=torch.int64))
    found = [Vkdnw().measure(Probe(Tiny, samples, seed=seed)) for seed in (0, 0, 1)]
    assert found[0] == found[1] != found[2]
    assert all(7 < one <= 7 + math.log(9) + 1e-6 for one in found)


def test_normalizations_do_nothing() -> None:
    network = tiny()
    features = network.conv(images())
    torch.testing.assert_close(network.norm(features), features, rtol=1e-4, atol=1e-5)
    bare = evaluating(nn.Sequential(nn.Conv2d(2, 2, 1), nn.BatchNorm2d(2, track_running_stats=False)))
    features = bare[0](images())
    torch.testing.assert_close(bare(images()), features, rtol=1e-4, atol=1e-5)
