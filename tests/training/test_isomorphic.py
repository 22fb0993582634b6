"""De-isomorphic sampling: classes are equally likely, and so are the members of a class."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest
from scipy.stats import chisquare
from toy import stream

from nasrank.bench.training.strategies.isomorphic import DeIsomorphic
from nasrank.bench.training.strategies.spos import SinglePathOneShot
from nasrank.spaces import get_space

DRAWS = 65_000
"""Ten a class."""

SPACE = get_space("nb201")


@pytest.fixture(scope="module")
def classes():
    """Choices of the members of each class, by an enumeration of its own."""
    members = defaultdict(list)
    for cell in SPACE:
        members[SPACE.key(cell)].append(SPACE.to_choices(cell))
    assert len(members) == 6466
    return list(members.values())


def draw(strategy_class):
    strategy = strategy_class(SPACE, stream())
    return Counter(tuple(strategy.path()) for _ in range(DRAWS))


@pytest.fixture(scope="module")
def drawn():
    return draw(DeIsomorphic)


def a_class(counts, classes):
    return [sum(counts[choices] for choices in members) for members in classes]


@pytest.mark.slow
def test_classes_are_equally_likely(drawn, classes):
    assert sum(a_class(drawn, classes)) == DRAWS
    assert chisquare(a_class(drawn, classes)).pvalue > 1e-3


@pytest.mark.slow
def test_spos_prefers_the_largest_class(drawn, classes):
    """275 cells of which only one 1x1 convolution reaches the output."""
    largest = int(np.argmax([len(members) for members in classes]))
    assert len(classes[largest]) == 275
    assert a_class(drawn, classes)[largest] < 30
    assert a_class(draw(SinglePathOneShot), classes)[largest] > 900


@pytest.mark.parametrize("size", [2, 4, 25])
def test_members_of_a_class_are_equally_likely(drawn, classes, size):
    counts = np.array([[drawn[choices] for choices in members] for members in classes if len(members) == size])
    assert chisquare(counts.sum(0)).pvalue > 1e-3
