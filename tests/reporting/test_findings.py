"""What a report says first, and what else it finds, is chosen by the numbers: other results, other words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from synthetic import invented_results, tau_alone

from nasrank.bench.analysis.frame import UNDECIDED, Frame
from nasrank.bench.reporting import Summary, analyse
from nasrank.bench.reporting.prose import answer, paragraphs
from nasrank.bench.runner.truth import Truth
from nasrank.bench.training.strategies import STRATEGIES


@pytest.fixture(autouse=True)
def _tau_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sentences are about tau; the other metrics only cost time."""
    tau_alone(monkeypatch)


def _said(truth: Truth, before: float, after: float, **options: object) -> tuple[str, dict[str, str]]:
    """The answer, and the findings by their lead."""
    results = invented_results(truth, before=before, after=after, pool=200, seeds=(0, 1, 2), **options)
    summary = analyse(results, truth)
    return answer(summary), dict(paragraphs("findings.j2", summary))


@pytest.mark.slow
def test_guidance_that_beats_every_baseline(truth: Truth) -> None:
    first, found = _said(truth, 0.0, 0.999)
    assert first.startswith("Landmark guidance takes Kendall's tau-b of 2 ways to train from 0.0")
    assert (
        "on average, a decided gain in 2 of them (SPOS and GDAS); the best regression on the same labels has" in first
    )
    assert found["Does it help?"] == "Landmark guidance is a decided gain for SPOS and GDAS."
    assert (
        "2 of 2 guided super-nets rank decidedly better (SPOS and GDAS), none worse"
        in found["The parameter count and FLOPs"]
    ), "two baselines of the same order share a sentence"
    assert found["The ridge on the same labels"].startswith("With the same 12 labels a seed, tau is 0.")
    assert "The parameter count" not in found
    assert "tau of 0.926" in found["Noise ceiling"]
    assert "Failed" not in found


@pytest.mark.slow
def test_guidance_that_harms(truth: Truth) -> None:
    first, found = _said(truth, 0.7, 0.0)
    assert "a decided gain in none of them and a loss in 2 (SPOS and GDAS); " in first
    assert "gain for no row, a decided loss for SPOS and GDAS." in found["Does it help?"]
    assert (
        "None of 2 guided super-nets ranks decidedly better, 2 worse; none undecided."
        in found["The ridge on the same labels"]
    )


@pytest.mark.slow
def test_guidance_without_effect(truth: Truth) -> None:
    first, found = _said(truth, 0.3, 0.3)
    assert "on average, a decided gain in none of them; " in first
    assert found["Does it help?"].endswith("gain for no row, and undecided for 2 of 2.")


def test_what_only_its_own_interval_decides_is_told_from_what_is_decided(summary: Summary) -> None:
    gains = {summary.gain(pair) for pair in summary.pairs}
    small = {"value": 0.2, "low": 0.1, "high": 0.3, "status": UNDECIDED}
    lines = tuple(one._replace(**small) if one in gains else one for one in summary.frame)
    found = replace(summary, frame=Frame(lines))
    assert "a decided gain in none of them, and in 2 by uncorrected intervals; " in answer(found)
    assert dict(paragraphs("findings.j2", found))["Does it help?"].endswith(
        "undecided for 2 of 2. Uncorrected, the 95 % interval also excludes 0 for SPOS and GDAS."
    )


@pytest.mark.slow
def test_failures_are_named(truth: Truth) -> None:
    first, found = _said(truth, 0.0, 0.6, failed=("gdas-plain-seed2",))
    assert "of 1 way to train from" in first
    assert "a decided gain in 1 of them (SPOS), with no value for GDAS; " in first
    assert found["Does it help?"].endswith("gain for SPOS. No value: GDAS.")
    assert found["Failed"].startswith("1 of 12 trials failed")
    assert found["Failed"].endswith("gdas-plain-seed2 (the training loss is nan at step 7 of 1500).")


@pytest.mark.slow
def test_means_before_and_after_are_of_the_same_rows(truth: Truth) -> None:
    """The one that failed would raise the mean after guidance alone."""
    results = invented_results(truth, failed=("gdas-plain-seed1",))
    summary = analyse(results, truth)
    before, after = (f"{summary.level(summary.pair('spos'), one).value:.2f}" for one in (False, True))
    assert summary.level(summary.pair("gdas"), True).known
    assert f"from {before} to {after} on average" in answer(summary)


@pytest.mark.slow
def test_many_names_are_not_listed(truth: Truth) -> None:
    """How many there are has been said."""
    strategies = tuple(STRATEGIES)[:11]
    first, found = _said(truth, 0.0, 0.9, strategies=strategies, failed=(f"{strategies[0]}-plain-seed2",))
    label = STRATEGIES[strategies[0]].label
    assert f"a decided gain in 10 of them, with no value for {label}; the best regression" in first
    assert found["Does it help?"].endswith(f"gain for 10 of them. No value: {label}.")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "after", "words", "ranks"),
    [
        (0.0, 0.999, "a decided gain; the best regression", "The guided super-net ranks decidedly better."),
        (0.7, 0.0, "a decided loss; the best regression", "The guided super-net ranks decidedly worse."),
        (0.3, 0.3, "difference that is undecided; the best regression", "The guided super-net ranks decidedly worse."),
        (0.6, 0.6, "difference that is undecided; the best regression", "The guided super-net is undecided beside it."),
    ],
)
def test_a_single_row_is_named_and_not_counted(
    truth: Truth, before: float, after: float, words: str, ranks: str
) -> None:
    first, found = _said(truth, before, after, strategies=("spos",))
    assert first.startswith("Landmark guidance takes Kendall's tau-b of SPOS from ")
    assert words in first
    assert ranks in found["The parameter count and FLOPs"]


@pytest.mark.slow
def test_a_single_row_with_a_failed_trial_has_no_known_effect(truth: Truth) -> None:
    first, found = _said(truth, 0.3, 0.3, strategies=("spos",), failed=("spos-plain-seed2",))
    assert first.startswith("Landmark guidance has no known effect on Kendall's tau-b of SPOS, as a trial failed; the ")
    assert found["Does it help?"].endswith("No value: SPOS.")


def test_numbers_in_words_are_those_of_the_frame(summary: Summary) -> None:
    means = [
        sum(summary.level(pair, after).value for pair in summary.pairs) / len(summary.pairs) for after in (False, True)
    ]
    assert " to ".join(f"{mean:.2f}" for mean in means) in answer(summary)
    best = f"{summary.reference('best_on_labels').value:.2f}"
    assert f"the best regression on the same labels has {best}" in answer(summary)
    assert not any(bad in one.text for one in paragraphs("findings.j2", summary) for bad in ("nan", " .", " ;", "  "))
