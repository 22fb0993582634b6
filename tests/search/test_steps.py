"""Policy gradient by steps, against its rule written out and on values that it must climb."""

from __future__ import annotations

import numpy as np

from nasrank.bench.search.searcher import SEARCHERS, search
from nasrank.bench.search.steps import DOWN, STAY, UP, PolicySteps, StepsSettings
from nasrank.spaces import get_space

MIXED = get_space("transformer")
"""Of a layer, two decisions are ordered and one is not."""


def quality(paths):
    """The more of each ordered decision, the better; one option of others is."""
    return np.array([sum(path) for path in paths], dtype=np.float64)


def told(space, seed=0, **settings):
    """A searcher that has looked at a start and at one round."""
    searcher = PolicySteps(space, np.random.default_rng(seed), StepsSettings(**settings))
    for _ in range(2):
        asked = searcher.ask()
        searcher.tell(asked, quality(asked))
    return searcher


def test_a_round_is_of_steps_to_either_side():
    searcher = told(MIXED, perturbations=30)
    (start, *_), round_of = list(searcher.seen), searcher._round
    assert len(round_of) == 30
    for choices, steps in round_of:
        for place, (decision, step) in enumerate(zip(MIXED.decisions, steps, strict=True)):
            if decision.ordered:
                assert choices[place] == min(max(start[place] + step, 0), len(decision.options) - 1)
            else:
                assert choices[place] == (searcher._others[place] if step else start[place])
    assert {step for _, steps in round_of for step in steps} == {DOWN, STAY, UP}


def test_each_decision_goes_where_the_mean_is_best():
    """Written out decision by decision, staying where two means are alike; of unordered ones both steps are one."""
    searcher = told(MIXED, perturbations=30)
    start, round_of = next(iter(searcher.seen)), searcher._round
    expected = []
    for place in range(len(start)):
        ordered = MIXED.decisions[place].ordered

        def taken(steps, place=place, ordered=ordered):
            return steps[place] if ordered else abs(steps[place])

        means = {
            step: [quality([choices])[0] for choices, steps in round_of if taken(steps) == step]
            for step in ((0, -1, 1) if ordered else (0, 1))
        }
        best = max(means, key=lambda step, means=means: np.mean(means[step]) if means[step] else -np.inf)
        expected.append(searcher._one_step(place, start[place], best))
    searcher.ask()
    assert searcher._at == tuple(expected)
    assert quality([searcher._at]) > quality([start])


def test_it_climbs_where_each_step_is_worth_something():
    """Within as many looks further than random search, in each of five seeds."""
    for seed in range(5):
        found = []
        for name in ("policy_steps", "random"):
            searcher = SEARCHERS[name](MIXED, np.random.default_rng(seed))
            search(searcher, [quality], evaluations=150)
            found.append(quality([searcher.best()])[0])
        assert found[0] > found[1]


def test_where_nothing_new_is_around_it_begins_elsewhere():
    """At the top of all decisions a round finds what is known, sooner or later; it does not end there."""
    searcher = PolicySteps(get_space("recurrent"), np.random.default_rng(0))
    looked = search(searcher, [quality], evaluations=600)
    assert len(set(looked)) == 600
