"""The verdict is chosen by the numbers: other results, other words."""

from __future__ import annotations

import pytest
from synthetic import invented_results

from nasrank.bench.analysis import analyse as analysis
from nasrank.bench.ranking import METRICS
from nasrank.bench.reporting import Summary, analyse
from nasrank.bench.runner.truth import Truth
from nasrank.bench.training.strategies import STRATEGIES


@pytest.fixture(autouse=True)
def _tau_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The verdict is about tau; the other metrics only cost time."""
    monkeypatch.setattr(analysis, "reported", lambda: {"tau": METRICS["tau"]})


def _verdict(truth: Truth, before: float, after: float, **options: object) -> str:
    return " ".join(analyse(invented_results(truth, before=before, after=after, pool=200, **options), truth).verdict)


def test_guidance_that_helps_but_stays_below_the_baselines(truth: Truth) -> None:
    verdict = _verdict(truth, 0.0, 0.4, seeds=(0, 1, 2))
    assert "Landmark guidance improves Kendall's tau-b of 2 of 2 strategies (the 95 % interval" in verdict
    assert (
        "None of the 2 guided super-nets ranks better than the ridge on the same labels (12 labels, tau 0." in verdict
    )
    assert "than the parameter count and the FLOPs (tau 0." in verdict, (
        "two baselines of the same order share a sentence"
    )
    assert "worse: all 2" in verdict
    assert "The noise ceiling is 0.926" in verdict


def test_guidance_that_harms(truth: Truth) -> None:
    verdict = _verdict(truth, 0.7, 0.0, seeds=(0, 1, 2))
    assert "improves Kendall's tau-b of none of the 2 strategies; worse: all 2." in verdict


def test_guidance_without_effect(truth: Truth) -> None:
    verdict = _verdict(truth, 0.3, 0.3, seeds=(0, 1, 2))
    assert "improves Kendall's tau-b of none of the 2 strategies; undecided: all 2." in verdict


def test_guidance_that_beats_every_baseline(truth: Truth) -> None:
    verdict = _verdict(truth, 0.0, 0.999, seeds=(0, 1, 2))
    assert "2 of 2 guided super-nets rank better than the ridge on the same labels" in verdict
    assert "2 of 2 guided super-nets rank better than the parameter count and the FLOPs" in verdict
    assert "worse" not in verdict


def test_failures_are_named(truth: Truth) -> None:
    verdict = _verdict(truth, 0.0, 0.6, seeds=(0, 1, 2), failed=("gdas-plain-seed2",))
    assert "of 1 of 2 strategies (the 95 % interval of the difference is above 0): SPOS; no value: GDAS." in verdict
    assert "1 of 12 trials failed" in verdict
    assert "gdas-plain-seed2 (the training loss is nan at step 7 of 1500)." in verdict


def test_many_names_are_not_listed(truth: Truth) -> None:
    """How many there are has been said."""
    strategies = tuple(STRATEGIES)[:10]
    failed = (f"{strategies[0]}-plain-seed2",)
    verdict = _verdict(truth, 0.0, 0.6, seeds=(0, 1, 2), strategies=strategies, failed=failed)
    label = STRATEGIES[strategies[0]].label
    assert f"of 9 of 10 strategies (the 95 % interval of the difference is above 0); no value: {label}." in verdict


@pytest.mark.parametrize(
    ("before", "after", "guidance", "ranks"),
    [
        (0.0, 0.999, "improves Kendall's tau-b of SPOS (the 95 % interval", "ranks better than"),
        (0.7, 0.0, "lowers Kendall's tau-b of SPOS.", "ranks worse than"),
        (0.3, 0.3, "has no decided effect on Kendall's tau-b of SPOS.", "ranks worse than"),
    ],
)
def test_a_single_arm_is_named_and_not_counted(
    truth: Truth, before: float, after: float, guidance: str, ranks: str
) -> None:
    verdict = _verdict(truth, before, after, seeds=(0, 1, 2), strategies=("spos",))
    assert f"Landmark guidance {guidance}" in verdict
    assert f"SPOS with landmarks {ranks} the parameter count and the FLOPs (tau 0." in verdict
    assert "of the 1" not in verdict
    failed = _verdict(truth, before, after, seeds=(0, 1, 2), strategies=("spos",), failed=("spos-plain-seed2",))
    assert "has no value for Kendall's tau-b of SPOS." in failed


@pytest.mark.parametrize("number", [0, 1])
def test_numbers_in_words_are_those_of_the_rows(summary: Summary, number: int) -> None:
    row = summary.row(summary.strategies[number], "tau")
    assert f"{row.before:.2f}" in summary.verdict[0]
    assert f"{row.after:.2f}" in summary.verdict[0]
