"""What every metric, interval and ceiling makes of input that is not an array of different finite numbers.

A new metric is found by being registered, a new interval or ceiling by being exported from `nasrank.bench.ranking`.
"""

from __future__ import annotations

import inspect
import warnings
from dataclasses import fields, is_dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from nasrank.bench import ranking
from nasrank.bench.ranking import METRICS, Metric, metrics

N = 40
GOOD = np.random.default_rng(0).permutation(N) + 1.0
TRUTH = np.random.default_rng(1).permutation(N) + 50.0

ROWS = {"scores", "before", "after", "reference", "current", "accuracies"}
"""Parameters that hold one row a seed."""

INTERVALS = {
    name: function
    for name in ranking.__all__
    if inspect.isfunction(function := getattr(ranking, name)) and "metric" in inspect.signature(function).parameters
}

UNUSABLE = {
    "masked": lambda values: np.ma.masked_equal(values, values[7]),
    "masked integers": lambda values: np.ma.masked_equal(values.astype(int), int(values[7])),
    "NaN": lambda values: np.where(np.arange(len(values)) == 7, np.nan, values),
    "infinite": lambda values: np.where(np.arange(len(values)) == 7, -np.inf, values),
    "a missing one": lambda values: [None if place == 7 else value for place, value in enumerate(values.tolist())],
    "texts": lambda values: values.astype(str),
    "complex": lambda values: values.astype(complex),
    "integers that floats confuse": lambda values: values.astype(np.int64) + 2**53,
    "empty": lambda values: values[:0],
    "one element": lambda values: values[:1],
}

USABLE = {
    "integers": lambda values: values.astype(np.int32),
    "a list": lambda values: values.tolist(),
    "single precision": lambda values: values.astype(np.float32),
    "an unused mask": lambda values: np.ma.array(values, mask=np.zeros(len(values), dtype=bool)),
    "fractions": lambda values: [Fraction(value) for value in values.tolist()],
    "decimals": lambda values: [Decimal(value) for value in values.tolist()],
}

unusable = pytest.mark.parametrize("spoil", UNUSABLE.values(), ids=UNUSABLE)
usable = pytest.mark.parametrize("other", USABLE.values(), ids=USABLE)
every_metric = pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
every_interval = pytest.mark.parametrize("interval", INTERVALS.values(), ids=INTERVALS)


@every_metric
class TestMetrics:
    @unusable
    def test_unusable_input_is_refused_on_either_side(self, metric: Metric, spoil):
        """Cases, group 2: a mask was ignored. The function itself is asked, too, as a user may."""
        for ask in (metric, metric.function):
            for scores, truth in ((spoil(GOOD), TRUTH), (GOOD, spoil(TRUTH)), (spoil(GOOD), spoil(TRUTH))):
                with pytest.raises(ValueError, match=r"scores|truth|at least 2"):
                    ask(scores, truth)

    @unusable
    def test_so_is_it_where_resamples_are_drawn(self, metric: Metric, spoil):
        counts = np.ones((2, N), dtype=np.int64)
        for scores, truth in ((spoil(GOOD), TRUTH), (GOOD, spoil(TRUTH))):
            with pytest.raises(ValueError, match=r"scores|truth|at least 2"):
                metric.of_resamples(scores, truth, counts)

    @usable
    def test_other_numbers_are_numbers(self, metric: Metric, other):
        assert metric(other(GOOD), other(TRUTH)) == metric(GOOD, TRUTH)

    def test_constants_are_undefined_and_never_refused(self, metric: Metric):
        constant = np.full(N, 50.0)
        assert np.isnan(metric(GOOD, constant))
        value = metric(constant, TRUTH)
        assert np.isnan(value) or metric.bounds[0] <= value <= metric.bounds[1]

    def test_a_masked_element_is_refused_like_nan(self, metric: Metric):
        messages = []
        for spoil in ("masked", "NaN"):
            with pytest.raises(ValueError, match="scores holds 1 NaN or infinite or masked") as refusal:
                metric(UNUSABLE[spoil](GOOD), TRUTH)
            messages.append(str(refusal.value))
        assert messages[0] == messages[1]


def test_a_metric_that_checks_nothing_is_guarded_all_the_same():
    """One of a user's own is called through the same door."""
    careless = Metric(name="sum", label="sum", function=lambda scores, truth: float(np.sum(scores * truth)))
    with pytest.raises(ValueError, match="scores holds 1 NaN or infinite or masked"):
        careless(np.ma.masked_equal(GOOD, 3), TRUTH)
    assert careless(GOOD.tolist(), TRUTH) == float(GOOD @ TRUTH)


def call(interval, **changed):
    """The interval of three noisy rows, with some of its arguments changed."""
    rows = np.stack([GOOD + seed for seed in range(3)])
    arguments = {
        name: rows if name in ROWS else TRUTH if name == "truth" else np.array([0.1, 0.2, 0.3])
        for name, parameter in inspect.signature(interval).parameters.items()
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY and name != "metric"
    }
    assert {"truth"} <= set(arguments)
    return interval(
        **arguments | changed,
        metric=METRICS["tau"],
        draws=100,
        confidence=0.9,
        generator=np.random.default_rng(0),
    )


def numbers_of(result):
    """Every number of a result, those of results within it too."""
    for field in fields(result):
        value = getattr(result, field.name)
        if is_dataclass(value):
            yield from numbers_of(value)
        elif isinstance(value, float | int):
            yield value


@every_interval
class TestIntervals:
    def rows_of(self, interval) -> list[str]:
        return [name for name in inspect.signature(interval).parameters if name in ROWS]

    @unusable
    def test_unusable_input_is_refused_on_every_side(self, interval, spoil):
        with pytest.raises(ValueError, match=r".{20,}"):
            call(interval, truth=spoil(TRUTH))
        for name in self.rows_of(interval):
            with pytest.raises(ValueError, match=r".{20,}"):
                call(interval, **{name: [spoil(GOOD)] * 3})

    @usable
    def test_other_numbers_are_numbers(self, interval, other):
        rows = {name: [other(GOOD + seed) for seed in range(3)] for name in self.rows_of(interval)}
        found = call(interval, **rows, truth=other(TRUTH))
        np.testing.assert_array_equal(list(numbers_of(found)), list(numbers_of(call(interval))))

    def test_constant_input_is_undefined(self, interval):
        found = list(numbers_of(call(interval, truth=np.full(N, 50.0))))
        assert np.isnan(found).any()

    def test_a_masked_row_among_others_is_seen(self, interval):
        for name in self.rows_of(interval):
            rows = [np.ma.masked_equal(GOOD, 3.0), GOOD, GOOD]
            with pytest.raises(ValueError, match=f"{name} holds 1 NaN or infinite or masked"):
                call(interval, **{name: rows})


def test_there_are_some_to_test():
    assert {"bootstrap", "paired_bootstrap", "excess_bootstrap", "compare_runs"} <= set(INTERVALS)


class TestCeilings:
    @unusable
    def test_two_measurements(self, spoil):
        for first, second in ((spoil(GOOD), TRUTH), (GOOD, spoil(TRUTH))):
            with pytest.raises(ValueError, match=r"scores|truth|at least 2"):
                ranking.ceiling_between(first, second, description="two")

    @pytest.mark.parametrize("name", [name for name in UNUSABLE if name not in ("masked", "masked integers", "NaN")])
    def test_of_seeds(self, name):
        with pytest.raises(ValueError, match=r".{20,}"):
            ranking.ceiling_of_seeds([UNUSABLE[name](GOOD), UNUSABLE[name](TRUTH)], description="seeds")

    def test_a_masked_seed_is_a_missing_one(self):
        """As `Table.accuracy(seeds="all")` hands them out."""
        rows = np.stack([GOOD, TRUTH, GOOD + TRUTH])
        missing = np.where(rows == rows[0, 7], np.nan, rows)
        masked = np.ma.masked_equal(rows, rows[0, 7])
        found, expected = (ranking.ceiling_of_seeds(one, description="seeds") for one in (masked, missing))
        assert found == expected
        assert found.between_seeds.n == N - 1

    def test_ties_of_masked_values_are_refused(self):
        with pytest.raises(ValueError, match="masked"):
            ranking.tied_pair_share(np.ma.masked_equal(GOOD, 3))


class TestWithinGroups:
    GROUPS = np.arange(N) % 3

    @unusable
    def test_unusable_input_is_refused(self, spoil):
        for scores, truth in ((spoil(GOOD), TRUTH), (GOOD, spoil(TRUTH))):
            with pytest.raises(ValueError, match=r"scores|truth|at least 2"):
                metrics.kendall_tau_within(scores, truth, self.GROUPS)

    @pytest.mark.parametrize(
        ("groups", "words"),
        [
            (np.ma.masked_equal(GROUPS, 2), "masked elements"),
            ([None] * N, "object"),
            (np.where(GROUPS == 2, np.nan, 0.0), "NaN"),
            (GROUPS[1:], "shape"),
        ],
    )
    def test_so_are_groups_that_name_none(self, groups, words):
        with pytest.raises(ValueError, match=words):
            metrics.kendall_tau_within(GOOD, TRUTH, groups)

    def test_groups_may_be_texts_and_a_mask_may_be_empty(self):
        expected = metrics.kendall_tau_within(GOOD, TRUTH, self.GROUPS)
        for groups in (self.GROUPS.astype(str), self.GROUPS.tolist(), np.ma.array(self.GROUPS, mask=False)):
            assert metrics.kendall_tau_within(GOOD, TRUTH, groups) == expected


@pytest.mark.parametrize("k", [True, 10.0, np.float64(10), "10", None, 0, -1, N + 1, np.nan])
def test_a_count_of_the_best_is_an_integer_within_the_pool(k):
    for metric in (metrics.precision_at, metrics.best_rank_at, metrics.regret_at):
        with pytest.raises(ValueError, match=f"k must be a whole number from 1 to {N}"):
            metric(GOOD, TRUTH, k=k)
        assert metric(GOOD, TRUTH, k=np.int64(10)) == metric(GOOD, TRUTH, k=10)


def test_the_smallest_case():
    """Cases, group 2: .6 with the mask ignored, where the unmasked have .667."""
    scores, truth = np.ma.masked_equal([1, 2, -1, 4, 5], -1), [1, 3, 2, 5, 4]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match=r"first at position \(2\)"):
            metrics.kendall_tau(scores, truth)
