"""What every estimator under `predictors/` owes. A new one is found by being there: a class with `name` and `score`."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import numpy as np
import pytest
from scipy.stats import kendalltau

import predictors
from predictors.estimator import Estimator
from spaces import SPACES

LABELS = 12


def estimator_classes():
    """Every concrete class of the package that has a score, by name."""
    found = pkgutil.walk_packages(predictors.__path__, "predictors.")
    modules = [importlib.import_module(module.name) for module in found]
    return {
        cls.name: cls
        for module in modules
        for _, cls in inspect.getmembers(module, inspect.isclass)
        if cls.__module__ == module.__name__ and cls is not Estimator and hasattr(cls, "score")
    }


CLASSES = estimator_classes()


@pytest.fixture(params=SPACES.values(), ids=SPACES)
def space(request):
    return request.param


@pytest.fixture(params=CLASSES.values(), ids=CLASSES)
def estimator(request, space):
    """Made by what the constructor asks for: the space, or the space and labelled architectures."""
    cls = request.param
    if "accuracies" not in inspect.signature(cls).parameters:
        return cls(space)
    architectures = space.sample(np.random.default_rng(1), LABELS)
    return cls(space, architectures, np.sqrt([space.cost(architecture).parameters for architecture in architectures]))


def test_there_are_some_to_test():
    assert {"parameters", "multiply_adds", "label_matched"} <= CLASSES.keys()


def pool(space, count=60):
    return space.sample(np.random.default_rng(2), count)


def test_scores_are_finite_numbers_one_an_architecture(estimator, space):
    scores = estimator.score(pool(space))
    assert scores.shape == (60,)
    assert scores.dtype == np.float64
    assert np.isfinite(scores).all()
    assert len(np.unique(scores)) > 5


def test_it_names_itself(estimator):
    assert estimator.name
    assert estimator.label
    assert estimator.name != estimator.label, "one is a key, the other is for readers"


def test_a_score_depends_on_its_architecture_alone(estimator, space):
    architectures = pool(space)
    scores = estimator.score(architectures)
    order = np.random.default_rng(3).permutation(len(architectures))
    shuffled = estimator.score([architectures[place] for place in order])
    np.testing.assert_allclose(shuffled, scores[order], rtol=1e-12)
    np.testing.assert_allclose(estimator.score(architectures[7:8]), scores[7:8], rtol=1e-12)
    np.testing.assert_array_equal(estimator.score(architectures), scores)


def test_higher_is_better(estimator, space):
    """On a truth that grows with the parameters, which every one of them can see."""
    architectures = pool(space, 300)
    truth = [space.cost(architecture).parameters for architecture in architectures]
    assert kendalltau(estimator.score(architectures), truth).statistic > 0.3
