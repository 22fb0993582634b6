"""Parts of a space: splitting loses no architecture and doubles none, and a part is sampled as the space is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import count, islice, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare
from toy import CONSTRAINED, TOY, ToySpace, stream

from nasrank.spaces import Enumerated, get_space, subspace
from nasrank.spaces.subspace import SubSpace, options_left, owns, places_of_options, split, whole_decisions


def every(space):
    """Choices of all architectures of a toy."""
    return list(filter(space.rule, product(*(range(len(decision.options)) for decision in space.decisions))))


@cache
def architectures(name):
    """A space, and choices of all of its architectures or of 500."""
    if name in ("toy", "constrained"):
        space = {"toy": TOY, "constrained": CONSTRAINED}[name]
        return space, every(space)
    space, generator = get_space(name), stream(1)
    sparse = ([int(len(d.options) * generator.random() ** 2) for d in space.decisions] for _ in count())
    return space, list(islice(filter(space.allows, sparse), 500))


def draw_split(data, space):
    """A decision of the space, or of a part of one, and its options in a few random groups."""
    place = data.draw(st.integers(0, len(space.decisions) - 1))
    options = options_left(space)[place]
    labels = data.draw(st.lists(st.integers(0, 2), min_size=len(options), max_size=len(options)))
    groups = [[o for o, label in zip(options, labels, strict=True) if label == group] for group in set(labels)]
    return split(space, place, groups)


@pytest.mark.parametrize("name", ["toy", "constrained", "nb201", "nb101"])
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_every_architecture_is_in_exactly_one_part(name, data):
    space, some = architectures(name)
    parts = [smaller for part in draw_split(data, space) for smaller in draw_split(data, part)]
    for choices in some:
        assert [part.owns(choices) for part in parts].count(True) == 1
        assert [part.allows(choices) for part in parts] == [part.owns(choices) for part in parts]


@pytest.mark.parametrize("space", [TOY, CONSTRAINED], ids=["toy", "constrained"])
def test_random_architectures_of_a_part_are_uniform_over_it(space):
    part = SubSpace(SubSpace(space, {1: (1, 2, 3)}), {2: (0, 2), 1: (2, 3)})
    expected = [choices for choices in every(space) if choices[1] in (2, 3) and choices[2] in (0, 2)]
    generator = stream()
    drawn = [tuple(part.random_choices(generator)) for _ in range(1500)]
    assert set(drawn) == set(expected)
    assert chisquare([drawn.count(choices) for choices in expected]).pvalue > 1e-3


def test_a_class_counts_by_its_members_in_the_part():
    """The classes {0} and {1, 2, 3}: without option 3 their probabilities are as 1/2 to 2/6."""

    @dataclass(frozen=True)
    class Classes(ToySpace):
        def random_class_choices(self, generator):
            return [0] if generator.integers(2) else [int(generator.integers(1, 4))]

    part, generator = SubSpace(Classes(TOY.decisions[1:2]), {0: (0, 1, 2)}), stream()
    drawn = np.array([part.random_class_choices(generator)[0] for _ in range(3000)])
    assert chisquare(np.bincount(drawn, minlength=3), 3000 * np.array([0.6, 0.2, 0.2])).pvalue > 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("name", ["nb201", "nb101"])
def test_random_architectures_of_a_part_of_a_real_space_are_in_it(name):
    space, generator = get_space(name), stream()
    first, second = whole_decisions(space)[:2]
    part = SubSpace(SubSpace(space, {first: (0,)}), {second: (1, 2)})
    for draw in (part.random_choices, part.random_class_choices):
        for choices in (draw(generator) for _ in range(20)):
            assert choices[first] == 0
            assert choices[second] in (1, 2)
            assert part.allows(choices)


def test_a_part_that_chance_hardly_finds_is_drawn_from_a_list(monkeypatch):
    """A search among a few options of NAGO ended after a hundred runs: none of 10,000 architectures was in the part."""
    space, generator = get_space("nago"), stream()
    named = {"top rewiring": ["0.1"], "middle density": ["0.2"], "bottom rewiring": ["1"], "graph": ["3"]}
    part = SubSpace(space, places_of_options(space, named))
    monkeypatch.setattr(subspace, "MOST_DRAWS", 3)
    expected = {tuple(row) for row in space.choices().tolist() if part.owns(row)}
    drawn = [tuple(part.random_choices(generator)) for _ in range(40 * len(expected))]
    assert set(drawn) == expected
    assert all(type(choice) is int for choice in drawn[0])
    nothing = SubSpace(space, places_of_options(space, {"top nodes": ["3"], "top rewiring": ["0.5"]}))
    with pytest.raises(ValueError, match="none of 3 random architectures is in the part with top nodes"):
        nothing.random_choices(generator)


def test_a_part_of_a_space_beyond_listing_is_drawn_without_a_try():
    """Of 241,864,704 networks some hundred are in it: ten thousand draws each would be a second and find none."""
    space, generator = get_space("dense_unet"), stream()
    named = {one.name: one.options[:1] for one in space.decisions} | {"filters 0": ["2", "12"], "pooling 1": ["avg"]}
    part = SubSpace(space, places_of_options(space, named))
    drawn = {str(space.from_choices(part.random_choices(generator))) for _ in range(40)}
    rest = "f2k1x1|avg|f2k1x1|f2k1x1|f2k1x1"
    assert drawn == {f"f2k1x1|max|{rest}", f"f12k1x1|max|{rest}"}


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("nb201", {"edge 0->1": ["none", "nor_conv_3x3"], "edge 2->3": ["skip_connect"]}),
        ("nb201-activations", {"edge 0->1": ["none", "nor_conv_3x3"], "edge 2->3": ["none"]}),
        ("nago", {"top rewiring": ["0.1"], "middle density": ["0.2", "1"], "graph": ["1", "3"]}),
    ],
)
def test_combinations_of_options_are_what_a_list_of_all_has(name, named, monkeypatch):
    """The two ways in which a part is counted through, the one for small spaces and the one for large ones."""
    space = get_space(name)
    left = SubSpace(space, places_of_options(space, named)).options
    listed = Enumerated.positions_within(space, left)
    assert 0 < len(listed) < len(space)
    assert space.positions_within(left).tolist() == listed.tolist()
    monkeypatch.setattr(type(space), "listable", False)
    assert Enumerated.positions_within(space, left).tolist() == listed.tolist()


def test_too_many_combinations_of_options_are_refused():
    space = get_space("dense_unet")
    with pytest.raises(ValueError, match=r"dense_unet has 241,864,704 architectures, which are too many to list"):
        space.positions_within(options_left(space))
    with pytest.raises(ValueError, match=r"architectures, 60,466,176 of them with these options, which are too many"):
        space.positions_within(SubSpace(space, places_of_options(space, {"filters 0": ["2"]})).options)


def test_a_part_keeps_the_decisions_and_says_what_is_left():
    part = SubSpace(SubSpace(TOY, {1: (4, 2, 2)}), {2: (1,)})
    assert part.decisions is TOY.decisions
    assert options_left(part) == [(0, 1), (2, 4), (1,)]
    assert options_left(TOY) == [(0, 1), (0, 1, 2, 3, 4), (0, 1, 2)]
    assert (whole_decisions(TOY), whole_decisions(part), whole_decisions(CONSTRAINED)) == ([0, 1, 2], [0], [2])


def test_combinations_that_the_space_forbids_are_forbidden_in_its_parts():
    part = SubSpace(CONSTRAINED, {0: (0,)})
    assert part.allows([0, 3, 1])
    assert not part.allows([0, 2, 1]), "the space forbids it"
    assert not part.allows([1, 2, 1]), "it is in another part"


def test_a_whole_space_owns_all_its_architectures():
    assert owns(TOY, [1, 4, 2])
    assert owns(SubSpace(TOY, {0: (1,)}), [1, 4, 2])
    assert not owns(SubSpace(TOY, {0: (0,)}), [1, 4, 2])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({3: (0,)}, "a space of 3 decisions has none at place 3"),
        ({1: ()}, "must leave an option to second"),
        ({1: (0, 5)}, r"second has the options \(0, 1, 2, 3\) to choose from, not \(0, 5\)"),
        ({1: (4,)}, r"second has the options \(0, 1, 2, 3\) to choose from, not \(4,\)"),
    ],
)
def test_a_part_must_be_one(options, message):
    with pytest.raises(ValueError, match=message):
        SubSpace(SubSpace(TOY, {1: (0, 1, 2, 3)}), options)


@pytest.mark.parametrize("groups", [[(0, 1), (3, 4)], [(0, 1, 2), (2, 3, 4)]], ids=["one missing", "one twice"])
def test_groups_must_hold_every_option_once(groups):
    with pytest.raises(ValueError, match=r"of second must hold each of \(0, 1, 2, 3, 4\) once"):
        split(TOY, 1, groups)


def test_an_empty_part_is_found_out(monkeypatch):
    monkeypatch.setattr(subspace, "MOST_DRAWS", 50)
    nowhere = SubSpace(CONSTRAINED, {0: (0,), 1: (2,)})
    with pytest.raises(ValueError, match=r"none of 50 random architectures is in the part with first: \(0,\), second"):
        nowhere.random_choices(stream())
