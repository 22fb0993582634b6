"""What table studies say, by independent definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from small_tables import GENERATORS, measured, study_of

from nasrank.bench.analysis.table_summary import TableSummary
from nasrank.bench.foundation.files import DataError
from nasrank.bench.table_studies.measured import Measured
from nasrank.spaces import get_enumerated

DIFFERENCE = '{"says": "x", "group": "one", "against": "other", "at_least": AT}'
SEEDS = '{"says": "x", "group": "one", "against": "other", "over": "seeds", "at_least": 0}'
SHARE = '{"says": "x", "group": "one", "share": "generators", "at_least": 0.5}'


def runs(seeds: int, architectures: int, seed: int = 0, scale: float = 1.0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return 60 + scale * generator.normal(size=(seeds, architectures)) + generator.normal(size=architectures)


def summary(one: Measured, other: Measured, *claims: str) -> TableSummary:
    return TableSummary.of(study_of(*claims), {"one": one, "other": other}, {"python": "3"})


def test_a_row_is_the_mean_over_architectures_with_students_interval() -> None:
    values = runs(3, 12)
    row = summary(measured("nb201", values), measured("nb201", values)).row("one")
    means = values.mean(axis=0)
    low, high = stats.ttest_1samp(means, 0).confidence_interval(0.95)
    assert (row.mean, row.low, row.high) == pytest.approx((means.mean(), low, high), abs=1e-6)
    assert row.deviation == pytest.approx(means.std(ddof=1), abs=1e-6)
    assert (row.architectures, row.units, row.seeds, row.left_out) == (12, 12, 3, 0)
    taus = [stats.kendalltau(values[a], values[b]).statistic for a, b in ((0, 1), (0, 2), (1, 2))]
    assert row.tau == pytest.approx(np.mean(taus), abs=1e-6)
    assert list(row.shares) == ["architectures", "training seeds"]
    np.testing.assert_allclose(row.means, means, atol=1e-6)


def test_architectures_that_diverged_are_left_out_and_counted() -> None:
    values = runs(2, 12)
    values[1, 3] = math.nan
    row = summary(measured("nb201", values), measured("nb201", runs(2, 12))).row("one")
    assert (row.architectures, row.left_out) == (11, 1)
    assert row.mean == pytest.approx(np.delete(values, 3, axis=1).mean(), abs=1e-6)


def test_the_same_architectures_are_paired() -> None:
    one, other = runs(2, 12), runs(2, 12, seed=1)
    found = summary(measured("nb201", one), measured("nb201", other), DIFFERENCE.replace("AT", "0")).claims[0]
    test = stats.ttest_rel(one.mean(axis=0), other.mean(axis=0))
    low, high = test.confidence_interval(0.95)
    expected = (one.mean() - other.mean(), low, high)
    assert (found.value, found.low, found.high) == pytest.approx(expected, abs=1e-6)
    assert (found.paired, found.units) == (True, 12)


def test_a_group_is_paired_with_a_larger_one_by_what_both_have() -> None:
    """In whatever order."""
    one, other = runs(2, 12), runs(2, 5, seed=1)
    names = [str(get_enumerated("nb201").at(place)) for place in (9, 0, 3, 7, 4)]
    groups = measured("nb201", one), measured("nb201", other, names)
    found = summary(*groups, DIFFERENCE.replace("AT", "0")).claims[0]
    expected = stats.ttest_rel(one.mean(axis=0)[[9, 0, 3, 7, 4]], other.mean(axis=0)).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx(tuple(expected), abs=1e-6)
    assert (found.paired, found.units) == (True, 5)
    turned = summary(groups[1], groups[0], DIFFERENCE.replace("AT", "0")).claims[0]
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low), abs=1e-6)


def test_other_architectures_have_welchs_interval() -> None:
    one, other = runs(2, 12, scale=3), runs(2, 9, seed=1)
    names = [str(get_enumerated("nb201").at(place)) for place in range(5, 14)]
    found = summary(measured("nb201", one), measured("nb201", other, names), DIFFERENCE.replace("AT", "0")).claims[0]
    first, second = one.mean(axis=0), other.mean(axis=0)
    variances = first.var(ddof=1) / 12, second.var(ddof=1) / 9
    freedom = sum(variances) ** 2 / (variances[0] ** 2 / 11 + variances[1] ** 2 / 8)
    reach = stats.t.ppf(0.975, freedom) * math.sqrt(sum(variances))
    value = first.mean() - second.mean()
    assert (found.value, found.low, found.high) == pytest.approx((value, value - reach, value + reach), abs=1e-6)
    assert (found.paired, found.units) == (False, 9)


def test_over_seeds_these_very_networks_are_meant() -> None:
    """Of the seeds that both have, each by the mean over the networks of a group."""
    one, other = runs(5, 2), runs(5, 3, seed=1)
    found = summary(measured("nb201", one), measured("nb201", other, seeds=1), SEEDS).claims[0]
    gains = one.mean(axis=1)[1:] - other.mean(axis=1)[:4]
    low, high = stats.ttest_1samp(gains, 0).confidence_interval(0.95)
    assert (found.value, found.low, found.high) == pytest.approx((gains.mean(), low, high), abs=1e-6)
    assert (found.paired, found.units) == (True, 4)


def test_graphs_of_one_generator_count_once() -> None:
    one, other = runs(2, 15), runs(2, 15, seed=1)
    groups = measured("nago", one, GENERATORS), measured("nago", other, GENERATORS)
    found = summary(*groups, DIFFERENCE.replace("AT", "0"), SHARE)
    gains = (one - other).mean(axis=0).reshape(5, 3).mean(axis=1)
    low, high = stats.ttest_1samp(gains, 0).confidence_interval(0.95)
    assert (found.claims[0].low, found.claims[0].high) == pytest.approx((low, high), abs=1e-6)
    assert found.claims[0].units == found.row("one").units == 5
    assert list(found.row("one").shares) == ["generators", "graphs of one generator", "training seeds"]
    share = found.row("one").shares["generators"]
    assert (found.claims[1].value, found.claims[1].low, found.claims[1].high) == share


@pytest.mark.slow
@pytest.mark.parametrize(("at_least", "status"), [(4.9, "holds"), (5.0, "open"), (5.1, "does not hold")])
def test_a_claim_holds_by_its_whole_interval(at_least: float, status: str) -> None:
    one = runs(2, 200)
    noise = np.random.default_rng(2).normal(scale=0.2, size=200)
    other = one - 5 - noise + noise.mean()
    claim = DIFFERENCE.replace("AT", f"{at_least}")
    assert summary(measured("nb201", one), measured("nb201", other), claim).claims[0].status == status


def test_without_two_units_a_claim_is_open() -> None:
    names = [str(get_enumerated("nb201").at(place)) for place in (5, 6)]
    one, other = measured("nb201", [[60.0], [61.0]]), measured("nb201", [[50.0, 40.0], [51.0, 41.0]], names)
    found = summary(one, other, DIFFERENCE.replace("AT", "0")).claims[0]
    assert found.value == pytest.approx(15)
    assert math.isnan(found.low)
    assert found.status == "open"


def test_a_share_that_is_not_known_is_refused() -> None:
    one = measured("nb201", runs(2, 12))
    with pytest.raises(ValueError, match="of one lies between architectures, training seeds; not known between 'gen"):
        summary(one, one, SHARE)
    few = measured("nb201", runs(2, 4))
    with pytest.raises(ValueError, match="between nothing, as there are too few"):
        summary(few, few, SHARE)


def test_a_summary_is_read_as_it_was_written() -> None:
    found = summary(measured("nb201", runs(2, 12)), measured("nb201", [[50.0], [51.0]]), DIFFERENCE.replace("AT", "0"))
    again = TableSummary.from_text(found.to_text())
    assert again.to_text() == found.to_text()
    assert (again.study, again.claims[0].status) == (found.study, found.claims[0].status)
    assert TableSummary.is_report(found.to_text())
    with pytest.raises(DataError, match="not as this version writes it"):
        TableSummary.from_text(found.to_text().replace('"units"', '"unit"'))


def measured_in(metric: str, one: Measured, other: Measured, *claims: str) -> TableSummary:
    study = study_of(*claims).model_copy(update={"metric": metric})
    return TableSummary.of(study, {"one": one, "other": other}, {})


@pytest.mark.slow
def test_less_perplexity_is_better() -> None:
    """By as much as the other has more."""
    one, other = runs(2, 12), runs(2, 12, seed=1)
    for claim in (DIFFERENCE.replace("AT", "0"), SEEDS):
        groups = measured("nb201", one), measured("nb201", other)
        accuracy, perplexity = (measured_in(metric, *groups, claim).claims[0] for metric in ("accuracy", "perplexity"))
        turned = (-accuracy.value, -accuracy.high, -accuracy.low)
        assert (perplexity.value, perplexity.low, perplexity.high) == pytest.approx(turned, abs=1e-6)


@pytest.mark.parametrize(
    ("bound", "status", "value"),
    [
        ('"every_run_above": 9.9', "holds", 10.0),
        ('"every_run_above": 10.0', "does not hold", 10.0),
        ('"every_run_below": 14.1', "holds", 14.0),
        ('"every_run_below": 13.0', "does not hold", 14.0),
    ],
)
def test_every_run_is_beyond_a_bound_or_the_claim_does_not_hold(bound: str, status: str, value: float) -> None:
    group = measured("nb201", [[10.0, 12.0], [11.0, 14.0], [13.0, 12.5]])
    found = summary(group, group, f'{{"says": "x", "group": "one", {bound}}}').claims[0]
    assert (found.status, found.value, found.low, found.high, found.units) == (status, value, 10.0, 14.0, 6)


@pytest.mark.slow
def test_two_groups_rank_alike_by_tau_over_what_both_have() -> None:
    one, other = runs(2, 40), runs(3, 30, seed=1)
    other += 2 * one.mean(axis=0)[:30]
    claim = '{"says": "x", "group": "one", "against": "other", "by": "tau", "at_least": 0.1}'
    found = summary(measured("nb201", one), measured("nb201", other), claim).claims[0]
    means = one.mean(axis=0)[:30], other.mean(axis=0)
    assert found.value == pytest.approx(stats.kendalltau(*means).statistic, abs=1e-6)
    generator, drawn = np.random.default_rng(5), []
    for _ in range(1000):
        rows = generator.integers(30, size=30)
        drawn.append(stats.kendalltau(means[0][rows], means[1][rows]).statistic)
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.06)
    assert (found.units, found.status) == (30, "holds")


def test_a_tau_of_few_architectures_is_refused() -> None:
    group = measured("nb201", runs(2, 9))
    claim = '{"says": "x", "group": "one", "against": "other", "by": "tau", "at_least": 0.1}'
    with pytest.raises(ValueError, match="the groups share 9 architectures, and a tau takes 10"):
        summary(group, group, claim)
