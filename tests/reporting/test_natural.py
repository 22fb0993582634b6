"""The natural pool: tau on it is that of its own scores, beside published figures, and only where it was scored."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kendalltau
from synthetic import figure, invented_results, tau_alone

from nasrank.bench.analysis import published
from nasrank.bench.analysis.analyse import NATURAL
from nasrank.bench.analysis.frame import Finding
from nasrank.bench.reporting import Summary, analyse
from nasrank.bench.reporting.sections import sections
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth

LIKE = 14


@pytest.fixture(scope="module")
def results(truth: Truth) -> Results:
    return invented_results(truth, twins=True, lookalikes=LIKE)


@pytest.fixture(scope="module")
def natural(results: Results, truth: Truth) -> Summary:
    with pytest.MonkeyPatch.context() as patch:
        tau_alone(patch)
        return analyse(results, truth)


@pytest.mark.slow
def test_its_tau_is_of_the_first_of_the_pool_and_the_lookalikes(
    results: Results, natural: Summary, truth: Truth
) -> None:
    design = results.design
    pool = [*design.pool[: len(design.pool) - LIKE], *design.lookalikes]
    assert tuple(pool) == design.natural_pool
    assert len(pool) == design.study.pool.size
    for pair in natural.pairs:
        for score in (score for score in natural.scores() if score != "rank_sum"):
            if natural.level(pair, True, score=score).status == "not measured":
                continue
            levels = [natural.level(pair, after, score=score, part=NATURAL) for after in (False, True)]
            for arm, found in zip(design.rows[pair.name].arms, levels, strict=True):
                taus = []
                for trial in results.of(arm):
                    scores = [*trial["scores"][score][:-LIKE], *trial["lookalike_scores"][score]]
                    taus.append(kendalltau(scores, truth.of(pool)).statistic)
                assert found.value == pytest.approx(np.mean(taus), abs=1e-12)
                assert found.low < found.value < found.high
                assert found.n == len(pool) > natural.level(pair, True).n, "twins are left out there"
            gain = natural.gain(pair, score=score, part=NATURAL)
            assert gain.value == pytest.approx(levels[1].value - levels[0].value)


@pytest.mark.slow
def test_the_pool_of_the_report_stays_what_it_is(
    results: Results, natural: Summary, truth: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    def others(summary: Summary) -> list[Finding]:
        return [line for line in summary.frame if line.part != NATURAL]

    tau_alone(monkeypatch)
    without = analyse(replace(results, design=replace(results.design, lookalikes=())), truth)
    assert others(natural) == others(without) == list(without.frame)


def test_an_arm_that_did_not_score_it_has_none(results: Results, truth: Truth, monkeypatch: pytest.MonkeyPatch) -> None:
    tau_alone(monkeypatch)
    bare = results.of(results.design.rows["gdas"].after)[1]["trial"]
    trials = {**results.trials, bare: {**results.trials[bare], "lookalike_scores": {}}}
    summary = analyse(replace(results, trials=trials), truth)
    assert {line.arm for line in summary.frame.select(part=NATURAL)} == {"spos-plain", "spos-landmark"}
    table = next(one for one in sections(summary) if one.key == "natural")
    assert [label for label, _ in table.lines] == ["SPOS"]


@pytest.mark.slow
def test_a_failed_trial_leaves_its_side_without_a_value(truth: Truth, monkeypatch) -> None:
    tau_alone(monkeypatch)
    failed = invented_results(truth, lookalikes=LIKE, failed=("spos-plain-seed1",))
    summary = analyse(failed, truth)
    before, after = (summary.level(summary.pair("spos"), one, part=NATURAL) for one in (False, True))
    assert not before.known
    assert after.known


@pytest.mark.slow
def test_published_figures_stand_beside_both_pools(
    results: Results, truth: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    tau_alone(monkeypatch)
    monkeypatch.setattr(published, "_figures", lambda: [figure("spos", "all cells", tau=0.484)])
    summary = analyse(results, truth)
    spos = summary.pair("spos")
    taus = [[summary.level(spos, after, part=part).value for after in (False, True)] for part in ("", NATURAL)]
    strict, natural = (f"{before:.3f} → {after:.3f}" for before, after in taus)
    (line,) = next(one for one in sections(summary) if one.key == "published").lines
    label, (theirs, ours) = line
    assert (label, theirs) == ("SPOS, all cells", "tau 0.484")
    assert ours.startswith(f"tau {strict}")
    assert f", on the natural pool {natural}" in ours
