"""Optuna's samplers: they search better than chance, hear of what is forbidden, and leave Optuna as it was."""

from __future__ import annotations

import subprocess
import sys
from inspect import signature

import numpy as np
import optuna
import pytest
from optuna.trial import TrialState
from toy import CONSTRAINED, TOY, ToySpace, stream

from nasrank.bench.search.optuna_searcher import MOST_DRAWS, OptunaGp, OptunaNsga2, OptunaRandom, OptunaTpe, TpeSettings
from nasrank.bench.search.random_search import RandomSearch
from nasrank.bench.search.searcher import search
from nasrank.spaces import get_space
from nasrank.spaces.decisions import Decision
from nasrank.spaces.subspace import SubSpace

SPACE = get_space("nb201")
KINDS = [OptunaTpe, OptunaGp, OptunaNsga2, OptunaRandom]
EVERY = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)

DEPRECATED = {
    "consider_prior",
    "prior_weight",
    "consider_magic_clip",
    "consider_endpoints",
    "gamma",
    "weights",
    "warn_independent_sampling",
    "constraints_func",
}


def worth(paths):
    """Each decision adds what its option is worth."""
    values = stream(7).random((6, 5))
    return values[np.arange(6), np.array(paths)].sum(axis=1)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "evaluations"), [(OptunaTpe, 60), (OptunaGp, 24), (OptunaNsga2, 200)])
def test_it_finds_what_random_search_of_the_same_size_does_not(kind, evaluations):
    def found(kind, seed):
        searcher = kind(SPACE, stream(seed))
        search(searcher, [worth], evaluations=evaluations)
        return worth([searcher.best()])[0]

    assert np.mean([found(kind, seed) for seed in range(3)]) > np.mean([found(RandomSearch, seed) for seed in range(3)])


@pytest.mark.parametrize(
    ("kind", "sampler"),
    list(zip(KINDS, ["TPESampler", "GPSampler", "NSGAIISampler", "RandomSampler"], strict=True)),
)
def test_every_argument_of_a_sampler_is_written_out(kind, sampler, monkeypatch):
    """An argument that Optuna adds, or no longer warns of, has to be decided upon here."""
    original = getattr(optuna.samplers, sampler)
    known = set(signature(original).parameters)
    seen = []

    def recorded(**arguments):
        seen.append(arguments)
        return original(**arguments)

    monkeypatch.setattr(optuna.samplers, sampler, recorded)
    kind(SPACE, stream())
    written = set(seen[-1])  # the sampler itself is made after those that it uses
    left_out = DEPRECATED - ({"warn_independent_sampling"} if kind is OptunaGp else set())
    assert written == known - left_out


def test_settings_reach_the_sampler():
    searcher = OptunaTpe(SPACE, stream(), TpeSettings(startup=3, candidates=7))
    sampler = searcher.sampler()
    assert (sampler._n_startup_trials, sampler._n_ei_candidates) == (3, 7)


def test_a_decision_is_a_category_and_one_with_an_order_an_integer():
    space = ToySpace((Decision("kind", tuple("abcd")), Decision.integers("width", 8, 32, step=8)))
    searcher = OptunaTpe(SubSpace(space, {0: (1, 3), 1: (0, 2, 3)}), stream())
    assert searcher._distributions == {
        "kind": optuna.distributions.CategoricalDistribution((0, 1)),
        "width": optuna.distributions.IntDistribution(0, 2),
    }
    looked = search(searcher, [lambda paths: np.zeros(len(paths))], evaluations=40)
    assert {kind for kind, _ in looked} == {1, 3}
    assert {width for _, width in looked} == {0, 2, 3}


@EVERY
def test_what_the_space_forbids_is_a_trial_that_failed_and_is_drawn_again(kind):
    searcher = kind(CONSTRAINED, stream())
    looked = search(searcher, [lambda paths: np.zeros(len(paths))], evaluations=10)
    assert all(CONSTRAINED.allows(path) for path in looked)
    states = [trial.state for trial in searcher._study.trials]
    assert states.count(TrialState.COMPLETE) == 10
    assert states.count(TrialState.FAIL) == len(states) - 10 > 0


def test_after_many_that_are_forbidden_an_architecture_is_drawn_from_the_space():
    space = ToySpace((Decision("only", tuple(map(str, range(1_000)))),), rule=lambda choices: choices[0] == 617)
    searcher = OptunaRandom(space, stream())
    assert searcher.ask() == [(617,)]
    searcher.tell([(617,)], [1.0])
    states = [trial.state for trial in searcher._study.trials]
    assert states == [TrialState.FAIL] * MOST_DRAWS + [TrialState.COMPLETE]
    assert searcher._study.best_params == {"only": 617}


def test_optuna_hears_of_values_of_what_has_none_and_of_what_was_not_asked_for():
    searcher = OptunaTpe(SubSpace(TOY, {1: (0, 2)}), stream())
    (asked,) = searcher.ask()
    other, worthless = [path for path in ((0, 2, 1), (1, 0, 2), (0, 0, 0)) if path != asked][:2]
    searcher.tell([asked, other, worthless, (0, 4, 0)], [0.5, 0.75, np.nan, 0.9])
    told = [(trial.state, trial.values, trial.params["second"]) for trial in searcher._study.trials]
    assert told == [
        (TrialState.COMPLETE, [0.5], (0, 2).index(asked[1])),
        (TrialState.COMPLETE, [0.75], (0, 2).index(other[1])),
        (TrialState.FAIL, None, (0, 2).index(worthless[1])),
    ], "what is outside the part that is searched is no trial of it"
    assert searcher.best() == (0, 4, 0)


def test_without_optuna_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ValueError, match=r"^Optuna is not installed: pip install 'nasrank\[search\]'$"):
        OptunaTpe(SPACE, stream())


@pytest.mark.slow
def test_a_list_of_searchers_imports_neither_optuna_nor_pymoo():
    look = "from nasrank.bench.search.searcher import SEARCHERS; list(SEARCHERS)"
    code = f"import sys; {look}; print('optuna' in sys.modules, 'pymoo' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False False"


def test_optuna_says_as_much_as_before_and_nothing_here(capsys):
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.INFO)
    try:
        search(OptunaGp(TOY, stream()), [lambda paths: np.zeros(len(paths))], evaluations=12)
        assert optuna.logging.get_verbosity() == optuna.logging.INFO
    finally:
        optuna.logging.set_verbosity(before)
    assert capsys.readouterr() == ("", "")
