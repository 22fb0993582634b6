"""Fronts and their measures, against definitions written out: pairs compared, rectangles added, distances averaged."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nasrank.bench.ranking.fronts import hypervolume, igd, igd_plus, non_dominated, normalized

COARSE = st.integers(-3, 3).map(float)
"""Values of which many are equal."""


def point_sets(objectives, elements=COARSE, *, least=0, most=25):
    return st.integers(least, most).flatmap(lambda n: arrays(float, (n, objectives), elements=elements))


def surpasses(one, other):
    return bool(np.all(one >= other) and np.any(one > other))


@given(
    st.integers(1, 5).flatmap(
        lambda objectives: point_sets(objectives, st.sampled_from([-np.inf, -2.0, 0.0, 0.5, 3.0, np.inf]))
    )
)
def test_what_nothing_surpasses_is_not_dominated(values):
    expected = [not any(surpasses(other, one) for other in values) for one in values]
    assert non_dominated(values).tolist() == expected


def test_equal_points_are_all_kept_and_so_is_what_has_the_worst_of_everything_alone():
    assert non_dominated([[1, 2], [1, 2], [0, 2], [2, 1]]).tolist() == [True, True, False, True]
    assert non_dominated([[1, 2, 0], [1, 2, 0], [0, 2, 0]]).tolist() == [True, True, False]
    assert non_dominated([[-np.inf, -np.inf]]).tolist() == [True]
    assert non_dominated(np.empty((0, 2))).tolist() == []


def test_a_whole_benchmark_is_swept_at_once():
    """All 423,624 cells of NAS-Bench-101; comparing all pairs would take days."""
    generator = np.random.default_rng(0)
    first = generator.permutation(423_624).astype(float)
    on_front = (generator.random(first.size) < 0.5) | (first == first.max())
    second = -first - np.where(on_front, 0, 423_625)
    assert np.array_equal(non_dominated(np.stack([first, second], axis=1)), on_front)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1.0, 2.0], "must be \\(points, objectives\\)"),
        (np.empty((3, 0)), "must be \\(points, objectives\\)"),
        ([[1.0, np.nan]], "neither better nor worse"),
        (np.ma.masked_equal([[1.0, 2.0]], 2.0), "neither better nor worse"),
    ],
)
def test_what_cannot_be_compared_is_refused(values, message):
    with pytest.raises(ValueError, match=message):
        non_dominated(values)


def rectangles(values, reference):
    """Area of two objectives: slices between neighbouring firsts, each as high as the best second from there on."""
    above = [(x - reference[0], y - reference[1]) for x, y in values if x > reference[0] and y > reference[1]]
    area, left = 0.0, 0.0
    for x in sorted({x for x, _ in above}):
        area += (x - left) * max(y for other, y in above if other >= x)
        left = x
    return area


@given(point_sets(2, st.floats(-2, 2)), arrays(float, 2, elements=st.floats(-1, 1)))
def test_hypervolume_is_the_area_of_the_rectangles(values, reference):
    assert hypervolume(values, reference) == pytest.approx(rectangles(values, reference), abs=1e-9)


@given(point_sets(3, least=1))
def test_hypervolume_of_whole_numbers_counts_cubes(values):
    cubes = np.stack(np.meshgrid(*[np.arange(-3, 3)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    inside = (cubes[:, None] < values[None]).all(axis=2).any(axis=1)
    assert hypervolume(values, [-3, -3, -3]) == pytest.approx(inside.sum())


@pytest.mark.slow
@given(point_sets(3, st.floats(-5, 5), least=1), point_sets(3, st.floats(-5, 5), least=1))
def test_igd_and_igd_plus_are_their_formulas(values, front):
    apart = front[:, None] - values[None]
    assert igd(values, front) == pytest.approx(np.sqrt((apart**2).sum(axis=2)).min(axis=1).mean())
    worse = np.maximum(apart, 0)
    assert igd_plus(values, front) == pytest.approx(np.sqrt((worse**2).sum(axis=2)).min(axis=1).mean())


def test_higher_is_better():
    """The example in which IGD contradicts dominance [Ishibuchi2015], negated: they minimize."""
    front = -np.array([[10, 0], [6, 1], [2, 2], [1, 6], [0, 10]])
    better, worse = -np.array([[4, 2], [3, 3], [2, 4]]), -np.array([[8, 2], [4, 4], [2, 8]])
    assert igd(better, front) > igd(worse, front)
    assert igd_plus(better, front) < igd_plus(worse, front)
    assert hypervolume(better, [-11, -11]) > hypervolume(worse, [-11, -11])
    assert igd(front, front) == igd_plus(front, front) == igd_plus(front + 1, front) == 0


def test_minus_an_error_and_one_minus_it_have_one_volume():
    error, cost = np.random.default_rng(0).random((2, 20))
    as_negatives = hypervolume(np.stack([-error, -cost], axis=1), [-1.05, -1.05])
    as_shares = hypervolume(np.stack([1 - error, 1 - cost], axis=1), [-0.05, -0.05])
    assert as_negatives == pytest.approx(as_shares)


def test_normalized_is_one_at_the_ideal_and_nought_at_the_nadir():
    found = normalized([[90.0, -10.0], [70.0, -30.0], [95.0, -40.0]], ideal=[90, -10], nadir=[70, -30])
    np.testing.assert_allclose(found, [[1, 1], [0, 0], [1.25, -0.5]])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: hypervolume([[1, 2]], [0, 0, 0]), "reference has 3 objective"),
        (lambda: hypervolume([[1, np.inf]], [0, 0]), "values holds 1 NaN or infinite"),
        (lambda: hypervolume([[1, 1]], [0, np.nan]), "reference holds 1 NaN"),
        (lambda: hypervolume([1, 2], [0, 0]), "values must have 2 dimension"),
        (lambda: igd([[1, 2]], [[1, 2, 3]]), "front has 3 objective"),
        (lambda: igd_plus(np.empty((0, 2)), [[1, 2]]), "needs points in both, got 0 and 1"),
        (lambda: normalized([[1, 2]], [1, 1], [0, 1]), "must be above the nadir"),
        (lambda: normalized([[1, 2]], [1, 1, 1], [0, 0, 0]), "ideal has 3 objective"),
    ],
)
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_no_points_have_no_volume():
    assert hypervolume(np.empty((0, 2)), [0, 0]) == 0


@pytest.mark.parametrize("measure", [lambda: hypervolume([[1, 1]], [0, 0]), lambda: igd([[1, 1]], [[1, 1]])])
def test_a_missing_package_is_named(measure, monkeypatch):
    monkeypatch.setitem(sys.modules, "moocore", None)
    with pytest.raises(ValueError, match=r"pip install 'nasrank\[search\]'"):
        measure()
    assert non_dominated([[1, 2], [0, 0]]).tolist() == [True, False], "which needs no package"
