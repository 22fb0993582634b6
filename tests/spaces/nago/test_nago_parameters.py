"""Generators: their parameters, which make a difference only sometimes, and the texts that architectures are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasrank.spaces import get_space
from nasrank.spaces.nago.generator import RandomGraph, SmallWorld, active, from_choices

SPACE = get_space("nago")
TEXT = "NAGO(top=4,0.45 middle=3,0.6 bottom=5,2,0.1 graph=5)"

architectures = st.tuples(*(st.integers(0, len(one.options) - 1) for one in SPACE.decisions)).map(from_choices)


def some(count, seed=0):
    return SPACE.sample(np.random.default_rng(seed), count)


# --- decisions and texts ---


def test_decisions_are_those_of_the_specification():
    values = {one.name: (one.values[0], one.values[-1], len(one.values)) for one in SPACE.decisions}
    assert values == {
        "top nodes": (3, 4, 2),
        "top rewiring": (0.1, 1, 19),
        "middle nodes": (1, 3, 3),
        "middle density": (0.2, 1, 17),
        "bottom nodes": (3, 5, 3),
        "bottom neighbours": (2, 4, 2),
        "bottom rewiring": (0.1, 1, 19),
        "graph": (0, 7, 8),
    }
    assert [decision.level for decision in SPACE.decisions] == ["generator"] * 7 + ["graph"]


def test_there_are_as_many_as_choices_that_make_a_difference():
    top, middle, bottom = 1 + 19, 1 + 1 + 17, 1 + 19 + (19 + 1)
    without_chance = 1 * 2 * 2  # three at the top, one or two in the middle, three or all of five joined at the bottom
    assert len(SPACE) == 8 * (top * middle * bottom - without_chance) + without_chance == 121_572


def test_a_parameter_is_chosen_where_it_makes_a_difference():
    """With other values of it, other graphs are sampled; without, there would be two names of one architecture."""
    for architecture in some(40):
        base = SPACE.to_choices(architecture)
        for place, decision in enumerate(SPACE.decisions):
            others = [(*base[:place], option, *base[place + 1 :]) for option in range(len(decision.options))]
            found = {from_choices(choices) for choices in others}
            assert len(found) == (len(decision.options) if SPACE.active(architecture)[place] else 1)


def test_what_makes_a_difference_is_told_of_many_as_of_each():
    choices = np.array([SPACE.to_choices(one) for one in some(200)])
    np.testing.assert_array_equal(active(choices), [from_choices(row).active for row in choices.tolist()])


def test_the_best_is_the_greatest_sum_of_what_makes_a_difference():
    generator = np.random.default_rng(0)
    scores = [generator.normal(size=len(one.options)) for one in SPACE.decisions]
    found, worth = SPACE.best(scores), []
    every = [*(SPACE.at(position) for position in generator.integers(len(SPACE), size=2000)), found]
    for architecture in every:
        pairs = zip(scores, SPACE.to_choices(architecture), SPACE.active(architecture), strict=True)
        worth.append(sum(vector[choice] for vector, choice, active in pairs if active))
    assert max(worth) == pytest.approx(worth[-1])
    assert sorted(worth)[-2] <= worth[-1]


def test_strata_are_of_so_many_nodes_at_the_bottom_and_parameters_uniform_within():
    """Of the enumeration, one architecture in forty has three nodes at the bottom, and one in twenty at the top."""
    generator = np.random.default_rng(0)
    drawn = [SPACE.sample_of_stratum(generator, number % 3) for number in range(1800)]
    assert [one.bottom.nodes for one in drawn[:6]] == [3, 4, 5, 3, 4, 5]
    assert [SPACE.stratum(one) for one in drawn[:6]] == [0, 1, 2, 0, 1, 2]
    of_five = [one.bottom for one in drawn if one.bottom.nodes == 5]
    assert np.mean([one.neighbours == 4 for one in of_five]) == pytest.approx(0.5, abs=0.06)
    assert np.mean([one.top.nodes == 3 for one in drawn]) == pytest.approx(0.5, abs=0.05)
    rewired = [one.bottom.rewiring for one in drawn if one.bottom.nodes == 4]
    assert np.mean(rewired) == pytest.approx(0.55, abs=0.05)
    with pytest.raises(ValueError, match=r"stratum: .*3"):
        SPACE.sample_of_stratum(generator, 3)


@pytest.mark.slow
@given(architectures)
def test_every_architecture_is_read_back(architecture):
    assert SPACE.parse(str(architecture)) == architecture
    assert from_choices(SPACE.to_choices(architecture)) == architecture


def test_a_printed_architecture_is_what_it_says():
    found = SPACE.parse(TEXT)
    assert (found.top, found.middle) == (SmallWorld(4, 2, 0.45), RandomGraph(3, 0.6))
    assert (found.bottom, found.graph) == (SmallWorld(5, 2, 0.1), 5)
    assert str(found) == TEXT
    least = SPACE.parse("NAGO(top=3 middle=1 bottom=5,4)")
    assert (least.top, least.bottom, least.graph) == (SmallWorld(3), SmallWorld(5, 4), 0)
    assert str(least) == "NAGO(top=3 middle=1 bottom=5,4)"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (TEXT.replace("top=4", "top=5"), "top nodes cannot be '5'; it is one of 3, 4$"),
        (TEXT.replace("0.45", "0.46"), "top rewiring cannot be '0.46'; it is one of 0.1, 0.15, ..., 1$"),
        (TEXT.replace("0.45", ".45"), "top rewiring cannot be '.45'"),
        (TEXT.replace("middle=3,0.6", "middle=3"), "lacks the middle density$"),
        (TEXT.replace("middle=3,0.6", "middle=2,0.6"), "has a middle density, which makes no difference there: leave"),
        (TEXT.replace("middle=3,0.6", "middle=3,0.6,1"), "has 3 parameters where it can have middle nodes and middle"),
        (TEXT.replace("middle", "center"), r"is not of the form NAGO\(top=N,P middle=N,P bottom=N,K,P graph=G\)$"),
        (TEXT.replace("bottom=5,2", "bottom=5,3"), "bottom neighbours cannot be '3'; it is one of 2, 4$"),
        (TEXT.replace(" graph=5", ""), "lacks the graph$"),
        ("NAGO(top=3 middle=1 bottom=3 graph=1)", "has a graph, which makes no difference there: leave it out$"),
        (TEXT.replace("graph=5", "graph=8"), "graph cannot be '8'; it is one of 0, 1, ..., 7$"),
    ],
)
def test_a_malformed_text_is_told_what_is_wrong(wrong, why):
    with pytest.raises(ValueError, match=why) as refusal:
        SPACE.parse(wrong)
    assert "\n" not in str(refusal.value)


def test_what_the_space_does_not_offer_cannot_be_made():
    with pytest.raises(ValueError, match="bottom nodes cannot be '32'"):
        replace(SPACE.parse(TEXT), bottom=SmallWorld(32, 2, 0.1))
    with pytest.raises(ValueError, match=r"top rewiring makes no difference in top=3,0.5 .*: leave 0.5 out$"):
        replace(SPACE.parse(TEXT), top=SmallWorld(3, 2, 0.5))
    with pytest.raises(ValueError, match="top neighbours cannot be 3"):
        replace(SPACE.parse(TEXT), top=SmallWorld(4, 3, 0.5))
