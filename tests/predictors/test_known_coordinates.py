"""Known coordinates as features: one geometry, in one scale."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from nasrank.predictors.known_coordinates import VARIANCE, known_coordinates

NAMES = ["a", "b", "c", "d", "e"]
ROWS = np.random.default_rng(0).normal(size=(5, 3)) * [5.0, 1.0, 0.1] + 3.0


def columns(rows, names=NAMES):
    return np.column_stack([one.score(names) for one in known_coordinates(names, rows)])


def test_distances_are_kept_up_to_one_factor():
    ratio = pdist(columns(ROWS)) / pdist(ROWS)
    np.testing.assert_allclose(ratio, ratio[0])


def test_all_of_them_together_have_the_variance():
    found = columns(ROWS)
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-12)
    assert found.var(axis=0).sum() == pytest.approx(VARIANCE)
    np.testing.assert_allclose(columns(1e-6 * ROWS), found)


def test_where_all_are_in_one_place_they_are_zero():
    np.testing.assert_array_equal(columns(np.full((5, 2), 7.0)), np.zeros((5, 2)))


def test_each_is_an_estimator_with_a_name_of_its_own():
    found = known_coordinates(NAMES, ROWS, "seen", "what is seen")
    assert [one.name for one in found] == ["seen_1", "seen_2", "seen_3"]
    assert [one.label for one in found] == ["what is seen 1", "what is seen 2", "what is seen 3"]
    sent = pickle.loads(pickle.dumps(found[1]))
    np.testing.assert_array_equal(sent.score(["e", "a", "e"]), found[1].score(["e", "a", "e"]))
    assert found[0].score([]).shape == (0,)


def test_an_architecture_without_any_is_named():
    with pytest.raises(ValueError, match="seen 1: 1 architectures have none, first z"):
        known_coordinates(NAMES, ROWS, label="seen")[0].score(["a", "z"])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (ROWS[:4], r"5 architectures need as many rows of coordinates, not shape \(4, 3\)"),
        (ROWS[:, 0], r"not shape \(5,\)"),
        (np.where(np.arange(5)[:, None] == 2, np.nan, ROWS), "1 rows are not finite"),
    ],
)
def test_what_is_refused(rows, message):
    with pytest.raises(ValueError, match=message):
        known_coordinates(NAMES, rows)
