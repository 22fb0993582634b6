"""Noise ceilings: how well one honest oracle ranks like another.

An accuracy in a table is one noisy measurement, so that even the right order of architectures does not agree with it
perfectly, and a correlation means something only beside the agreement of a second measurement of the same ones. That
is no bound: a second measurement has noise of its own. What a ranking without any may reach is `tau_without_noise`.

References
----------
[Spearman1910] C. Spearman. Correlation calculated from faulty data. British Journal of Psychology 3, 1910.
[Brown1910] W. Brown. Some experimental results in the correlation of mental abilities. Ibid.
[Greiner1909] R. Greiner. Über das Fehlersystem der Kollektivmaßlehre. Zeitschrift für Mathematik und Physik 57, 1909.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from nasrank.bench.ranking.arrays import FloatArray, as_floats
from nasrank.bench.ranking.metrics import kendall_tau, kendall_tau_top, tied_pair_share

TOP_FRACTIONS = (0.5, 0.1)
MOST_SEEDS = 12
"""More have too many splits into halves: 12 have 924."""


@dataclass(frozen=True)
class Ceiling:
    """Agreement of two measurements of the same `n` architectures.

    `tau` is tau-b over all of them and `tau_top[fraction]` within the top fraction by the first measurement. `ties` are
    the shares of pairs, in [0, 1], that the first and the second leave tied.
    """

    description: str
    n: int
    tau: float
    tau_top: Mapping[float, float]
    ties: tuple[float, float]


@dataclass(frozen=True)
class SeedCeiling:
    """Agreement within a table that holds several training seeds of every architecture.

    `between_seeds` is what one run says about another: the ceiling for a truth of single seeds. `between_halves` is the
    split-half reliability: the mean of half the seeds against the mean of the others. Both are means over all pairs or
    splits, in both directions; their `n` is the smallest number of architectures in one comparison.

    `between_means` steps the split-half tau up to two independent means of *all* seeds, the ceiling for a truth of seed
    means: Spearman-Brown [Spearman1910, Brown1910] on the correlation sin(pi/2 tau) that belongs to a tau under
    normality [Greiner1909], by way of that between single seeds, for halves of an odd number of seeds are not equal.
    NaN when the halves agree no better than chance.
    """

    seeds: int
    between_seeds: Ceiling
    between_halves: Ceiling
    between_means: float


def ceiling_between(
    oracle: npt.ArrayLike, other: npt.ArrayLike, *, description: str, fractions: Sequence[float] = TOP_FRACTIONS
) -> Ceiling:
    """Ceiling of two accuracy vectors (n,) of the same architectures; `oracle` says which are the top ones.

    ValueError for NaN and masks: what one of them lacks must be left out of both by the caller, who knows why it is
    missing.
    """
    return Ceiling(
        description=description,
        n=np.size(oracle),
        tau=kendall_tau(other, oracle),
        tau_top={fraction: kendall_tau_top(other, oracle, fraction=fraction) for fraction in fractions},
        ties=(tied_pair_share(oracle), tied_pair_share(other)),
    )


def ceiling_of_seeds(
    accuracies: npt.ArrayLike, *, description: str, fractions: Sequence[float] = TOP_FRACTIONS
) -> SeedCeiling:
    """Ceiling of a table with accuracies (seeds, n), 2 to 12 seeds; NaN, or a mask, marks a seed that one lacks.

    Nothing is imputed: a comparison covers the architectures that both of its sides have, at least 2. ValueError where
    there are fewer, for another shape, infinite values and what is no real number.
    """
    rows = as_floats("accuracies", accuracies)
    if rows.ndim != 2 or not 2 <= len(rows) <= MOST_SEEDS:
        raise ValueError(f"accuracies must be (seeds, n) with 2 to {MOST_SEEDS} seeds, got shape {rows.shape}")
    if np.isinf(rows).any():
        raise ValueError("accuracies holds infinite values: only NaN marks a missing seed")
    single = [(rows[a], rows[b]) for a, b in combinations(range(len(rows)), 2)]
    halves = [(_mean_of_present(rows[list(a)]), _mean_of_present(rows[list(b)])) for a, b in _halves(len(rows))]
    between_seeds = _mean_ceiling(single, f"{description}, one seed against another", fractions)
    between_halves = _mean_ceiling(halves, f"{description}, mean of half the seeds against the rest", fractions)
    return SeedCeiling(len(rows), between_seeds, between_halves, _step_up(between_halves.tau, len(rows)))


def tau_without_noise(ceiling: float) -> float:
    """Tau between a measurement and the order that it would have without noise, from that between two measurements.

    The correlation of a measurement with what it measures is the root of that with another one [Spearman1910]; both
    are taken to be normal, and their correlation to be sin(pi/2 tau) [Greiner1909]. NaN for a tau of 0 or less.
    """
    if not ceiling > 0:
        return float("nan")
    return float(2 / np.pi * np.arcsin(np.sqrt(np.sin(np.pi / 2 * ceiling))))


def _halves(seeds: int) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """All splits of the seeds into two halves, the smaller first when they are odd, no split twice."""
    everything = set(range(seeds))
    splits = [(half, tuple(sorted(everything - set(half)))) for half in combinations(range(seeds), seeds // 2)]
    return splits if seeds % 2 else splits[: len(splits) // 2]  # even: the second half mirrors the first


def _mean_of_present(rows: FloatArray) -> FloatArray:
    present = ~np.isnan(rows)
    with np.errstate(invalid="ignore"):  # 0 / 0: no seed of this half
        return np.asarray(np.where(present, rows, 0.0).sum(axis=0) / present.sum(axis=0))


def _mean_ceiling(
    pairs: Sequence[tuple[FloatArray, FloatArray]], description: str, fractions: Sequence[float]
) -> Ceiling:
    """Mean over pairs of measurements of equal standing: each says once which architectures are the top."""
    ceilings = []
    for first, second in pairs:
        shared = ~(np.isnan(first) | np.isnan(second))
        if np.count_nonzero(shared) < 2:
            raise ValueError(f"{description}: two sides share {np.count_nonzero(shared)} architectures, 2 are needed")
        for oracle, other in ((first[shared], second[shared]), (second[shared], first[shared])):
            ceilings.append(ceiling_between(oracle, other, description=description, fractions=fractions))
    ties = float(np.mean([ceiling.ties for ceiling in ceilings]))
    return Ceiling(
        description=description,
        n=min(ceiling.n for ceiling in ceilings),
        tau=float(np.mean([ceiling.tau for ceiling in ceilings])),
        tau_top={f: float(np.mean([ceiling.tau_top[f] for ceiling in ceilings])) for f in fractions},
        ties=(ties, ties),
    )


def _step_up(half_tau: float, seeds: int) -> float:
    """Tau between two means of all seeds, from that between the means of `seeds // 2` of them and of the others.

    When seeds have correlation r, the mean of a of them and that of b others have the correlation
    r sqrt(a b / ((1 + (a - 1) r) (1 + (b - 1) r))), which is a quadratic equation for r.
    """
    correlation = np.sin(np.pi / 2 * half_tau)
    if not correlation > 0:
        return float("nan")
    a, b = seeds // 2, seeds - seeds // 2
    square = correlation**2
    quadratic, linear = a * b - square * (a - 1) * (b - 1), square * (a + b - 2)
    single = (linear + np.sqrt(linear**2 + 4 * quadratic * square)) / (2 * quadratic)
    return float(2 / np.pi * np.arcsin(min(seeds * single / (1 + (seeds - 1) * single), 1.0)))
