"""The laws find out spaces that break them: each of these breaks one."""

from __future__ import annotations

import pytest

from nasrank.testing import ParallelBranches, Trellis
from nasrank.testing.space_conformance import SpaceConformance


class ReadsWrongly(ParallelBranches):
    def parse(self, text):
        return super().parse("+".join(reversed(text.split("+"))))


class TellsIsomorphicApart(ParallelBranches):
    """Its key changes with each call."""

    calls = 0

    def key(self, architecture):
        self.calls += 1
        return f"{super().key(architecture)}{self.calls}"


class StaysWhereItIs(ParallelBranches):
    def mutate(self, architecture, generator):
        generator.random()
        return type(architecture)(architecture.layers[::-1])


class CountsItself(ParallelBranches):
    def neighbours(self, architecture):
        return [*super().neighbours(architecture), architecture]


class BreaksItsPromise(Trellis):
    mutual_neighbours = True


class Rounds(ParallelBranches):
    def from_choices(self, choices):
        return super().from_choices([int(choice) if isinstance(choice, float) else choice for choice in choices])


class IsAlwaysActive(Trellis):
    def active(self, architecture):
        return tuple(True for _ in self.to_choices(architecture))


class ForgetsConditions(Trellis):
    def best(self, scores):
        return self.from_choices([max(range(len(vector)), key=list(vector).__getitem__) for vector in scores])


class TakesThirds(ParallelBranches):
    def crossover(self, first, second, generator):
        return super().mutate(super().crossover(first, second, generator), generator)


class DrawsTwice(ParallelBranches):
    def sample(self, generator, count, exclude=()):
        drawn = super().sample(generator, count, exclude)
        return [*drawn[: count // 2], *drawn[: count - count // 2]]


class KnowsNoClasses(ParallelBranches):
    def network(self, architecture, *, classes=4, **options):
        del classes
        return super().network(architecture, **options)


BROKEN = {
    ReadsWrongly: "test_choices_and_texts_lead_back",
    TellsIsomorphicApart: "test_texts_tell_architectures_apart_and_keys_no_more",
    StaysWhereItIs: "test_mutants_are_other_allowed_architectures",
    CountsItself: "test_neighbours_are_other_allowed_architectures_each_once",
    BreaksItsPromise: "test_neighbours_are_mutual_where_promised",
    IsAlwaysActive: "test_a_decision_is_active_exactly_where_a_condition_holds",
    ForgetsConditions: "test_the_best_has_the_greatest_sum_where_the_space_offers_it",
    TakesThirds: "test_children_take_every_choice_from_a_parent",
    DrawsTwice: "test_samples_are_different_reproducible_and_without_the_excluded",
    KnowsNoClasses: "test_networks_of_the_smallest_options_take_the_data",
}


@pytest.mark.parametrize(("broken", "law"), BROKEN.items(), ids=[broken.__name__ for broken in BROKEN])
def test_a_broken_space_breaks_a_law(broken, law):
    with pytest.raises(AssertionError):
        getattr(SpaceConformance(), law)(broken())


def test_a_space_that_rounds_is_found_out():
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        SpaceConformance().test_what_is_no_integer_is_no_choice(Rounds(), 1.0)
