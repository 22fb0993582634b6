"""Strategies that are one and the same on a space are found by what they do, not by their names."""

from __future__ import annotations

from itertools import combinations
from typing import ClassVar

import numpy as np
import pytest
from toy import CONSTRAINED, TOY

from nasrank.bench.training.strategies import STRATEGIES
from nasrank.bench.training.strategies.alike import behave_alike
from nasrank.bench.training.strategies.darts import Darts
from nasrank.bench.training.strategies.spos import SinglePathOneShot
from nasrank.spaces import get_space


def alike(one, other, space, **switches):
    return behave_alike(
        lambda: one(space, np.random.default_rng(0)), lambda: other(space, np.random.default_rng(0), **switches)
    )


class Renamed(SinglePathOneShot):
    name, label, reference = "renamed", "another name", "Nobody"


class RenamedDarts(Darts):
    name, label, reference = "renamed_darts", "another name", "Nobody"


class Scored(SinglePathOneShot):
    score: ClassVar[str | None] = "angle"


class Cautious(SinglePathOneShot):
    passes_per_step = 2


class Backwards(SinglePathOneShot):
    def path(self):
        return super().path()[::-1]


def test_the_registered_ones_that_are_the_same():
    """As their docstrings say: uniform over decisions, or over classes, is uniform over architectures there."""
    same = {
        name: {pair for pair in combinations(STRATEGIES, 2) if alike(*map(STRATEGIES.get, pair), get_space(name))}
        for name in ("nb201", "nb101")
    }
    assert same == {"nb201": {("random_nas", "spos")}, "nb101": {("isomorphic", "spos")}}


@pytest.mark.parametrize(
    ("other", "same"),
    [(SinglePathOneShot, True), (Renamed, True), (Scored, False), (Cautious, False), (Backwards, False)],
)
def test_names_do_not_matter_and_everything_else_does(other, same):
    for space in (get_space("nb201"), TOY, CONSTRAINED):
        assert alike(SinglePathOneShot, other, space) == same


def test_of_other_families_only_the_same_class_is_the_same():
    """What such a strategy draws is not known without training; a false claim would be worse than none."""
    assert alike(Darts, Darts, TOY)
    assert not alike(Darts, RenamedDarts, TOY)
    assert not alike(Darts, SinglePathOneShot, TOY)


def test_a_switch_makes_another(monkeypatch):
    monkeypatch.setattr(SinglePathOneShot, "switches", {"way": ("one", "other")})
    assert alike(SinglePathOneShot, SinglePathOneShot, TOY, way="one")
    assert not alike(SinglePathOneShot, SinglePathOneShot, TOY, way="other")
