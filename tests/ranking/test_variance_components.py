"""Components of variance against other definitions, and against what data were made with."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from nasrank.bench.ranking.variance import components, resampled_shares


def drawn(groups: int, members: int, repetitions: int, deviations: tuple[float, float, float], seed: int = 0):
    """Values and the group of each member."""
    generator = np.random.default_rng(seed)
    of_group, of_member, of_run = deviations
    labels = np.repeat(np.arange(groups), members)
    means = generator.normal(scale=of_group, size=groups)[labels] + generator.normal(scale=of_member, size=len(labels))
    return 50 + means + generator.normal(scale=of_run, size=(repetitions, len(labels))), labels


def test_without_groups_it_is_the_one_way_analysis_of_variance() -> None:
    """The ratio of mean squares is SciPy's F; the share of members is Fisher's intraclass correlation."""
    values, _ = drawn(12, 1, 4, (0.0, 2.0, 1.0))
    found = components(values)
    ratio = stats.f_oneway(*values.T).statistic
    assert found.repetitions == pytest.approx(np.mean(values.var(axis=0, ddof=1)))
    assert found.members == pytest.approx(found.repetitions * (ratio - 1) / 4)
    assert found.shares[1] == pytest.approx((ratio - 1) / (ratio - 1 + 4))
    assert np.isnan(found.groups)


def test_of_groups_of_one_size_it_is_that_of_their_means() -> None:
    values, labels = drawn(9, 3, 2, (2.0, 1.0, 0.5))
    found = components(values, labels)
    of_members = values.mean(axis=0).reshape(9, 3)
    within = of_members.var(axis=1, ddof=1).mean()
    assert found.members == pytest.approx(within - found.repetitions / 2)
    assert found.groups == pytest.approx(of_members.mean(axis=1).var(ddof=1) - within / 3)
    assert sum(found.shares) == pytest.approx(1)


def test_means_over_many_samples_are_what_data_were_made_with() -> None:
    """Groups of different sizes, some of one member."""
    found = []
    for seed in range(300):
        values, labels = drawn(20, 4, 2, (1.5, 1.0, 2.0), seed)
        kept = np.array([place for place, label in enumerate(labels) if place % 4 <= label % 4])
        one = components(values[:, kept], labels[kept])
        found.append((one.groups, one.members, one.repetitions))
    assert np.mean(found, axis=0) == pytest.approx([1.5**2, 1.0, 4.0], rel=0.1)


def test_labels_and_their_order_do_not_matter() -> None:
    values, labels = drawn(6, 3, 2, (1.0, 1.0, 1.0))
    order = np.random.default_rng(1).permutation(len(labels))
    named = np.array([f"generator {label}" for label in labels])
    found, same = components(values[:, order], named[order]), components(values, labels)
    assert found.shares == pytest.approx(same.shares)


def test_noise_alone_has_no_share_but_its_own() -> None:
    values = np.tile(np.array([[1.0], [3.0]]), (1, 8))
    found = components(values, np.arange(8) // 2)
    assert found.shares == (0.0, 0.0, 1.0)
    assert np.isnan(components(np.ones((2, 8)), np.arange(8) // 2).shares).all()


def test_groups_of_one_member_have_no_component_of_their_own() -> None:
    values, labels = drawn(8, 1, 3, (1.0, 0.0, 1.0))
    alone = components(values, labels)
    assert np.isnan(alone.groups)
    assert (alone.members, alone.repetitions) == pytest.approx(
        (components(values).members, components(values).repetitions)
    )


@pytest.mark.slow
def test_resamples_cover_what_data_were_made_with() -> None:
    inside = 0
    for seed in range(60):
        values, labels = drawn(25, 3, 2, (1.0, 1.0, 1.0), seed)
        shares = resampled_shares(values, labels, np.random.default_rng(seed), 200)
        assert shares.shape == (200, 3)
        low, high = np.quantile(shares[:, 0], [0.025, 0.975])
        inside += low <= 1 / 3 <= high
    assert inside >= 50


@pytest.mark.parametrize("values", [np.ones((1, 5)), np.ones((2, 1)), np.ones(5), [[1.0, np.nan], [1.0, 2.0]]])
def test_what_has_no_components_is_refused(values) -> None:
    with pytest.raises(ValueError, match="values"):
        components(values)


def test_groups_are_of_all_members() -> None:
    with pytest.raises(ValueError, match="there are 4 members, and groups of"):
        components(np.random.default_rng(0).normal(size=(2, 4)), [0, 0, 1])
