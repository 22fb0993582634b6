"""LEAStereo: notation, the network against its own words, paths of the super-net, mixtures, and both nets' best."""

from __future__ import annotations

import subprocess
import sys
from itertools import product

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from nasrank.bench.tasks.stereo import Stereo
from nasrank.spaces import get_space
from nasrank.spaces.stereo.matcher import FeatureNet, Matcher, MatchingNet

SPACE = get_space("stereo")
ONE = SPACE.parse("0-1-0|conv3,skip,skip,conv3/1-1-2-1|conv3,skip,conv3,conv3")
SIZES = {"channels": 2, "disparities": 3}


def pairs(count=2, height=10, width=14, dtype=torch.float32):
    return torch.randn(count, 6, height, width, generator=torch.Generator().manual_seed(0), dtype=dtype)


def test_there_are_as_many_as_paths_and_cells_of_both_nets():
    assert (FeatureNet.trellis.count, MatchingNet.trellis.count) == (8, 29)
    assert FeatureNet.cells() == MatchingNet.cells() == 16
    assert len(SPACE) == 8 * 16 * 29 * 16 == 59_392
    assert [sum(one.level == level for one in SPACE.decisions) for level in ("feature", "matching")] == [9, 13]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0-1-0|conv3,skip,skip,conv3", "is no architecture such as"),
        (f"{ONE}/", "is no architecture such as"),
        ("0-2-0|conv3,skip,skip,conv3/1-1-2-1|conv3,skip,conv3,conv3", "layer 1: 2 is not an level from 0 to 1"),
        ("0-1-0|conv3,skip,skip,conv3/1-1-2-0|conv3,skip,conv3,conv3", "after level 2 it may be at 1 or 2"),
        ("0-1-0|conv3,skip,skip,conv3/1-1-2|conv3,skip,conv3,conv3", "4 layers have a level each, not 3"),
        ("0-1-0|conv3,skip,skip,sep3/1-1-2-1|conv3,skip,conv3,conv3", "unknown operation 'sep3'"),
    ],
)
def test_a_malformed_text_says_where(text, words):
    with pytest.raises(ValueError, match=words):
        SPACE.parse(text)


def test_neighbours_differ_in_one_net():
    neighbours = SPACE.neighbours(ONE)
    assert all((one.feature == ONE.feature) != (one.matching == ONE.matching) for one in neighbours)
    assert len(neighbours) == len(ONE.feature.neighbours()) + len(ONE.matching.neighbours())


def test_the_best_of_both_nets_is_that_of_all_pairs_of_paths():
    """Viterbi's algorithm on either trellis against the product of all paths, with the best operations."""
    generator = np.random.default_rng(0)
    for _ in range(5):
        scores = [generator.normal(size=len(decision.options)) for decision in SPACE.decisions]

        def sum_of(architecture, scores=scores):
            choices, active = SPACE.to_choices(architecture), SPACE.active(architecture)
            return sum(own[one] for own, one, used in zip(scores, choices, active, strict=True) if used)

        best = SPACE.best(scores)
        every = [
            Matcher(FeatureNet(best.feature.operations, path), MatchingNet(best.matching.operations, other))
            for path, other in product(FeatureNet.trellis, MatchingNet.trellis)
        ]
        assert len(every) == 232
        assert sum_of(best) == pytest.approx(max(map(sum_of, every)))
        assert all(sum_of(best) >= sum_of(one) - 1e-9 for one in SPACE.neighbours(best))


class TestTheNetwork:
    def test_is_what_its_words_say(self):
        """From the weights by name, by torch's own functions; the volume one place after the other."""
        torch.manual_seed(0)
        network = SPACE.network(ONE, **SIZES).eval()
        weights, x = dict(network.named_parameters()), pairs()

        def norm(features, name):
            own = network.get_submodule(name)
            own.running_mean.normal_(std=0.1)
            own.running_var.uniform_(0.5, 1.5)
            return F.batch_norm(features, own.running_mean, own.running_var, own.weight, own.bias, False, 0.0, own.eps)

        def layer(features, name):
            weight = weights[f"{name}.conv.weight"]
            kind = F.conv2d if weight.ndim == 4 else F.conv3d
            return norm(kind(features.relu(), weight, padding=weight.shape[-1] // 2), f"{name}.norm")

        def pointwise(features, name, size):
            mode = "bilinear" if features.ndim == 4 else "trilinear"
            features = F.interpolate(features, size, mode=mode, align_corners=False)
            weight = weights[f"{name}.conv.weight"]
            weight = weight if features.ndim == 4 else weight[..., None]
            kind = F.conv2d if features.ndim == 4 else F.conv3d
            return norm(kind(features.relu(), weight), f"{name}.norm")

        def cells(net, stem, prefix, sizes):
            before_last, last = stem, stem
            for number, level in enumerate(net.levels):
                name = f"{prefix}.{number}"
                s0, s1 = (
                    pointwise(one, f"{name}.{kind}", sizes[level])
                    for kind, one in (("before_last", before_last), ("last", last))
                )

                def edge(place, features, name=name):
                    return layer(features, f"{name}.layers.{place}") if net.operations[place] else features

                first = edge(0, s0) + edge(1, s1)
                before_last, last = last, torch.cat([first, edge(2, s1) + edge(3, first)], 1)
            return last

        with torch.no_grad():
            views = torch.cat([x[:, :3], x[:, 3:]])
            full = norm(F.conv2d(views, weights["stem_conv.weight"], padding=1), "stem_norm").relu()
            reduced = F.conv2d(F.pad(full, (0, 1, 0, 2)), weights["stem_reduction.weight"], stride=3)
            stem = layer(norm(reduced, "stem_reduction_norm"), "stem_last")
            assert stem.shape == (4, 4, 4, 5)
            last = cells(ONE.feature, stem, "feature_cells", {0: (4, 5), 1: (2, 3)})
            left, right = pointwise(last, "feature_end", (4, 5)).chunk(2)
            volume = torch.zeros(2, 4, 3, 4, 5)
            for disparity, column in product(range(3), range(5)):
                volume[:, :2, disparity, :, column] = left[..., column]
                if column >= disparity:
                    volume[:, 2:, disparity, :, column] = right[..., column - disparity]
            stem = norm(F.conv3d(volume, weights["volume_conv.weight"], padding=1), "volume_norm")
            last = cells(ONE.matching, stem, "matching_cells", {0: (3, 4, 5), 1: (2, 2, 3), 2: (1, 1, 2)})
            # ends are brought to level 0 after their convolution, which does not commute with a norm over places
            matched = F.interpolate(pointwise(last, "matching_end", (2, 2, 3)), (3, 4, 5), mode="trilinear")
            costs = F.conv3d(matched.relu(), weights["costs.weight"], padding=1)
            costs = F.interpolate(costs, (9, 12, 15), mode="trilinear")[:, 0, :, :10, :14]
            shares = torch.exp(-costs) / torch.exp(-costs).sum(1, keepdim=True)
            expected = sum(shares[:, plane] * (plane - 1) for plane in range(9))
            torch.testing.assert_close(network(x), expected, atol=1e-4, rtol=1e-4)

    @pytest.mark.slow
    def test_learns_how_far_views_are_apart(self):
        """Of textures shifted by three or six pixels, of which a constant is a pixel and a half off."""
        torch.manual_seed(0)
        wide = torch.randn(8, 3, 12, 36)
        shifts = torch.tensor([3, 6]).repeat(4)
        right = torch.stack([one[..., shift : shift + 24] for one, shift in zip(wide, shifts.tolist(), strict=True)])
        targets = shifts[:, None, None].expand(-1, 12, 24).float().clone()
        targets[:, :, :6] = 0
        task, network = Stereo((12, 24)), SPACE.network(ONE, channels=4, disparities=4)
        optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
        for _ in range(40):
            optimizer.zero_grad()
            outputs = network(torch.cat([wide[..., :24], right], 1))
            task.loss(outputs, targets).backward()
            optimizer.step()
        found = task.scores(task.statistics(outputs.detach(), targets))
        assert found["end_point_error"] < 0.75


class TestTheSuperNet:
    def net(self, **options):
        torch.manual_seed(0)
        return SPACE.supernet(**SIZES, **options)

    def test_a_path_is_the_network_with_its_weights(self):
        supernet = self.net(affine=True, tracked=True)
        shared = supernet.state_dict()
        for architecture in SPACE.sample(np.random.default_rng(1), 3):
            network, names = SPACE.network(architecture, **SIZES), {}
            for net, of_net in (("feature", architecture.feature), ("matching", architecture.matching)):
                levels = (0, 0, *of_net.levels)
                names[f"{net}_end."] = f"{net}.ends.{levels[-1]}."
                for layer, level in enumerate(of_net.levels):
                    place, own = f"{net}.cells.{layer}-{level}", f"{net}_cells.{layer}"
                    names[f"{own}.before_last."] = f"{place}.before_last.{levels[layer]}."
                    names[f"{own}.last."] = f"{place}.last.{levels[layer + 1]}."
                    for edge, operation in enumerate(of_net.operations):
                        names[f"{own}.layers.{edge}."] = f"{place}.edges.{edge}.{operation}."

            def named(name, names=names):
                prefix = next((one for one in names if name.startswith(one)), "")
                return names.get(prefix, "") + name.removeprefix(prefix)

            network.load_state_dict({name: shared[named(name)] for name in network.state_dict()})
            for mode in (True, False):
                supernet.train(mode)
                network.train(mode)
                path = SPACE.to_choices(architecture)
                torch.testing.assert_close(supernet(pairs(), path), network(pairs()), atol=1e-4, rtol=1e-4)

    def test_every_weight_of_a_mixture_gets_a_gradient(self):
        supernet = self.net()
        path = [torch.full((len(one.options),), 1 / len(one.options), requires_grad=True) for one in SPACE.decisions]
        supernet(pairs(height=30, width=42), path).square().mean().backward()
        assert all((weights.grad != 0).all() for weights in path)
        assert not [name for name, weight in supernet.named_parameters() if weight.grad is None]

    @pytest.mark.slow
    def test_ends_of_feature_nets_are_added_before_the_volume(self):
        supernet = self.net().double()
        x, told = pairs(dtype=torch.float64), []
        cells = "|conv3,skip,skip,conv3/1-1-2-1|conv3,skip,conv3,conv3"
        choices = [SPACE.to_choices(SPACE.parse(f"0-0-{end}{cells}")) for end in (0, 1)]
        path = [
            torch.eye(len(one.options), dtype=torch.float64)[choice]
            for one, choice in zip(SPACE.decisions, choices[0], strict=True)
        ]
        place = [one.name for one in SPACE.decisions].index("feature layer 1 at 0")
        path[place] = torch.tensor([0.3, 0.7], dtype=torch.float64)
        volumes, inside = [], supernet.volume
        supernet.volume = lambda features: inside(volumes.append(features) or features)
        with torch.no_grad():
            told = [supernet(x, one) for one in (*choices, path)]
        torch.testing.assert_close(volumes[2], 0.3 * volumes[0] + 0.7 * volumes[1])
        assert not torch.allclose(told[0], told[1])


MEMORY = """
from pathlib import Path
import torch
from nasrank.spaces import get_space
space = get_space("stereo")
path = [torch.full((len(one.options),), 1 / len(one.options), requires_grad=True) for one in space.decisions]
space.supernet()(torch.randn(2, 6, 72, 120), path).mean().backward()
print(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
"""


@pytest.mark.slow
def test_a_step_of_a_mixture_takes_less_than_two_gibibytes():
    """Of two pairs of the default size, with the library and all. What getrusage says is no less than what the process
    that starts another one takes itself."""
    done = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 2 * 2**20


def test_it_needs_stereo_pairs():
    from nasrank.bench.data import DATASETS

    with pytest.raises(ValueError, match="networks of stereo take stereo pairs, and digits is images"):
        DATASETS["digits"].refuse_kind(SPACE.inputs, SPACE.name)
