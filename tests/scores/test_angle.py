"""Angles against the angle between written-out weight vectors, and rank sums against counting."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from toy import LossTable, ToySuperNet

from nasrank.bench.scores.angle import angles
from nasrank.bench.scores.rank_sum import rank_sum
from nasrank.spaces import get_space
from nasrank.spaces.nb101.decisions import EDGES


def moved(supernet, seed=0):
    """The super-net with other weights, and a copy of those it had."""
    initial = {name: value.clone() for name, value in supernet.state_dict().items()}
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for place, weight in enumerate(supernet.parameters()):
            weight += (0.05 + 0.02 * (place % 7)) * torch.randn(weight.shape, generator=generator)
    return supernet, initial


def between(first, second):
    cosine = torch.nn.functional.cosine_similarity(first.double(), second.double(), dim=0)
    return float(torch.arccos(cosine))


def drawn(space, count):
    """Choices that make architectures, drawn option by option, which takes no enumeration."""
    generator, found = np.random.default_rng(0), []
    while len(found) < count:
        choices = [int(generator.integers(len(decision.options))) for decision in space.decisions]
        if space.allows(choices):
            found.append(choices)
    return found


def vector(supernet, weights, path):
    """Every part as often as it is on a way; the constant weights as one number of the same length."""
    ways = supernet.weights_on_ways(path)
    parts = [part.of(weights).flatten() for part, count in ways.counts.items() for _ in range(count)]
    return torch.cat([*parts, torch.tensor([ways.constant**0.5])])


def test_the_angle_is_that_between_the_weights_in_a_row():
    supernet, initial = moved(ToySuperNet())
    paths = [(0, 1, 2), (1, 4, 0), (0, 1, 1)]
    present = supernet.state_dict()
    for angle, (first, second, third) in zip(angles(supernet, initial, paths), paths, strict=True):
        names = f"options.0.{first}", f"options.1.{second}", f"options.2.{third}", "classifier"
        kernels = [torch.cat([weights[f"{name}.weight"].flatten() for name in names]) for weights in (initial, present)]
        alone = angles(supernet, initial, [(first, second, third)], kernels_alone=True)
        assert alone == pytest.approx(between(*kernels), rel=1e-6)
        rows = [
            torch.cat([row, weights["classifier.bias"]])
            for row, weights in zip(kernels, (initial, present), strict=True)
        ]
        assert angle == pytest.approx(between(*rows), rel=1e-6)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("nb201", {}),
        ("nb201", {"partial_channels": 2, "affine": True}),
        ("nb101", {}),
        ("nb101", {"channel_sharing": "interpolation"}),
        ("nb101", {"channel_sharing": "separate", "operations_on": "edges", "partial_channels": 3}),
    ],
    ids=str,
)
def test_angles_of_many_paths_are_those_of_each(name, options):
    torch.manual_seed(0)
    space = get_space(name)
    supernet, initial = moved(space.supernet(channels=6, cells_per_stage=1, **options))
    paths = drawn(space, 20)
    found = angles(supernet, initial, paths)
    present = supernet.state_dict()
    expected = [between(vector(supernet, initial, path), vector(supernet, present, path)) for path in paths]
    assert found.shape == (20,)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert len(np.unique(found.round(6))) > 10


@pytest.mark.parametrize("kernels_alone", [False, True])
def test_normalizations_in_cells_and_what_is_on_no_way_do_not_count(kernels_alone):
    """Of the kernels alone, those outside the cells and biases do not, either."""
    supernet, initial = moved(get_space("nb201").supernet(channels=4, cells_per_stage=1, affine=True))

    def angle():
        return angles(supernet, initial, [(3, 0, 3, 3, 0, 3)], kernels_alone=kernels_alone)[0]  # node 2 after node 1

    before = angle()
    with torch.no_grad():
        for name, weight in supernet.named_parameters():
            within = "stages" in name and weight.dim() == 1
            if within or ".conv_1x1." in name or ".conv_3x3.4." in name:
                weight.normal_()
    assert angle() == before
    for name in ("stem_norm.weight", "reductions.0.first.norm.bias", "classifier.bias"):
        known = angle()
        with torch.no_grad():
            supernet.get_parameter(name).normal_()
        assert (angle() == known) == kernels_alone, name
    with torch.no_grad():
        supernet.stages[0][0].conv_3x3[2].conv.weight.normal_()
    assert angle() != before


def test_without_training_or_without_a_way_there_is_no_angle():
    supernet, initial = moved(get_space("nb201").supernet(channels=4, cells_per_stage=1))
    silent, alive = (3, 3, 3, 0, 0, 0), (3, 3, 3, 3, 0, 0)
    assert angles(supernet, initial, [silent]).tolist() == [0]
    assert angles(supernet, initial, [alive])[0] > 0.1
    np.testing.assert_allclose(angles(supernet, supernet.state_dict(), [alive]), 0, atol=1e-7)
    opposite = {name: -weight for name, weight in supernet.state_dict().items()}
    np.testing.assert_allclose(angles(supernet, opposite, [alive]), np.pi, atol=1e-7)


def test_weights_of_another_supernet_are_refused():
    supernet, initial = moved(ToySuperNet())
    with pytest.raises(ValueError, match=r"the initial classifier.weight is missing; .* \(4, 12\)"):
        angles(supernet, {name: w for name, w in initial.items() if name != "classifier.weight"}, [])
    with pytest.raises(ValueError, match=r"the initial classifier.weight is \(2, 12\)"):
        angles(supernet, initial | {"classifier.weight": torch.zeros(2, 12)}, [])


def test_a_supernet_that_knows_no_ways_says_so():
    supernet = LossTable([1.0, 2.0])
    with pytest.raises(NotImplementedError, match="LossTable"):
        angles(supernet, supernet.state_dict(), [(0,)])


class TestRankSum:
    def test_ranks_are_summed_and_ties_share_theirs(self):
        generator = np.random.default_rng(0)
        first, second = generator.integers(6, size=20), generator.normal(size=20)

        def rank(column, value):
            return (column < value).sum() + ((column == value).sum() + 1) / 2

        expected = [rank(first, a) + rank(second, b) for a, b in zip(first, second, strict=True)]
        np.testing.assert_array_equal(rank_sum(first, second), expected)

    def test_the_unit_of_a_score_does_not_matter(self):
        first, second = np.random.default_rng(1).normal(size=(2, 30))
        np.testing.assert_array_equal(rank_sum(first, second), rank_sum(np.exp(first), 100 * second))

    def test_what_lacks_a_score_has_no_rank(self):
        np.testing.assert_array_equal(rank_sum([1.0, np.nan, 3.0], [2.0, 9.0, 1.0]), [3.0, np.nan, 3.0])

    def test_columns_of_unequal_length_are_refused(self):
        with pytest.raises(ValueError, match=r"\[\(2,\), \(3,\)\]"):
            rank_sum([1, 2], [1, 2, 3])
        with pytest.raises(ValueError, match="nothing"):
            rank_sum()


def test_edges_that_lead_nowhere_do_not_turn_an_architecture():
    choices = [0] * 26
    choices[EDGES.index((0, 3))] = choices[EDGES.index((3, 6))] = 1
    stray = choices.copy()
    stray[EDGES.index((0, 1))] = 1
    supernet, initial = moved(get_space("nb101").supernet(channels=6, cells_per_stage=1))
    one, other = angles(supernet, initial, [choices, stray])
    assert one == other > 0
