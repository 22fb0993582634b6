"""Networks fitted to the scores of a super-net, which take out some of their errors [Chen2020].

What a super-net says of an architecture has an error of its own, besides what it gets wrong of all that are alike. A
network that is fitted to the scores of a sample can only learn the latter. So its prediction of an architecture may
rank better than the score, and the whole space is ranked without asking the super-net of each.

References:
    [Chen2020] Chen et al., "Fitting the Search Space of Weight-sharing NAS with Graph Convolutional Networks",
        arXiv:2004.08423, 2020.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.predictors.arrays import FloatArray, finite
from nasrank.predictors.estimator import Context, Labels
from nasrank.predictors.learned.neural_predictor import NeuralPredictor
from nasrank.spaces.space import SearchSpace


def fitted_to_scores(
    space: SearchSpace[Any], architectures: Sequence[Any], scores: npt.ArrayLike, generator: np.random.Generator
) -> NeuralPredictor:
    """A neural predictor whose labels are scores `(n,)`, higher is better: it scores all architectures of the space.

    Of an architecture that it is fitted to, it has seen the score, error included; see `out_of_fold` for these.

    Raises:
        ValueError: as of `Labels`.
    """
    labels = Labels(architectures, finite("scores", scores))
    return NeuralPredictor().prepared(Context(space, generator=generator, labels=labels))


def out_of_fold(
    space: SearchSpace[Any],
    architectures: Sequence[Any],
    scores: npt.ArrayLike,
    generator: np.random.Generator,
    folds: int = 5,
) -> FloatArray:
    """What is predicted of each architecture by a predictor that has not seen its score `(n,)`, higher is better.

    Architectures of one reduced graph are in the same fold, as they would tell on each other. Predictions of each fold
    are of ranks among the scores of the others, in standard deviations.

    Args:
        folds: how many predictors are fitted, 2 or more, each to all folds but one.

    Raises:
        ValueError: as of `Labels`, or fewer kinds of graphs than folds.
    """
    values = finite("scores", scores)
    if len(values) != len(architectures):
        raise ValueError(f"{len(architectures)} architectures need as many scores, not {len(values)}")
    reduced = [str(space.functional(architecture, silence_is_zero=True)) for architecture in architectures]
    names, kinds = np.unique(reduced, return_inverse=True)
    count = len(names)
    if folds < 2 or count < folds:
        raise ValueError(f"{folds} folds of {count} kinds of architectures: there must be 2 or more, each with some")
    fold = (generator.permutation(count) % folds)[kinds]
    predicted = np.empty(len(values))
    for held_out in range(folds):
        inside = [one for one, place in zip(architectures, fold, strict=True) if place != held_out]
        outside = [one for one, place in zip(architectures, fold, strict=True) if place == held_out]
        predictor = fitted_to_scores(space, inside, values[fold != held_out], generator)
        predicted[fold == held_out] = predictor.score(outside)
    return predicted
