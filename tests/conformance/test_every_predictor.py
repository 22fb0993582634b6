"""What every estimator under `predictors/` owes. A new one is found by being there: a class with a `score`.

Those that are fitted on labels also stand in a registry, and are tried stacked on known scores, too.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import warnings
from functools import cache, partial

import numpy as np
import pytest
from scipy.stats import kendalltau

import nasrank.predictors
from nasrank.predictors.estimator import Estimator
from nasrank.predictors.known_scores import KnownScores
from nasrank.predictors.labelled.label_matched import LABEL_MATCHED, LabelMatched
from nasrank.spaces import SPACES

POOL, LABELLED = 300, 50
LABELS = 15


def estimator_classes():
    """Every concrete class of the package that has a score."""
    found = pkgutil.walk_packages(nasrank.predictors.__path__, "nasrank.predictors.")
    modules = [importlib.import_module(module.name) for module in found]
    return [
        cls
        for module in modules
        for _, cls in inspect.getmembers(module, inspect.isclass)
        if cls.__module__ == module.__name__ and cls is not Estimator and not inspect.isabstract(cls)
        if hasattr(cls, "score")
    ]


@cache
def drawn(space):
    """Architectures and their parameters."""
    architectures = space.sample(np.random.default_rng(2), POOL + LABELLED)
    return architectures, np.array([space.cost(architecture).parameters for architecture in architectures], dtype=float)


def pool(space, count=60):
    return drawn(space)[0][:count]


def labelled(space, count=LABELS):
    """Architectures that are not in the pool, and a truth of them that grows with the parameters."""
    architectures, parameters = drawn(space)
    return architectures[POOL:][:count], np.sqrt(parameters[POOL:][:count])


@cache
def known(space):
    """Scores of everything that is drawn: parameters, blurred."""
    architectures, parameters = drawn(space)
    noise = np.random.default_rng(4).normal(scale=parameters.std(), size=len(parameters))
    return KnownScores(architectures, parameters + noise)


def make(cls, space, stacked=False):
    """An instance, by what the constructor asks for: the space, labelled architectures, or scores."""
    parameters = inspect.signature(cls).parameters
    if "accuracies" in parameters:
        return cls(space, *labelled(space), *([known(space)] if stacked else []))
    return known(space) if "scores" in parameters else cls(space)


MAKERS = {cls.__name__: partial(make, cls) for cls in estimator_classes()}
MAKERS |= {f"{cls.__name__}-stacked": partial(make, cls, stacked=True) for cls in LABEL_MATCHED.values()}


@pytest.fixture(params=SPACES.values(), ids=SPACES)
def space(request):
    return request.param


@pytest.fixture(params=MAKERS.values(), ids=MAKERS)
def estimator(request, space):
    return request.param(space)


@pytest.fixture(params=LABEL_MATCHED.values(), ids=LABEL_MATCHED)
def label_matched(request):
    return request.param


def test_there_are_some_to_test():
    assert {"parameters", "multiply_adds", "label_matched"} <= {getattr(cls, "name", "") for cls in estimator_classes()}


def test_all_that_are_fitted_on_labels_are_registered():
    found = {cls for cls in estimator_classes() if issubclass(cls, LabelMatched)}
    assert found == set(LABEL_MATCHED.values())
    assert all(cls.name == name for name, cls in LABEL_MATCHED.items())


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
    scores = estimator.score(pool(space, POOL))
    assert kendalltau(scores, drawn(space)[1][:POOL]).statistic > 0.3


class TestFittedOnLabels:
    @pytest.mark.parametrize("count", [2, 5])
    def test_few_labels_neither_fail_nor_warn(self, label_matched, space, count):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for accuracies in (np.arange(count) + 90.0, np.full(count, 90.0)):
                fitted = label_matched(space, labelled(space, count)[0], accuracies, known(space))
                assert np.isfinite(fitted.score(pool(space))).all()

    def test_only_the_order_of_the_labels_counts(self, label_matched, space):
        architectures, accuracies = labelled(space)
        scores = label_matched(space, architectures, accuracies).score(pool(space))
        same_order = label_matched(space, architectures, np.log(accuracies) - 50)
        np.testing.assert_array_equal(same_order.score(pool(space)), scores)

    def test_the_same_labels_give_the_same_bits(self, label_matched, space):
        one, other = (label_matched(space, *labelled(space)).score(pool(space)) for _ in range(2))
        np.testing.assert_array_equal(one, other)

    def test_a_telling_score_helps_those_stacked_on_it(self, label_matched, space):
        """On a truth of pure noise, which the score alone knows."""
        everything, _ = drawn(space)
        truth = np.random.default_rng(5).normal(size=len(everything))
        alone, stacked = (
            label_matched(space, everything[POOL:], truth[POOL:], on).score(everything[:POOL])
            for on in (None, KnownScores(everything, truth))
        )
        assert abs(kendalltau(alone, truth[:POOL]).statistic) < 0.15
        assert kendalltau(stacked, truth[:POOL]).statistic > 0.3

    def test_stacked_ones_say_on_what(self, label_matched, space):
        stacked = label_matched(space, *labelled(space), known(space))
        assert stacked.name == f"{label_matched.name}+known_scores"
        assert stacked.label == f"{label_matched.label} and known scores"
        assert label_matched(space, *labelled(space)).name == label_matched.name

    @pytest.mark.parametrize(("count", "labels"), [(1, 1), (0, 0), (3, 2), (2, 3)])
    def test_labels_that_do_not_fit_are_refused(self, label_matched, space, count, labels):
        architectures = labelled(space)[0][:count]
        with pytest.raises(ValueError, match=f"{count} architectures and {labels} labels"):
            label_matched(space, architectures, np.arange(float(labels)))

    def test_labels_that_are_not_finite_are_refused(self, label_matched, space):
        with pytest.raises(ValueError, match="1 of 3 labels are not finite"):
            label_matched(space, labelled(space)[0][:3], np.array([1.0, 2.0, np.nan]))

    def test_equal_labels_score_all_alike(self, label_matched, space):
        fitted = label_matched(space, labelled(space, 5)[0], np.full(5, 90.0))
        assert np.ptp(fitted.score(pool(space))) < 1e-9


UNUSABLE = {
    "masked": np.ma.masked_equal([1.0, 2.0, 3.0], 2.0),
    "masked integers": np.ma.masked_equal([1, 2, 3], 2),
    "NaN": np.array([1.0, np.nan, 3.0]),
    "infinite": np.array([1.0, np.inf, 3.0]),
    "texts": np.array(["1", "2", "3"]),
    "complex": np.array([1j, 2, 3]),
    "None": [1.0, None, 3.0],
    "a column": np.array([[1.0], [2.0], [3.0]]),
    "empty": np.empty(0),
    "one element": np.array([1.0]),
}
USABLE = {
    "integers": np.array([1, 3, 2]),
    "a list": [1.0, 3.0, 2.0],
    "an unused mask": np.ma.array([1.0, 3.0, 2.0], mask=False),
}
FED = [cls for cls in estimator_classes() if {"accuracies", "scores"} & set(inspect.signature(cls).parameters)]


@pytest.mark.parametrize("cls", FED, ids=lambda cls: cls.__name__)
class TestGivenNumbers:
    """Whatever is fitted on labels or holds scores; cases, group 2: masks were ignored."""

    def fed(self, cls, values):
        space = SPACES["nb201"]
        architectures = pool(space, 3)
        return (
            cls(architectures, values)
            if "scores" in inspect.signature(cls).parameters
            else cls(space, architectures, values)
        )

    @pytest.mark.parametrize("values", UNUSABLE.values(), ids=UNUSABLE)
    def test_what_cannot_be_used_is_refused(self, cls, values):
        with pytest.raises(ValueError, match=r"1 of 3|real numbers|[0-9] (labels|architectures)"):
            self.fed(cls, values)

    @pytest.mark.parametrize("values", USABLE.values(), ids=USABLE)
    def test_other_numbers_are_numbers(self, cls, values):
        architectures = pool(SPACES["nb201"], 3)
        expected = self.fed(cls, np.array([1.0, 3.0, 2.0])).score(architectures)
        np.testing.assert_array_equal(self.fed(cls, values).score(architectures), expected)


def test_no_architectures_have_no_scores(estimator):
    assert estimator.score([]).shape == (0,)


def test_architectures_of_another_space_are_refused(estimator, space):
    for other in SPACES.values():
        if other is not space:
            foreign = other.sample(np.random.default_rng(0), 1)
            with pytest.raises(ValueError, match=r".{10,}"):
                estimator.score([*pool(space, 2), *foreign])
