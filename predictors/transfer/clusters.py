"""Fuzzy C-means: clusters to which everything belongs, more or less [Bezdek1984].

Memberships u and centres c make the sum over points x and clusters of u^m |x - c|^2 small, where the memberships of a
point are positive and sum to one. With the centres given, the best memberships are

    u_ij = 1 / sum over k of (|x_i - c_j| / |x_i - c_k|)^(2 / (m - 1)),

and with the memberships given, the best centres are means weighted by u^m. Both are done in turn, and neither
raises the sum.

References:
    [Bezdek1984] Bezdek, Ehrlich & Full, "FCM: The Fuzzy c-Means Clustering Algorithm", Computers & Geosciences
        10, 1984.
"""

from __future__ import annotations

import numpy as np

from nasrank.predictors.arrays import FloatArray

FUZZINESS = 2.0
MOST_ROUNDS, SMALLEST_STEP = 300, 1e-6


def memberships(points: FloatArray, centres: FloatArray, fuzziness: float = FUZZINESS) -> FloatArray:
    """How far points `(n, features)` belong to each centre `(clusters, features)`, `(n, clusters)`; rows sum to 1.

    A point that lies on centres belongs to these alone, in equal parts.
    """
    squares = ((points[:, None] - centres) ** 2).sum(2)
    nearest = squares.min(1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        weights = (nearest / squares) ** (1 / (fuzziness - 1))
    weights = np.where(nearest == 0, squares == 0, weights)
    return np.asarray(weights / weights.sum(1, keepdims=True))


def objective(points: FloatArray, centres: FloatArray, belonging: FloatArray, fuzziness: float = FUZZINESS) -> float:
    """The sum that clustering makes small."""
    squares = ((points[:, None] - centres) ** 2).sum(2)
    return float((belonging**fuzziness * squares).sum())


def fuzzy_c_means(
    points: FloatArray, clusters: int, generator: np.random.Generator, fuzziness: float = FUZZINESS
) -> FloatArray:
    """Centres `(clusters, features)` of points `(n, features)`; ends at a local minimum, which the generator decides.

    The first centres are points, each drawn in proportion to its squared distance from those before.

    Raises:
        ValueError: less than one cluster, more clusters than different points, or a fuzziness of 1 or less.
    """
    different = len(np.unique(points, axis=0))
    if not 1 <= clusters <= different:
        raise ValueError(f"{clusters} clusters of {different} different points: give from 1 to {different}")
    if fuzziness <= 1:
        raise ValueError(f"fuzziness is {fuzziness}; it must be more than 1, which is where clusters become crisp")
    centres = points[[generator.integers(len(points))]]
    while len(centres) < clusters:
        squares = ((points[:, None] - centres) ** 2).sum(2).min(1)
        drawn = generator.choice(len(points), p=squares / squares.sum())
        centres = np.concatenate([centres, points[[drawn]]])
    for _ in range(MOST_ROUNDS):
        weights = memberships(points, centres, fuzziness) ** fuzziness
        moved = weights.T @ points / weights.sum(0)[:, None]
        step = np.abs(moved - centres).max()
        centres = moved
        if step < SMALLEST_STEP:
            break
    return centres
