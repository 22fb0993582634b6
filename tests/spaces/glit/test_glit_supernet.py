"""Parts of shared weights, against stand-alone networks that have them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nasrank.spaces import get_space
from nasrank.spaces.glit.blocks import EVERY_BLOCK, Block, Stack, from_choices
from nasrank.spaces.glit.shared_block import SharedBlock, middle

SPACE = get_space("glit")
SMALL = {"width": 4, "classes": 5}
IMAGES = torch.randn(6, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def supernet(**options):
    """With weights away from where they begin: zero biases and normalizations that are the identity would hide some."""
    torch.manual_seed(0)
    made = SPACE.supernet(**SMALL, **options)
    with torch.no_grad():
        for weights in made.parameters():
            weights.add_(0.2 * torch.randn_like(weights))
    return made


def choices_of(seed, count):
    return [SPACE.to_choices(one) for one in SPACE.sample(np.random.default_rng(seed), count)]


def taken(shared: SharedBlock, block: Block) -> dict[str, torch.Tensor]:
    """Weights of the stand-alone block, cut out of a shared one by hand, with heads and channels counted one by one."""
    width, seen = 4, 4 * block.heads
    state = {f"{norm}.{name}": getattr(getattr(shared, norm), name) for norm in ("first_norm", "second_norm")
             for name in ("weight", "bias")}  # fmt: skip
    hidden = 12 * block.ratio
    state |= {"perceptron.inward.weight": shared.hidden.weight[:hidden]}
    state |= {"perceptron.inward.bias": shared.hidden.bias[:hidden]}
    state |= {"perceptron.outward.weight": shared.visible.weight[:, :hidden]}
    state |= {"perceptron.outward.bias": shared.visible.bias}
    if block.heads:
        inner, most = int(width * block.width), 2 * width
        rows = [third * 3 * most + head * most + place for third in range(3) for head in range(block.heads)
                for place in range(inner)]  # fmt: skip
        columns = rows[: block.heads * inner]
        state |= {"attention.inward.weight": shared.queries.weight[rows][:, :seen]}
        state |= {"attention.inward.bias": shared.queries.bias[rows]}
        state |= {"attention.outward.weight": shared.results.weight[:seen][:, columns]}
        state |= {"attention.outward.bias": shared.results.bias[:seen]}
    if block.heads < 3:
        inner, most = (12 - seen) * block.expansion, 48
        rows = [*range(inner), *range(most, most + inner)]
        start = (17 - block.kernel) // 2
        state |= {"local.inward.weight": shared.gates.weight[rows][:, seen:]}
        state |= {"local.inward.bias": shared.gates.bias[rows]}
        state |= {"local.depthwise.weight": shared.depthwise.weight[:inner, ..., start : start + block.kernel]}
        state |= {"local.outward.weight": shared.outward.weight[seen:, :inner]}
        state |= {"local.outward.bias": shared.outward.bias[seen:]}
        state |= {f"local.norm.{name}": value[:inner] for name, value in shared.norm.named_parameters()}
    return state


def stand_alone(net, stack: Stack):
    """The stand-alone network with the weights of a path; batch normalization by the batch."""
    network = SPACE.network(stack, **SMALL)
    state = {name: value for name, value in net.state_dict().items() if not name.startswith("blocks")}
    for place, block in enumerate(stack.blocks):
        state |= {f"blocks.{place}.{name}": value for name, value in taken(net.blocks[place], block).items()}
    missing, unexpected = network.load_state_dict(state, strict=False)
    assert not unexpected
    learned = [name for name in missing if "running" not in name and "tracked" not in name]
    assert all("local.norm" in name for name in learned)
    return network.train(), learned


class TestPaths:
    @pytest.mark.slow
    @pytest.mark.parametrize("affine", [False, True])
    def test_a_path_is_the_stand_alone_network_with_the_same_weights(self, affine):
        net = supernet(affine=affine)
        every = [from_choices([*(block.heads,) * 6, *(block.detail,) * 6]) for block in EVERY_BLOCK]
        for stack in [*every, *map(from_choices, choices_of(0, 20))]:
            network, learned = stand_alone(net, stack)
            assert not (affine and learned)
            torch.testing.assert_close(
                net(IMAGES, SPACE.to_choices(stack)), network(IMAGES), atol=1e-5, rtol=1e-4, msg=str(stack)
            )

    @pytest.mark.slow
    def test_gradients_reach_what_a_path_uses_and_nothing_else(self):
        net = supernet(affine=True)
        for path in choices_of(1, 8):
            net.zero_grad()
            net(IMAGES, path).square().sum().backward()
            network, _ = stand_alone(net, from_choices(path))
            network(IMAGES).square().sum().backward()
            assert all(weights.grad.abs().sum() > 0 for weights in network.parameters())
            for place, block in enumerate(from_choices(path).blocks):
                used = net.blocks[place].parts(block)
                for layer in ("queries", "results", "gates", "depthwise", "outward", "hidden", "visible"):
                    gradient = getattr(net.blocks[place], layer).weight.grad
                    if layer not in used:
                        assert gradient is None
                        continue
                    part = used[layer].of({f"{layer}.weight": gradient})
                    assert torch.count_nonzero(gradient) == torch.count_nonzero(part) > 0.9 * part.numel()

    def test_kernels_are_the_middle_of_the_longest(self):
        kernel = torch.arange(17.0).view(1, 1, 1, 17)
        assert middle(5)(kernel, 1, 1).flatten().tolist() == [6, 7, 8, 9, 10]
        assert middle(9)(kernel, 1, 1).flatten().tolist() == list(range(4, 13))
        assert middle(17)(kernel, 1, 1) is not None
        assert middle(5) is middle(5), "parts that are the same are equal, and computed once"

    @pytest.mark.parametrize("options", [{}, {"affine": True}, {"tracked": True}], ids=str)
    def test_scoring_many_paths_together_equals_scoring_each(self, options):
        net = supernet(**options).eval()
        few = [(h, h, 3, 0, 1, h, d, d, 0, 0, d, d) for h in range(4) for d in (0, 7)]
        paths = [*choices_of(2, 10), *few, *few[:2]]
        seen = []
        with torch.inference_mode():
            for places, outputs in net.each_path(IMAGES, paths):
                seen += places
                for place in places:
                    torch.testing.assert_close(outputs, net(IMAGES, paths[place]), atol=1e-5, rtol=1e-4)
        assert sorted(seen) == list(range(len(paths)))

    def test_paths_share_the_blocks_before_they_differ(self):
        net, computed = supernet(), []
        for place, block in enumerate(net.blocks):
            block.register_forward_hook(lambda *_, place=place: computed.append(place))
        one = (0, 1, 2, 3, 0, 1, *[0] * 6)
        paths = [one, (*one[:5], 2, *one[6:]), (*one[:9], 4, *one[10:]), one]
        assert len(list(net.each_path(IMAGES, paths))) == 3
        assert [computed.count(place) for place in range(6)] == [1, 1, 1, 2, 2, 3]

    def test_many_paths_together_have_the_gradient_of_each(self):
        net, paths = supernet(), [(0, 1, 2, 3, 0, 1, *[0] * 6), (0, 1, 2, 3, 0, 2, *[0] * 6)]

        def gradients(losses):
            net.zero_grad()
            sum(losses).backward()
            return {name: w.grad.clone() for name, w in net.named_parameters() if w.grad is not None}

        together = gradients([outputs.square().mean() for _, outputs in net.each_path(IMAGES, paths)])
        alone = gradients([net(IMAGES, path).square().mean() for path in paths])
        assert together.keys() == alone.keys()
        for name in alone:
            torch.testing.assert_close(together[name], alone[name], atol=1e-5, rtol=1e-4)


class TestRefusals:
    @pytest.fixture
    def net(self):
        return SPACE.supernet(**SMALL)

    def test_soft_paths(self, net):
        soft = [torch.full((len(one.options),), 1 / len(one.options)) for one in SPACE.decisions]
        for ask in (net, lambda images, path: list(net.each_path(images, [path]))):
            with pytest.raises(ValueError, match="computes no mixtures"):
                ask(IMAGES, soft)
        assert not SPACE.mixes

    @pytest.mark.parametrize("wrong", [4, -1, 1.0, True, "1", None])
    def test_what_is_no_option(self, net, wrong):
        for ask in (net, lambda images, path: list(net.each_path(images, [path])), lambda _, p: net.weights_on_ways(p)):
            with pytest.raises(ValueError, match=r"heads 2: .* is not an option from 0 to 3"):
                ask(IMAGES, [0, 0, wrong, *[0] * 9])

    def test_another_length(self, net):
        for ask in (net, lambda images, path: list(net.each_path(images, [path])), lambda _, p: net.weights_on_ways(p)):
            with pytest.raises(ValueError, match="12 entries, heads and details of 6 blocks, not 11"):
                ask(IMAGES, [0] * 11)
            with pytest.raises(ValueError, match="not 0"):
                ask(IMAGES, [])


class TestStatistics:
    def test_recalibration_averages_those_of_its_batches(self):
        net = supernet(tracked=True)
        assert net.keeps_statistics
        for path in choices_of(3, 3):  # pollute them by others
            net(IMAGES, path)
        path = choices_of(4, 1)[0]
        net.recalibrate([IMAGES], path)
        assert not net.training
        with torch.no_grad():
            recalibrated = net(IMAGES, path)
            of_the_batch = net.train()(IMAGES, path)
        # a running variance divides by n - 1, and n = 6 * 16
        torch.testing.assert_close(recalibrated, of_the_batch, atol=0.02, rtol=0.02)

    def test_narrow_branches_leave_those_of_other_channels(self):
        net = supernet(tracked=True)
        net(IMAGES, (2,) * 6 + (0,) * 6)
        means = net.blocks[0].norm.running_mean
        assert means[:4].any()
        assert not means[4:].any()

    def test_without_running_ones_there_is_nothing_to_recalibrate(self):
        with pytest.raises(ValueError, match="batch statistics"):
            supernet().recalibrate([IMAGES], (0,) * 12)


class TestWays:
    @pytest.mark.slow
    @settings(max_examples=20, deadline=None)
    @given(st.tuples(*[st.sampled_from(EVERY_BLOCK)] * 6).map(Stack))
    def test_they_are_all_matrices_that_the_network_multiplies_by_once(self, stack):
        net = SPACE.supernet(**SMALL)
        weights = dict(net.named_parameters())
        ways = net.weights_on_ways(SPACE.to_choices(stack))
        network = SPACE.network(stack, **SMALL)
        matrices = {name: value.numel() for name, value in network.named_parameters() if value.dim() > 1}
        del matrices["patches.positions"]
        expected = sorted(matrices.values())
        assert sorted(part.of(weights).numel() for part in ways.counts) == expected
        assert set(ways.counts.values()) == {1}
        assert ways.constant == 0

    def test_parts_of_equal_blocks_are_equal(self):
        """So that an angle over many paths takes each product once."""
        net = SPACE.supernet(**SMALL)
        one, other = (net.weights_on_ways(path).counts for path in ((0,) * 12, (0,) * 5 + (3,) + (0,) * 6))
        differ = {part.name for part in one.keys() ^ other.keys()}
        assert {name.rsplit(".", 2)[0] for name in differ} == {"blocks.5"}
