"""A Gaussian process whose length scale, noise and size are as likely as the labels make them [Rasmussen2006].

The kernel is the rational quadratic one of power 1, a mixture of squared exponentials of all lengths about one: graphs
differ in what matters much and in what matters little. Each length of a grid takes one eigendecomposition, after which
every noise is a sum. A grid needs no start and cannot fail to converge.

The size of the process has an inverse gamma distribution about that of the targets, worth `PRIOR` labels, and is
integrated out [Rasmussen2006, 9.9 is of the same kind]: with a handful of labels it stays near, with many it follows.

References:
    [Rasmussen2006] Rasmussen & Williams, "Gaussian Processes for Machine Learning", MIT Press 2006.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import eigh

from nasrank.predictors.arrays import FloatArray

LENGTHS = (2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0)
"""Two architectures of a space are about 4 apart, see `nasrank.predictors.encodings.standardized`."""

KNOWN_WEIGHTS = (0.5, 2.0, 4.0)
"""Tried beside 1 for known scores: by how much they count for more than their standardized differences."""

NOISES = np.array([0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0])
"""Variances, in units of that of the process."""

PRIOR = 5.0
CHUNK = 2_000
"""Architectures whose distances to all labelled ones are in memory at once."""


@dataclass(frozen=True, eq=False)
class Process:
    """The posterior mean of a process that has been fitted.

    Attributes:
        inputs: features of the labelled architectures, `(labels, features)`, those in the kernel first.
        linear: how many of the last features are known scores that the mean is linear in; they are not in the kernel.
        scales: what features in the kernel are multiplied by before the length is that of the kernel.
    """

    inputs: FloatArray
    weights: FloatArray
    scales: FloatArray
    linear: int
    centre: float

    def predict(self, features: FloatArray) -> FloatArray:
        """`(n,)`, in units of the targets."""
        found = np.empty(len(features))
        for start in range(0, len(features), CHUNK):
            rows = features[start : start + CHUNK]
            found[start : start + CHUNK] = self._covariance(rows) @ self.weights + self.centre
        return found

    def _covariance(self, rows: FloatArray) -> FloatArray:
        """With the labelled architectures, `(rows, labels)`."""
        curved = len(self.scales)
        squares = squared_distances(rows[:, :curved] * self.scales, self.inputs[:, :curved] * self.scales)
        return rational_quadratic(squares) + rows[:, curved:] @ self.inputs[:, curved:].T


@dataclass(frozen=True, eq=False)
class _Candidate:
    """A setting of the process and how likely the targets are under it."""

    likelihood: float
    length: float
    known_weight: float
    weights: FloatArray


def fit_process(features: FloatArray, targets: FloatArray, *, known: int = 0, linear: bool = False) -> Process:
    """The process under whose length and noise the targets are most likely; no choice depends on anything random.

    Args:
        known: how many of the last features are known scores, of variance near 1. In the kernel they have a weight of
            their own, chosen after the length.
        linear: whether the mean is linear in known scores, with slopes drawn from a standard normal distribution,
            instead of these being in the kernel.
    """
    centre = float(targets.mean())
    standard = (targets - centre) / (float(targets.std()) or 1.0)
    own = features.shape[1] - known
    squares, known_part = squared_distances(features[:, :own]), features[:, own:]
    known_squares = squared_distances(known_part) if known and not linear else np.zeros_like(squares)
    added = known_part @ known_part.T if linear else np.zeros_like(squares)

    def candidates(lengths: Sequence[float], weights: Sequence[float]) -> Iterator[_Candidate]:
        for length in lengths:
            for weight in weights:
                kernel = rational_quadratic((squares + weight**2 * known_squares) / length**2)
                likelihood, solved = _likeliest_noise(kernel + added, standard)
                yield _Candidate(likelihood, length, weight, solved)

    best = max(candidates(LENGTHS, (1.0,)), key=lambda one: one.likelihood)
    if known and not linear:
        best = max([best, *candidates((best.length,), KNOWN_WEIGHTS)], key=lambda one: one.likelihood)
    scales = np.full(own if linear else own + known, 1.0 / best.length)
    scales[own:] *= best.known_weight
    weights = best.weights * float(targets.std())
    return Process(features, weights, scales, known if linear else 0, centre)


def _likeliest_noise(kernel: FloatArray, targets: FloatArray) -> tuple[float, FloatArray]:
    """Logarithm of the marginal likelihood but for a constant, and (kernel + noise)^-1 targets, `(labels,)`."""
    values, vectors = eigh(kernel)
    turned = vectors.T @ targets
    spread = np.maximum(values, 0.0) + NOISES[:, None]
    explained = (turned**2 / spread).sum(axis=1)
    likelihoods = -0.5 * (PRIOR + len(targets)) * np.log(PRIOR + explained) - 0.5 * np.log(spread).sum(axis=1)
    best = int(likelihoods.argmax())
    return float(likelihoods[best]), vectors @ (turned / spread[best])


def rational_quadratic(squares: npt.NDArray[np.float64]) -> FloatArray:
    """The kernel of squared distances, in units of the squared length scale."""
    return np.asarray(1.0 / (1.0 + squares / 2))


def squared_distances(rows: FloatArray, others: FloatArray | None = None) -> FloatArray:
    """Between each two, `(rows, others)`; among the rows themselves where there are no others."""
    others = rows if others is None else others
    sums = (rows**2).sum(axis=1)[:, None] + (others**2).sum(axis=1)
    return np.asarray(np.maximum(sums - 2 * rows @ others.T, 0.0))
