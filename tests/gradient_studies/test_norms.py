"""Norms of gradients, by hand on one matrix and on small networks."""

from __future__ import annotations

from pathlib import Path

import invented_text
import numpy as np
import pytest
import torch
from small_gradients import TEXT, small_study
from torch import nn

from nasrank.bench.gradient_studies.measured import layers_of, measure, norms_by_layer
from nasrank.spaces import get_space

POST = "|".join(["post:h1,r1"] * 6)
TRANSFORMER = f"""
kind = "gradients"
title = "small"
space = "transformer"
data = "{invented_text.NAME}"
batch_size = 4
seeds = 2
weights = "layers.{{layer}}.visible.weight"
depths = {{ option = "depth", values = [6, 7] }}

[groups.post]
label = "post"
architecture = "{POST}"
network = {{ width = 4 }}

[groups.pre]
label = "pre"
architecture = "{POST.replace("post", "pre")}"
network = {{ width = 4 }}
"""


class Chain(nn.Module):
    """Linear maps one after the other."""

    def __init__(self, *layers: nn.Linear) -> None:
        super().__init__()
        self.maps = nn.Sequential(*layers)
        self.unused = nn.ModuleList([nn.Linear(2, 2)])

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.maps(inputs)
        return found


def mean_square(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return ((outputs - targets) ** 2).mean()


def test_of_one_matrix_as_by_hand() -> None:
    """Of the mean over n samples and o outputs of (x W' - y)^2, it is 2 / (n o) (x W' - y)' x."""
    torch.manual_seed(0)
    network = Chain(nn.Linear(3, 2, bias=False))
    inputs, targets = torch.randn(5, 3), torch.randn(5, 2)
    matrix = network.maps[0].weight.detach()
    by_hand = 2 / 10 * (inputs @ matrix.T - targets).T @ inputs
    (norm,) = norms_by_layer(network, mean_square, (inputs, targets), "maps.{layer}.weight")
    assert norm == pytest.approx(float(torch.linalg.matrix_norm(by_hand)), rel=1e-6)


def test_several_weights_of_a_layer_have_one_norm_together() -> None:
    network = Chain(nn.Linear(3, 4), nn.Linear(4, 2))
    batch = torch.randn(5, 3), torch.randn(5, 2)
    together = norms_by_layer(network, mean_square, batch, "maps.{layer}.*")
    mean_square(network(batch[0]), batch[1]).backward()
    expected = [
        float(torch.cat([weight.grad.flatten() for weight in layer.parameters()]).norm()) for layer in network.maps
    ]
    assert together == pytest.approx(expected, rel=1e-6)


def test_what_the_loss_does_not_depend_on_has_no_gradient() -> None:
    network = Chain(nn.Linear(2, 2))
    assert norms_by_layer(network, mean_square, (torch.ones(1, 2), torch.zeros(1, 2)), "unused.{layer}.*") == [0.0]


def test_layers_are_in_the_order_of_their_numbers() -> None:
    network = Chain(*(nn.Linear(2, 2) for _ in range(12)))
    found = layers_of(network, "maps.{layer}.weight")
    assert [id(layer) for (layer,) in found] == [id(one.weight) for one in network.maps]
    cells = get_space("nb201").network(
        get_space("nb201").parse("|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|nor_conv_3x3~2|"),
        classes=2,
        image_channels=1,
        channels=2,
        cells_per_stage=2,
    )
    assert len(layers_of(cells, "stages.{layer}.{layer}.*")) == 6
    assert len(layers_of(cells, "stages.{layer}.*")) == 3


def test_a_dot_is_a_dot_and_what_matches_not_is_told_with_what_there_is() -> None:
    network = Chain(nn.Linear(2, 2))
    for wrong in ("maps_{layer}_weight", "maps.{layer}.weigh", "aps.{layer}.weight"):
        with pytest.raises(ValueError, match=r"called '.*'; there are maps\.0\.weight, maps\.0\.bias, unused"):
            layers_of(network, wrong)


def test_seeds_draw_weights_and_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that groups which draw as many weights differ by their architecture alone."""
    invented_text.put(monkeypatch)
    study = small_study(tmp_path, TRANSFORMER)
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    found = measure(study)
    assert torch.equal(torch.random.get_rng_state(), before), "a caller's stream is left alone"
    assert {depth: norms.shape for depth, norms in found.norms["post"].items()} == {6: (2, 6), 7: (2, 7)}
    again = measure(study)
    for name in study.groups:
        for depth in study.depths.values:
            norms = found.norms[name][depth]
            assert norms.tobytes() == again.norms[name][depth].tobytes()
            assert (norms > 0).all()
            assert not np.isclose(norms[0], norms[1]).any(), "another seed, other norms"
    assert not np.isclose(found.norms["post"][6], found.norms["pre"][6]).any()
    assert dict(found.networks) == dict.fromkeys(study.groups, "width 4, norm layer, activation relu")
    assert found.data.startswith("squares; sha256 ")
    alike = TRANSFORMER.replace(f'"{POST.replace("post", "pre")}"', f'"{POST}"')
    twice = measure(small_study(tmp_path, alike))
    assert twice.norms["post"][7].tobytes() == twice.norms["pre"][7].tobytes()


def test_a_depth_that_the_space_does_not_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    invented_text.put(monkeypatch)
    with pytest.raises(ValueError, match="group post: depth must be at least 6, not 4"):
        measure(small_study(tmp_path, TRANSFORMER.replace("[6, 7]", "[4, 6]")))


@pytest.mark.slow
def test_images_have_gradients_too(tmp_path: Path) -> None:
    found = measure(small_study(tmp_path, TEXT))
    assert {depth: norms.shape for depth, norms in found.norms["skip"].items()} == {1: (4, 3), 2: (4, 6), 3: (4, 9)}
