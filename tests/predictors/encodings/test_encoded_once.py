"""Rows that are looked up are those that are computed, and each is computed once."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from nasrank.predictors import Context
from nasrank.predictors.encodings.choices import encode
from nasrank.predictors.encodings.computed_once import EncodedOnce
from nasrank.predictors.encodings.encoding import ENCODINGS, Encoding
from nasrank.predictors.known_scores import KnownScores
from nasrank.spaces import get_space

SPACE = get_space("nb201")


class Counting(Encoding):
    """Choices, and whose rows were asked for."""

    name = "counting"
    label = "choices that are counted"

    def __init__(self):
        self.asked = []

    def rows(self, space, architectures):
        self.asked += map(str, architectures)
        return encode(space, architectures)


@pytest.fixture
def counting():
    ENCODINGS["counting"] = Counting()
    yield ENCODINGS["counting"]
    del ENCODINGS["counting"]


def cells(count, seed=0):
    return SPACE.sample(np.random.default_rng(seed), count)


def test_what_is_kept_is_computed_once_and_the_rest_as_often_as_it_is_asked_for(counting):
    kept, other = cells(30)[:20], cells(30)[20:]
    context = Context(SPACE, encodings=EncodedOnce(SPACE, kept))
    mixed = [*kept[3:7], other[2], str(kept[0]), kept[1], other[5]]
    for wanted in (mixed, kept, other, [], mixed):
        found = context.encoded("counting", wanted)
        np.testing.assert_array_equal(found, encode(SPACE, wanted))
        assert found.dtype == np.float64
    expected = [*kept, *([other[2], kept[0], other[5]] * 2), *other]
    assert sorted(counting.asked) == sorted(map(str, expected))


def test_without_a_cache_rows_are_computed():
    np.testing.assert_array_equal(Context(SPACE).encoded("choices", cells(5)), encode(SPACE, cells(5)))


def test_what_is_not_asked_for_is_not_computed(counting):
    EncodedOnce(SPACE, cells(20)).rows("counting", cells(30, 1)[:0])
    EncodedOnce(SPACE, cells(20)).rows("choices", cells(20))
    assert counting.asked == []


def test_rows_that_are_kept_cannot_be_changed():
    kept = cells(5)
    encodings = EncodedOnce(SPACE, kept)
    with pytest.raises(ValueError, match="read-only"):
        encodings.rows("choices", kept)[0] = 0
    encodings.rows("choices", kept[:2])[0] = 0  # a copy
    np.testing.assert_array_equal(encodings.rows("choices", kept), encode(SPACE, kept))


def test_pickled_it_is_empty_and_still_encodes():
    encodings = EncodedOnce(SPACE, cells(500))
    sent = pickle.dumps(encodings)
    assert len(sent) < len(pickle.dumps(SPACE)) + 300, "of 500 architectures it sends none"
    np.testing.assert_array_equal(pickle.loads(sent).rows("choices", cells(4)), encode(SPACE, cells(4)))


def test_encodings_of_another_space_and_unknown_ones_are_refused():
    with pytest.raises(ValueError, match="encodings of nb101 are of no use in nb201"):
        Context(SPACE, encodings=EncodedOnce(get_space("nb101"), ()))
    with pytest.raises(ValueError, match="unknown encoding 'magic'; known are"):
        Context(SPACE).encoded("magic", cells(2))
    for foreign in (None, [1], "nonsense"):
        with pytest.raises(ValueError, match="not an architecture of nb201"):
            EncodedOnce(SPACE, cells(2)).rows("choices", [*cells(2), foreign])


def test_what_is_known_is_a_tuple_of_estimators():
    known = KnownScores("ab", [1.0, 2.0])
    assert Context(SPACE, known=[known]).known == (known,)
    for wrong in (known, (1.0,), None):
        with pytest.raises(ValueError, match="known is a tuple of prepared estimators"):
            Context(SPACE, known=wrong)
