"""Labels and contexts: what cannot be used is refused where it enters."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from nasrank.predictors import Context, Estimator, Labels
from nasrank.predictors.known_scores import KnownScores
from nasrank.spaces import get_space

SPACE = get_space("nb201")

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


class Everything(Estimator):
    name, label = "everything", "an estimator with many needs"
    needs = frozenset({"generator", "labels", "samples", "network", "loss", "known"})

    def score(self, architectures):
        return np.zeros(len(architectures))


@pytest.mark.parametrize("kind", [Labels, KnownScores])
class TestGivenNumbers:
    """Whatever holds labels or scores; cases, group 2: masks were ignored."""

    @pytest.mark.parametrize("values", UNUSABLE.values(), ids=UNUSABLE)
    def test_what_cannot_be_used_is_refused(self, kind, values):
        with pytest.raises(ValueError, match=r"1 of 3|real numbers|[0-9] (labels|architectures)"):
            kind("abc", values)

    @pytest.mark.parametrize("values", USABLE.values(), ids=USABLE)
    def test_other_numbers_are_numbers(self, kind, values):
        def held(one):
            return one.accuracies if kind is Labels else one.score("abc")

        expected = held(kind("abc", np.array([1.0, 3.0, 2.0])))
        np.testing.assert_array_equal(held(kind("abc", values)), expected)
        assert held(kind("abc", values)).dtype == np.float64


@pytest.mark.parametrize(("count", "labels"), [(1, 1), (0, 0), (3, 2), (2, 3)])
def test_labels_that_do_not_fit_are_refused(count, labels):
    with pytest.raises(ValueError, match=f"{count} architectures and {labels} labels: give 2 or more of each"):
        Labels("abc"[:count], np.arange(float(labels)))


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_labels_that_are_not_finite_are_refused(wrong):
    """Ranks would hide them: `rankdata` makes every rank NaN, or the infinite one simply the best."""
    with pytest.raises(ValueError, match="1 of 3 labels are not finite"):
        Labels("abc", np.array([1.0, 2.0, wrong]))


def test_all_that_is_missing_is_named():
    expected = "an estimator with many needs needs generator, known, loss, network, samples, which the context"
    with pytest.raises(ValueError, match=expected):
        Everything().prepared(Context(SPACE, labels=Labels("ab", [1.0, 2.0])))


def test_an_estimator_has_no_context_before_it_is_prepared():
    with pytest.raises(ValueError, match=r"many needs has not been prepared: call prepared\(context\) first"):
        _ = Everything().context


def test_costs_and_what_they_are_prepared_with_do_not_import_torch():
    code = "import sys, nasrank.predictors, nasrank.predictors.costs; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
