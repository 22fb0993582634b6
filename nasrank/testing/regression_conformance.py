"""Laws of regressions on labels beside those of every estimator, as a class of pytest.

@pytest.mark.parametrize("space", [get_space("nb201")])
@pytest.mark.parametrize("kind", [Mine])
class TestMine(RegressionConformance):
    pass
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nasrank.predictors.arrays import FloatArray
from nasrank.predictors.encodings.computed_once import EncodedOnce
from nasrank.predictors.estimator import Context, Estimator, Labels
from nasrank.spaces.space import SearchSpace
from nasrank.testing.estimator_conformance import labels, scored


class RegressionConformance:
    """Laws of an estimator that needs labels alone; `kind` and `space` come from parametrizations of the class."""

    def scores(self, kind: type[Estimator], space: SearchSpace[Any], some_labels: Labels, **more: Any) -> FloatArray:
        return kind().prepared(Context(space, labels=some_labels, **more)).score(scored(space))

    def test_the_order_of_the_labels_decides_nothing(self, kind: type[Estimator], space: SearchSpace[Any]) -> None:
        known = labels(space)
        order = np.random.default_rng(1).permutation(len(known.accuracies))
        turned = Labels([known.architectures[place] for place in order], known.accuracies[order])
        np.testing.assert_array_equal(self.scores(kind, space, turned), self.scores(kind, space, known))

    def test_encodings_that_were_computed_before_make_no_difference(
        self, kind: type[Estimator], space: SearchSpace[Any]
    ) -> None:
        known = labels(space)
        encodings = EncodedOnce(space, [*scored(space, 10), *known.architectures[:10]])
        np.testing.assert_array_equal(
            self.scores(kind, space, known, encodings=encodings), self.scores(kind, space, known)
        )

    @pytest.mark.parametrize("labelled", [0, 1])
    def test_fewer_than_two_labels_are_refused(
        self, kind: type[Estimator], space: SearchSpace[Any], labelled: int
    ) -> None:
        with pytest.raises(ValueError, match="give 2 or more of each"):
            self.scores(kind, space, labels(space, labelled))

    @pytest.mark.parametrize("wrong", [np.nan, np.inf])
    def test_labels_that_are_not_finite_are_refused(
        self, kind: type[Estimator], space: SearchSpace[Any], wrong: float
    ) -> None:
        known = labels(space, 5)
        with pytest.raises(ValueError, match="1 of 5 labels are not finite"):
            self.scores(kind, space, Labels(known.architectures, np.array([*known.accuracies[:4], wrong])))
