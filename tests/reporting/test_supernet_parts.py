"""Strategies that end with several super-nets: rankings within what each of them scored."""

from __future__ import annotations

import numpy as np
import pytest
from synthetic import invented_results

from nasrank.bench.analysis import wording
from nasrank.bench.analysis.scores import side
from nasrank.bench.analysis.supernet_parts import parts_rows
from nasrank.bench.ranking.metrics import kendall_tau
from nasrank.bench.reporting import analyse
from nasrank.bench.reporting.long_csv import long_csv
from nasrank.bench.reporting.markdown import markdown
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


def test_within_a_super_net_its_offset_does_not_count(truth: Truth) -> None:
    results = divided(truth)
    (row,) = parts_rows(results, truth)
    pool = truth.of(results.design.pool)
    assert row.strategy == "few_shot"
    assert (row.supernets_before, row.within_before, row.within_after) == (2, pytest.approx(1), pytest.approx(1))
    assert kendall_tau(pool + 1000 * (np.arange(len(pool)) % 2), pool) < 0.8


def test_the_first_row_is_ranked_over_the_same_pairs(truth: Truth) -> None:
    """Both halves have as many pairs, so over continuous scores it is the mean of two taus."""
    results = divided(truth)
    pool = truth.of(results.design.pool)
    (row,) = parts_rows(results, truth)
    for arm, found in zip(results.design.rows["spos"].arms, (row.whole_before, row.whole_after), strict=True):
        whole = side(results, arm).scores
        taus = [kendall_tau(scores[half::2], pool[half::2]) for scores in whole for half in (0, 1)]
        assert found == pytest.approx(np.mean(taus), abs=0.01)


def test_a_failed_trial_leaves_no_value(truth: Truth) -> None:
    (row,) = parts_rows(divided(truth, failed=("few_shot-plain-seed1",)), truth)
    assert np.isnan([row.supernets_before, row.within_before, row.whole_before]).all()
    assert row.within_after == pytest.approx(1)
    (row,) = parts_rows(divided(truth, failed=("spos-plain-seed1",)), truth)
    assert np.isnan(row.whole_before)
    assert row.within_before == pytest.approx(1)


def test_they_are_in_the_report_of_a_study_that_has_some(truth: Truth, summary) -> None:
    found = analyse(divided(truth), truth)
    (row,) = found.parts
    text = markdown(found).partition(wording.PARTS_TITLE)[2]
    assert "pairs within a super-net | the same pairs by SPOS |" in text
    whole_pool = found.row("few_shot", "tau")
    taus = (
        (whole_pool.before, whole_pool.after),
        (row.within_before, row.within_after),
        (row.whole_before, row.whole_after),
    )
    cells = " | ".join(f"{before:.3f} → {after:.3f}" for before, after in taus)
    assert f"| few-shot | 2 → 2 | {cells} |" in text
    assert f"super-net (within parts),few_shot,tau,,true,before,{row.within_before:.6f}" in long_csv(found)
    assert wording.PARTS_TITLE not in markdown(summary)
