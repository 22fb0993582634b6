"""The frame: lines are found by their keys, and files give back what was written."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nasrank.bench.analysis.frame import COLUMNS, DECIMALS, Finding, Frame
from nasrank.bench.foundation.escaping import one_line

HOSTILE = ["=1+1", "'=1", "'", "''x", "+cmd|' /C calc'!A0", "-5", 'a,"b"\r\nc', "\x00\ud800", "nan", "−", "\t=x", "  "]
texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=12))
numbers = st.one_of(st.just(math.nan), st.floats(-1e6, 1e6))
findings = st.builds(
    Finding,
    **dict.fromkeys(("arm", "base", "estimator", "score", "metric", "part", "status"), texts),
    **dict.fromkeys(("value", "low", "high"), numbers),
    seed=st.one_of(st.none(), st.integers(0, 2**63)),
    n=st.integers(0, 2**63),
)
LINE = Finding("spos-plain", score="accuracy", value=0.25, low=0.125, high=0.5, n=60)
HEAD = ",".join(COLUMNS)


@pytest.mark.slow
@given(lines=st.lists(findings, max_size=4))
@example(lines=[Finding(*HOSTILE[:3], 7, *HOSTILE[3:6], status=HOSTILE[6]), LINE])
def test_a_file_gives_back_what_was_written(lines: list[Finding]) -> None:
    """Texts in one line, numbers rounded."""
    found = Frame.from_csv(Frame(tuple(lines)).to_csv())
    assert len(found) == len(lines)
    for one, written in zip(found, lines, strict=True):
        for name, value, before in zip(COLUMNS, one, written, strict=True):
            if isinstance(before, str):
                assert value == one_line(before)
            elif isinstance(before, float):
                assert value == pytest.approx(before, abs=0.6 * 10**-DECIMALS, nan_ok=True)
            else:
                assert value == before, name
    assert Frame.from_csv(found.to_csv()).to_csv() == found.to_csv()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"a frame has the columns arm, base, .*, status, not none"),
        ("arm,tau\nspos,0.5\n", r"a frame has the columns arm, .*, not arm, tau"),
        (HEAD.replace("arm,base", "base,arm") + "\n", "a frame has the columns arm, base, .*, not base, arm,"),
        (HEAD + "\nspos,,,,\n", "line 2 of the frame has 5 columns, not 12"),
        (HEAD + "\n" + ",".join("x" * 13) + "\n", "line 2 of the frame has 13 columns, not 12"),
        (HEAD + "\na,,,,,tau,,half,,,60,\n", "line 2 of the frame: could not convert string to float: 'half'"),
        (HEAD + "\na,,,,,tau,,0.5,,,,\n", "line 2 of the frame: invalid literal for int.*: ''"),
        (HEAD + "\na,,,one,,tau,,0.5,,,60,\n", "line 2 of the frame: invalid literal for int.*: 'one'"),
        (HEAD + '\n"a,,,\n', "line 2 of the frame has 1 columns, not 12"),
        (HEAD + "\n" + "a" * 200_000 + "\n", "line 2 of the frame: field larger than field limit"),
    ],
)
def test_what_is_no_frame_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Frame.from_csv(text)


def test_a_line_is_found_by_its_key_and_what_is_missing_says_so() -> None:
    frame = Frame((LINE, LINE._replace(seed=1, value=0.3), LINE._replace(base="spos-plain", score="angle")))
    assert frame.find("spos-plain", score="accuracy") == LINE
    assert frame.find("spos-plain", score="accuracy", seed=1).value == 0.3
    missing = frame.find("spos-plain", score="accuracy", part="landmarks")
    assert (missing.known, missing.status, missing.part) == (False, "not measured", "landmarks")
    assert frame.select(arm="spos-plain", seed=None) == [
        LINE,
        frame.find("spos-plain", base="spos-plain", score="angle"),
    ]
    assert frame.select(metric="spearman") == []


def test_as_pandas_it_has_numbers_that_may_be_missing_and_seeds_that_are_whole() -> None:
    found = Frame((LINE, LINE._replace(seed=1, value=math.nan))).to_pandas()
    assert list(found.columns) == list(COLUMNS)
    kinds = {"seed": "Int64", "n": "int64", "value": "float64", "low": "float64", "high": "float64"}
    assert {name: str(found[name].dtype) for name in kinds} == kinds
    assert found["seed"].isna().tolist() == [True, False]
    assert found["value"].isna().tolist() == [False, True]
    assert found["arm"].tolist() == ["spos-plain"] * 2
    empty = Frame().to_pandas()
    assert (len(empty), str(empty["seed"].dtype)) == (0, "Int64")


@pytest.mark.parametrize(
    ("low", "high", "alone"),
    [(0.1, 0.2, "above"), (-0.2, -0.1, "below"), (-0.1, 0.1, "open"), (0.0, 0.1, "open"), (math.nan, math.nan, "")],
)
def test_what_a_difference_would_be_taken_for_alone(low: float, high: float, alone: str) -> None:
    assert LINE._replace(low=low, high=high).alone == alone
