"""What a space gets that says no more than what its architectures are: sampling and moves from its decisions alone."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import pytest
from toy import stream

from nasrank.spaces import moves, space
from nasrank.spaces.decisions import Condition, Decision
from nasrank.spaces.space import Cost, OpGraph, SearchSpace


@dataclass(frozen=True)
class Word:
    choices: tuple[int, ...]

    def __str__(self):
        return "-".join(map(str, self.choices))


class Words(SearchSpace[Word]):
    """Two letters whose order does not matter and which may not both be "c", and an accent where the first is "a"."""

    name = "words"
    value_type = Word
    decisions = (
        Decision("first", tuple("abc"), free=False),
        Decision("second", tuple("abc"), free=False),
        Decision("accent", ("none", "acute", "grave"), when=(Condition("first", ("a",)),)),
    )

    def from_choices(self, choices):
        chosen = self.checked(choices)
        if chosen[:2] == (2, 2):
            raise ValueError("there is no word of two c")
        return Word(chosen)

    def to_choices(self, architecture):
        return architecture.choices

    def parse(self, text):
        return self.from_choices([int(part) for part in text.split("-")])

    def key(self, architecture):
        first, second, accent = architecture.choices
        return f"{sorted((first, second))}{accent}"

    def graph(self, architecture):
        return OpGraph(("input", str(architecture), "output"), ((0, 1), (1, 2)))

    def network(self, architecture, **options):
        raise ValueError(f"{architecture} has no network, with {options} neither")

    def cost(self, architecture, **macro):
        return Cost(len(str(architecture)), len(macro))


SPACE = Words()
EVERY = {SPACE.from_choices(choices) for choices in product(range(3), repeat=3) if SPACE.allows(choices)}
KEYS = {SPACE.key(word) for word in EVERY}


def test_there_are_as_many_words_and_keys_as_counted_by_hand():
    """With a first: 3 x 3. Else 5 without accent, of which ba and ca are ab and ac."""
    assert (len(EVERY), len(KEYS)) == (14, 11)


def test_samples_have_different_keys_until_there_are_no_more():
    words = SPACE.sample(stream(), 11)
    assert {SPACE.key(word) for word in words} == KEYS


@pytest.mark.slow
def test_more_samples_than_keys_are_refused(monkeypatch):
    monkeypatch.setattr(space, "MOST_DRAWS", 200)
    with pytest.raises(ValueError, match="of words: after 11 of them, 200 draws"):
        SPACE.sample(stream(), 12)
    with pytest.raises(ValueError, match="brought no other, 1 excluded"):
        SPACE.sample(stream(), 11, exclude=[Word((0, 1, 0))])


def test_excluded_keys_are_not_drawn_in_another_writing():
    for seed in range(10):
        words = SPACE.sample(stream(seed), 5, exclude=[Word((0, 1, 0))])
        assert Word((1, 0, 0)) not in words


def test_random_choices_reach_every_word_and_nothing_else():
    generator = stream()
    assert {Word(tuple(SPACE.random_choices(generator))) for _ in range(500)} == EVERY


def test_neighbours_differ_in_one_active_decision_and_in_key():
    assert SPACE.neighbours(Word((1, 2, 0))) == [Word((0, 2, 0)), Word((1, 0, 0)), Word((1, 1, 0))]
    assert SPACE.neighbours(Word((2, 1, 0))) == [Word((0, 1, 0)), Word((1, 1, 0)), Word((2, 0, 0))], "no cc"
    accented = SPACE.neighbours(Word((0, 0, 2)))
    assert accented == [Word(c) for c in ((1, 0, 0), (2, 0, 0), (0, 1, 2), (0, 2, 2), (0, 0, 0), (0, 0, 1))]


def test_of_neighbours_with_one_key_there_is_one():
    """ab and ba are one change from bb: by the first letter, or by the second."""
    assert [SPACE.key(word) for word in SPACE.neighbours(Word((1, 1, 0)))].count("[0, 1]0") == 1


def test_mutants_are_neighbours_and_all_keys_of_theirs_are_reached():
    generator = stream()
    for word in EVERY:
        mutants = {SPACE.key(SPACE.mutate(word, generator)) for _ in range(300)}
        assert mutants == {SPACE.key(neighbour) for neighbour in SPACE.neighbours(word)}


def test_what_no_decision_leads_away_from_has_no_mutant(monkeypatch):
    class Lonely(Words):
        name = "lonely"

        def key(self, architecture):
            return type(architecture).__name__

    monkeypatch.setattr(moves, "MOST_DRAWS", 50)
    with pytest.raises(ValueError, match="lonely allows no other architecture that differs from 1-2-0 in one decision"):
        Lonely().mutate(Word((1, 2, 0)), stream())


def test_children_are_words_and_all_are_reached():
    generator = stream()
    children = {SPACE.crossover(Word((2, 0, 0)), Word((0, 2, 1)), generator) for _ in range(300)}
    assert children == {Word(c) for c in ((2, 0, 0), (0, 2, 0), (0, 2, 1), (0, 0, 0), (0, 0, 1))}


def test_a_space_that_allows_hardly_anything_says_so(monkeypatch):
    class Nothing(Words):
        name = "nothing"

        def allows(self, choices):
            return len(choices) == 0

    monkeypatch.setattr(moves, "MOST_DRAWS", 50)
    with pytest.raises(ValueError, match="nothing allows none of 50 random choices"):
        Nothing().random_choices(stream())
    with pytest.raises(ValueError, match="nothing allows none of 50 children"):
        Nothing().crossover(Word((0, 0, 0)), Word((0, 1, 0)), stream())


def test_without_an_enumeration_no_class_can_be_drawn_and_without_a_super_net_there_is_none():
    with pytest.raises(ValueError, match="words is not enumerated: its isomorphism classes are not known"):
        SPACE.random_class_choices(stream())
    with pytest.raises(ValueError, match="words has no super-net"):
        SPACE.supernet()
    with pytest.raises(ValueError, match="words does not say which architecture has the greatest sum: first is not"):
        SPACE.best([[0.0] * 3] * 3)


def test_nothing_is_to_be_looked_up_by_position():
    assert SPACE.key("0-0-0") == SPACE.key(Word((0, 0, 0)))
    with pytest.raises(ValueError, match=r"0 \(int\) is not an architecture of words: give values or texts$"):
        SPACE.key(0)
