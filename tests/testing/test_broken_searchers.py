"""The laws find out searchers that break them: each of these breaks one."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import Field

from nasrank import get_space
from nasrank.bench.search.random_search import RandomSearch
from nasrank.bench.search.searcher import Settings
from nasrank.testing.searcher_conformance import SearcherConformance

SPACE = get_space("nb201")


class DrawsTwice(RandomSearch):
    def ask(self):
        return [choices for choices in super().ask()[:3] for _ in range(2)]


class GivesUp(RandomSearch):
    def ask(self):
        return super().ask()[:1] if len(self.seen) < 3 else []


class DrawsFromElsewhere(RandomSearch):
    def ask(self):
        self.generator = np.random.default_rng()
        return super().ask()


class SeedsAllOfNumpy(RandomSearch):
    def ask(self):
        np.random.seed(0)  # noqa: NPY002
        return super().ask()


class AsksWhatItWasTold(RandomSearch):
    def ask(self):
        return list(self.seen)[:1] or super().ask()


class TakesNothingForSomething(RandomSearch):
    def tell(self, choices, values):
        super().tell(choices, np.nan_to_num(np.ma.filled(values, 0.0)))


class TakesAnything(RandomSearch):
    def tell(self, choices, values):
        self.seen |= dict(zip(map(tuple, choices), values, strict=False))


class SeesOneObjective(RandomSearch):
    def front(self):
        return [self.best()]


class StartsSomewhere(RandomSearch):
    def __init__(self, space, generator, settings=None, *, objectives=1):
        super().__init__(space, generator, settings, objectives=objectives)
        start = tuple(space.random_choices(generator))
        self.seen[start] = np.zeros(objectives)


class HasNoDefaults(RandomSearch):
    class Sizes(Settings):
        population: int = Field(ge=1)

    settings_type = Sizes


class HasNoName(RandomSearch):
    name = ""


BROKEN = {
    HasNoName: "test_it_names_itself",
    HasNoDefaults: "test_settings_have_defaults_a_description_and_refuse_others",
    DrawsTwice: "test_it_looks_at_different_architectures_of_the_space",
    GivesUp: "test_a_small_space_is_looked_through_and_then_left",
    DrawsFromElsewhere: "test_the_generator_decides",
    SeedsAllOfNumpy: "test_global_random_states_are_left_alone",
    AsksWhatItWasTold: "test_it_knows_what_it_was_told_wherever_that_came_from",
    TakesNothingForSomething: "test_what_has_no_value_is_worst",
    SeesOneObjective: "test_several_objectives_have_a_front",
    StartsSomewhere: "test_a_search_of_nothing_is_refused",
}


@pytest.mark.parametrize(("kind", "law"), BROKEN.items(), ids=lambda one: getattr(one, "__name__", one))
def test_a_broken_searcher_is_found_out(kind, law):
    with pytest.raises((AssertionError, ValueError, pytest.fail.Exception)):
        getattr(SearcherConformance(), law)(kind, SPACE)


def test_values_of_any_shape_are_found_out():
    with pytest.raises(pytest.fail.Exception):
        SearcherConformance().test_values_of_another_shape_or_kind_are_refused(TakesAnything, SPACE, [1.0])


@pytest.mark.parametrize("space", [SPACE, get_space("nb201-activations")], ids=lambda one: one.name)
@pytest.mark.parametrize("kind", [RandomSearch])
class TestASoundOne(SearcherConformance):
    """On parts of spaces, too."""
