"""The transformers: what they compute, against layers written out; what they cost, and what they make of images."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from multiply_adds import counted
from torch import nn

from nasrank.spaces import get_space
from nasrank.spaces.glit.blocks import EVERY_BLOCK, Block, Stack
from nasrank.spaces.glit.costs import block_cost, outer_cost
from nasrank.spaces.glit.network import Patches, TransformerBlock

SPACE = get_space("glit")
DEFAULT_FIRST = (1, 0, 2)
"""Places in this space of three ascending values, the second of which is the default and comes first."""


def whole(block):
    """A stack of six such blocks."""
    return Stack((block,) * 6)


def numbers_of(module):
    return sum(weights.numel() for weights in module.parameters())


class TestCosts:
    @pytest.mark.parametrize("block", EVERY_BLOCK, ids=str)
    def test_a_block_costs_what_it_computes(self, block):
        with torch.device("meta"):
            layers, tokens = TransformerBlock(block, 4), torch.empty(1, 20, 12)
        expected = block_cost(block, width=4, tokens=20)
        assert numbers_of(layers) == expected.parameters
        assert counted(layers, tokens) == expected.multiply_adds

    @pytest.mark.parametrize("macro", [{}, {"width": 6}, {"patch": 3}, {"classes": 7}, {"image_channels": 1}], ids=str)
    def test_a_network_costs_what_is_around_its_blocks_besides(self, macro):
        stack = SPACE.at(1_234_567_890)
        with torch.device("meta"):
            network, images = SPACE.network(stack, **macro), torch.empty(1, macro.get("image_channels", 3), 20, 20)
        cost = SPACE.cost(stack, resolution=20, **macro)
        assert numbers_of(network) == cost.parameters
        assert counted(network, images) == cost.multiply_adds - macro.get("classes", 10)

    def test_the_published_network_costs_what_was_published(self):
        """1.33 G of the authors' tiny one, by a formula that counts gated layers once, where they have two halves."""
        heads, details = (3, 0, 1, 3, 0, 1, 3, 1, 0, 3, 0, 3), (1, 4, 8, 4, 8, 8, 3, 6, 8, 4, 5, 8)
        total = outer_cost(width=64, patch=16, classes=1000, tokens=196, image_channels=3).multiply_adds
        for count, detail in zip(heads, details, strict=True):
            first, second = divmod(detail, 3)
            places = first if count < 3 else DEFAULT_FIRST[first], DEFAULT_FIRST[second] if count else second
            block = Block(count, 3 * places[0] + places[1])
            local = 64 * (3 - count)
            inner = local * block.expansion if local else 0
            longer = ((17, 31, 45)[first] - block.kernel) if count == 0 else 31 - block.kernel
            total += block_cost(block, width=64, tokens=197).multiply_adds + 197 * inner * (longer - local)
        assert total == pytest.approx(1.33e9, rel=0.01)

    def test_many_at_once(self):
        positions = np.random.default_rng(0).integers(len(SPACE), size=200)
        parameters, multiply_adds = SPACE.costs(positions)
        costs = [SPACE.cost(SPACE.at(int(position))) for position in positions]
        assert parameters.tolist() == [cost.parameters for cost in costs]
        assert multiply_adds.tolist() == [cost.multiply_adds for cost in costs]

    @pytest.mark.parametrize("build", [SPACE.network, SPACE.cost, lambda _, **macro: SPACE.supernet(**macro)])
    def test_odd_heads_have_no_half(self, build):
        with pytest.raises(ValueError, match="width is 3; heads of half of it need it to be even"):
            build(whole(Block(3, 0)), width=3)


class TestBlocks:
    """With layers and weights of their own, normalizations away from the identity."""

    @pytest.fixture(params=[Block(0, 8), Block(0, 1), Block(1, 5), Block(2, 3), Block(3, 4), Block(3, 8)], ids=str)
    def block(self, request):
        return request.param

    @pytest.fixture
    def layers(self, block):
        torch.manual_seed(0)
        layers = TransformerBlock(block, 4)
        with torch.no_grad():
            for weights in layers.parameters():
                weights.add_(0.3 * torch.randn_like(weights))
        return layers

    tokens = torch.randn(5, 11, 12, generator=torch.Generator().manual_seed(0))

    def written_out(self, block, layers, tokens):
        seen = 4 * block.heads
        normalized, beside = F.layer_norm(tokens, (12,), layers.first_norm.weight, layers.first_norm.bias, 1e-6), []
        if block.heads:
            made = layers.attention.inward(normalized[..., :seen])
            width = int(4 * block.width)
            results = []
            for head in range(block.heads):
                query, key, value = (
                    made[..., third * block.heads * width :][..., head * width : (head + 1) * width]
                    for third in range(3)
                )
                shares = torch.softmax(query @ key.transpose(1, 2) / width**0.5, -1)
                results.append(shares @ value)
            beside.append(layers.attention.outward(torch.cat(results, -1)))
        if block.heads < 3:
            branch = layers.local
            values, gates = branch.inward(normalized[..., seen:]).chunk(2, -1)
            sequence = (values * torch.sigmoid(gates)).transpose(1, 2)
            kernel = branch.depthwise.weight.squeeze(2)
            assert kernel.shape[-1] == block.kernel
            sequence = F.conv1d(sequence, kernel, padding=block.kernel // 2, groups=len(kernel))
            norm = nn.BatchNorm1d(len(kernel))
            norm.load_state_dict(branch.norm.state_dict())
            sequence = norm(sequence)
            beside.append(branch.outward((sequence * torch.sigmoid(sequence)).transpose(1, 2)))
        tokens = tokens + torch.cat(beside, -1)
        second = F.layer_norm(tokens, (12,), layers.second_norm.weight, layers.second_norm.bias, 1e-6)
        hidden = layers.perceptron.inward(second)
        assert hidden.shape[-1] == 12 * block.ratio
        return tokens + layers.perceptron.outward(F.gelu(hidden))

    def test_a_block_is_the_one_written_out(self, block, layers):
        expected = self.written_out(block, layers, self.tokens)
        torch.testing.assert_close(layers(self.tokens), expected, atol=1e-5, rtol=1e-4)

    def test_every_weight_gets_a_gradient(self, layers):
        layers(self.tokens).square().sum().backward()
        assert all(weights.grad.abs().sum() > 1e-4 for weights in layers.parameters())

    def test_only_global_heads_see_the_whole_sequence(self, block, layers):
        """What a far token changes, in evaluation, where statistics are no way from one to the other."""
        layers.eval()
        moved = self.tokens.clone()
        moved[:, 0] += torch.randn(12)
        changed = (layers(moved) - layers(self.tokens)).abs().amax((0, 2)) > 1e-6
        assert changed[: 1 + block.kernel // 2].all()
        assert changed[-1] == bool(block.heads or block.kernel // 2 >= 10)


class TestImages:
    def test_patches_are_squares_row_by_row(self):
        patches = Patches(channels=4, patch=2, image_channels=3)
        images = torch.randn(2, 3, 16, 16)
        tokens = patches(images)
        assert tokens.shape == (2, 64, 4)
        square = images[:, :, 4:6, 10:12]
        expected = torch.einsum("bchw,ochw->bo", square, patches.projection.weight) + patches.projection.bias
        expected = expected + patches.positions[0, :, 2, 5]
        torch.testing.assert_close(tokens[:, 2 * 8 + 5], expected, atol=1e-5, rtol=1e-4)

    @pytest.mark.parametrize(("height", "width"), [(1, 1), (15, 16), (16, 17), (5, 40)])
    def test_what_is_no_multiple_of_a_patch_is_filled_with_zeros(self, height, width):
        network = SPACE.network(SPACE.at(12345), width=4, patch=3).eval()
        images = torch.randn(2, 3, height, width)
        filled = F.pad(images, (0, -width % 3, 0, -height % 3))
        torch.testing.assert_close(network(images), network(filled))

    def test_positions_are_interpolated_from_their_table(self):
        patches = Patches(channels=1, patch=1, image_channels=1)
        with torch.no_grad():
            patches.projection.weight.zero_()
            patches.projection.bias.zero_()
            patches.positions.copy_(torch.arange(8.0).view(1, 1, 1, 8).expand(1, 1, 8, 8))
        tokens = patches(torch.zeros(1, 1, 8, 15)).view(8, 15)
        assert (tokens.diff(dim=1) > 0)[:, 1:-1].all()
        torch.testing.assert_close(tokens[:, 7], torch.full((8,), 3.5))

    def test_layouts_agree(self):
        network, images = SPACE.network(SPACE.at(987_654_321), width=4), torch.randn(3, 3, 16, 16)
        last = network(images)
        network = network.to(memory_format=torch.channels_last)
        agreeing = network(images.to(memory_format=torch.channels_last))
        torch.testing.assert_close(agreeing, last, atol=1e-5, rtol=1e-4)
