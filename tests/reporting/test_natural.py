"""The natural pool: tau on it is that of its own scores, beside published figures, and only where it was scored."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kendalltau
from synthetic import invented_results, tau_alone

from nasrank.bench.analysis import published, wording
from nasrank.bench.analysis.findings import Published, Spread
from nasrank.bench.reporting import analyse
from nasrank.bench.reporting.long_csv import long_csv
from nasrank.bench.reporting.markdown import markdown
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth

LIKE = 14


@pytest.fixture
def results(truth: Truth) -> Results:
    return invented_results(truth, twins=True, lookalikes=LIKE)


def test_its_tau_is_of_the_first_of_the_pool_and_the_lookalikes(results: Results, truth: Truth, monkeypatch) -> None:
    tau_alone(monkeypatch)
    design = results.design
    natural = [*design.pool[: len(design.pool) - LIKE], *design.lookalikes]
    assert tuple(natural) == design.natural_pool
    assert len(natural) == design.study.pool.size
    rows = {(row.strategy, row.score): row for row in analyse(results, truth).natural}
    assert {strategy for strategy, _ in rows} == {"spos", "gdas"}
    for (strategy, score), row in rows.items():
        if score == "rank_sum":
            continue
        for arm, found in zip(design.rows[strategy].arms, (row.before, row.after), strict=True):
            taus = []
            for trial in results.of(arm):
                scores = [*trial["scores"][score][:-LIKE], *trial["lookalike_scores"][score]]
                taus.append(kendalltau(scores, truth.of(natural)).statistic)
            assert found.value == pytest.approx(np.mean(taus), abs=1e-12)
            assert found.low < found.value < found.high
        assert row.delta.value == pytest.approx(row.after.value - row.before.value)


def test_the_pool_of_the_report_stays_what_it_is(results: Results, truth: Truth, monkeypatch) -> None:
    tau_alone(monkeypatch)
    without = replace(results, design=replace(results.design, lookalikes=()))
    assert analyse(results, truth).rows == analyse(without, truth).rows


def test_an_arm_that_did_not_score_it_has_none(results: Results, truth: Truth, monkeypatch) -> None:
    tau_alone(monkeypatch)
    results.of(results.design.rows["gdas"].after)[1]["lookalike_scores"] = {}
    summary = analyse(results, truth)
    assert {row.strategy for row in summary.natural} == {"spos"}
    table = markdown(summary).partition(wording.NATURAL_TITLE)[2].partition("##")[0]
    assert "| SPOS |" in table
    assert "| GDAS |" not in table


def test_a_failed_trial_leaves_its_side_without_a_value(truth: Truth, monkeypatch) -> None:
    tau_alone(monkeypatch)
    failed = invented_results(truth, lookalikes=LIKE, failed=("spos-plain-seed1",))
    row = next(row for row in analyse(failed, truth).natural if (row.strategy, row.score) == ("spos", "accuracy"))
    assert np.isnan(row.before.value)
    assert np.isfinite(row.after.value)


def test_published_figures_stand_beside_both_pools(results: Results, truth: Truth, monkeypatch) -> None:
    tau_alone(monkeypatch)
    figure = Published("spos", "all cells", "by hand", "a book", tau=Spread(0.484))
    monkeypatch.setattr(published, "PUBLISHED", {("nb201", "cifar10"): (figure,)})
    summary = analyse(results, truth)
    strict, natural = (
        next(row for row in rows if (row.strategy, row.score) == ("spos", "accuracy"))
        for rows in (summary.estimators, summary.natural)
    )
    ours = (
        f"tau {strict.before.value:.3f} → {strict.after.value:.3f}, "
        f"on the natural pool {natural.before.value:.3f} → {natural.after.value:.3f}"
    )
    assert f"| SPOS, all cells | tau 0.484 | {ours} |" in markdown(summary)


def test_a_csv_has_it_with_its_own_size(results: Results, truth: Truth, monkeypatch) -> None:
    tau_alone(monkeypatch)
    lines = list(csv.DictReader(io.StringIO(long_csv(analyse(results, truth)))))
    sizes = {line["pool_size"] for line in lines if line["kind"] == "super-net on the natural pool by accuracy"}
    assert sizes == {str(results.design.study.pool.size)}
    assert {line["pool_size"] for line in lines if line["kind"] == "super-net"} != sizes, "twins are left out there"
