"""A summary comes back from the two files that it is written to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nasrank.bench.analysis.frame import DECIMALS
from nasrank.bench.analysis.summary import Summary
from nasrank.bench.reporting import words
from nasrank.bench.reporting.prose import answer, paragraphs


def same(found: Any, written: Any) -> bool:
    """Whether they are equal but for rounding, and for lists that were tuples."""
    if isinstance(written, dict):
        return found.keys() == written.keys() and all(same(found[key], one) for key, one in written.items())
    if isinstance(written, list | tuple):
        return len(found) == len(written) and all(map(same, found, written))
    return bool(found == (pytest.approx(written, abs=1e-6, nan_ok=True) if isinstance(written, float) else written))


@pytest.mark.parametrize("kind", ["summary", "landmark_summary"])
def test_it_is_what_was_written_but_for_rounding(kind: str, request: pytest.FixtureRequest) -> None:
    written: Summary = request.getfixturevalue(kind)
    found = Summary.from_texts(written.to_text(), written.frame.to_csv())
    contents = ({**vars(one), "frame": None, "failures": dict(one.failures)} for one in (found, written))
    read, before = (json.loads(json.dumps(content, default=vars)) for content in contents)
    assert same(read, before)
    assert found.pairs == written.pairs
    assert [one.key for one in found.frame] == [one.key for one in written.frame]
    for one, before in zip(found.frame, written.frame, strict=True):
        assert one[7:10] == pytest.approx(before[7:10], abs=1e-6, nan_ok=True)
        assert one[10:] == before[10:]
    assert (found.to_text(), found.frame.to_csv()) == (written.to_text(), written.frame.to_csv())
    assert answer(found) == answer(written)
    assert paragraphs("findings.j2", found) == paragraphs("findings.j2", written)
    assert found.metrics == written.metrics
    assert found.scores() == written.scores()


@pytest.mark.parametrize("value", [0.00049999997, 0.00050000004, 0.0005])
def test_half_a_digit_is_rounded_the_same_way_before_and_after_it_was_filed(value: float) -> None:
    """A report said 0.000 when it was written, and +0.001 when it was rendered again from its files."""
    filed = round(value, DECIMALS)
    assert words.number(value, signed=True) == words.number(filed, signed=True) == "+0.001"
    assert words.short(10 * value) == words.short(10 * filed)
    assert words.percent(10 * value) == words.percent(10 * filed)
