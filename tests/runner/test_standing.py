"""What is known of a study while it is run: tau of its rows as soon as both sides of a seed are finished."""

from __future__ import annotations

import numpy as np
import pytest

from nasrank.bench.analysis.comparison import Comparison
from nasrank.bench.analysis.frame import Finding
from nasrank.bench.analysis.scores import Scored, pool_truth, without_twins
from nasrank.bench.execution import NO_FIGURES, Watch
from nasrank.bench.ranking import METRICS
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.standing import Standing, WithTau


@pytest.fixture
def results(design):
    """Of all trials, with random scores."""
    generator = np.random.default_rng(0)
    return {
        trial.name: {"trial": trial.name, "failure": None, "scores": {"accuracy": generator.random(20).tolist()}}
        for trial in design.trials
    }


def test_the_first_pair_is_finished_first(design):
    """So that there is something to see early: before and after of one row and seed are the first two trials."""
    row = next(iter(design.rows.values()))
    assert [trial.name for trial in design.trials[:2]] == [f"{arm.name}-seed0" for arm in row.arms]


def test_a_row_stands_as_soon_as_both_sides_of_a_seed_are_finished(design, truth, results):
    standing, (before, after) = Standing(design, truth), design.trials[:2]
    row = next(iter(design.rows.values()))
    assert standing.put(before, results[before.name]) == []
    assert standing.of(row) == {}
    assert standing.put(after, results[after.name]) == [row]
    found = standing.of(row)
    assert found["seeds"] == 1
    assert found["tau before"] == standing.tau(results[before.name]["scores"]["accuracy"])


def test_in_the_end_it_is_what_the_report_says(design, truth, results):
    standing = Standing(design, truth)
    for trial in reversed(design.trials):
        standing.put(trial, results[trial.name])
    ranked = without_twins(Results(design, results))
    compare, scored = Comparison(design.study, pool_truth(ranked.design, truth)), Scored(ranked)
    for row in design.rows.values():
        before, after = (compare.level(scored.side(arm), METRICS["tau"], Finding()) for arm in row.arms)
        assert standing.of(row) == {
            "tau before": pytest.approx(before.value),
            "tau after": pytest.approx(after.value),
            "seeds": 2,
        }


def test_a_seed_that_failed_is_left_out(design, truth, results):
    standing, row = Standing(design, truth), next(iter(design.rows.values()))
    results[design.trials[0].name]["failure"] = "diverged"
    for trial in design.trials:
        standing.put(trial, results[trial.name])
    assert standing.of(row)["seeds"] == 1
    assert standing.put(design.trials[1], results[design.trials[1].name]) == []


def test_a_watch_is_told_tau_in_place_of_scores(design, truth):
    told = []

    class Heard(Watch):
        def progress(self, task, share, figures=NO_FIGURES):
            told.append((task, share, dict(figures)))

    standing = Standing(design, truth)
    watch = WithTau(Heard(), standing)
    perfect = truth.of(design.pool[:10]).tolist()
    watch.progress("a", 0.5, {"scores": perfect, "loss": 2.0})
    watch.progress("a", 0.6)
    assert told == [("a", 0.5, {"loss": 2.0, "tau": pytest.approx(1.0)}), ("a", 0.6, {})]
    assert np.isnan(standing.tau([0.5]))
