"""Dense encoder-decoders: notation, networks against a plain re-expression, costs by hand, and shared weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from multiply_adds import counted

from nasrank.spaces import get_space
from nasrank.spaces.dense_unet.blocks import Block, DenseUnet
from nasrank.spaces.dense_unet.network import doubled, pooled
from nasrank.spaces.dense_unet.supernet import Cut

SPACE = get_space("dense_unet")
TEXT = "f4k3x1|max|f8k1x5|avg|f12k5x5|f8k3x3|f4k1x1"
MIXED = SPACE.parse(TEXT)
SMALL = {"layers": 2, "classes": 4, "image_channels": 2}


def images(height=6, width=10, count=2):
    return torch.randn(count, 2, height, width, generator=torch.Generator().manual_seed(0))


def shaken(network):
    """Weights away from where they begin: normalizations that are the identity would hide some."""
    for values in network.parameters():
        values.data.add_(0.2 * torch.randn_like(values))
    return network


class TestArchitectures:
    def test_there_are_as_many_as_the_reference_counts(self):
        assert len(SPACE) == 36**5 * 4 == 241_864_704
        assert len(SPACE.decisions) == 17
        assert [decision.ordered for decision in SPACE.decisions].count(True) == 15

    def test_choices_are_those_of_their_decisions(self):
        chosen = {
            decision.name: decision.options[choice]
            for decision, choice in zip(SPACE.decisions, MIXED.choices, strict=True)
        }
        assert chosen == {
            **{"filters 0": "4", "kernel height 0": "3", "kernel width 0": "1", "pooling 0": "max"},
            **{"filters 1": "8", "kernel height 1": "1", "kernel width 1": "5", "pooling 1": "avg"},
            **{"filters 2": "12", "kernel height 2": "5", "kernel width 2": "5"},
            **{"filters 3": "8", "kernel height 3": "3", "kernel width 3": "3"},
            **{"filters 4": "4", "kernel height 4": "1", "kernel width 4": "1"},
        }
        assert SPACE.from_choices(MIXED.choices) == MIXED
        assert str(MIXED) == TEXT

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("f4k3x1", "5 blocks and 2 poolings stand between bars, not 1"),
            (TEXT.replace("f4k3x1", "f5k3x1"), "word 1 is 'f5k3x1', and not like f4k3x1, with 2, 4, 8, 12 filters"),
            (TEXT.replace("5x5", "5x7"), "word 5 is 'f12k5x7'"),
            (TEXT.replace("max", "min"), "word 2 is 'min', and not max or avg"),
            (TEXT.replace("max", "f8k1x5"), "word 2 is 'f8k1x5', and not max or avg"),
            (TEXT.replace("f4k1x1", "max"), "word 7 is 'max'"),
            (TEXT.replace("f4k1x1", "f04k1x1"), "word 7 is 'f04k1x1'"),
            (TEXT.replace("|", " | "), "word 1 is 'f4k3x1 '"),
            ("", "not 1"),
        ],
    )
    def test_a_malformed_text_says_where(self, text, words):
        with pytest.raises(ValueError, match=words):
            SPACE.parse(text)

    def test_it_has_five_blocks_and_two_poolings_of_known_options(self):
        block = Block((0, 0, 0))
        with pytest.raises(ValueError, match="has 5 blocks, not 1"):
            DenseUnet((block,), (0, 0))
        with pytest.raises(ValueError, match="has 2 poolings, not 3"):
            DenseUnet((block,) * 5, (0, 0, 0))
        with pytest.raises(ValueError, match="pooling 1: 2 is not an option from 0 to 1"):
            DenseUnet((block,) * 5, (0, 2))
        with pytest.raises(ValueError, match="of blocks, of which 3 is none"):
            DenseUnet((block,) * 4 + (3,), (0, 0))
        with pytest.raises(ValueError, match="kernel height: 3 is not an option from 0 to 2"):
            Block((0, 3, 0))
        with pytest.raises(ValueError, match="expected 17 choices, of 5 blocks and 2 poolings, not 2"):
            SPACE.from_choices([0, 0])


def restated(network, text, images, layers):
    """The network computed by torch's own functions, block by block, from its weights in the order in which it is."""
    weights = iter([(layer.conv.weight, layer.norm) for block in network.blocks for layer in block.layers])

    def block(features):
        made = []
        for _ in range(layers):
            kernel, norm = next(weights)
            seen = torch.cat([features, *made], 1)
            result = F.conv2d(seen, kernel, padding="same")
            result = F.batch_norm(result, None, None, norm.weight, norm.bias, training=True)
            made.append(result * torch.sigmoid(result))
        return torch.cat(made, 1)

    def down(features, pooling):
        """Padded to even sides by the border that changes neither a maximum nor a mean."""
        height, width = features.shape[2:]
        if pooling == "max":
            padded = F.pad(features, (0, width % 2, 0, height % 2), value=-torch.inf)
            return F.max_pool2d(padded, 2)
        padded = F.pad(features, (0, width % 2, 0, height % 2))
        there = F.pad(torch.ones(1, 1, height, width), (0, width % 2, 0, height % 2))
        return F.avg_pool2d(padded, 2) / F.avg_pool2d(there, 2)

    def up(features, beside):
        height, width = beside.shape[2:]
        return features.repeat_interleave(2, 2).repeat_interleave(2, 3)[:, :, :height, :width]

    words = text.split("|")
    full = torch.cat([images, block(images)], 1)
    half = down(full, words[1])
    half = torch.cat([half, block(half)], 1)
    quarter = block(down(half, words[3]))
    beside = torch.cat([half, up(quarter, half)], 1)
    beside = torch.cat([full, up(block(beside), full)], 1)
    seen = torch.cat([beside, block(beside)], 1)
    return F.conv2d(seen, network.classifier.weight, network.classifier.bias)


class TestNetworks:
    @pytest.mark.parametrize("layers", [1, 2, 3])
    @pytest.mark.parametrize(("height", "width"), [(8, 12), (5, 7), (1, 3)])
    def test_a_network_is_its_plain_re_expression(self, layers, height, width):
        torch.manual_seed(0)
        for one in [MIXED, *SPACE.sample(np.random.default_rng(0), 2)]:
            network = shaken(SPACE.network(one, **SMALL | {"layers": layers}))
            batch = images(height, width)
            expected = restated(network, str(one), batch, layers)
            assert expected.shape == (2, 4, height, width)
            torch.testing.assert_close(network(batch), expected, atol=1e-4, rtol=1e-4)
            last = batch.contiguous(memory_format=torch.channels_last)
            torch.testing.assert_close(network(last), expected, atol=1e-4, rtol=1e-4)

    def test_parameters_of_one_are_counted_by_hand(self):
        """Two layers a block, two channels of images, four classes; of each filter a kernel, a scale and a shift."""
        kernels = (
            (2 + 6) * 4 * 3  # block 0 sees 2, then 6 channels
            + (10 + 18) * 8 * 5  # 2 + 2 * 4, and 8 more
            + (26 + 38) * 12 * 25  # 10 + 2 * 8, and 12 more
            + (50 + 58) * 8 * 9  # 26 + 2 * 12, and 8 more
            + (26 + 30) * 4 * 1  # 10 + 2 * 8, and 4 more
        )
        normalizations = 2 * 2 * (4 + 8 + 12 + 8 + 4)
        classifier = 34 * 4 + 4
        cost = SPACE.cost(MIXED, **SMALL, height=8, width=12)
        assert cost.parameters == kernels + normalizations + classifier
        assert cost.multiply_adds == 96 * (8 * 4 * 3 + 56 * 4 + 34 * 4) + 24 * (28 * 40 + 108 * 72) + 6 * 64 * 300

    @pytest.mark.parametrize(("height", "width"), [(8, 12), (5, 7), (1, 1)])
    def test_it_costs_what_it_computes(self, height, width):
        for one in [MIXED, *SPACE.sample(np.random.default_rng(1), 2)]:
            network = SPACE.network(one, **SMALL).eval()
            expected = SPACE.cost(one, **SMALL, height=height, width=width)
            assert counted(network, images(height, width)) == 2 * expected.multiply_adds
            assert sum(values.numel() for values in network.parameters()) == expected.parameters

    @pytest.mark.parametrize("size", ["height", "width"])
    @pytest.mark.parametrize("wrong", [0, 1.5, True])
    def test_images_have_a_size(self, size, wrong):
        with pytest.raises(ValueError, match=f"{size} is .*; a network needs at least 1"):
            SPACE.cost(MIXED, **{size: wrong})

    def test_the_last_of_odd_sides_is_pooled_by_itself(self):
        rows = torch.tensor([[[[1.0, 2, 3], [5, 6, 9], [7, 2, 4]]]])
        assert pooled(rows, "max").tolist() == [[[[6, 9], [7, 4]]]]
        assert pooled(rows, "avg").tolist() == [[[[3.5, 6], [4.5, 4]]]]
        assert doubled(pooled(rows, "max"), 3, 3).tolist() == [[[[6, 6, 9], [6, 6, 9], [7, 7, 4]]]]


def taken(shared, earlier, kernel, filters):
    """Of a shared kernel, channel by channel: images, then of each layer that is seen the first of twelve places."""
    kept = [0, 1]
    for layer, wide in enumerate(earlier):
        kept += [2 + 12 * layer + place for place in range(wide)]
    rows, columns = ([place + (5 - side) // 2 for place in range(side)] for side in kernel)
    return shared[:filters][:, kept][:, :, rows][..., columns]


def stand_alone(net, one, layers, affine):
    """The stand-alone network with the weights of a path."""
    network = SPACE.network(one, **SMALL | {"layers": layers})
    filters = [block.filters for block in one.blocks]
    seen = [(), (0,), (0, 1), (0, 1, 2), (0, 3)]
    for place, (block, sources) in enumerate(zip(one.blocks, seen, strict=True)):
        for layer in range(layers):
            earlier = [filters[source] for source in sources for _ in range(layers)] + [block.filters] * layer
            kernel = taken(net.blocks[place].convs[layer].weight.data, earlier, block.kernel, block.filters)
            alone = network.blocks[place].layers[layer]
            assert alone.conv.weight.shape == kernel.shape
            alone.conv.weight.data = kernel.clone()
            if affine:
                norm = net.blocks[place].norms[layer]
                alone.norm.weight.data = norm.weight.data[: block.filters].clone()
                alone.norm.bias.data = norm.bias.data[: block.filters].clone()
    earlier = [filters[place] for place in (0, 3, 4) for _ in range(layers)]
    kept = [0, 1] + [2 + 12 * layer + place for layer, wide in enumerate(earlier) for place in range(wide)]
    network.classifier.weight.data = net.classifier.weight.data[:, kept].clone()
    network.classifier.bias.data = net.classifier.bias.data.clone()
    return network.train()


class TestPaths:
    @pytest.mark.parametrize(("layers", "affine"), [(1, False), (2, True), (3, False)])
    def test_a_path_is_the_stand_alone_network_with_the_same_weights(self, layers, affine):
        torch.manual_seed(0)
        net = shaken(SPACE.supernet(**SMALL | {"layers": layers}, affine=affine))
        for one in [MIXED, *SPACE.sample(np.random.default_rng(2), 5)]:
            network = stand_alone(net, one, layers, affine)
            for batch in (images(), images().contiguous(memory_format=torch.channels_last)):
                torch.testing.assert_close(net(batch, one.choices), network(batch), atol=1e-4, rtol=1e-4)

    def test_gradients_reach_what_a_path_uses_and_nothing_else(self):
        torch.manual_seed(0)
        net = SPACE.supernet(**SMALL)
        net(images(12, 12), MIXED.choices).square().sum().backward()
        gradients = {name: values.grad for name, values in net.named_parameters()}
        ways = net.weights_on_ways(MIXED.choices)
        assert set(ways.counts.values()) == {1}
        assert len(ways.counts) == 2 * 5 + 1
        for part in ways.counts:
            used = part.of(gradients)
            assert used.shape[:2] == part.channels
            assert torch.count_nonzero(gradients[part.name]) == torch.count_nonzero(used) > 0.9 * used.numel()
        every = sum(part.of(gradients).numel() for part in ways.counts)
        cost = SPACE.cost(MIXED, **SMALL)
        assert every == cost.parameters - 4 - 4 * sum(block.filters for block in MIXED.blocks)

    def test_paths_share_the_blocks_before_they_differ(self):
        net, computed = SPACE.supernet(**SMALL), []
        for place, block in enumerate(net.blocks):
            block.register_forward_hook(lambda *_, place=place: computed.append(place))
        texts = [TEXT, TEXT.replace("f4k1x1", "f8k1x1"), TEXT.replace("avg", "max"), TEXT]
        found = list(net.each_path(images(), [SPACE.parse(text).choices for text in texts]))
        assert sorted(map(len, (places for places, _ in found))) == [1, 1, 2]
        assert [computed.count(place) for place in range(5)] == [1, 1, 2, 2, 3]

    def test_recalibrated_statistics_are_those_of_the_path(self):
        torch.manual_seed(0)
        net = SPACE.supernet(**SMALL, tracked=True)
        assert net.keeps_statistics
        batch = images(24, 24, count=8)
        net.recalibrate([batch], MIXED.choices)
        found = net(batch, MIXED.choices)
        torch.testing.assert_close(found, net.train()(batch, MIXED.choices), atol=0.02, rtol=0.02)

    def test_parts_that_are_the_same_are_equal(self):
        assert Cut((1, 3), 2, (4, 8)) == Cut((1, 3), 2, (4, 8))
        assert Cut((1, 3), 2, (4, 8)).of("a", 4) in {Cut((1, 3), 2, (4, 8)).of("a", 4): 1}
