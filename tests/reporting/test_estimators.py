"""Tau by every score that was stored, and what is computed once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from synthetic import invented_results

from nasrank.bench.analysis import analyse as analysis
from nasrank.bench.analysis.bootstraps import MOST_DRAWS, draws_of, remembering, resampling
from nasrank.bench.analysis.findings import Value
from nasrank.bench.analysis.verdict import verdict
from nasrank.bench.ranking import METRICS, bootstrap
from nasrank.bench.reporting import Summary, analyse, explanations
from nasrank.bench.reporting.long_csv import long_csv
from nasrank.bench.reporting.markdown import markdown
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth


def test_tau_of_every_score(summary: Summary, results: Results, truth: Truth) -> None:
    pool = truth.of(results.design.pool)
    found = {(row.strategy, row.score): row for row in summary.estimators}
    assert list(found) == [
        (arm, score)
        for arm, own in (("spos", []), ("gdas", ["preference"]))
        for score in ("accuracy", "negative_loss", "angle", "kernel_angle", *own, "rank_sum")
    ]
    guided = results.of(results.design.rows["gdas"].after)
    taus = [stats.kendalltau(trial["scores"]["preference"], pool).statistic for trial in guided]
    assert found["gdas", "preference"].after.value == pytest.approx(np.mean(taus))
    table = markdown(summary).partition("by other scores")[2]
    assert "own parameters" in table
    ridge = f"{summary.baselines['label_matched'].metrics['tau'].value:.3f}"
    assert f"| *ridge on the same labels (12 a seed)* | {' | '.join([ridge] * 5)} |" in table
    for side in ("before", "after"):
        for score in ("accuracy", "angle", "kernel_angle", "rank_sum"):
            taus = []
            for trial in results.of(getattr(results.design.rows["gdas"], side)):
                stored = trial["scores"]
                ranks = stats.rankdata(stored["accuracy"]) + stats.rankdata(stored["kernel_angle"])
                taus.append(stats.kendalltau(ranks if score == "rank_sum" else stored[score], pool).statistic)
            assert getattr(found["gdas", score], side).value == pytest.approx(np.mean(taus))


def test_the_score_that_an_arm_ranks_by_has_the_interval_of_its_row(summary: Summary) -> None:
    row, main = summary.estimators[0], summary.row("spos", "tau")
    assert (row.before.low, row.after.high) == (main.before_low, main.after_high)
    assert (row.delta.value, row.delta.low, row.delta.high) == (main.delta, main.ci_low, main.ci_high)


def test_what_another_score_gains(truth: Truth, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against what the arm is ranked by, paired: the same architectures and seeds."""
    monkeypatch.setattr(analysis, "reported", lambda: {"tau": METRICS["tau"]})
    results = invented_results(truth, seeds=(0, 1, 2), pool=200)
    pool = truth.of(results.design.pool)
    for trial in results.trials.values():
        trial["scores"]["negative_loss"] = list(pool)
        trial["scores"]["angle"] = list(-pool)
    summary = analyse(results, truth)
    rows = {row.score: row for row in summary.estimators if row.strategy == "spos"}
    assert rows["accuracy"].gain_before is rows["accuracy"].gain_after is None
    for side in ("before", "after"):
        found = getattr(rows["negative_loss"], f"gain_{side}")
        assert found.value == pytest.approx(1 - getattr(rows["accuracy"], side).value)
        assert found.low > 0
        assert getattr(rows["angle"], f"gain_{side}").high < 0
    line = next(line for line in markdown(summary).partition("by other scores")[2].splitlines() if "| SPOS" in line)
    assert "| 1.000↑ → 1.000↑ | −1.000↓ → −1.000↓ |" in line
    assert any(
        line.startswith("super-net by angle,spos,tau") and ",gain_after," in line
        for line in long_csv(summary).splitlines()
    )
    assert (
        "By minus the loss instead, tau is higher beyond chance for 2 of 2 without landmarks and for 2 with them, up "
        "to a tau of 1.00 (SPOS); guidance raises it beyond chance for 0." in summary.verdict
    )
    raised = replace(rows["negative_loss"], delta=Value(0.2, 0.1, 0.3))
    changed = replace(summary, estimators=(raised, *summary.estimators[2:]))
    assert " | 1.000↑ ⇒ 1.000↑ |" in markdown(changed).partition("by other scores")[2]
    assert "guidance raises it beyond chance for 1." in " ".join(verdict(changed))
    assert not any("By angle instead" in sentence for sentence in summary.verdict)


def test_a_score_of_the_strategys_own(truth: Truth, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "reported", lambda: {"tau": METRICS["tau"]})
    summary = analyse(invented_results(truth, strategies=("spos", "rlnas")), truth)
    angle = next(row for row in summary.estimators if (row.strategy, row.score) == ("rlnas", "angle"))
    assert summary.row("rlnas", "tau").after == angle.after.value
    assert "ranked by accuracy, RLNAS by angle" in dict(explanations.facts(summary))["Super-nets"]
    assert (summary.score("spos"), summary.score("rlnas")) == ("accuracy", "angle")


def test_a_score_that_is_not_finite_has_no_value(truth: Truth, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "reported", lambda: {"tau": METRICS["tau"]})
    results = invented_results(truth)
    for angle in ("angle", "kernel_angle"):
        results.of(results.design.rows["spos"].after)[0]["scores"][angle][3] = float("nan")
    summary = analyse(results, truth)
    rows = {row.score: row for row in summary.estimators if row.strategy == "spos"}
    assert np.isnan(rows["angle"].after.value)
    assert np.isnan(rows["rank_sum"].after.value)
    assert np.isfinite(rows["angle"].before.value)
    assert np.isfinite(rows["accuracy"].after.value)
    assert summary.failures == ()
    line = next(line for line in markdown(summary).partition("by other scores")[2].splitlines() if "| SPOS" in line)
    assert "→ n/a" in line


def test_what_is_remembered_is_what_was_computed(truth: Truth, results: Results) -> None:
    pool = truth.of(results.design.pool)
    scores = np.array([trial["scores"]["accuracy"] for trial in results.of(results.design.rows["spos"].after)])
    calls = []

    def counting(*arrays: np.ndarray) -> np.ndarray:
        calls.append(arrays)
        return METRICS["tau"].of_resamples(*arrays)

    metric = remembering(replace(METRICS["tau"], vectorised=counting))
    study = results.design.study
    expected = bootstrap(scores, pool, METRICS["tau"], **resampling(study, metric))
    for _ in range(2):
        assert bootstrap(scores, pool, metric, **resampling(study, metric)) == expected
    assert len(calls) == len(scores), "once a seed"
    shuffled = bootstrap(scores[:, ::-1], pool, metric, **resampling(study, metric))
    assert shuffled == bootstrap(scores[:, ::-1], pool, METRICS["tau"], **resampling(study, metric))
    inside = bootstrap(scores[:, :20], pool[:20], metric, **resampling(study, metric))
    assert inside == bootstrap(scores[:, :20], pool[:20], METRICS["tau"], **resampling(study, metric))


def test_slow_metrics_have_fewer_draws_and_the_notes_say_which(truth: Truth) -> None:
    assert draws_of(1000, METRICS["tau"], 0.95) == 1000
    assert draws_of(1000, METRICS["sparse_tau"], 0.95) == MOST_DRAWS == 200
    assert draws_of(100, METRICS["sparse_tau"], 0.95) == 100
    notes = explanations.notes(analyse(invented_results(truth, strategies=("spos",), pool=30, draws=300), truth))
    slow = [name for name in METRICS if METRICS[name].vectorised is None]
    assert len(slow) == 6
    assert "300 draws; 200 for sparse tau, P@10 %, BR@10, regret@10, regret@1, P > random)" in notes[0]
