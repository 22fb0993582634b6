"""Cross-fitting: of super-nets that were guided by parts of the labels, the scores are used that have not seen a label.

A guided super-net knows its landmarks, so that its scores of these agree with their labels more than its scores of
other architectures will. A regression that is stacked on such scores trusts them too much. Here the labels are cut into
parts, one super-net is guided by each, and every label calibrates only scores of super-nets that have not been told it:
what stacking does with predictions out of fold [Wolpert1992], and estimates of nuisance functions do since
[Chernozhukov2018].

References:
    [Wolpert1992] Wolpert, "Stacked Generalization", Neural Networks 5, 1992.
    [Chernozhukov2018] Chernozhukov et al., "Double/Debiased Machine Learning for Treatment and Structural Parameters",
        The Econometrics Journal 21, 2018.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from nasrank.predictors.arrays import FloatArray


class Predicts(Protocol):
    """A regression that has been fitted."""

    def predict(self, features: FloatArray) -> FloatArray: ...


def cross_fitted(
    fit: Callable[[FloatArray, FloatArray], Predicts],
    features: npt.ArrayLike,
    scores: npt.ArrayLike,
    labels: npt.ArrayLike,
    told: npt.ArrayLike,
) -> FloatArray:
    """A score of every architecture `(n,)`, higher is better: the mean over super-nets of what a regression predicts
    that is stacked on the scores of this super-net and fitted to the labels that it was not told.

    Each prediction is of ranks, scaled to mean 0 and variance 1 over the architectures, so that super-nets with more
    labels to calibrate them do not count for more.

    Args:
        fit: makes a regression of targets `(labels,)` on features `(labels, features + 1)`, such as the `fit` of a
            regression on the same labels.
        features: of the architectures `(n, features)`.
        scores: of the architectures by each super-net `(super-nets, n)`, higher is better. Their ranks are used.
        labels: accuracies `(n,)`, NaN of those that have none.
        told: which labels have guided which super-net `(super-nets, n)`.

    Raises:
        ValueError: the shapes do not fit; features or scores are not finite; a super-net was told of an architecture
            without a label, or leaves fewer than two labels that it was not told.
    """
    rows, by_net = np.asarray(features, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    known, seen = np.asarray(labels, dtype=np.float64), np.asarray(told, dtype=bool)
    if rows.ndim != 2 or by_net.ndim != 2 or known.shape != (len(rows),) or by_net.shape[1:] != known.shape:
        raise ValueError(f"features {rows.shape}, scores {by_net.shape} and labels {known.shape} do not fit each other")
    if seen.shape != by_net.shape or not len(by_net):
        raise ValueError(f"told is of shape {seen.shape}: give one row for each super-net, like scores {by_net.shape}")
    if not (np.isfinite(rows).all() and np.isfinite(by_net).all()):
        raise ValueError("features and scores must be finite")
    labelled = ~np.isnan(known)
    total = np.zeros(len(rows))
    for net, (own, own_told) in enumerate(zip(by_net, seen, strict=True)):
        if (own_told & ~labelled).any():
            raise ValueError(f"super-net {net} was told of an architecture that has no label")
        honest = labelled & ~own_told
        if honest.sum() < 2:
            raise ValueError(f"super-net {net} was told all but {honest.sum()} of the labels: 2 or more must be left")
        stacked = np.column_stack([rows, scaled_ranks(own)])
        model = fit(stacked[honest], rankdata(known[honest]))
        total += scaled_ranks(np.asarray(model.predict(stacked), dtype=np.float64))
    return total / len(by_net)


def scaled_ranks(values: FloatArray) -> FloatArray:
    """Ranks of values `(n,)`, scaled to mean 0 and variance 1; all 0 if these are equal."""
    ranks = rankdata(values)
    centred = ranks - ranks.mean()
    return np.asarray(centred / (centred.std() or 1.0))
