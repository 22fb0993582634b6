"""What GLiT's blocks choose between, and how they are written; against the paper's own lists of options."""

from __future__ import annotations

from contextlib import suppress
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasrank.spaces import get_space
from nasrank.spaces.glit.blocks import BLOCKS, DETAILS, EVERY_BLOCK, Block, Stack, default_details, parse

SPACE = get_space("glit")

stacks = st.tuples(*[st.sampled_from(EVERY_BLOCK)] * BLOCKS).map(Stack)


def numbers(block):
    return block.kernel, block.expansion, block.width, block.ratio


class TestBlocks:
    def test_the_details_of_each_number_of_global_heads_are_those_of_the_paper(self):
        """Lists of kernel, expansion, value width and ratio; the kernels are those of small images."""
        without = set(product((5, 9, 17), (1, 2, 4), (1,), (4,)))
        alone = set(product((17,), (1,), (0.5, 1, 2), (2, 4, 6)))
        beside = set(product((17,), (1, 2, 4), (1,), (2, 4, 6)))
        for heads, expected in enumerate((without, beside, beside, alone)):
            found = [numbers(Block(heads, detail)) for detail in range(DETAILS)]
            assert len(found) == len(set(found)) == 9
            assert set(found) == expected

    def test_the_default_is_the_same_option_of_every_block(self):
        assert {numbers(Block(heads, 0)) for heads in range(4)} == {(17, 1, 1, 4)}
        stack = default_details((3, 0, 1, 3, 2, 0))
        assert str(stack) == "g3:v1,m4|g0:k17,e1|g1:e1,m4|g3:v1,m4|g2:e1,m4|g0:k17,e1"
        assert SPACE.to_choices(stack) == (3, 0, 1, 3, 2, 0, *[0] * 6)

    def test_options_are_named_by_the_places_of_both_numbers(self):
        firsts = {0: "kernel", 1: "expansion", 2: "expansion", 3: "width"}
        values = {"kernel": (17, 9, 5), "expansion": (1, 2, 4), "width": (1, 0.5, 2), "ratio": (4, 2, 6)}
        for block in EVERY_BLOCK:
            one, other = SPACE.decisions[BLOCKS].options[block.detail].split(".")
            second = "ratio" if block.heads else "expansion"
            for name, figure in ((firsts[block.heads], one), (second, other)):
                assert getattr(block, name) == values[name][int(figure) - 1]

    @pytest.mark.parametrize("wrong", [(4, 0), (0, 9), (-1, 0), (1.0, 0), (True, 0), ("1", 0), (None, 0)], ids=repr)
    def test_what_is_no_block_is_refused(self, wrong):
        with pytest.raises(ValueError, match=r"(heads|detail): .* is not an option from 0 to [38]"):
            Block(*wrong)

    def test_numbers_become_pythons(self):
        assert type(Block(np.int64(1), np.uint8(3)).detail) is int

    def test_a_stack_has_six_blocks(self):
        with pytest.raises(ValueError, match="6 blocks, not 5"):
            Stack((Block(0, 0),) * 5)
        with pytest.raises(ValueError, match=r"\(0, 0\) is none"):
            Stack(((0, 0),) * 6)


class TestTexts:
    @given(stacks)
    def test_texts_lead_back(self, stack):
        assert parse(str(stack)) == stack
        assert SPACE.from_choices(SPACE.to_choices(stack)) == stack
        assert SPACE.at(SPACE.position(stack)) == stack

    @given(stacks, st.data())
    def test_a_changed_character_is_refused_or_another_stack(self, stack, data):
        text = str(stack)
        place = data.draw(st.integers(0, len(text) - 1))
        changed = text[:place] + data.draw(st.characters(codec="utf-8")) + text[place + 1 :]
        with suppress(ValueError):
            assert str(parse(changed)) == changed

    @given(st.text())
    def test_a_mistake_is_one_line(self, text):
        with pytest.raises(ValueError, match=r"^.+$"):
            parse(text)

    def test_every_block_has_a_text_of_its_own(self):
        assert len(set(map(str, EVERY_BLOCK))) == 36
        assert {str(block).count(",") for block in EVERY_BLOCK} == {1}

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("g3:v1,m4|g3:v1,m4", r"has 2 blocks, not 6 with \| between them"),
            ("|" * 5, "block 0 is ''; it should be such as g0:k17,e1, g1:e1,m4, g2:e1,m4, g3:v1,m4"),
            ("g3:v1,m4|" * 5 + "g4:v1,m4", "block 5 is 'g4:v1,m4'; it should be such as g0:k17,e1"),
            ("g3:v1,m4|g0:k31,e1|" + "|".join(["g3:v1,m4"] * 4), "block 1 is 'g0:k31,e1'; it should be one of g0:k17"),
            ("g3:v.5,m4|" * 5 + "g3:v1,m4", "block 0 is 'g3:v.5,m4'; it should be one of .* g3:v0.5,m4"),
        ],
    )
    def test_a_mistake_is_told_with_its_place_and_what_would_be_right(self, text, reason):
        with pytest.raises(ValueError, match=reason):
            parse(text)


class TestTheSpace:
    def test_it_is_as_large_as_counted_by_hand(self):
        """Four to the sixth numbers of heads, and nine to the sixth details."""
        assert len(SPACE) == 4**6 * 9**6 == 2_176_782_336
        last = SPACE.at(len(SPACE) - 1)
        assert str(last) == "|".join(["g3:v2,m6"] * 6)
        assert SPACE.position(last) == len(SPACE) - 1

    def test_levels_are_those_that_the_paper_searches_one_after_the_other(self):
        assert [decision.level for decision in SPACE.decisions] == ["heads"] * 6 + ["details"] * 6

    def test_positions_beyond_32_bits_are_whole(self):
        positions = np.array([0, 2**31 + 5, len(SPACE) - 1])
        assert [SPACE.position(SPACE.from_choices(row)) for row in SPACE.choices(positions).tolist()] == list(positions)

    def test_no_two_blocks_make_the_same_layers(self):
        """So that every architecture is a class of its own: those of other heads have others, and so have details."""
        made = {(block.heads, *numbers(block)) for block in EVERY_BLOCK}
        assert len(made) == 36
        assert SPACE.classes == len(SPACE)

    def test_a_graph_has_the_heads_side_by_side(self):
        graph = SPACE.graph("g3:v0.5,m4|g0:k5,e4|g1:e2,m6|g3:v1,m4|g3:v1,m4|g3:v1,m4")
        assert graph.labels[:8] == (
            "input", "global 3 v0.5", "mlp 4", "local 3 k5 e4", "mlp 4", "global 1 v1", "local 2 k17 e2", "mlp 6",
        )  # fmt: skip
        assert set(graph.edges[:8]) == {(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (4, 6), (5, 7), (6, 7)}

    def test_traits_count_global_heads(self):
        assert SPACE.traits(default_details((3, 0, 1, 3, 2, 0))) == {"global heads": 9}
