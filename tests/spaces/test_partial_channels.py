"""Partial channels against cells written out; a soft path against hard ones."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from nasrank.spaces import get_space
from nasrank.spaces.layers import operated_width, put_last
from nasrank.spaces.nb101.cell import CONV_1X1, CONV_3X3
from nasrank.spaces.nb101.paths import hard_path
from nasrank.spaces.nb201.cell import AVG_POOL, EDGES, NONE, SKIP

IMAGES = torch.randn(6, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def built(name, **options):
    torch.manual_seed(0)
    return get_space(name).supernet(
        **{"channels": 8, "cells_per_stage": 1, "classes": 5, "partial_channels": 4} | options
    )


def drawn(space, count):
    generator, found = np.random.default_rng(0), []
    while len(found) < count:
        choices = [int(generator.integers(len(decision.options))) for decision in space.decisions]
        if space.allows(choices):
            found.append(choices)
    return found


def one_hot(space, choices):
    return [torch.eye(len(d.options))[choice] for d, choice in zip(space.decisions, choices, strict=True)]


def around(operation, features: Tensor, narrow: int) -> Tensor:
    """The operation on the first channels, which then go behind the others."""
    return torch.cat([features[:, narrow:], operation(features[:, :narrow])], 1)


def convolved(layer, features, padding, *, relu_first):
    normalized = F.batch_norm(
        F.conv2d(F.relu(features) if relu_first else features, layer, padding=padding), None, None, training=True
    )
    return normalized if relu_first else F.relu(normalized)


@pytest.mark.parametrize(("width", "partial"), [(8, 4), (7, 3), (5, 4), (2, 4), (3, 2), (6, 1)])
def test_every_channel_has_its_turn(width, partial):
    """Channels counted up by one operation after the other, as many as it takes to go round once."""
    narrow = operated_width(width, partial)
    turns = torch.zeros(1, width, 1, 1)
    for _ in range(-(-width // narrow)):
        turns = put_last(turns[:, :narrow] + 1, turns[:, narrow:])
    assert turns.min() >= 1
    assert turns.max() <= 2


def test_a_cell_of_nb201_is_the_one_written_out():
    supernet = built("nb201", channels=6, partial_channels=3)
    cell, features = supernet.stages[1][0], torch.randn(5, 12, 6, 6)
    for choices in drawn(get_space("nb201"), 10):

        def along(place, value, choices=choices):
            operation = choices[place]
            if operation == SKIP:
                return around(lambda part: part, value, 4)
            if operation == AVG_POOL:
                return around(lambda part: F.avg_pool2d(part, 3, 1, 1, count_include_pad=False), value, 4)
            convolutions = cell.conv_1x1 if operation == 2 else cell.conv_3x3
            kernel = convolutions[place].conv.weight
            assert kernel.shape[:2] == (4, 4)
            return around(lambda part: convolved(kernel, part, kernel.shape[-1] // 2, relu_first=True), value, 4)

        nodes: list[Tensor | None] = [features]
        for node in (1, 2, 3):
            terms = [
                along(place, nodes[source])
                for place, (source, target) in enumerate(EDGES)
                if target == node and choices[place] != NONE and nodes[source] is not None
            ]
            nodes.append(sum(terms) if terms else None)
        expected = torch.zeros_like(features) if nodes[-1] is None else nodes[-1]
        torch.testing.assert_close(cell.hard(features, tuple(choices)), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("form", ["fixed_chunk", "separate"])
def test_a_cell_of_nb101_is_the_one_written_out(form):
    """Vertices are 2 to 14 channels wide, some of them not a multiple of three."""
    cell, features = (
        built("nb101", channels=7, partial_channels=3, channel_sharing=form).stages[1][0],
        torch.randn(5, 7, 6, 6),
    )
    for choices in drawn(get_space("nb101"), 10):
        path = hard_path(tuple(choices))
        widths, values = path.widths(14), {}
        for vertex, width in widths.items():
            narrow = max(1, width // 3)
            arriving = [
                values[source][:, :width] if source else cell.projections[str(vertex)](features, slice(width))
                for source in path.sources[vertex]
            ]
            operation = path.operations[vertex - 1][0]
            convolutions = {CONV_1X1: cell.conv_1x1, CONV_3X3: cell.conv_3x3}.get(operation)

            def operate(part, convolutions=convolutions, vertex=vertex, narrow=narrow):
                if convolutions is None:
                    return F.max_pool2d(part, 3, 1, 1)
                layer = convolutions[str(vertex)]
                kernel = layer.layers[str(narrow)].conv.weight if form == "separate" else layer.conv.weight
                return convolved(kernel[:narrow, :narrow], part, kernel.shape[-1] // 2, relu_first=False)

            values[vertex] = around(operate, sum(arriving), narrow)
        expected = [torch.cat([values[v] for v in path.sources[6] if v], 1)] if path.sources[6] != (0,) else []
        if 0 in path.sources[6]:
            expected.append(cell.output_projection(features))
        torch.testing.assert_close(cell(features, path), sum(expected), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", ["nb201", "nb101"])
class TestBoth:
    def test_a_one_hot_soft_path_is_the_hard_path(self, name):
        space, supernet = get_space(name), built(name)
        for choices in drawn(space, 10):
            torch.testing.assert_close(supernet(IMAGES, one_hot(space, choices)), supernet(IMAGES, choices))

    def test_many_paths_together_are_each(self, name):
        supernet, paths = built(name).eval(), drawn(get_space(name), 30)
        with torch.inference_mode():
            for places, scores in supernet.each_path(IMAGES, paths):
                for place in places:
                    torch.testing.assert_close(scores, supernet(IMAGES, paths[place]), atol=1e-5, rtol=1e-5)

    def test_gradients_reach_every_weight_of_the_full_mixture(self, name):
        supernet = built(name)
        path = [torch.full((len(d.options),), 0.5, requires_grad=True) for d in get_space(name).decisions]
        supernet(IMAGES, path).square().sum().backward()
        assert all(weight.grad is not None and weight.grad.abs().sum() > 0 for weight in supernet.parameters())
        assert all(weights.grad[1:].abs().sum() > 0 for weights in path)

    @pytest.mark.parametrize("partial", [0, 9])
    def test_a_share_that_cannot_be_is_refused(self, name, partial):
        with pytest.raises(ValueError, match=f"partial_channels is {partial}; with 8 channels it is 1 to 8"):
            built(name, partial_channels=partial)

    def test_one_of_one_is_the_whole(self, name):
        supernet, plain = (
            built(name, partial_channels=1),
            get_space(name).supernet(channels=8, cells_per_stage=1, classes=5),
        )
        plain.load_state_dict(supernet.state_dict())
        for choices in drawn(get_space(name), 5):
            assert torch.equal(supernet(IMAGES, choices), plain(IMAGES, choices))


class TestMixturesInNb201:
    """Of an edge whose weights come to its share: operations are weighed one by one, what goes past them by the share.

    As in PC-DARTS, so that no gradient reaches `none` through channels that no operation touches.
    """

    def output(self, last):
        cell, features = (
            built("nb201").stages[0][0],
            torch.randn(5, 8, 6, 6, generator=torch.Generator().manual_seed(0)),
        )
        silent = [torch.eye(5)[NONE]] * 6
        weights = [*silent[:3], last, *silent[4:]]
        return (
            cell.soft(features, weights, [[o for o in range(1, 5) if w[o]] for w in weights]),
            cell.operated,
            features,
        )

    def test_the_operations_are_weighed_one_by_one(self):
        mixture, operated, _ = self.output(torch.tensor([0.4, 0.3, 0.0, 0.7, 0.2]))
        alone = [self.output(torch.eye(5)[option])[0] for option in (1, 3, 4)]
        expected = 0.3 * alone[0] + 0.7 * alone[1] + 0.2 * alone[2]
        torch.testing.assert_close(mixture[:, -operated:], expected[:, -operated:], atol=1e-5, rtol=1e-5)

    def test_what_goes_past_them_is_weighed_by_the_share_of_the_edge_alone(self):
        for weights in ([0.4, 0.3, 0.0, 0.7, 0.2], [1.2, 0.1, 0.1, 0.1, 0.1]):
            mixture, operated, features = self.output(torch.tensor(weights))
            torch.testing.assert_close(mixture[:, :-operated], 1.6 * features[:, operated:], atol=1e-5, rtol=1e-5)

    def test_a_hard_none_lets_nothing_past(self):
        mixture, _, _ = self.output(torch.eye(5)[NONE])
        assert not mixture.any()


@pytest.mark.parametrize("form", ["shuffled_chunk", "random_channels"])
def test_random_channel_sharing_draws_for_the_narrow_convolutions_too(form):
    space, supernet = get_space("nb101"), built("nb101", channels=12, partial_channels=2, channel_sharing=form)
    for choices in drawn(space, 10):
        supernet(IMAGES, choices).square().sum().backward()
    kernels = [layer.conv.weight.grad for cell in supernet.stages[0] for layer in cell.conv_3x3.values()]
    reached = [gradient.abs().sum((1, 2, 3)) > 0 for gradient in kernels if gradient is not None]
    assert all(len(channels) == 6 for channels in reached)
    assert torch.stack(reached).any(0).all()
