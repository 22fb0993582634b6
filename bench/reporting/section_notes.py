"""Notes under the tables of a report: what short names stand for, and how the numbers came about."""

from __future__ import annotations

import math

from nasrank.bench.analysis import wording
from nasrank.bench.analysis.search import BEST_OF_POOL, ORACLE
from nasrank.bench.analysis.summary import MAIN_METRIC, Summary
from nasrank.bench.analysis.wording import HEADS, metric_label, percent, truth_value
from nasrank.bench.ranking import METRICS
from nasrank.bench.reporting.explanations import truth_column


def published_notes(summary: Summary) -> list[str]:
    """How the figures of others came about, and where they stand; those that came about alike share a note."""
    alike: dict[tuple[str, str], list[str]] = {}
    for one in summary.published:
        alike.setdefault((one.protocol, one.source), []).append(f"{summary.labels[one.strategy]}, {one.what}")
    return [f"{'; '.join(figures)}: {protocol}. Source: {source}." for (protocol, source), figures in alike.items()]


def metric_legend(summary: Summary) -> str:
    """What the short names stand for."""
    names = [name for name in summary.metrics if name in HEADS]
    tied = f"Of the pairs of the truth itself, {percent(summary.ties['truth'], 2)} are tied"
    within = (
        "Ranks, regrets and random search are among the pool alone; what a search finds, below, is in all the space"
    )
    return f"{'; '.join(f'{HEADS[name]}: {metric_label(METRICS[name])}' for name in names)}. {within}. {tied}."


def search_notes(summary: Summary) -> list[str]:
    """How the numbers of a search are to be read."""
    space, floor = summary.header["space"], summary.search_references[BEST_OF_POOL]
    told = [summary.labels[arm] for arm in summary.header["even_landmarks"]]
    lines = [
        f"Truth: {truth_column(summary)}. Regret is to the best of the {space['known']:,} architectures whose truth is "
        "known, rank (1 is the best) and the probability that random search of 10 draws finds nothing better are among "
        "these. Where some share the highest score, a number is the expectation.",
        "A row that picks from the pool cannot have less regret than the best of the pool, "
        f"{truth_value(summary, floor.regret)}, and no landmark of any row, nor what is isomorphic to one, is in the "
        "pool. A row that picks from the whole space has neither limit.",
    ]
    if summary.contrasts:
        ratios = (
            f"{summary.labels[one.strategy]} {_ratio(one.before)} → {_ratio(one.after)}" for one in summary.contrasts
        )
        lines.append(
            "How far apart own parameters hold the architectures of the pool: the most preferred weighs so many times "
            "as much as the least (products of the weights of their options, geometric mean over seeds, before → after "
            f"guidance): {'; '.join(ratios)}. Near 1 they are nearly uniform still, and what is derived is the "
            "first of many almost equally preferred; whether their order says something is their tau, above."
        )
    if told:
        names = "Every row" if len(told) == len(summary.labels) else ", ".join(told)
        lines.append(
            f"{names}: landmarks even in rank span the whole range of the truth, so a super-net guided by them has "
            "been told the best architecture there is."
        )
    if any(row.way == ORACLE for row in summary.search):
        lines.append(
            "Oracle selection looks up what every super-net of an arm scores highest and keeps the best. It uses the "
            "table to choose, so it is no result of a search, nor comparable with one."
        )
    return lines


def _ratio(value: float) -> str:
    return wording.MISSING if math.isnan(value) else f"{value:.3g}"


def landmark_notes(summary: Summary) -> list[str]:
    """What the term adds, and what the numbers of strategies with several generations, or with random classes, mean."""
    divided = [summary.labels[row.strategy] for row in summary.landmarks if row.generations > 1]
    random = [summary.labels[arm] for arm in summary.header["random_classes"]]
    notes = [
        "What the term adds is in percent of the passes that the row spends without it: a forward pass counts a third, "
        "and a pair has its backward passes only where it has a gradient. What its two paths have in common is "
        "computed once, which is not deducted."
    ]
    if divided:
        notes.append(
            f"{'; '.join(divided)}: steps are summed over all super-nets, and the term of each sees only the pairs of "
            "landmarks within its part of the space. Where a part has none, the term adds nothing, so that what it "
            "adds in all is less than stated."
        )
    for arm, taus in summary.header["noisy_labels"].items():
        agreement = ", ".join(wording.number(METRICS[MAIN_METRIC], tau) for tau in taus)
        notes.append(
            f"{summary.labels[arm]}: the labels agree with the truth of the same landmarks with a tau of {agreement}, "
            "seed by seed."
        )
    if random:
        notes.append(
            f"{'; '.join(random)}: the held-out images have random classes, too, and on these the term compares "
            "losses; the scoring images have their own."
        )
    return notes
