"""Dropout of outputs and of kinds of operations, against super-nets and cells without it."""

from __future__ import annotations

import copy
from collections import Counter

import pytest
import torch
import torch.nn.functional as F
from scipy.stats import binomtest, chisquare

from nasrank.spaces import get_space
from nasrank.spaces.dropout import Draws
from nasrank.spaces.nb101.cell import CONV_1X1, CONV_3X3, MAX_POOL
from nasrank.spaces.nb101.decisions import EDGES as NB101_EDGES
from nasrank.spaces.nb101.paths import hard_path
from nasrank.spaces.nb201.cell import AVG_POOL, NONE, SKIP

IMAGES = torch.randn(4, 3, 4, 4, generator=torch.Generator().manual_seed(0))
CHAIN = (*(int(target == source + 1) for source, target in NB101_EDGES), 0, 1, 2, 0, 1)
"""All five vertices of NAS-Bench-101 one after the other, with operations of all three kinds."""
PATHS = {"nb201": (3, 2, 1, 4, 3, 2), "nb101": CHAIN}
MIXTURES = {
    name: [torch.eye(len(d.options))[choice] for d, choice in zip(get_space(name).decisions, path, strict=True)]
    for name, path in PATHS.items()
}


def built(name, seed=0, **options):
    torch.manual_seed(seed)
    return get_space(name).supernet(channels=6, cells_per_stage=1, classes=5, **options)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize("options", [{"path_dropout": 0.4}, {"operation_dropout": 0.4}], ids=["path", "operation"])
class TestBoth:
    def test_the_seed_decides_and_copies_go_on_alike(self, name, options):
        first, again = built(name, **options), built(name, **options)
        other = copy.deepcopy(first)
        outputs = [[net(IMAGES, PATHS[name]) for _ in range(6)] for net in (first, again, other)]
        assert all(torch.equal(one, two) and torch.equal(one, three) for one, two, three in zip(*outputs, strict=True))
        assert len({round(float(output.detach().sum()), 5) for output in outputs[0]}) > 1

    def test_nothing_is_left_out_in_evaluation_or_without_gradients(self, name, options):
        supernet, plain = built(name, **options), built(name)
        for path in (PATHS[name], MIXTURES[name]):
            expected = plain(IMAGES, path)
            with torch.no_grad():
                torch.testing.assert_close(supernet.train()(IMAGES, path), expected)
            assert torch.equal(supernet.eval()(IMAGES, path), expected)

    def test_many_paths_together_leave_nothing_out_and_draw_nothing(self, name, options):
        """In training mode, with gradients: what is compared are whole architectures."""
        supernet, plain = built(name, **options), built(name)
        other = copy.deepcopy(supernet)
        paths = [(*PATHS[name][:-1], last) for last in (0, 1, 2)]
        for (place,), scores in supernet.each_path(IMAGES, paths):
            assert scores.requires_grad
            torch.testing.assert_close(scores, plain(IMAGES, paths[place]))
        for _ in range(3):
            assert torch.equal(supernet(IMAGES, PATHS[name]), other(IMAGES, PATHS[name]))

    def test_rates_outside_are_refused(self, name, options):
        (rate,) = options
        for value in (-0.1, 1.0, 1.5):
            with pytest.raises(ValueError, match=f"{rate} is {value}"):
                built(name, **{rate: value})


@pytest.mark.parametrize("form", ["shuffled_chunk", "random_channels"])
@pytest.mark.parametrize("options", [{"path_dropout": 0.4}, {"operation_dropout": 0.4}], ids=["path", "operation"])
def test_many_paths_together_still_draw_channels(form, options):
    """Two vertices of three channels each: the same draws as without dropout."""
    edges = ((0, 1), (0, 2), (1, 6), (2, 6))
    paths = [(*(int(edge in edges) for edge in NB101_EDGES), *[kind] * 5) for kind in (CONV_3X3, CONV_1X1)]
    supernet, plain = (built("nb101", channel_sharing=form, **chosen) for chosen in (options, {}))
    alone = {place: scores for (place,), scores in plain.each_path(IMAGES, paths)}
    for (place,), scores in supernet.each_path(IMAGES, paths):
        assert torch.equal(scores, alone[place])
        assert not torch.equal(scores, plain.eval()(IMAGES, paths[place])), "the first channels are not drawn"


def test_without_dropout_nothing_is_drawn():
    built("nb201")
    after = torch.rand(1)
    built("nb201", path_dropout=0.5)
    assert not torch.equal(torch.rand(1), after)
    built("nb201", partial_channels=1, path_dropout=0.0, operation_dropout=0.0)
    assert torch.equal(torch.rand(1), after)


class TestPathDropout:
    def test_each_image_has_the_output_or_not(self):
        """In a cell of one operation: zeros, or the output scaled so that the mean stays."""
        cell, features = built("nb201").stages[0][0], torch.randn(400, 6, 4, 4)
        for operation in (AVG_POOL, 2, 3):
            path = (NONE, NONE, NONE, operation, NONE, NONE)
            plain, dropped = cell.hard(features, path), cell.hard(features, path, None, Draws(generator(), 0.3))
            without = dropped.abs().sum((1, 2, 3)) == 0
            torch.testing.assert_close(dropped[~without], plain[~without] / 0.7)
            assert binomtest(int(without.sum()), 400, 0.3).pvalue > 1e-3

    def test_skip_connections_stay(self):
        cell, features = built("nb201").stages[0][0], torch.randn(40, 6, 4, 4)
        path = (SKIP, NONE, NONE, SKIP, SKIP, NONE)
        assert torch.equal(cell.hard(features, path, None, Draws(generator(), 0.9)), 2 * features)

    def test_what_goes_past_an_operation_stays(self):
        cell, features = built("nb201", partial_channels=3).stages[0][0], torch.randn(40, 6, 4, 4)
        dropped = cell.hard(features, (NONE, NONE, NONE, 3, NONE, NONE), None, Draws(generator(), 0.5))
        assert torch.equal(dropped[:, :4], features[:, 2:])
        assert 5 < (dropped[:, 4:].abs().sum((1, 2, 3)) == 0).sum() < 35

    def test_operations_of_a_mixture_are_dropped_one_by_one(self):
        cell, features = built("nb201").stages[0][0], torch.randn(300, 6, 4, 4)
        weights = [torch.eye(5)[NONE]] * 6
        weights[3] = torch.tensor([0.0, 0.0, 0.5, 0.0, 2.0])
        computed = [[o for o in range(1, 5) if w[o]] for w in weights]
        one, two = (cell.hard(features, (0, 0, 0, operation, 0, 0)) for operation in (2, 4))
        dropped, kinds = cell.soft(features, weights, computed, Draws(generator(), 0.5)), Counter()
        for image, a, b in zip(dropped, one, two, strict=True):
            alike = [(x, y) for x in (0, 1) for y in (0, 1) if torch.allclose(image, x * a + 4 * y * b, atol=1e-5)]
            kinds.update(alike)
        assert sum(kinds.values()) == 300
        assert chisquare([kinds[key] for key in ((0, 0), (0, 1), (1, 0), (1, 1))]).pvalue > 1e-3

    def test_a_vertex_of_nb101_drops_its_operation(self):
        cell, features = built("nb101").stages[0][0], torch.randn(400, 6, 4, 4)
        edges = [int(edge in ((0, 2), (2, 6))) for edge in NB101_EDGES]
        for operation in (CONV_3X3, CONV_1X1, MAX_POOL):
            path = hard_path((*edges, *[operation] * 5))
            plain, dropped = cell(features, path), cell(features, path, None, Draws(generator(), 0.3))
            without = dropped.abs().sum((1, 2, 3)) == 0
            torch.testing.assert_close(dropped[~without], plain[~without] / 0.7)
            assert binomtest(int(without.sum()), 400, 0.3).pvalue > 1e-3


def tally(supernet, path, possible, rounds=150):
    """How often the scores along a path are those of each of the possible ones."""
    counts = Counter()
    for _ in range(rounds):
        scores = supernet(IMAGES, path)
        alike = [name for name, expected in possible.items() if torch.allclose(scores, expected, atol=1e-5)]
        assert len(alike) == 1
        counts.update(alike)
    return counts


class TestOperationDropout:
    @pytest.mark.slow
    @pytest.mark.parametrize("soft", [False, True])
    def test_a_kind_is_absent_from_the_whole_of_nb201(self, soft):
        """Kinds 3 and 4 each lead to the output; kind 1 does with the help of either."""
        path = (3, 4, NONE, NONE, SKIP, SKIP)
        supernet, plain = built("nb201", operation_dropout=0.4), built("nb201")
        alive = {off: tuple(NONE if o in off else o for o in path) for off in [(), (3,), (4,)]}
        chance = {(): 0.6**3, (3,): 0.4 * 0.6**2, (4,): 0.4 * 0.6**2}
        asked = list(torch.eye(5)[list(path)]) if soft else path
        counts = tally(supernet, asked, {off: plain(IMAGES, left) for off, left in alive.items()})
        expected = [150 * chance[off] / sum(chance.values()) for off in alive]
        assert chisquare([counts[off] for off in alive], expected).pvalue > 1e-3

    def test_a_kind_passes_its_input_on_in_the_whole_of_nb101(self):
        supernet, plain = built("nb101", operation_dropout=0.3), built("nb101")
        kinds = (CONV_3X3, CONV_1X1, MAX_POOL)

        def scores(off):
            features = plain.stem(IMAGES)
            for place, (cell,) in enumerate(plain.stages):
                value = F.max_pool2d(features, 2) if place else features
                value = cell.projections["1"](value, slice(cell.outputs))
                for vertex, operation in enumerate(CHAIN[21:], start=1):
                    layers = {CONV_3X3: cell.conv_3x3, CONV_1X1: cell.conv_1x1}.get(operation)
                    if operation not in off:
                        value = (
                            layers[str(vertex)](value, slice(cell.outputs)) if layers else F.max_pool2d(value, 3, 1, 1)
                        )
                features = value
            return plain.classifier(features.mean((2, 3)))

        subsets = [tuple(kind for kind in kinds if number >> kind & 1) for number in range(7)]
        chance = [0.3 ** len(off) * 0.7 ** (3 - len(off)) for off in subsets]
        counts = tally(supernet, CHAIN, {off: scores(off).detach() for off in subsets}, rounds=100)
        expected = [100 * p / sum(chance) for p in chance]
        assert chisquare([counts[off] for off in subsets], expected).pvalue > 1e-3

    @pytest.mark.parametrize(
        ("name", "path"),
        [
            ("nb201", (3, NONE, 3, NONE, NONE, 3)),
            ("nb201", (3, SKIP, 2, NONE, NONE, NONE)),
            ("nb101", (*CHAIN[:21], *[CONV_1X1] * 5)),
            ("nb101", (*(int(edge == (0, 6)) for edge in NB101_EDGES), *[CONV_3X3] * 5)),
        ],
        ids=["one kind", "no way", "one kind", "no vertex"],
    )
    def test_what_a_path_cannot_do_without_stays(self, name, path):
        supernet, expected = built(name, operation_dropout=0.9), built(name)(IMAGES, path)
        assert all(torch.equal(supernet(IMAGES, path), expected) for _ in range(5))
