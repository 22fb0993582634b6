"""Strategies that end with several super-nets: rankings within what each of them scored."""

from __future__ import annotations

import numpy as np
import pytest
from synthetic import invented_results, tau_alone

from nasrank.bench.analysis.parts import SAME, SUPERNETS, WITHIN
from nasrank.bench.analysis.scores import Scored
from nasrank.bench.ranking.metrics import kendall_tau
from nasrank.bench.reporting import Summary, analyse
from nasrank.bench.reporting.sections import sections
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth


def divided(truth: Truth, **options) -> Results:
    """Few-shot, whose two super-nets rank their halves without an error, one of them with far higher scores."""
    results = invented_results(truth, strategies=("spos", "few_shot"), **options)
    pool = truth.of(results.design.pool)
    for arm in results.design.rows["few_shot"].arms:
        for trial in results.of(arm):
            if trial["failure"] is None:
                trial["parts"] = [int(place % 2) for place in range(len(pool))]
                trial["scores"]["accuracy"] = [
                    float(value + 1000 * part) for value, part in zip(pool, trial["parts"], strict=True)
                ]
    return results


def values(summary: Summary, after: bool) -> tuple[float, float, float]:
    """Of few-shot: super-nets, tau within them, and that of SPOS over the same pairs."""
    pair = summary.pair("few_shot")
    within, same = (summary.level(pair, after, part=part).value for part in (WITHIN, SAME))
    return summary.level(pair, after, SUPERNETS, part=WITHIN).value, within, same


@pytest.fixture(autouse=True)
def _tau_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    tau_alone(monkeypatch)


@pytest.fixture(scope="module")
def halves(truth: Truth) -> Results:
    return divided(truth)


@pytest.fixture(scope="module")
def found(halves: Results, truth: Truth) -> Summary:
    with pytest.MonkeyPatch.context() as patch:
        tau_alone(patch)
        return analyse(halves, truth)


@pytest.mark.slow
def test_within_a_super_net_its_offset_does_not_count(found: Summary, halves: Results, truth: Truth) -> None:
    pool = truth.of(halves.design.pool)
    assert values(found, False)[:2] == values(found, True)[:2] == (2, pytest.approx(1))
    assert kendall_tau(pool + 1000 * (np.arange(len(pool)) % 2), pool) < 0.8


@pytest.mark.slow
def test_the_first_row_is_ranked_over_the_same_pairs(found: Summary, halves: Results, truth: Truth) -> None:
    """Both halves have as many pairs, so over continuous scores it is the mean of two taus."""
    pool, scored = truth.of(halves.design.pool), Scored(halves)
    for after, arm in enumerate(halves.design.rows["spos"].arms):
        taus = [kendall_tau(scores[half::2], pool[half::2]) for scores in scored.side(arm).scores for half in (0, 1)]
        assert values(found, bool(after))[2] == pytest.approx(np.mean(taus), abs=0.01)


@pytest.mark.slow
def test_a_failed_trial_leaves_no_value(truth: Truth) -> None:
    summary = analyse(divided(truth, failed=("few_shot-plain-seed1",)), truth)
    assert np.isnan(values(summary, False)).all()
    assert values(summary, True)[1] == pytest.approx(1)
    summary = analyse(divided(truth, failed=("spos-plain-seed1",)), truth)
    _, within, same = values(summary, False)
    assert np.isnan(same)
    assert within == pytest.approx(1)


def test_they_are_in_the_report_of_a_study_that_has_some(found: Summary, summary: Summary) -> None:
    (table,) = (one for one in sections(found) if one.key == "parts")
    assert table.head[2:] == ("pairs within a super-net", "the same pairs by SPOS")
    pair = found.pair("few_shot")
    sides = [(found.level(pair, after).value, *values(found, after)[1:]) for after in (False, True)]
    cells = [f"{before:.3f} → {after:.3f}" for before, after in zip(*sides, strict=True)]
    ((label, (supernets, *taus)),) = table.lines
    assert (label, supernets) == ("few-shot", "2 → 2")
    assert [cell.rstrip(" ↑↓") for cell in taus] == cells
    assert not any(one.key == "parts" for one in sections(summary))
