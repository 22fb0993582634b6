"""What every registered space refuses: architectures of other spaces, and what is no size."""

from __future__ import annotations

import inspect
from functools import partial

import numpy as np
import pytest

from nasrank.spaces import SPACES, Enumerated
from nasrank.spaces.data_kinds import DATA_KINDS

pytestmark = pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)


def some(space, count):
    return space.sample(np.random.default_rng(0), count)


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
        """Some that go with architectures of its own, for what has no default."""
        fitting = {"generator": np.random.default_rng(0), "silence_is_zero": True, **dict.fromkeys(self.TAKE_ONE, own)}
        parameters = inspect.signature(method).parameters.values()
        return {
            one.name: fitting[one.name]
            for one in parameters
            if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY) and one.default is one.empty
        }

    def test_every_method_refuses_them_by_both_names(self, space, other):
        if space is other:
            return
        (own,), (foreign,), asked = some(space, 1), some(other, 1), set()
        for method, taken in self.methods(space):
            for name in taken:
                with pytest.raises(ValueError, match=f"is an architecture of {other.name}, not of {space.name}$"):
                    method(**self.arguments(method, own) | {name: foreign})
            asked.add(method.__name__)
        assert {"cost", "network", "key", "active", "traits", "crossover"} <= asked
        assert ("position" in asked) == isinstance(space, Enumerated)
        with pytest.raises(ValueError, match=f"is an architecture of {other.name}, not of {space.name}$"):
            space.sample(np.random.default_rng(0), 2, exclude=[foreign])

    def test_architectures_of_different_spaces_are_different_values(self, space, other):
        assert (space.value_type is other.value_type) == (space is other)
        assert (some(space, 1) == some(other, 1)) == (space is other)


@pytest.mark.parametrize("wrong", [0, -16, 16.5, 16.0, True, "16", None], ids=repr)
def test_what_is_no_size_costs_nothing_that_could_be_taken_for_a_number(space, wrong):
    def sizes(options):
        own = [name for name, field in options.model_fields.items() if field.annotation is int]
        return [*own, *DATA_KINDS[space.inputs].network_sizes]

    one = some(space, 1)[0]
    more = ["resolution"] if space.inputs == "images" else []
    asked = [(partial(space.cost, one), name) for name in (*sizes(space.network_options), *more)]
    asked += [(partial(space.network, one), name) for name in sizes(space.network_options)]
    asked += [(space.supernet, name) for name in sizes(space.options)]
    for ask, name in asked:
        with pytest.raises(ValueError, match=f"{name} is .*; a network needs at least 1"):
            ask(**{name: wrong})
