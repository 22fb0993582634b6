"""What every registered space refuses: architectures of other spaces, and what is no integer where one belongs."""

from __future__ import annotations

import inspect
from functools import partial

import numpy as np
import pytest

from nasrank.spaces import SPACES

pytestmark = pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)


def some(space, count):
    return space.sample(np.random.default_rng(0), count)


NO_INDEX = [1.0, np.float64(1.7), True, np.True_, "1", None, np.array([1, 1]), np.ma.masked]
"""What stands where an integer belongs; cases, group 2: `from_choices([1.7, ...])` took 1."""


@pytest.mark.parametrize("wrong", NO_INDEX, ids=repr)
def test_what_is_no_integer_is_no_choice_and_no_position(space, wrong):
    inside = list(space.to_choices(space.at(0)))
    for place in range(len(space.decisions)):
        with pytest.raises(ValueError, match=r".{10,}"):
            space.from_choices([*inside[:place], wrong, *inside[place + 1 :]])
    with pytest.raises(ValueError, match=f"position in {space.name}: .* is not an index"):
        space.at(wrong)


@pytest.mark.parametrize(
    "wrong",
    [[0.0], [True], ["0"], [None], [-1], [10**9], [[0]], 0, np.array([1.5]), np.ma.masked_equal([0, 1], 1)],
    ids=repr,
)
def test_what_is_no_position_is_not_one_among_many(space, wrong):
    """Negative ones counted from the end, and truth values chose, in NAS-Bench-101."""
    with pytest.raises(ValueError, match=f"positions in {space.name}"):
        space.choices(wrong)


def test_numpys_integers_are_integers(space):
    for architecture in some(space, 5):
        choices, position = space.to_choices(architecture), space.position(architecture)
        for kind in (np.int64, np.uint8, np.int32):
            again = space.from_choices(np.array(choices, dtype=kind))
            assert again == architecture
            assert hash(again) == hash(architecture)
            assert all(type(choice) is int for choice in space.to_choices(again))
        assert space.at(np.int64(position)) == architecture
        assert tuple(space.choices(np.array([position], dtype=np.uint32))[0]) == choices
    assert space.choices([]).shape == (0, len(space.decisions))


@pytest.mark.parametrize("other", SPACES.values(), ids=SPACES)
class TestAskedForTheArchitecturesOfAnother:
    """Cases, group 2: NAS-Bench-201 had a plausible cost for a cell of NAS-Bench-101. Every method is asked."""

    TAKE_ONE = ("architecture", "first", "second")

    def methods(self, space):
        """Those of a space that take an architecture, and the names of the parameters that do."""
        for name, _ in inspect.getmembers(type(space), inspect.isfunction):
            if not name.startswith("_"):
                method = getattr(space, name)
                taken = [one for one in inspect.signature(method).parameters if one in self.TAKE_ONE]
                if taken:
                    yield method, taken

    def arguments(self, method, own):
        """Some that go with architectures of its own."""
        fitting = {"generator": np.random.default_rng(0), "silence_is_zero": True, **dict.fromkeys(self.TAKE_ONE, own)}
        parameters = inspect.signature(method).parameters.values()
        return {
            one.name: fitting[one.name]
            for one in parameters
            if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)
        }

    def test_every_method_refuses_them_by_both_names(self, space, other):
        if space is other:
            return
        own, foreign, asked = space.at(1), other.at(len(other) // 2), set()
        for method, taken in self.methods(space):
            for name in taken:
                with pytest.raises(ValueError, match=f"is an architecture of {other.name}, not of {space.name}$"):
                    method(**self.arguments(method, own) | {name: foreign})
            asked.add(method.__name__)
        assert {"cost", "network", "position", "key", "active", "traits", "crossover"} <= asked
        with pytest.raises(ValueError, match=f"is an architecture of {other.name}, not of {space.name}$"):
            space.sample(np.random.default_rng(0), 2, exclude=[foreign])

    def test_architectures_of_different_spaces_are_different_values(self, space, other):
        assert (space.value_type is other.value_type) == (space is other)
        assert (space.at(0) == other.at(0)) == (space is other)


@pytest.mark.parametrize("wrong", ["nonsense", 3, None, (0, 0, 0, 0, 0, 0), np.array([0] * 6)], ids=repr)
def test_what_is_no_architecture_has_no_numbers(space, wrong):
    for ask in (space.cost, space.position, space.key, space.network, space.traits, space.active):
        with pytest.raises(ValueError, match=f"is not an architecture of {space.name}"):
            ask(wrong)


@pytest.mark.parametrize("wrong", [0, -16, 16.5, 16.0, True, "16", None], ids=repr)
def test_what_is_no_size_costs_nothing_that_could_be_taken_for_a_number(space, wrong):
    for name in ("channels", "cells_per_stage", "classes", "resolution", "image_channels"):
        with pytest.raises(ValueError, match=f"{name} is .*; a network needs at least 1"):
            space.cost(space.at(0), **{name: wrong})
        if name != "resolution":
            for build in (partial(space.network, space.at(0)), space.supernet):
                with pytest.raises(ValueError, match=f"{name} is .*; a network needs at least 1"):
                    build(**{name: wrong})
