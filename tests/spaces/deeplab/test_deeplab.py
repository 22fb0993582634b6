"""Auto-DeepLab: notation, the network against its own words, paths of the super-net, and mixtures."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from multiply_adds import counted

from nasrank.spaces import get_space
from nasrank.spaces.deeplab.segmenter import OPERATIONS, TRELLIS, Segmenter
from nasrank.spaces.trellis.net import EDGES

SPACE = get_space("deeplab")
ONE = SPACE.parse("0-1-2-1-1-2|sep3,conv3,dil3,avg3")
SIZES = {"channels": 4, "classes": 5}


def images(count=3, height=20, width=28, dtype=torch.float32):
    return torch.randn(count, 3, height, width, generator=torch.Generator().manual_seed(0), dtype=dtype)


def one_hot(architecture, dtype=torch.float64):
    choices = SPACE.to_choices(architecture)
    return [
        torch.eye(len(decision.options), dtype=dtype)[choice]
        for decision, choice in zip(SPACE.decisions, choices, strict=True)
    ]


def test_there_are_as_many_as_paths_times_cells():
    assert len(SPACE) == 233 * 625 == 145_625
    assert Segmenter.cells() == len(OPERATIONS) ** len(EDGES) == 625
    assert len(SPACE.decisions) == 1 + (2 + 3 + 4 + 4 + 4) + 4
    assert {decision.level for decision in SPACE.decisions} == {"path", "cell"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is no architecture such as"),
        ("0-1-2-1-1-2", "is no architecture such as"),
        ("0-1-2-1-1-2|sep3,conv3,dil3", "a cell has 4 operations, not 3"),
        ("0-1-2-1-1-2|sep3,conv3,dil3,avg5", "unknown operation 'avg5'; there are skip, conv3, sep3, dil3, avg3"),
        ("0-1-2-1-1|sep3,conv3,dil3,avg3", "6 layers have a level each, not 5"),
        ("0-1-2-1-1-3|sep3,conv3,dil3,avg3", "layer 5 is at level 3; after level 1 it may be at 0 or 1 or 2"),
        ("2-1-2-1-1-2|sep3,conv3,dil3,avg3", "layer 0 is at level 2; it may be at 0 or 1"),
        ("0-1-2-1-1-9|sep3,conv3,dil3,avg3", "layer 5"),
        ("0-1-2-1-1-2|sep3,conv3,dil3,avg3 ", "is no architecture such as"),
    ],
)
def test_a_malformed_text_says_where(text, words):
    with pytest.raises(ValueError, match=words):
        SPACE.parse(text)


@pytest.mark.slow
def test_paths_are_drawn_uniformly_and_not_decisions():
    drawn = [SPACE.from_choices(SPACE.random_choices(np.random.default_rng(seed))) for seed in range(3000)]
    starts = np.mean([one.levels[0] == 0 for one in drawn])
    exact = np.mean([path[0] == 0 for path in TRELLIS])
    assert starts == pytest.approx(exact, abs=0.03)
    ends = np.bincount([one.levels[-1] for one in drawn], minlength=4) / len(drawn)
    assert ends == pytest.approx(np.bincount([path[-1] for path in TRELLIS]) / TRELLIS.count, abs=0.03)


def test_an_architecture_has_neighbours_in_its_path_and_in_its_cell():
    neighbours = SPACE.neighbours(ONE)
    assert len(neighbours) == len(EDGES) * (len(OPERATIONS) - 1) + len(TRELLIS.neighbours(ONE.levels))
    assert all((one.levels == ONE.levels) != (one.operations == ONE.operations) for one in neighbours)


@pytest.mark.slow
def test_the_best_has_the_best_path_and_the_best_operations():
    generator = np.random.default_rng(0)
    for _ in range(20):
        scores = [generator.normal(size=len(decision.options)) for decision in SPACE.decisions]

        def sum_of(architecture, scores=scores):
            choices, active = SPACE.to_choices(architecture), SPACE.active(architecture)
            return sum(own[one] for own, one, used in zip(scores, choices, active, strict=True) if used)

        best = SPACE.best(scores)
        others = SPACE.sample(generator, 200)
        assert all(sum_of(best) >= sum_of(one) - 1e-9 for one in (*others, *SPACE.neighbours(best)))
        paths = [Segmenter(best.operations, path) for path in TRELLIS]
        assert sum_of(best) == pytest.approx(max(map(sum_of, paths)))


class TestTheNetwork:
    def test_is_what_its_words_say(self):
        """Layer by layer, by torch's own functions, from the weights by name."""
        torch.manual_seed(0)
        network = SPACE.network(ONE, **SIZES).eval()
        weights = dict(network.named_parameters())
        side = {0: (10, 14), 1: (5, 7), 2: (3, 4), 3: (2, 2)}

        def norm(x, name):
            own = network.get_submodule(name)
            own.running_mean.normal_(std=0.1)
            own.running_var.uniform_(0.5, 1.5)
            return F.batch_norm(x, own.running_mean, own.running_var, own.weight, own.bias, False, 0.0, own.eps)

        def depthwise(x, name, dilation=1):
            x = F.conv2d(
                x.relu(), weights[f"{name}.depthwise.weight"], padding=dilation, dilation=dilation, groups=x.shape[1]
            )
            return norm(F.conv2d(x, weights[f"{name}.pointwise.weight"]), f"{name}.norm")

        def entered(x, name, level):
            x = F.interpolate(x, side[level], mode="bilinear", align_corners=False)
            return norm(F.conv2d(x.relu(), weights[f"{name}.conv.weight"]), f"{name}.norm")

        with torch.no_grad():
            stem = norm(F.conv2d(images(), weights["stem_conv.weight"], stride=2, padding=1), "stem_norm")
            before_last, last = stem, stem
            for layer, level in enumerate(ONE.levels):
                cell = f"cells.{layer}"
                s0, s1 = entered(before_last, f"{cell}.before_last", level), entered(last, f"{cell}.last", level)
                sep = depthwise(depthwise(s0, f"{cell}.layers.0.first"), f"{cell}.layers.0.second")
                conv = F.conv2d(s1.relu(), weights[f"{cell}.layers.1.conv.weight"], padding=1)
                first = sep + norm(conv, f"{cell}.layers.1.norm")
                average = F.avg_pool2d(first, 3, 1, 1, count_include_pad=False)
                second = depthwise(s1, f"{cell}.layers.2", dilation=2) + average
                assert first.shape == (3, 4 * 2**level, *side[level])
                before_last, last = last, torch.cat([first, second], 1)
            near = norm(F.conv2d(last, weights["head.near.weight"]), "head.near_norm")
            around = F.conv2d(last, weights["head.around.weight"], padding=2, dilation=2)
            everywhere = last.mean((2, 3)) @ weights["head.everywhere.weight"].T + weights["head.everywhere.bias"]
            branches = [near, norm(around, "head.around_norm"), everywhere[:, :, None, None].expand_as(near)]
            scores = F.conv2d(torch.cat(branches, 1).relu(), weights["head.scores.weight"], weights["head.scores.bias"])
            scores = F.interpolate(scores, (20, 28), mode="bilinear", align_corners=False)
            torch.testing.assert_close(network(images()), scores, atol=1e-5, rtol=1e-5)

    @pytest.mark.slow
    def test_costs_what_it_computes_but_for_biases(self):
        for architecture in SPACE.sample(np.random.default_rng(0), 12):
            network = SPACE.network(architecture, **SIZES)
            cost = SPACE.cost(architecture, height=20, width=28, **SIZES)
            assert sum(weight.numel() for weight in network.parameters()) == cost.parameters
            sides = {0: 140, 1: 35, 2: 12, 3: 4}
            biases = 5 * sides[architecture.levels[-1]] + 16
            assert counted(network, images(2)) == 2 * (cost.multiply_adds - biases)


class TestTheSuperNet:
    def net(self, **options):
        torch.manual_seed(0)
        return SPACE.supernet(**SIZES, **options)

    @pytest.mark.slow
    def test_a_path_is_the_network_with_its_weights(self):
        supernet = self.net(affine=True, tracked=True)
        for architecture in SPACE.sample(np.random.default_rng(1), 6):
            network = SPACE.network(architecture, **SIZES)
            levels = (0, 0, *architecture.levels)
            names = {"head.": f"heads.{architecture.levels[-1]}."}
            for layer, level in enumerate(architecture.levels):
                place = f"cells.{layer}-{level}"
                names |= {
                    f"cells.{layer}.before_last.": f"{place}.before_last.{levels[layer]}.",
                    f"cells.{layer}.last.": f"{place}.last.{levels[layer + 1]}.",
                    **{
                        f"cells.{layer}.layers.{edge}.": f"{place}.edges.{edge}.{operation}."
                        for edge, operation in enumerate(architecture.operations)
                    },
                }
            shared = supernet.state_dict()

            def named(name, names=names):
                prefix = next((one for one in names if name.startswith(one)), "")
                return names.get(prefix, "") + name.removeprefix(prefix)

            network.load_state_dict({name: shared[named(name)] for name in network.state_dict()})
            for mode in (True, False):
                supernet.train(mode)
                network.train(mode)
                path = SPACE.to_choices(architecture)
                torch.testing.assert_close(supernet(images(), path), network(images()), atol=1e-5, rtol=1e-4)

    @pytest.mark.slow
    def test_a_mixture_of_two_paths_that_part_and_meet(self):
        """By the mass of each: the last layer's cell sees two places, and before each another one."""
        supernet = self.net().double()
        cell = "sep3,conv3,dil3,avg3"
        one, other = SPACE.parse(f"0-0-0-0-0-1|{cell}"), SPACE.parse(f"0-0-0-0-1-1|{cell}")
        weights = one_hot(one)
        moves = {decision.name: number for number, decision in enumerate(SPACE.decisions)}
        weights[moves["layer 3 at 0"]] = torch.tensor([0.75, 0.25], dtype=torch.float64)
        weights[moves["layer 4 at 0"]] = torch.tensor([0.0, 1.0], dtype=torch.float64)
        weights[moves["layer 4 at 1"]] = torch.tensor([0.0, 1.0, 0.0], dtype=torch.float64)
        x = images(dtype=torch.float64)
        ends, head = [], supernet.heads[1]
        with torch.no_grad():
            hook = head.register_forward_pre_hook(lambda _, inputs: ends.append(inputs[0]))
            for architecture in (one, other):
                supernet(x, SPACE.to_choices(architecture))
            hook.remove()
            expected = F.interpolate(
                head(0.75 * ends[0] + 0.25 * ends[1]), x.shape[2:], mode="bilinear", align_corners=False
            )
            torch.testing.assert_close(supernet(x, weights), expected)

    def test_ends_at_several_levels_add_their_scores(self):
        supernet = self.net().double()
        cell = "sep3,conv3,dil3,avg3"
        one, other = SPACE.parse(f"0-0-0-0-0-0|{cell}"), SPACE.parse(f"0-0-0-0-0-1|{cell}")
        weights = one_hot(one)
        place = [decision.name for decision in SPACE.decisions].index("layer 4 at 0")
        weights[place] = torch.tensor([0.4, 0.6], dtype=torch.float64)
        x = images(dtype=torch.float64)
        with torch.no_grad():
            alone = [supernet(x, SPACE.to_choices(architecture)) for architecture in (one, other)]
            torch.testing.assert_close(supernet(x, weights), 0.4 * alone[0] + 0.6 * alone[1])

    @pytest.mark.slow
    def test_every_weight_of_a_mixture_gets_a_gradient(self):
        supernet = self.net()
        path = [torch.full((len(one.options),), 1 / len(one.options), requires_grad=True) for one in SPACE.decisions]
        supernet(images(), path).square().mean().backward()
        assert all((weights.grad != 0).all() for weights in path)
        idle = [name for name, weight in supernet.named_parameters() if weight.grad is None]
        assert not idle

    def test_the_ways_through_a_cell(self):
        """Of each layer two pointwise entrances once, and edges as often as they lead on; an average is constant."""
        ways = self.net().weights_on_ways(SPACE.to_choices(ONE))
        counts = {part.name: count for part, count in ways.counts.items()}
        assert counts["cells.0-0.before_last.0.conv.weight"] == counts["cells.1-1.last.0.conv.weight"] == 1
        assert counts["cells.2-2.edges.0.2.first.depthwise.weight"] == 2
        assert counts["cells.2-2.edges.1.1.conv.weight"] == 2
        assert counts["cells.2-2.edges.2.3.pointwise.weight"] == 1
        assert ways.constant == pytest.approx(sum(2 * 4 * 2**level / 9 for level in ONE.levels))
        assert {name.split(".")[1] for name in counts if name.startswith("heads")} == {"2"}


def test_it_needs_images_with_a_class_for_each_pixel():
    from nasrank.bench.data import DATASETS

    with pytest.raises(ValueError, match="networks of deeplab take segmented images, and digits is images"):
        DATASETS["digits"].refuse_kind(SPACE.inputs, SPACE.name)
