"""Thirds of a pool: by value, equal values together."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import TINY

from nasrank.bench.analysis.groups import groups_of, thirds
from nasrank.bench.runner.resolve import resolve
from nasrank.bench.studies.study_file import load_study


@given(st.lists(st.integers(0, 50), min_size=3, max_size=60))
def test_thirds_part_by_value(values):
    values = np.array(values)
    found = [members for _, members in thirds("size", values)]
    assert sorted(np.concatenate(found).tolist()) == list(range(len(values)))
    for one, other in pairwise(found):
        assert values[one].max() < values[other].min()
    assert len(found) <= 3


def test_different_values_make_three_groups_as_large():
    values = np.random.default_rng(0).permutation(30) * 100_000
    found = dict(thirds("cost", values))
    assert list(found) == ["cost: 0 to 900,000", "cost: 1.00 M to 1.90 M", "cost: 2.00 M to 2.90 M"]
    assert [len(members) for members in found.values()] == [10, 10, 10]


@pytest.fixture(scope="module")
def design(tmp_path_factory):
    path = tmp_path_factory.mktemp("thirds") / "thirds.toml"
    path.write_text(TINY.replace("draws = 100", 'draws = 100\nthirds = ["multiply_adds"]'))
    return resolve(load_study(path))[0]


@pytest.mark.slow
def test_a_study_asks_for_thirds_by_what_networks_cost(design):
    costs = np.array([design.space.cost(one).multiply_adds for one in design.pool])
    groups = dict(groups_of(design))
    assert 2 <= len(groups) <= 3
    assert all(name.startswith("multiply-adds: ") for name in groups)
    means = [costs[members].mean() for members in groups.values()]
    assert means == sorted(means)


def test_a_trait_that_is_taken_by_thirds_is_not_taken_by_value(design, monkeypatch):
    kind = type(design.space)
    monkeypatch.setattr(kind, "traits", lambda _, cell: {"first": cell.operations[0], "last": cell.operations[-1]})
    analysis = design.study.analysis.model_copy(update={"thirds": ("last",)})
    asked = replace(design, study=design.study.model_copy(update={"analysis": analysis}))
    names = [name for name, _ in groups_of(asked)]
    assert any(name.startswith("first: ") and " to " not in name for name in names)
    assert all(" to " in name for name in names if name.startswith("last: "))


def test_what_no_architecture_has_parts_no_pool(tmp_path):
    path = tmp_path / "wrong.toml"
    path.write_text(TINY.replace("draws = 100", 'draws = 100\nthirds = ["depth"]'))
    with pytest.raises(ValueError, match="unknown cost or trait 'depth'; known are multiply_adds, parameters"):
        load_study(path)
