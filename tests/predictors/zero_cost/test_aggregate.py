"""Aggregates against ranks that are counted one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nasrank.predictors.estimator import ESTIMATORS
from nasrank.predictors.zero_cost.aggregate import AGGREGATES, rank_aggregate


def counted_rank(values: list[float], one: float) -> float:
    """From 1 for the lowest; equal ones share the mean."""
    return sum(other < one for other in values) + (sum(other == one for other in values) + 1) / 2


def table(seed: int = 0, rows: int = 9, columns: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 6, (rows, columns)).astype(float)


@pytest.mark.parametrize("of", ["logarithms of ranks", "ranks"])
def test_ranks_are_summed(of: str) -> None:
    parts = table()
    found = rank_aggregate(parts, of=of)  # type: ignore[arg-type]
    for row, score in zip(parts, found.scores, strict=True):
        ranks = [counted_rank(list(column), one) / 9 for column, one in zip(parts.T, row, strict=True)]
        assert score == pytest.approx(sum(map(math.log, ranks)) if of.startswith("log") else sum(ranks))
    assert found.reasons == ("",) * 9


def test_only_order_counts() -> None:
    parts = table(1)
    stretched = np.stack([np.exp(parts[:, 0]), 3 * parts[:, 1] - 7, parts[:, 2] ** 3], 1)
    np.testing.assert_array_equal(rank_aggregate(parts).scores, rank_aggregate(stretched).scores)
    order = np.random.default_rng(2).permutation(len(parts))
    np.testing.assert_allclose(rank_aggregate(parts[order]).scores, rank_aggregate(parts).scores[order])
    np.testing.assert_allclose(rank_aggregate(parts[:, ::-1]).scores, rank_aggregate(parts).scores)


def test_what_lacks_a_part_has_no_score_and_changes_no_other() -> None:
    parts = table(3)
    lacking = np.concatenate([parts, [[np.nan, 9, 9], [9, np.nan, np.nan]]])
    found = rank_aggregate(lacking, ["a", "b", "c"])
    np.testing.assert_array_equal(found.scores[:-2], rank_aggregate(parts).scores)
    assert np.isnan(found.scores[-2:]).all()
    assert found.reasons[-2:] == ("no score of a", "no score of b, c")
    assert np.isnan(rank_aggregate(np.full((2, 1), np.nan)).scores).all()
    assert rank_aggregate(np.empty((0, 2))).scores.shape == (0,)


@pytest.mark.parametrize(
    ("parts", "options", "words"),
    [
        (np.zeros(3), {}, "shape"),
        (np.zeros((3, 0)), {}, "shape"),
        (np.zeros((3, 2)), {"names": ["a"]}, "1 names of 2"),
        (np.array([[1.0, math.inf]]), {"names": ["a", "b"]}, "b has infinite"),
        (np.zeros((3, 2)), {"of": "squares"}, "squares"),
    ],
)
def test_mistakes_are_named(parts: np.ndarray, options: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        rank_aggregate(parts, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", AGGREGATES)
def test_every_aggregate_is_made_of_registered_proxies(name: str) -> None:
    aggregate = AGGREGATES[name]
    assert set(aggregate.parts) <= set(ESTIMATORS)
    assert aggregate.label != name
    scores = {part: table(place)[:, 0] for place, part in enumerate([*aggregate.parts, "another"])}
    expected = rank_aggregate(np.stack([scores[part] for part in aggregate.parts], 1), of=aggregate.sum)
    np.testing.assert_array_equal(aggregate.of(scores).scores, expected.scores)
    with pytest.raises(ValueError, match=f"needs scores of {aggregate.parts[0]}"):
        aggregate.of({part: one for part, one in scores.items() if part != aggregate.parts[0]})
    with pytest.raises(ValueError, match="as many"):
        aggregate.of({**scores, aggregate.parts[0]: np.zeros(2)})
