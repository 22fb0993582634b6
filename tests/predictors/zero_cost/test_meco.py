"""MeCo against correlations that are known."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from nasrank.predictors.zero_cost.feature_maps import feature_maps
from nasrank.predictors.zero_cost.meco import MeCo, smallest_eigenvalue
from nasrank.predictors.zero_cost.probe import NotMeasurable, Probe
from nasrank.spaces import get_space


def correlated(correlation: float, channels: int, positions: int = 12) -> Tensor:
    """Rows with exactly this correlation with each other: orthonormal ones plus a share of a common one."""
    basis = torch.linalg.qr(
        torch.cat([torch.ones(positions, 1), torch.randn(positions, channels + 1)], 1).double()
    ).Q.T[1:]
    return correlation**0.5 * basis[:1] + (1 - correlation) ** 0.5 * basis[1:]


@pytest.mark.parametrize("channels", [2, 5])
@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.9])
def test_equal_correlations_have_one_minus_them_for_smallest_eigenvalue(correlation: float, channels: int) -> None:
    torch.manual_seed(0)
    rows = correlated(correlation, channels)
    assert smallest_eigenvalue(rows) == pytest.approx(1 - correlation, abs=1e-9)
    scales, shifts = torch.rand(channels, 1) + 0.5, torch.randn(channels, 1)
    assert smallest_eigenvalue(rows * scales + shifts) == pytest.approx(1 - correlation, abs=1e-9)


def test_it_agrees_with_numbers_of_torch() -> None:
    rows = torch.randn(6, 40, generator=torch.Generator().manual_seed(0))
    assert smallest_eigenvalue(rows) == pytest.approx(float(torch.linalg.eigvalsh(rows.corrcoef())[0]), abs=1e-5)


@pytest.mark.parametrize(
    "rows", [[[1.0, 2, 3], [2, 4, 6]], [[1.0, 2, 3], [-1, -2, -3]], [[1.0, 2, 3], [0.1, 0.1, 0.1]], [[7.0], [3.0]]]
)
def test_copies_and_constants_make_it_zero(rows: list[list[float]]) -> None:
    assert smallest_eigenvalue(torch.tensor(rows)) == pytest.approx(0, abs=1e-6)


class TwoLayers(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 2, 1, bias=False)
        self.conv.weight.data = torch.eye(2)[:, :, None, None]

    def forward(self, images: Tensor) -> Tensor:
        return torch.relu(self.conv(images)).mean((2, 3))


def test_layers_are_summed() -> None:
    image = correlated(0.25, 2, 16).float().reshape(1, 2, 4, 4)
    rectified = smallest_eigenvalue(image[0].flatten(1).relu())
    samples = (torch.cat([image, torch.randn(1, 2, 4, 4)]), torch.zeros(2, dtype=torch.int64))
    assert MeCo().measure(Probe(TwoLayers, samples)) == pytest.approx(0.75 + rectified, abs=1e-5)


def test_each_layer_of_a_cell_counts_once_in_whatever_memory_format() -> None:
    space = get_space("nb201")
    torch.manual_seed(0)
    cell = space.parse("|nor_conv_3x3~0|+|none~0|nor_conv_1x1~1|+|skip_connect~0|none~1|avg_pool_3x3~2|")
    network = space.network(cell, channels=4, cells_per_stage=1, classes=3, image_channels=3).train()
    image = torch.randn(1, 3, 16, 16)
    plain = feature_maps(network, image)
    last = feature_maps(
        network.to(memory_format=torch.channels_last), image.contiguous(memory_format=torch.channels_last)
    )
    # stem 2, 3 cells of 2 x 3 and a pool, 2 reductions of 2 x 3, a pool and the shortcut, last normalization and ReLU
    assert len(plain) == len(last) == 2 + 3 * 7 + 2 * 8 + 2
    for one, other in zip(plain, last, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4)


def test_where_a_normalization_sees_one_number_it_is_nothing() -> None:
    space = get_space("nb201")
    network = space.network(space.from_choices([3] * 6), channels=2, cells_per_stage=1).train()
    assert feature_maps(network, torch.randn(1, 3, 2, 2))[-1].abs().max() < 1e-3
    image = torch.randn(1, 3, 8, 8)
    one = nn.BatchNorm2d(3)
    torch.testing.assert_close(feature_maps(one, image)[0], one(image)[0].flatten(1).detach())


def test_a_network_without_layers_has_no_score() -> None:
    with pytest.raises(NotMeasurable, match="no layer"):
        MeCo().measure(Probe(nn.Flatten, (torch.randn(2, 3, 2, 2), torch.zeros(2))))
