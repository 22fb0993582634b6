"""Labels and a predictor: random labels first, then the best predicted, fitted anew as said."""

from __future__ import annotations

import numpy as np
import pytest
from toy import TOY, stream

from nasrank import get_space
from nasrank.bench.search.predicted import Predicted, PredictedSettings
from nasrank.bench.search.searcher import search
from nasrank.predictors.known_scores import KnownScores

SPACE = get_space("nb201")
SETTINGS = PredictedSettings(predictor="label_matched", labels=20, every=5, candidates=2000)


def parameters(paths):
    return np.array([SPACE.cost(SPACE.from_choices(path)).parameters for path in paths], dtype=float)


def test_random_labels_come_first_and_then_a_few_at_a_time():
    searcher = Predicted(SPACE, stream(), SETTINGS)
    sizes = []
    for _ in range(3):
        asked = searcher.ask()
        sizes.append(len(asked))
        searcher.tell(asked, parameters(asked))
    assert sizes == [20, 5, 5]


def test_it_finds_what_its_predictor_can_see():
    """A ridge on choices sees the number of parameters, so that the greatest comes at once."""
    searcher = Predicted(SPACE, stream(), SETTINGS)
    looked = search(searcher, [parameters], evaluations=25)
    assert parameters(looked[20:]).mean() > parameters(looked[:20]).max()


def test_labels_told_beforehand_count():
    searcher = Predicted(SPACE, stream(), SETTINGS)
    known = [tuple(SPACE.random_choices(stream(seed))) for seed in range(20)]
    searcher.tell(known, parameters(known))
    assert len(searcher.ask()) == 5


@pytest.mark.slow
def test_it_is_stacked_on_what_is_known():
    """On a truth of pure noise, which the scores alone know."""
    space = list(SPACE)
    noise = dict(zip(space, np.random.default_rng(1).normal(size=len(space)), strict=True))

    def truth(paths):
        return np.array([noise[SPACE.from_choices(path)] for path in paths])

    def best(known):
        searcher = Predicted(SPACE, stream(), SETTINGS.model_copy(update={"labels": 60, "candidates": 16_000}))
        searcher.know(known)
        search(searcher, [truth], evaluations=65)
        return truth([searcher.best()])[0]

    assert best((KnownScores(space, list(noise.values())),)) > best(()) + 0.5


def test_equal_labels_teach_nothing_and_more_are_drawn():
    searcher = Predicted(SPACE, stream(), SETTINGS)
    first = searcher.ask()
    searcher.tell(first, np.zeros(len(first)))
    assert len(searcher.ask()) == 1


def test_what_it_cannot_use_is_refused():
    with pytest.raises(ValueError, match="needs a whole search space"):
        Predicted(TOY, stream())
    with pytest.raises(ValueError, match="parameters is not fitted to labels"):
        PredictedSettings(predictor="parameters")
