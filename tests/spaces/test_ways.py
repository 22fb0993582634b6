"""Ways from input to output counted by walking them one by one, and NAS-Bench-201's weights on them."""

from __future__ import annotations

from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nasrank.spaces import get_space
from nasrank.spaces.nb201.cell import AVG_POOL, CONV_1X1, CONV_3X3, EDGES, NONE
from nasrank.spaces.ways import WeightPart, ways_along

PAIRS = [(source, target) for target in range(1, 6) for source in range(target)]


def walk(edges, vertex, last):
    """All ways from a vertex to the last, each as its edges."""
    if vertex == last:
        yield ()
    for source, target in edges:
        if source == vertex:
            for way in walk(edges, target, last):
                yield ((source, target), *way)


@given(st.sets(st.sampled_from(PAIRS)))
def test_ways_are_those_that_a_walk_finds(edges):
    assert ways_along(edges, 5) == Counter(edge for way in walk(edges, 0, 5) for edge in way)


def test_parts_are_slices_of_the_weights():
    weight = torch.randn(4, 3, 2, 2)
    assert torch.equal(WeightPart("w", (2, 1)).of({"w": weight}), weight[:2, :1])
    assert WeightPart("w").of({"w": weight}) is weight
    assert WeightPart("w", (2, 1)).within("a.b") == WeightPart("a.b.w", (2, 1))


class TestNasBench201:
    FOUR_WAYS = ([(0, 3)], [(0, 2), (2, 3)], [(0, 1), (1, 2), (2, 3)], [(0, 1), (1, 3)])

    @pytest.mark.parametrize("partial_channels", [1, 2])
    def test_weights_are_those_of_the_four_ways(self, partial_channels):
        space = get_space("nb201")
        supernet = space.supernet(channels=4, cells_per_stage=2, partial_channels=partial_channels)
        outside = [name for name, _ in supernet.named_parameters() if "stages" not in name]
        kernels = 1 + 2 * 3 + 1  # stem, reductions and classifier
        assert len(outside) == kernels + 2 * (1 + 2 * 2 + 1) + 1  # normalizations behind them, and a bias
        for position in range(0, 15625, 97):
            cell = space.at(position)
            expected, constants = Counter(), []
            for stage in range(3):
                for number in range(2):
                    for way in self.FOUR_WAYS:
                        operations = [cell[edge] for edge in way]
                        if NONE in operations:
                            continue
                        expected.update(dict.fromkeys(outside, 0))
                        for edge, operation in zip(way, operations, strict=True):
                            if kernel := {CONV_1X1: "conv_1x1", CONV_3X3: "conv_3x3"}.get(operation):
                                expected[f"stages.{stage}.{number}.{kernel}.{EDGES.index(edge)}.conv.weight"] += 1
                            elif operation == AVG_POOL:
                                depthwise = torch.full((4 * 2**stage // partial_channels, 1, 3, 3), 1 / 9)
                                constants.append(float(depthwise.square().sum()))
            expected = {name: count or 1 for name, count in expected.items()}
            found = supernet.weights_on_ways(cell.operations)
            assert {part.name: count for part, count in found.counts.items()} == expected
            assert all(part.channels is None for part in found.counts)
            assert found.constant == pytest.approx(sum(constants))

    def test_no_way_has_no_weights(self):
        found = get_space("nb201").supernet(channels=4).weights_on_ways((3, 3, 3, NONE, NONE, NONE))
        assert not found.counts
        assert found.constant == 0

    def test_wrong_paths_are_refused(self):
        with pytest.raises(ValueError, match="6 operations"):
            get_space("nb201").supernet(channels=4).weights_on_ways((3, 3, 3))
