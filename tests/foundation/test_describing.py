"""What messages say of values from somebody's file: short, printable, and said in no time (cases, group 6)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasrank.bench.foundation.describing import LONGEST, describe, listed, printable

SHORT = [
    (None, "None"),
    (True, "True"),
    (12, "12"),
    (0.5, "0.5"),
    (np.float64(0.5), "0.5"),
    ("cifar10", "'cifar10'"),
    (b"ab", "b'ab'"),
    ([], "[]"),
    (("cifar10", 777), "('cifar10', 777)"),
    ((1,), "(1,)"),
    ({"a": [1]}, "{'a': [1]}"),
    ({3}, "{3}"),
    (np.zeros(3), "a ndarray"),
]
LONG = [
    ("a" * 10**6, "(1,000,000 characters)"),
    (b"a" * 10**6, "(1,000,000 bytes)"),
    (10**10**5, "a number of 332,193 bits"),
    ([1] * 9, "a list of 9"),
    ({"a": 1, "b": 2} | dict.fromkeys(range(10**5)), "a dict of 100,002"),
]
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text() | st.integers(), inner),
)


@pytest.mark.parametrize(("value", "words"), SHORT, ids=[words for _, words in SHORT])
def test_a_short_value_is_said_as_it_is(value: object, words: str):
    assert describe(value) == words


@pytest.mark.parametrize(("value", "words"), LONG, ids=[words for _, words in LONG])
def test_of_a_long_one_its_size_is_said(value: object, words: str):
    assert words in describe(value)
    assert len(describe(value)) <= LONGEST + 3


def test_what_is_shared_is_not_multiplied():
    thing: list[object] = ["x" * 100]
    for _ in range(60):
        thing = [thing, thing]
    assert describe(thing) == "[[a list of 2, a list of 2], [a list of 2, a list of 2]]"
    assert len(describe({"a": (thing, thing), "b": ["x" * 10**6] * 8})) <= LONGEST + 3


@pytest.mark.slow
@given(anything)
def test_any_value_is_said_within_the_limit_and_printably(value: object):
    words = describe(value)
    assert len(words) <= LONGEST + 3
    assert words.isprintable()


@given(st.text())
def test_a_foreign_text_sends_nothing_to_the_terminal(text: str):
    assert printable(text).isprintable()
    assert listed([text] * 3).isprintable()


def test_an_escape_sequence_is_written_out():
    assert describe("\x1b[31m\u202e") == r"'\x1b[31m\u202e'"
    assert printable("red: \x1b[31m\nnext") == r"red: \x1b[31m next"
    assert len(printable("a" * 10**6)) < 600


def test_of_many_names_a_dozen_is_listed():
    assert listed(["a", "b"]) == "a, b"
    assert listed([f"n{number}" for number in range(500)]).endswith("n11 and 488 more")
