"""Cells with activations, against those of NAS-Bench-201 and against brute force."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from nasrank.spaces import get_space

SPACE, PLAIN = get_space("nb201-activations"), get_space("nb201")
TEXT = "|nor_conv_3x3:silu~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|nor_conv_1x1~1|nor_conv_3x3:tanh~2|"


def everywhere(cell, activation):
    """A cell of NAS-Bench-201 with the same activation, by its number, before all convolutions."""
    return SPACE.from_choices([*cell.operations, *[activation] * 6])


def test_a_printed_cell_is_what_it_says():
    cell = SPACE.parse(TEXT)
    assert str(cell) == TEXT
    assert SPACE.to_choices(cell) == (3, 0, 1, 4, 2, 3, 1, 0, 0, 0, 0, 2)
    assert SPACE.active(cell) == (True,) * 6 + (True, False, False, False, True, True)
    assert str(cell.plain) == TEXT.replace(":silu", "").replace(":tanh", "")
    assert SPACE.graph(cell).labels[1] == "nor_conv_3x3:silu"


@pytest.mark.parametrize("wrong", ["nor_conv_3x3:relu", "nor_conv_3x3:gelu", "none:silu", "avg_pool_3x3:tanh", "silu"])
def test_an_activation_is_written_only_where_it_matters_and_never_relu(wrong):
    with pytest.raises(ValueError, match=f"unknown operation '{wrong}'; known are none, .*nor_conv_3x3:tanh"):
        SPACE.parse(TEXT.replace("nor_conv_3x3:silu", wrong))


def test_there_are_nine_for_each_edge():
    edges = {
        SPACE.from_choices([operation, 0, 0, 0, 0, 0, activation, 0, 0, 0, 0, 0])
        for operation, activation in product(range(5), range(3))
    }
    assert len(edges) == 9
    assert len(SPACE) == 9**6 == 531_441


class TestWithReluAlone:
    """All 15,625 cells, unless it says otherwise."""

    CELLS = tuple(PLAIN)
    OURS = tuple(SPACE.at(int(position)) for position in SPACE.positions_of(np.arange(len(PLAIN))))

    def test_they_are_where_the_space_says(self):
        assert [str(cell) for cell in self.OURS] == [str(cell) for cell in self.CELLS]
        some = np.array([7, 15_000, 3])
        np.testing.assert_array_equal(SPACE.choices(SPACE.positions_of(some))[:, :6], PLAIN.choices(some))
        assert not SPACE.choices(SPACE.positions_of(some))[:, 6:].any()

    def test_isomorphism_is_the_benchmarks(self):
        assert [SPACE.key(cell) for cell in self.OURS] == [PLAIN.key(cell) for cell in self.CELLS]

    def test_and_the_same_with_one_other_activation_everywhere(self):
        for cell in self.CELLS[::3]:
            renamed = SPACE.key(everywhere(cell, 1)).replace(":silu", "")
            assert renamed == PLAIN.key(cell)

    @pytest.mark.parametrize("silence_is_zero", [True, False])
    def test_representatives_are_the_same(self, silence_is_zero):
        for cell, ours in zip(self.CELLS[::5], self.OURS[::5], strict=True):
            expected = PLAIN.functional(cell, silence_is_zero=silence_is_zero)
            assert str(SPACE.functional(ours, silence_is_zero=silence_is_zero)) == str(expected)

    def test_graphs_costs_and_neighbours_are_the_same(self):
        for cell, ours in zip(self.CELLS[::500], self.OURS[::500], strict=True):
            assert SPACE.graph(ours) == PLAIN.graph(cell)
            assert SPACE.cost(ours, channels=8) == PLAIN.cost(cell, channels=8)
            assert SPACE.cost(everywhere(cell, 2)) == PLAIN.cost(cell)
            with_relu = {str(near) for near in SPACE.neighbours(ours) if not any(near.activations)}
            assert with_relu == {str(near) for near in PLAIN.neighbours(cell)}


def test_branches_with_other_activations_are_isomorphic_where_they_can_be_exchanged():
    def branches(first, second):
        return SPACE.parse(f"|{first}~0|+|{second}~0|skip_connect~1|+|none~0|none~1|skip_connect~2|")

    one, other = "nor_conv_3x3:silu", "nor_conv_3x3:tanh"
    assert SPACE.key(branches(one, other)) == SPACE.key(branches(other, one))
    assert SPACE.key(branches(one, other)) != SPACE.key(branches(one, one))


@pytest.mark.slow
def test_classes_are_those_of_the_key():
    """Counted in one go, and compared for 20,000 cells."""
    assert SPACE.classes == 352_906
    class_of = np.empty(len(SPACE), dtype=np.int64)
    for number, members in enumerate(SPACE._classes):
        class_of[members] = number
    drawn = np.random.default_rng(0).integers(2**16, size=20_000)  # at the start, where many are isomorphic
    texts = [SPACE.key(SPACE.at(int(position))) for position in drawn]
    pairs = set(zip(texts, class_of[drawn].tolist(), strict=True))
    assert len(pairs) == len(set(texts)) == len(np.unique(class_of[drawn])) < 15_000


def test_neighbours_are_one_decision_away_whatever_the_placeholders_are():
    for text in (TEXT, TEXT.replace("nor_conv_3x3:tanh", "none"), TEXT.replace("none", "nor_conv_3x3:tanh")):
        cell = SPACE.parse(text)
        choices, active = SPACE.to_choices(cell), SPACE.active(cell)
        written = product(*([own] if on else range(3) for own, on in zip(choices, active, strict=True)))
        found = {
            SPACE.from_choices([*same[:place], option, *same[place + 1 :]])
            for same in written
            for place, decision in enumerate(SPACE.decisions)
            for option in range(len(decision.options))
        }
        neighbours = SPACE.neighbours(cell)
        assert set(neighbours) == found - {cell}
        assert all(cell in SPACE.neighbours(near) for near in neighbours)
        generator = np.random.default_rng(0)
        assert {SPACE.mutate(cell, generator) for _ in range(15 * len(neighbours))} == set(neighbours)


def test_other_spaces_contain_none():
    assert PLAIN.contains == ""
    with pytest.raises(NotImplementedError, match="nb201 contains no other space"):
        PLAIN.positions_of(np.arange(3))
