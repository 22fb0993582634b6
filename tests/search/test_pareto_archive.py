"""The archive is what nothing told of surpasses, whatever it is told of and in which order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasrank.bench.search.archive import ParetoArchive

WORTH = st.sampled_from([-np.inf, -1.0, 0.0, 1.0, 2.0])


def told_of(objectives):
    """Architectures, some told of more than once, always with the same values."""
    seen = st.dictionaries(st.tuples(st.integers(0, 40)), st.tuples(*[WORTH] * objectives), max_size=30)
    return seen.flatmap(
        lambda seen: st.tuples(
            st.just(seen), st.lists(st.sampled_from(sorted(seen)), max_size=60) if seen else st.just([])
        )
    )


def brute_force(seen):
    def surpasses(one, other):
        return all(a >= b for a, b in zip(one, other, strict=True)) and one != other

    return [choices for choices, own in seen.items() if not any(surpasses(other, own) for other in seen.values())]


@pytest.mark.slow
@given(st.integers(1, 4).flatmap(told_of))
def test_members_are_those_of_the_definition_after_every_telling(told):
    values, order = told
    objectives = len(next(iter(values.values()))) if values else 2
    archive, seen = ParetoArchive(objectives), {}
    for choices in order:
        seen.setdefault(choices, values[choices])
        inside = archive.add(choices, np.array(values[choices]))
        expected = brute_force(seen)
        assert archive.members == expected
        assert inside == (choices in archive) == (choices in expected)
        assert archive.values.tolist() == [list(seen[member]) for member in expected]
    assert ParetoArchive.of({one: np.array(own) for one, own in seen.items()}, objectives).members == archive.members


def test_equal_architectures_stay_and_leave_together():
    archive = ParetoArchive(2)
    assert archive.add((0,), np.array([1.0, 2.0]))
    assert archive.add((1,), np.array([1.0, 2.0]))
    assert archive.members == [(0,), (1,)]
    assert not archive.add((2,), np.array([1.0, 1.0]))
    assert archive.add((3,), np.array([1.0, 3.0]))
    assert archive.members == [(3,)]


def test_it_grows_beyond_its_first_room_and_shrinks_to_one():
    archive = ParetoArchive(2)
    for place in range(300):
        assert archive.add((place,), np.array([float(place), -float(place)]))
    assert len(archive) == 300
    assert archive.values[299].tolist() == [299.0, -299.0]
    assert archive.add((1000,), np.array([1000.0, 1000.0]))
    assert archive.members == [(1000,)]


def test_values_are_not_those_that_a_caller_changes_later():
    archive, own = ParetoArchive(2), np.array([1.0, 2.0])
    archive.add((0,), own)
    own[:] = 9
    archive.values[:] = 7
    assert archive.values.tolist() == [[1.0, 2.0]]
    assert archive.add((0,), np.array([1.0, 2.0]))


def test_other_values_of_a_member_are_refused():
    archive = ParetoArchive(2)
    archive.add((0,), np.array([1.0, 2.0]))
    with pytest.raises(ValueError, match=r"\(0,\) is in the archive with"):
        archive.add((0,), np.array([0.0, 0.0]))
