"""What a core-minute buys: costs from stored phases, the hull by its definition, and what a report says of both."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from figure_summaries import pair_of
from hypothesis import given
from hypothesis import strategies as st
from synthetic import invented_results, tau_alone

from nasrank.bench.analysis.costs import DEVIATION, MINUTES
from nasrank.bench.analysis.frame import Finding
from nasrank.bench.analysis.summary import Summary
from nasrank.bench.ranking import METRICS
from nasrank.bench.reporting import analyse
from nasrank.bench.reporting.figures import FIGURES
from nasrank.bench.reporting.figures import frontier as figure
from nasrank.bench.reporting.frontier import Point, best_within, hull, points, tables
from nasrank.bench.reporting.prose import answer
from nasrank.bench.reporting.sections import sections
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth

VARIANTS = {
    "long": {
        "strategy": "spos",
        "label": "3 times the passes",
        "training": {"passes": 4500},
        "before": 0.7,
        "after": 0.75,
    }
}


def phase(name: str, seconds: float) -> dict[str, object]:
    """With a wall clock that a busy machine made ten times as long."""
    return {"phase": name, "seconds": 10 * seconds, "cpu_seconds": seconds, "on": "abacus"}


@pytest.fixture(scope="module")
def timed(truth: Truth) -> Results:
    """Plain training takes a minute and 3 seconds a seed, guided two, longer three times that; scoring 36 seconds."""
    results = invented_results(
        truth, strategies=("spos",), variants=VARIANTS, analysis={"frontier": True}, lookalikes=6, landmarks=6
    )
    trials = {}
    for trial in results.design.trials:
        found = results.trials[trial.name]
        seconds = (60 + 3 * trial.seed) * (3 if "long" in trial.arm else 1) * (2 if "landmark" in trial.arm else 1)
        phases = [phase("preparing", 500), phase("training", seconds), phase("scoring", 36), phase("scoring ema", 72)]
        trials[trial.name] = {**found, "phases": phases}
        for kind in ("scores", "landmark_scores", "lookalike_scores"):
            trials[trial.name][kind] = {**found[kind], "accuracy@ema": found[kind]["accuracy"][::-1]}
    return replace(results, trials=trials)


@pytest.fixture(scope="module")
def costed(timed: Results, truth: Truth) -> Summary:
    with pytest.MonkeyPatch.context() as patch:
        tau_alone(patch)
        return analyse(timed, truth)


@pytest.mark.slow
def test_minutes_are_the_processors_of_training_and_of_scoring_the_pool(costed: Summary):
    """60 of the 72 scored architectures are the pool: the others are landmarks and lookalikes."""
    first, long = costed.pairs
    scoring = 36 * 60 / 72
    for pair, after, training in ((first, False, 61.5), (first, True, 123), (long, False, 184.5), (long, True, 369)):
        found = costed.level(pair, after, MINUTES)
        assert found.value == pytest.approx((training + scoring) / 60)
    by_ema = costed.level(first, False, MINUTES, score="accuracy@ema")
    assert by_ema.value == pytest.approx((61.5 + 2 * scoring) / 60)


@pytest.mark.slow
def test_the_deviation_is_that_of_the_taus_of_the_seeds(costed: Summary):
    for pair in costed.pairs:
        for after in (False, True):
            taus = costed.by_seed(pair, after)
            assert costed.level(pair, after, DEVIATION).value == pytest.approx(np.std(taus, ddof=1))


def test_the_best_half_is_measured_by_other_scores_too(costed: Summary):
    found = costed.level(costed.pairs[0], False, "tau_top50", score="accuracy@ema")
    assert found.known
    assert found.metric in METRICS


@pytest.mark.slow
@pytest.mark.parametrize("without", ["cpu_seconds", "failure"])
def test_what_was_not_measured_has_no_minutes(timed: Results, truth: Truth, without, monkeypatch):
    tau_alone(monkeypatch)
    name = timed.design.trials[0].name
    trial = timed.trials[name]
    if without == "failure":
        changed = {**trial, "failure": "the training loss is nan", "scores": {}}
    else:
        changed = {**trial, "phases": [{"phase": "training", "seconds": 60.0, "on": "abacus"}]}
    summary = analyse(replace(timed, trials={**timed.trials, name: changed}), truth)
    assert not summary.level(summary.pairs[0], False, MINUTES).known
    assert {point.pair.name for point in points(summary, False)} == {"long"}
    assert {point.pair.name for point in points(summary, True)} == {"spos", "long"}


def test_other_studies_say_nothing_of_costs(summary: Summary):
    assert not summary.frame.select(metric=MINUTES)
    assert not list(tables(summary))
    assert not FIGURES["frontier"].suits(summary)


class TestReport:
    def test_it_says_first_what_the_budget_buys(self, costed: Summary):
        best = best_within(points(costed, False), 10)
        assert best is not None
        assert answer(costed).startswith("Within 10 minutes of one core, the best of 2 ways to train SPOS ranks")
        assert f"{best.tau.value:.2f} without landmarks ({best.label}, {best.minutes:.1f} minutes)" in answer(costed)

    def test_its_tables_have_every_row_and_every_way_to_score(self, costed: Summary):
        plain, guided, ways = (one for one in sections(costed) if one.key.startswith("frontier"))
        assert [label for label, _ in plain.lines] == [label for label, _ in guided.lines]
        assert [label for label, _ in plain.lines] == ["SPOS", "3 times the passes"]
        assert plain.lines[0][1][0] == f"{(61.5 + 30) / 60:.1f}"
        assert len(ways.lines) == 4
        assert ways.lines[1][0] == "SPOS, accuracy (ema), guided"

    def test_the_figure_names_what_is_on_the_hulls(self, costed: Summary):
        text = figure.draw(costed)
        for after in (False, True):
            for point in hull(points(costed, after)):
                assert f"{point.label} {point.tau.value:.2f}".replace("-", "−") in text


def point_at(minutes: float, tau: float) -> Point:
    return Point(pair_of(0), False, "accuracy", f"{minutes} {tau}", minutes, Finding(value=tau))


places = st.tuples(st.sampled_from([0.5, 1, 2, 3, 5, 8, 20, 100]), st.integers(-10, 10).map(lambda n: n / 10))


@given(st.lists(places, min_size=1, max_size=20))
def test_the_hull_is_the_least_rising_concave_line_above_all_points(found):
    every = [point_at(*place) for place in found]
    outer = hull(every)
    assert outer[0].minutes == min(one.minutes for one in every)
    assert outer[-1].tau.value == max(one.tau.value for one in every)
    assert all(one in every for one in outer)
    times, taus = [math.log(one.minutes) for one in outer], [one.tau.value for one in outer]
    slopes = np.diff(taus) / np.diff(times)
    assert (slopes > 0).all()
    assert (np.diff(slopes) < 1e-12).all()
    for one in every:
        assert one.tau.value <= np.interp(math.log(one.minutes), times, taus) + 1e-9


def test_nothing_is_best_within_less_than_everything_costs():
    every = [point_at(2, 0.1), point_at(5, 0.3), point_at(20, 0.2)]
    assert best_within(every, 1) is None
    assert best_within(every, 2).tau.value == 0.1
    assert best_within(every, 100).tau.value == 0.3
