"""Tau by every score that was stored, and what is computed once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from synthetic import invented_results, tau_alone

from nasrank.bench.analysis.comparison import Comparison, draws_of
from nasrank.bench.analysis.frame import Finding
from nasrank.bench.analysis.scores import Scored, pool_truth
from nasrank.bench.ranking import METRICS
from nasrank.bench.ranking.registry import FEWER_DRAWS
from nasrank.bench.reporting import Summary, analyse
from nasrank.bench.reporting.prose import paragraphs
from nasrank.bench.reporting.sections import sections
from nasrank.bench.reporting.tables import Table
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth

SCORES = ("accuracy", "negative_loss", "angle", "kernel_angle", "rank_sum")


def by_score(summary: Summary, score: str) -> Table:
    return next(table for table in sections(summary) if table.key == f"score-{score}")


def instead(summary: Summary, row: str, after: bool, score: str) -> Finding:
    """By another score minus by its own."""
    pair = summary.pair(row)
    return summary.frame.find(pair.after if after else pair.before, base=pair.score, score=score)


def test_tau_of_every_score(summary: Summary, results: Results, truth: Truth) -> None:
    pool = truth.of(results.design.pool)
    gdas = summary.pair("gdas")
    assert sorted(summary.scores()) == sorted((*SCORES, "preference"))
    assert summary.scores()[0] == "accuracy"
    assert summary.level(summary.pair("spos"), True, score="preference").status == "not measured"
    guided = results.of(results.design.rows["gdas"].after)
    taus = [stats.kendalltau(trial["scores"]["preference"], pool).statistic for trial in guided]
    assert summary.level(gdas, True, score="preference").value == pytest.approx(np.mean(taus))
    table = by_score(summary, "preference")
    assert "own parameters" in table.title
    assert [label for label, _ in table.lines] == ["GDAS"]
    for after, arm in enumerate(results.design.rows["gdas"].arms):
        for score in ("accuracy", "angle", "kernel_angle", "rank_sum"):
            taus = []
            for trial in results.of(arm):
                stored = trial["scores"]
                ranks = stats.rankdata(stored["accuracy"]) + stats.rankdata(stored["kernel_angle"])
                taus.append(stats.kendalltau(ranks if score == "rank_sum" else stored[score], pool).statistic)
            assert summary.level(gdas, bool(after), score=score).value == pytest.approx(np.mean(taus))


@pytest.mark.slow
def test_what_another_score_gains(truth: Truth, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against what the arm is ranked by, paired: the same architectures and seeds."""
    tau_alone(monkeypatch)
    results = invented_results(truth, seeds=(0, 1, 2), pool=200)
    pool = truth.of(results.design.pool)
    for trial in results.trials.values():
        trial["scores"]["negative_loss"] = list(pool)
        trial["scores"]["angle"] = list(-pool)
    summary = analyse(results, truth)
    spos = summary.pair("spos")
    for after in (False, True):
        found = instead(summary, "spos", after, "negative_loss")
        assert found.value == pytest.approx(1 - summary.level(spos, after).value)
        assert (found.low > 0, found.status) == (True, "better")
        assert instead(summary, "spos", after, "angle").status == "worse"
    assert instead(summary, "spos", False, "accuracy").status == "not measured"
    assert dict(by_score(summary, "negative_loss").lines)["SPOS"] == (
        "1.000 [1.000, 1.000]",
        "1.000 [1.000, 1.000]",
        "0.000 [0.000, 0.000]",
        *(_cell(instead(summary, "spos", after, "negative_loss"), "↑") for after in (False, True)),
    )
    said = dict(paragraphs("findings.j2", summary))
    assert said["Ranked by minus the loss instead"] == (
        "Tau is 1.00 before and 1.00 after on average, at most 1.00 (SPOS). Decidedly better than by its own score: "
        "2 of 2 before, 2 after. Guidance is a decided gain for 0 of 2."
    )
    assert "worse: 2 and 2." in said["Ranked by angle instead"]
    assert "Ranked by the angle of kernels instead" not in said, "of what is undecided nothing is said"


def _cell(found: Finding, mark: str) -> str:
    return f"{found.value:+.3f} [{found.low:.3f}, {found.high:.3f}] {mark}"


@pytest.mark.slow
def test_a_score_of_the_strategys_own(truth: Truth, monkeypatch: pytest.MonkeyPatch) -> None:
    tau_alone(monkeypatch)
    results = invented_results(truth, strategies=("spos", "rlnas"))
    summary = analyse(results, truth)
    spos, rlnas = summary.pairs
    assert (spos.score, rlnas.score) == ("accuracy", "angle")
    guided = results.of(results.design.rows["rlnas"].after)
    taus = [stats.kendalltau(trial["scores"]["angle"], truth.of(results.design.pool)).statistic for trial in guided]
    assert summary.level(rlnas, True).value == pytest.approx(np.mean(taus))
    assert "ranked by accuracy, RLNAS by angle" in dict(paragraphs("facts.j2", summary))["Super-nets"]
    assert [label for label, _ in by_score(summary, "angle").lines] == ["SPOS"]
    assert [label for label, _ in by_score(summary, "accuracy").lines] == ["RLNAS"]


@pytest.mark.slow
def test_a_score_that_is_not_finite_has_no_value(truth: Truth, monkeypatch: pytest.MonkeyPatch) -> None:
    tau_alone(monkeypatch)
    results = invented_results(truth)
    for angle in ("angle", "kernel_angle"):
        results.of(results.design.rows["spos"].after)[0]["scores"][angle][3] = float("nan")
    summary = analyse(results, truth)
    spos = summary.pair("spos")
    found = summary.level(spos, True, score="angle")
    assert not found.known
    assert found.status == "spos-landmark-seed0 failed: the angle of some architectures is not finite"
    assert not summary.level(spos, True, score="rank_sum").known
    assert summary.level(spos, False, score="angle").known
    assert summary.level(spos, True).known
    assert summary.failures == {}
    assert dict(by_score(summary, "angle").lines)["SPOS"][1] == "n/a"


def test_a_metric_of_an_arm_is_computed_once(truth: Truth, results: Results) -> None:
    compare = Comparison(results.design.study, pool_truth(results.design, truth))
    side = Scored(results).side(results.design.rows["spos"].after)
    calls = []

    def counting(*arrays: np.ndarray) -> np.ndarray:
        calls.append(arrays)
        return METRICS["tau"].of_resamples(*arrays)

    metric = replace(METRICS["tau"], vectorised=counting)
    first, again = compare.level(side, metric, Finding("a")), compare.level(side, metric, Finding("a", score="b"))
    assert first == again._replace(score="")
    assert len(calls) == len(side.scores), "once a seed"
    assert compare.difference(side, side, metric, Finding("a")).finding.value == 0
    assert len(calls) == len(side.scores)
    assert first == Comparison(compare.study, compare.truth).level(side, METRICS["tau"], Finding("a"))


def test_metrics_of_a_few_have_fewer_draws_and_the_notes_say_which(summary: Summary) -> None:
    assert draws_of(1000, METRICS["tau"], 0.95) == 1000
    assert draws_of(1000, METRICS["sparse_tau"], 0.95) == FEWER_DRAWS == 200
    assert draws_of(100, METRICS["sparse_tau"], 0.95) == 100
    fewer = [name for name in METRICS if METRICS[name].most_draws]
    assert len(fewer) == 6
    many = {**summary.header, "n": {**summary.header["n"], "draws": 300}}
    said = [dict(paragraphs("notes.j2", one))["Intervals"] for one in (summary, replace(summary, header=many))]
    assert "95 % intervals over pool (bootstrap, 100 draws) and seeds" in said[0]
    assert "300 draws; 200 for sparse tau, P@10 %, BR@10, regret@10, regret@1 and P > random)" in said[1]
