"""The regression that predicts held-out labels best: the strongest baseline that labels alone can name.

Candidates are compared by Kendall's tau over pairs within the same fold, so that what a fold is missing in the mean
does no harm to those that shrink towards it. The truth of what is to be ranked is never asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from nasrank.predictors.arrays import FloatArray, IntArray
from nasrank.predictors.encodings.computed_once import EncodedOnce
from nasrank.predictors.estimator import ESTIMATORS, Context, Estimator, Labels, Need
from nasrank.predictors.labelled.regression import Regression, stacked_names

FEWEST = 8
"""Labels that are enough to choose with; with fewer it is `DEFAULT`."""

DEFAULT = "graph_ridge"
PAIRS = 500
"""Folds are drawn anew until about so many pairs have been compared, or `MOST_REPEATS` times."""

MOST_REPEATS, MOST_FOLDS, FOLD = 3, 5, 5
SEED = 0


@ESTIMATORS.register
class BestOnLabels(Estimator):
    """Of the registered regressions that are `candidate`, the one with the highest cross-validated tau.

    Attributes:
        chosen: name of that regression; empty before it is prepared.
        taus: cross-validated Kendall's tau of every candidate by name; empty where labels are too few to choose with.
    """

    name = "best_on_labels"
    label = "best regression on the same labels"
    needs: ClassVar[frozenset[Need]] = frozenset({"labels"})
    chosen: str = ""
    taus: dict[str, float]

    def prepare(self, context: Context) -> None:
        """Choose and fit, anew; folds are those of a fixed seed and do not depend on the order of the labels."""
        assert context.labels is not None
        labels = _in_order(context.labels)
        encodings = context.encodings or EncodedOnce(context.space, labels.architectures)
        whole = Context(context.space, labels=labels, known=context.known, encodings=encodings)
        self.taus = {}
        if len(labels.architectures) >= FEWEST and np.ptp(labels.accuracies):
            kinds = candidates(stacked=bool(context.known))
            folds = list(_folds(len(labels.architectures)))
            self.taus = {name: cross_validated(kind, whole, folds) for name, kind in kinds.items()}
        self.chosen = max(self.taus, key=self.taus.__getitem__) if self.taus else DEFAULT
        self._regression = ESTIMATORS.named(self.chosen)().prepared(replace(whole, encodings=context.encodings))
        super().prepare(Context(context.space, known=context.known, encodings=context.encodings))
        self.name, self.label = stacked_names(type(self), context.known)

    def score(self, architectures: Sequence[Any]) -> FloatArray:
        """That of the regression which was chosen."""
        if self._context is None:
            self.context  # noqa: B018  (which says what has not been done)
        return self._regression.score(architectures)


def candidates(*, stacked: bool) -> dict[str, type[Regression]]:
    """What is chosen from, with known scores or without, by name, in alphabetical order."""
    found = {name: kind for name, kind in ESTIMATORS.items() if isinstance(kind, type) and issubclass(kind, Regression)}
    return {name: kind for name, kind in sorted(found.items()) if kind.candidate and (stacked or not kind.about_known)}


def cross_validated(kind: type[Estimator], context: Context, folds: Sequence[IntArray]) -> float:
    """Kendall's tau-a of predictions and labels over pairs within a fold, each predicted from the labels outside."""
    assert context.labels is not None
    architectures, accuracies = context.labels.architectures, context.labels.accuracies
    agreed, pairs = 0.0, 0
    for fold in folds:
        rest = np.setdiff1d(np.arange(len(accuracies)), fold)
        known = Labels([architectures[place] for place in rest], accuracies[rest])
        scores = kind().prepared(replace(context, labels=known)).score([architectures[place] for place in fold])
        one, other = np.triu_indices(len(fold), 1)
        truth = accuracies[fold]
        agreed += float(np.sum(np.sign(scores[one] - scores[other]) * np.sign(truth[one] - truth[other])))
        pairs += len(one)
    return agreed / pairs


def _folds(labels: int) -> Iterator[IntArray]:
    """Places of the labels that are held out together, of about `FOLD` labels or more."""
    number = min(MOST_FOLDS, max(2, labels // FOLD))
    size = labels / number
    repeats = int(min(MOST_REPEATS, max(1, PAIRS // max(1.0, number * size * (size - 1) / 2))))
    generator = np.random.default_rng(SEED)
    for _ in range(repeats):
        yield from np.array_split(generator.permutation(labels), number)


def _in_order(labels: Labels) -> Labels:
    """The same labels, ordered by themselves and then by the texts of the architectures."""
    texts = [str(one) for one in labels.architectures]
    order = sorted(range(len(texts)), key=lambda place: (labels.accuracies[place], texts[place]))
    return Labels([labels.architectures[place] for place in order], labels.accuracies[order])
