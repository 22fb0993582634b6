"""BANANAS: it finds what random search does not, by draws from an ensemble over mutants of the best."""

from __future__ import annotations

import numpy as np
import pytest
from toy import TOY, stream

from nasrank.bench.search.bananas import Bananas, BananasSettings
from nasrank.bench.search.random_search import RandomSearch
from nasrank.bench.search.searcher import search
from nasrank.spaces import get_space
from nasrank.spaces.subspace import SubSpace

SPACE = get_space("nb201")


def closeness(paths, target=(3, 1, 3, 2, 0, 3)):
    """How many choices are those of one hidden architecture."""
    return (np.array(paths) == target).sum(axis=1).astype(float)


def told(count=20, settings=None, space=SPACE, seed=0):
    """A searcher that knows of so many random architectures, told as they were drawn."""
    searcher = Bananas(space, stream(seed), settings)
    while len(searcher.seen) < count:
        choices = tuple(space.random_choices(searcher.generator))
        searcher.tell([choices], [sum(choices)])
    return searcher


@pytest.mark.slow
def test_it_finds_what_random_search_of_the_same_size_does_not():
    def found(kind, seed):
        searcher = kind(SPACE, stream(seed))
        search(searcher, [closeness], evaluations=80)
        return closeness([searcher.best()])[0]

    ours, chance = ([found(kind, seed) for seed in range(4)] for kind in (Bananas, RandomSearch))
    assert min(ours) >= max(chance)
    assert np.mean(ours) > np.mean(chance) + 1


def test_sizes_are_the_papers():
    searcher = Bananas(SPACE, stream())
    first = searcher.ask()
    assert len(first) == 10
    searcher.tell(first, closeness(first))
    assert len(searcher.ask()) == 10
    settings = BananasSettings()
    assert (settings.ensemble, settings.pool, settings.initial, settings.batch) == (5, 100, 10, 10)


def test_candidates_are_new_mutants_of_the_best():
    searcher = told(settings=BananasSettings(parents=2, redrawn=0.5))
    best = searcher.best_seen(2)
    candidates = searcher.candidates()
    assert len(set(candidates)) == len(candidates) > 20
    assert not set(candidates) & set(searcher.seen)
    distances = [min(sum(a != b for a, b in zip(one, parent, strict=True)) for parent in best) for one in candidates]
    assert max(distances) <= 3
    assert distances.count(1) > len(distances) / 2


@pytest.mark.slow
def test_a_rating_is_a_draw_from_the_spread_of_the_ensemble(monkeypatch):
    predicted = np.array([[1.0, 4.0], [1.0, 6.0], [1.0, 8.0]])
    searcher = told()
    monkeypatch.setattr(searcher, "predictions", lambda candidates, samples: predicted)
    drawn = np.array([searcher.rated([(0,) * 6, (1,) * 6]) for _ in range(4_000)])
    assert (drawn[:, 0] == 1.0).all(), "where the members agree there is no chance"
    assert drawn[:, 1].mean() == pytest.approx(6.0, abs=0.1)
    assert drawn[:, 1].std() == pytest.approx(np.sqrt(8 / 3), rel=0.05)


def test_the_highest_ratings_are_looked_at(monkeypatch):
    searcher = told(settings=BananasSettings(batch=3))
    candidates = [(0, 0, 0, 0, 1, one) for one in range(5)]
    monkeypatch.setattr(searcher, "candidates", lambda: candidates)
    monkeypatch.setattr(searcher, "rated", lambda candidates: np.array([0.1, 0.5, np.nan, 0.9, 0.3]))
    assert searcher.ask() == [candidates[3], candidates[1], candidates[4]]


@pytest.mark.parametrize(("predictor", "resampled"), [("wiring_ridge", True), ("neural_predictor", False)])
def test_labels_are_resampled_where_a_predictor_has_no_chance_of_its_own(predictor, resampled, monkeypatch):
    searcher = told(settings=BananasSettings(predictor=predictor))
    members = []

    def recorded(candidates, samples):
        members.extend(samples)
        return np.zeros((len(samples), len(candidates)))

    monkeypatch.setattr(searcher, "predictions", recorded)
    searcher.ask()
    assert [len(sample) for sample in members] == [20] * 5
    alike = [np.array_equal(sample, np.arange(20)) for sample in members]
    assert not any(alike) if resampled else all(alike)


def test_predictors_are_fitted_to_the_order_of_what_was_told():
    searcher = told()
    known = list(searcher.seen)
    lowest = known[0]
    searcher.tell([lowest], [np.nan])
    predicted = searcher.predictions(known, [np.arange(20)])[0]
    values = [float(searcher.seen[one][0]) for one in known]
    assert np.isfinite(predicted).all()
    assert np.corrcoef(np.argsort(np.argsort(values)), predicted)[0, 1] > 0.8


@pytest.mark.parametrize(
    ("predictor", "why"),
    [
        ("nwot", "nwot needs .*; a search can give it labels only"),
        ("params", "a search can give"),
        ("x", "unknown est"),
    ],
)
def test_a_predictor_that_a_search_cannot_fit_is_refused(predictor, why):
    with pytest.raises(ValueError, match=why):
        BananasSettings(predictor=predictor)


def test_a_space_without_architectures_is_refused_and_a_part_of_one_served():
    with pytest.raises(ValueError, match="bananas has a predictor that scores architectures of a search space"):
        Bananas(TOY, stream())
    part = SubSpace(SPACE, {0: (1, 2), 1: (3, 4)})
    looked = search(Bananas(part, stream()), [closeness], evaluations=40)
    assert len(set(looked)) == 40
    assert all(part.owns(path) for path in looked)


def test_what_the_space_forbids_is_never_asked_for():
    space = get_space("nb101")
    looked = search(Bananas(space, stream()), [lambda paths: np.array(paths).sum(axis=1)], evaluations=40)
    assert len(set(looked)) == 40
    assert looked == [space.representative(path) for path in looked]
