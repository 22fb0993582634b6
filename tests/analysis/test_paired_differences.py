"""What is decided of a table: by Holm's test over it and each difference's own interval, in the metric's direction."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasrank.bench.analysis.comparison import Difference, decided
from nasrank.bench.analysis.frame import BETTER, UNDECIDED, WORSE, Finding
from nasrank.bench.ranking.multiplicity import holm

METRICS = ("tau", "regret_at1", "best_rank_at10", "no metric")
ends = st.one_of(st.floats(-1, 1), st.sampled_from([0.0, math.nan]))


@st.composite
def differences(draw: st.DrawFn) -> Difference:
    low, high = sorted((draw(ends), draw(ends)))
    value = draw(st.one_of(st.just(math.nan), st.just((low + high) / 2)))
    one = Finding("a", base="b", metric=draw(st.sampled_from(METRICS)), value=value, low=low, high=high)
    return Difference(one, draw(st.one_of(st.floats(0, 1), st.floats(0, 0.01), st.just(math.nan))))


def one(low: float, high: float, metric: str = "tau", p: float = 1e-9) -> Difference:
    return Difference(Finding("a", base="b", metric=metric, value=(low + high) / 2, low=low, high=high), p)


@pytest.mark.slow
@given(family=st.lists(differences(), max_size=6))
def test_marks_are_of_what_is_rejected_and_excludes_zero(family: list[Difference]) -> None:
    found = decided(family, 0.95)
    rejected = holm([one.p for one in family], 0.05)
    for line, (before, p, _), shown in zip(found, family, rejected, strict=True):
        assert line._replace(status="")[:-1] == before[:-1]
        if line.status in (BETTER, WORSE):
            assert shown
            assert line.alone in ("above", "below"), "never where its own interval holds 0"
            assert p == p
        elif line.status == UNDECIDED:
            assert not shown or line.alone == "open"
        else:
            assert not line.known or line.alone == ""


@pytest.mark.parametrize(
    ("metric", "above"),
    [
        ("tau", BETTER),
        ("spearman", BETTER),
        ("regret_at1", WORSE),
        ("best_rank_at10", WORSE),
        ("violated_pairs", BETTER),
    ],
)
def test_better_is_lower_where_lower_is_better(metric: str, above: str) -> None:
    below = {BETTER: WORSE, WORSE: BETTER}[above]
    (first,), (second,) = (decided([one(*ends, metric)], 0.95) for ends in ((0.1, 0.3), (-0.3, -0.1)))
    assert (first.status, second.status) == (above, below)


def test_one_that_is_decided_alone_need_not_be_among_others() -> None:
    nothing = [one(-0.1, 0.1, p=0.9)] * 9
    (alone,) = decided([one(0.1, 0.3, p=0.03)], 0.95)
    first, *others = decided([one(0.1, 0.3, p=0.03), *nothing], 0.95)
    assert (alone.status, first.status) == (BETTER, UNDECIDED)
    assert (first.low, first.high) == (0.1, 0.3), "its own interval stays beside it"
    assert {other.status for other in others} == {UNDECIDED}


def test_what_is_missing_takes_no_part_and_says_why() -> None:
    failed = Difference(Finding("a", base="b", status="a trial failed"), math.nan)
    bare = Difference(Finding("a", base="b", value=0.2), math.nan)
    first, second, third = decided([failed, bare, one(0.1, 0.3, p=0.04)], 0.95)
    assert (first.status, second.status, third.status) == ("a trial failed", "no interval", BETTER)
