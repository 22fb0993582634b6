"""Fronts of several objectives: which points nothing surpasses, and how good a set of points is as a front.

Every function takes `values (n, objectives)`, **higher is better in all of them**, as scores and truth are elsewhere in
this package: hand in minus an error or minus a cost. Papers that minimize have the negative of every figure here as
their coordinates, and the same hypervolume, IGD and IGD+: a reference point of (1.05, 1.05) for an error and a
complexity in [0, 1] [Vo2024] is (-1.05, -1.05) for their negatives, and (-0.05, -0.05) for one minus each of them.

A point *surpasses* (dominates) another that it is better than by one objective and worse than by none. So equal points
do not surpass each other.

Distances and volumes depend on the units of the objectives. `normalized` brings these to [0, 1] by the best and worst
values of a front, or of a table, which the caller has to say: those of the points themselves would change the ruler
with what is measured.

Hypervolume [Fonseca2006], IGD and IGD+ are computed by the package moocore, of the extra `search`.

References
----------
[Zitzler1999] E. Zitzler, L. Thiele. Multiobjective evolutionary algorithms: a comparative case study and the strength
    Pareto approach. IEEE Transactions on Evolutionary Computation 3(4), 1999.
[Coello2004] C. A. Coello Coello, M. Reyes Sierra. A study of the parallelization of a coevolutionary multi-objective
    evolutionary algorithm. MICAI 2004.
[Fonseca2006] C. M. Fonseca, L. Paquete, M. Lopez-Ibanez. An improved dimension-sweep algorithm for the hypervolume
    indicator. CEC 2006.
[Ishibuchi2015] H. Ishibuchi, H. Masuda, Y. Tanigaki, Y. Nojima. Modified distance calculation in generational distance
    and inverted generational distance. EMO 2015.
[Vo2024] A. Vo, N. H. Luong. Efficient Multi-Objective Neural Architecture Search via Pareto Dominance-based Novelty
    Search. GECCO 2024.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.bench.ranking.arrays import FloatArray, as_floats, finite_points

BoolArray = npt.NDArray[np.bool_]


def non_dominated(values: npt.ArrayLike) -> BoolArray:
    """Which points no other surpasses, `(n,)`; of equal points all or none.

    For two objectives it sorts. For more it takes, besides, a pass over what is left for each point of the front:
    seconds for ten thousand points none of which surpasses another.

    Args:
        values: `(n, objectives)`, higher is better; may be infinite.

    Raises:
        ValueError: another shape, or NaN.
    """
    points = as_floats("values", values)
    if points.ndim != 2 or points.shape[1] == 0:
        raise ValueError(f"values must be (points, objectives), got shape {points.shape}")
    if np.isnan(points).any():
        raise ValueError("values holds NaN or masked values, which are neither better nor worse than others")
    if not len(points):
        return np.zeros(0, dtype=bool)
    if points.shape[1] == 1:
        return np.asarray(points[:, 0] == points.max())
    return _of_two(points) if points.shape[1] == 2 else _of_more(points)


def hypervolume(values: npt.ArrayLike, reference: npt.ArrayLike) -> float:
    """Volume of what is no better than some point and no worse than the reference [Zitzler1999]; higher is better.

    Args:
        values: `(n, objectives)`, higher is better. A point that is not better than the reference in every objective
            adds nothing; no points have no volume.
        reference: the point `(objectives,)` from which it is measured, at the bad end.

    Raises:
        ValueError: another shape, NaN or infinity, or moocore is missing.
    """
    points = finite_points("values", values)
    corner = finite_points("reference", np.atleast_2d(as_floats("reference", reference)))[0]
    _same_objectives("reference", corner.size, points)
    return float(_moocore().hypervolume(points, ref=corner, maximise=True)) if len(points) else 0.0


def igd(values: npt.ArrayLike, front: npt.ArrayLike) -> float:
    """Mean distance from each point of the front to the nearest of the points [Coello2004]; 0 is best.

    A set that surpasses another may have the larger IGD [Ishibuchi2015]; `igd_plus` has not.

    Args:
        values: `(n, objectives)`, higher is better.
        front: `(m, objectives)`, such as the true front of a table.

    Raises:
        ValueError: another shape, no points, NaN or infinity, or moocore is missing.
    """
    return float(_moocore().igd(*_points_and_front(values, front), maximise=True))


def igd_plus(values: npt.ArrayLike, front: npt.ArrayLike) -> float:
    """IGD where only that counts by which a point is worse than the point of the front [Ishibuchi2015]; 0 is best.

    Arguments and errors are those of `igd`.
    """
    return float(_moocore().igd_plus(*_points_and_front(values, front), maximise=True))


def normalized(values: npt.ArrayLike, ideal: npt.ArrayLike, nadir: npt.ArrayLike) -> FloatArray:
    """Values as shares of the way from the nadir, which becomes 0, to the ideal, which becomes 1, `(n, objectives)`.

    What is better than the ideal is above 1, and what is worse than the nadir below 0.

    Args:
        values: `(n, objectives)`.
        ideal: the best value of each objective, `(objectives,)`.
        nadir: the worst, of a front or of a whole table.

    Raises:
        ValueError: another shape, NaN or infinity, or an ideal that is not above the nadir.
    """
    points = finite_points("values", values)
    best, worst = (finite_points(name, [as_floats(name, one)])[0] for name, one in (("ideal", ideal), ("nadir", nadir)))
    for name, end in (("ideal", best), ("nadir", worst)):
        _same_objectives(name, end.size, points)
    if not (best > worst).all():
        raise ValueError(f"the ideal {best.tolist()} must be above the nadir {worst.tolist()} in every objective")
    return np.asarray((points - worst) / (best - worst))


def _of_two(points: FloatArray) -> BoolArray:
    """By a sweep from the best in the first objective down: who comes later has to be better in the second."""
    order = np.lexsort((-points[:, 1], -points[:, 0]))
    first, second = points[order].T
    starts = np.concatenate([[True], first[1:] != first[:-1]])
    group = np.cumsum(starts) - 1
    best = second[starts]  # of a group of equal firsts, which begins with its best second
    better = np.concatenate([[True], best[1:] > np.maximum.accumulate(best)[:-1]])
    kept = np.empty(len(points), dtype=bool)
    kept[order] = better[group] & (second == best[group])
    return kept


def _of_more(points: FloatArray) -> BoolArray:
    """From the best sum of ranks down, before which nothing comes that a point surpasses."""
    ranks = np.stack([np.unique(column, return_inverse=True)[1] for column in points.T])
    left = np.argsort(-ranks.sum(axis=0), kind="stable")
    ranks = ranks[:, left]
    kept = np.zeros(len(points), dtype=bool)
    while left.size:
        own = ranks[:, :1]
        kept[left[np.all(ranks == own, axis=0)]] = True
        better = np.any(ranks > own, axis=0)
        left, ranks = left[better], ranks[:, better]
    return kept


def _points_and_front(values: npt.ArrayLike, front: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    points, wanted = finite_points("values", values), finite_points("front", front)
    if not len(points) or not len(wanted):
        raise ValueError(f"a distance between fronts needs points in both, got {len(points)} and {len(wanted)}")
    _same_objectives("front", wanted.shape[1], points)
    return points, wanted


def _same_objectives(name: str, objectives: int, points: FloatArray) -> None:
    if objectives != points.shape[1]:
        raise ValueError(f"{name} has {objectives} objective(s) but values has {points.shape[1]}")


def _moocore() -> Any:
    try:
        import moocore
    except ImportError as error:
        raise ValueError("measures of fronts need moocore: pip install 'nasrank[search]'") from error
    return moocore
