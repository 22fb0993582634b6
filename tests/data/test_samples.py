"""Samples, and splits that divide them by strata without cutting a group."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nasrank.bench.data import Samples, load_dataset, split_halves, stratified_pair, stratified_split

INPUTS, TARGETS, STRATA = np.zeros((4, 3), np.float32), np.zeros((4, 2)), np.zeros(4, np.int64)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((INPUTS[:0], TARGETS[:0], STRATA[:0], STRATA[:0]), "there are no samples"),
        ((INPUTS, TARGETS[1:], STRATA, STRATA), "4 inputs have 3 targets"),
        ((INPUTS, TARGETS, STRATA[1:], STRATA), r"strata must be int64 \(4,\), not int64 \(3,\)"),
        ((INPUTS, TARGETS, STRATA, STRATA.astype(np.int32)), r"groups must be int64 \(4,\), not int32"),
    ],
)
def test_what_does_not_fit_together_is_refused(arguments: tuple, message: str):
    with pytest.raises(ValueError, match=message):
        Samples(*arguments)


def test_images_are_samples():
    images = load_dataset("digits")
    samples, rows = images.samples, np.array([5, 2])
    assert len(samples) == len(images)
    inputs, targets = samples.tensors(rows)
    assert torch.equal(inputs, torch.from_numpy(images.normalized(rows)))
    assert targets.tolist() == samples.strata[rows].tolist() == images.labels[rows].tolist()
    assert len(np.unique(samples.groups)) == len(images), "each digit is by itself"


def test_other_targets_leave_strata_and_groups():
    """So that random labels do not move the split."""
    samples = load_dataset("digits").samples
    others = samples.with_targets(samples.targets[::-1].copy())
    assert others.tensors(np.array([0]))[1].item() == samples.targets[-1]
    assert others.strata is samples.strata
    assert others.groups is samples.groups


def without_groups(labels, pool, sizes, generator):
    """The draw of before there were groups, restated: classes interleaved, each in random order."""
    shuffled = generator.permutation(pool)
    fraction = np.empty(len(pool))
    for label in np.unique(labels[shuffled]):
        of_class = np.flatnonzero(labels[shuffled] == label)
        fraction[of_class] = (np.arange(len(of_class)) + generator.random()) / len(of_class)
    ends = np.cumsum(sizes)
    interleaved = shuffled[np.argsort(fraction, kind="stable")]
    return [np.sort(interleaved[end - size : end]) for size, end in zip(sizes, ends, strict=True)]


@pytest.mark.parametrize("groups", [None, np.arange(100)[::-1].copy()], ids=["none", "one each"])
def test_groups_of_one_are_drawn_as_samples_always_were(groups):
    """Stored results were made with those rows."""
    labels = np.random.default_rng(1).integers(4, size=100)
    found = stratified_split(labels, np.random.default_rng(2), weights=50, held_out=20, scoring=25, groups=groups)
    expected = without_groups(labels, np.arange(100), (50, 20, 25), np.random.default_rng(2))
    for rows, right in zip((found.weights, found.held_out, found.scoring), expected, strict=True):
        np.testing.assert_array_equal(rows, right)


@given(lengths=st.lists(st.integers(1, 4), min_size=12, max_size=60), seed=st.integers(0, 2**32))
def test_no_part_has_some_of_a_group(lengths: list[int], seed: int):
    generator = np.random.default_rng(seed)
    groups = generator.permutation(np.repeat(np.arange(len(lengths)), lengths))
    strata, third = generator.integers(3, size=len(groups)), len(groups) // 3
    try:
        split = stratified_split(strata, generator, weights=third, held_out=third, scoring=third, groups=groups)
    except ValueError as error:
        assert "whole groups come to" in str(error)  # noqa: PT017 - some lengths do not make up a third
        return
    owners = [set(groups[rows]) for rows in (split.weights, split.held_out, split.scoring)]
    assert not owners[0] & owners[1]
    assert not owners[0] & owners[2]
    assert not owners[1] & owners[2]
    assert [len(rows) for rows in (split.weights, split.held_out, split.scoring)] == [third] * 3
    for rows, own in zip((split.weights, split.held_out, split.scoring), owners, strict=True):
        assert np.isin(groups, list(own)).sum() == len(rows), "groups are whole"


def test_groups_keep_the_strata_in_proportion():
    """A hundred groups of four, a quarter of them with three samples of stratum 1 and one of stratum 0."""
    groups = np.repeat(np.arange(100), 4)
    strata = np.where(groups < 25, 1, 0)
    strata[0:100:4] = 0
    training, test = stratified_pair(strata, np.random.default_rng(0), training=200, test=80, groups=groups)
    assert abs((groups[training] < 25).sum() / 4 - 50 / 4) <= 1
    assert abs((groups[test] < 25).sum() / 4 - 20 / 4) <= 1


def test_sizes_that_groups_do_not_come_to_are_refused_with_one_that_they_do():
    groups, strata, stream = np.repeat(np.arange(5), 3), np.zeros(15, np.int64), np.random.default_rng
    with pytest.raises(ValueError, match="whole groups come to 6 of 7 samples; take so many"):
        stratified_pair(strata, stream(0), training=7, test=3, groups=groups)
    training, _ = stratified_pair(strata, stream(0), training=6, test=3, groups=groups)
    assert len(np.unique(groups[training])) == 2


def test_halves_that_cut_a_group_are_refused():
    halves, strata = (np.arange(0, 3), np.arange(3, 6)), np.zeros(6, np.int64)
    sizes = {"weights": 2, "held_out": 1, "scoring": 1}
    with pytest.raises(ValueError, match="the halves cut group 8"):
        split_halves(strata, halves, np.random.default_rng(0), **sizes, groups=np.array([7, 7, 8, 8, 9, 10]))
    split = split_halves(strata, halves, np.random.default_rng(0), **sizes, groups=np.array([7, 7, 8, 9, 10, 11]))
    assert set(split.weights) == {0, 1} or 2 not in split.weights
