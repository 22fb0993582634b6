"""The neural tangent kernel against the one of a linear model, and against gradients that are taken one by one."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from nasrank.predictors.zero_cost.ntk import TangentKernel, condition_number, tangent_kernel
from nasrank.predictors.zero_cost.probe import NotMeasurable, Probe
from nasrank.spaces import get_space


class LinearModel(nn.Module):
    def __init__(self, inputs: int, classes: int) -> None:
        super().__init__()
        self.map = nn.Linear(inputs, classes)

    def forward(self, images: Tensor) -> Tensor:
        return self.map(images.flatten(1))


def images(count: int, seed: int = 0, side: int = 3) -> Tensor:
    return torch.randn(count, 2, side, side, generator=torch.Generator().manual_seed(seed))


def probe(network: nn.Module, batch: Tensor) -> Probe:
    return Probe(lambda: network, (batch, torch.zeros(len(batch), dtype=torch.int64)))


@pytest.mark.parametrize("classes", [1, 4])
def test_the_kernel_of_a_linear_model_is_that_of_its_images(classes: int) -> None:
    batch = images(6)
    flat = batch.flatten(1).double()
    kernel = tangent_kernel(LinearModel(18, classes), batch)
    torch.testing.assert_close(kernel, classes * flat @ flat.T)
    assert condition_number(kernel) == pytest.approx(float(torch.linalg.cond(flat)) ** 2, rel=1e-5)


def test_images_of_known_lengths_have_a_known_condition_number() -> None:
    batch = torch.zeros(3, 1, 2, 2)
    for place, length in enumerate([1.0, 2.0, 5.0]):
        batch[place].view(-1)[place] = length
    assert TangentKernel().measure(probe(LinearModel(4, 3), batch)) == pytest.approx(25)


def test_it_is_averaged_over_groups_of_sixteen() -> None:
    batch, network = images(50), LinearModel(18, 2)
    groups = [condition_number(tangent_kernel(network, batch[start : start + 16])) for start in (0, 16, 32)]
    assert TangentKernel().measure(probe(network, batch)) == pytest.approx(sum(groups) / 3)
    assert TangentKernel().measure(probe(network, batch[:20])) == pytest.approx(groups[0])


def test_it_takes_gradients_of_weights_through_shared_statistics() -> None:
    space = get_space("nb201")
    torch.manual_seed(0)
    network = space.network(
        space.parse("|nor_conv_3x3~0|+|none~0|nor_conv_1x1~1|+|skip_connect~0|none~1|avg_pool_3x3~2|"),
        channels=2,
        cells_per_stage=1,
        classes=3,
        image_channels=2,
    ).train()
    batch = images(4, side=8)
    rows = []
    for image in range(4):
        network.zero_grad()
        network(batch)[image].sum().backward()
        rows.append(torch.cat([one.grad.flatten() for name, one in network.named_parameters() if "weight" in name]))
    expected = torch.stack(rows).double()
    torch.testing.assert_close(tangent_kernel(network, batch), expected @ expected.T, rtol=1e-4, atol=1e-4)


def test_lower_is_better_and_a_singular_kernel_has_no_score() -> None:
    batch = images(4)
    network = LinearModel(18, 2)
    found = TangentKernel().measured(probe(network, batch))
    assert found.value < -1
    batch[1] = batch[0]
    with pytest.raises(NotMeasurable, match="singular"):
        TangentKernel().measure(probe(network, batch))
