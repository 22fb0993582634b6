"""Values by position: of a whole space, and of the rows of a table whose space is too large to be listed."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nasrank.bench.oracles.ask.by_position import ByPosition


@given(
    st.dictionaries(st.integers(0, 2**62), st.floats(allow_nan=True, allow_infinity=False), max_size=20),
    st.lists(st.integers(0, 2**62), max_size=20),
)
def test_it_is_a_dictionary_of_positions(known, others):
    positions = np.array(sorted(known), dtype=np.int64)
    column = ByPosition(np.array([known[one] for one in positions.tolist()], dtype=np.float64), positions)
    asked = [*known, *others]
    expected = [known.get(one, np.nan) for one in asked]
    np.testing.assert_array_equal(column.of(np.array(asked, dtype=np.int64)), np.array(expected, dtype=np.float64))
    np.testing.assert_array_equal(column.negative().of(positions), -column.values)
    assert column.known == sum(not np.isnan(value) for value in known.values())


def test_of_a_whole_space_positions_are_places():
    column = ByPosition(np.array([1.0, np.nan, 3.0]))
    np.testing.assert_array_equal(column.of(np.array([2, 1])), [3.0, np.nan])
    assert column.known == 2
