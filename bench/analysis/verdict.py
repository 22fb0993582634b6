"""What the numbers say, in sentences. Every word that could be otherwise is chosen by the numbers.

A difference counts when its interval excludes 0; otherwise it is undecided.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from nasrank.bench.analysis.changes import Effect, effect
from nasrank.bench.analysis.summary import MAIN_METRIC, Baseline, Margin, MetricRow, Summary
from nasrank.bench.analysis.wording import score_label


def verdict(summary: Summary) -> tuple[str, ...]:
    """On guidance, changes, each baseline, other scores, the ceiling and failures: a sentence or two each."""
    rows = [row for row in summary.rows if row.metric == MAIN_METRIC]
    return (
        _on_guidance(rows, summary),
        *_on_changes(summary),
        *_on_baselines(summary),
        *_on_scores(summary),
        _on_ceiling(summary),
        *_on_failures(summary),
    )


MOST_NAMES = 8
"""That a sentence lists."""


@dataclass(frozen=True)
class _Signs:
    """Names by where the interval of their difference lies."""

    above: list[str]
    below: list[str]
    undecided: list[str]
    missing: list[str]

    @classmethod
    def of(cls, differences: Sequence[MetricRow] | Sequence[Margin], labels: dict[str, str]) -> _Signs:
        signs = cls([], [], [], [])
        for one in differences:
            if not one.ci_low <= one.ci_high:  # NaN
                kind = signs.missing
            else:
                kind = signs.above if one.ci_low > 0 else signs.below if one.ci_high < 0 else signs.undecided
            kind.append(labels[one.strategy])
        return signs

    def one(self, above: str, below: str, undecided: str, missing: str) -> str:
        """Words for the only one there is."""
        return above if self.above else below if self.below else undecided if self.undecided else missing

    def names(self) -> str:
        """As the end of a sentence that said how many are above."""
        total = sum(map(len, (self.above, self.below, self.undecided, self.missing)))
        better = f": {_listed(self.above, total)}" if 0 < len(self.above) <= min(MOST_NAMES, total - 1) else ""
        parts = [("worse", self.below), ("undecided", self.undecided), ("no value", self.missing)]
        return better + "".join(f"; {words}: {_listed(names, total)}" for words, names in parts if names)


def _on_guidance(rows: Sequence[MetricRow], summary: Summary) -> str:
    signs = _Signs.of(rows, summary.labels)
    interval = f"the {100 * summary.header['confidence']:g} % interval of the difference is above 0"
    found = f" ({interval})" if signs.above else ""
    arms = "strategies and variants" if summary.header["n"]["variants"] else "strategies"
    if len(rows) == 1:
        does = signs.one("improves", "lowers", "has no decided effect on", "has no value for")
        sentence = f"Landmark guidance {does} Kendall's tau-b of {summary.labels[rows[0].strategy]}{found}."
    else:
        share = _share(signs.above, len(rows))
        sentence = f"Landmark guidance improves Kendall's tau-b of {share} {arms}{found}{signs.names()}."
    both = [row for row in rows if row.delta == row.delta]
    if not both:
        return sentence
    before, after = _span([row.before for row in both]), _span([row.after for row in both])
    return f"{sentence} Tau is {before} before and {after} after."


def _on_changes(summary: Summary) -> list[str]:
    """What helps and what hurts, by name; without landmarks, of those that are other trials there."""
    sentences = []
    for words, found in (
        ("With", [(one.variant, one.after) for one in summary.changes]),
        ("Without", [(one.variant, one.before) for one in summary.changes if one.before]),
    ):
        kinds: dict[Effect, list[str]] = {"helps": [], "hurts": [], "undecided": [], "no value": []}
        for variant, difference in found:
            kinds[effect(difference)].append(summary.labels[variant])
        named = [f"{kind}: {_listed(names, len(found))}" for kind, names in kinds.items() if names]
        if found:
            sentences.append(f"{words} landmarks, of {len(found)} change{'s' * (len(found) > 1)}: {'; '.join(named)}.")
    return sentences


def _on_baselines(summary: Summary) -> list[str]:
    """One sentence each; baselines that order the pool alike share one."""
    sentences: dict[str, list[str]] = {}
    for name, baseline in summary.baselines.items():
        margins = [margin for margin in summary.margins if margin.baseline == name]
        own = list(summary.own_baselines.values()) if baseline.labels else []
        sentences.setdefault(_on_baseline(baseline, own, margins, summary.labels), []).append(baseline.label)
    return [
        sentence.replace("{baseline}", " and ".join(f"the {label}" for label in labels))
        for sentence, labels in sentences.items()
    ]


def _on_baseline(baseline: Baseline, own: Sequence[Baseline], margins: Sequence[Margin], labels: dict[str, str]) -> str:
    """On a baseline, and on those that take its place for arms with labels of their own."""
    signs = _Signs.of(margins, labels)
    value = f"tau {baseline.metrics[MAIN_METRIC].value:.2f}"
    known = f"{baseline.labels} labels, {value}" if baseline.labels else value
    taus = [one.metrics[MAIN_METRIC].value for one in own if not math.isnan(one.metrics[MAIN_METRIC].value)]
    if taus:
        known += f"; for rows with labels of their own, fitted on these: tau {_span(taus)}"
    if len(margins) == 1:
        ranks = signs.one(
            "ranks better than", "ranks worse than", "is not decidedly better or worse than", "has no value beside"
        )
        return f"{labels[margins[0].strategy]} with landmarks {ranks} {{baseline}} ({known})."
    share = _share(signs.above, len(margins))
    verb = "ranks" if len(signs.above) < 2 else "rank"
    return f"{share.capitalize()} guided super-nets {verb} better than {{baseline}} ({known}){signs.names()}."


def _on_scores(summary: Summary) -> list[str]:
    """On each score by which some arms rank better, with or without landmarks, than by the one they are ranked by."""
    sentences = []
    for name in dict.fromkeys(row.score for row in summary.estimators):
        rows = [row for row in summary.estimators if row.score == name and row.gain_before and row.gain_after]
        before, after = (
            sum(gain is not None and effect(gain) == "helps" for gain in gains)
            for gains in ([row.gain_before for row in rows], [row.gain_after for row in rows])
        )
        if before or after:
            known = [row for row in rows if not math.isnan(row.after.value)]
            best = max(known, key=lambda row: row.after.value, default=None)
            most = f", up to a tau of {best.after.value:.2f} ({summary.labels[best.strategy]})" if best else ""
            raised = sum(effect(row.delta) == "helps" for row in summary.estimators if row.score == name)
            sentences.append(
                f"By {score_label(name)} instead, tau is higher beyond chance for {before} of {len(rows)} without "
                f"landmarks and for {after} with them{most}; guidance raises it beyond chance for {raised}."
            )
    return sentences


def _on_ceiling(summary: Summary) -> str:
    if not summary.ceilings:
        return "No second measurement of this truth is recorded, so its noise ceiling is unknown."
    best = summary.ceilings[0]
    return (
        f"The noise ceiling is {best.metrics[MAIN_METRIC]:.3f}: as well as that does another measurement of the same "
        f"architectures ({best.second}) rank like this truth."
    )


def _on_failures(summary: Summary) -> list[str]:
    if not summary.failures:
        return []
    reasons = "; ".join(f"{failure.trial} ({failure.reason})" for failure in summary.failures)
    return [
        f"{len(summary.failures)} of {summary.header['n']['trials']} trials failed, and nothing is averaged over what "
        f"is left of their seeds: {reasons}."
    ]


def _share(names: Sequence[str], total: int) -> str:
    return f"{len(names)} of {total}" if names else f"none of the {total}"


def _listed(names: Sequence[str], total: int) -> str:
    """A, B and C; or all of them, or how many where they are many."""
    if len(names) == total > 1:
        return f"all {total}"
    if len(names) > MOST_NAMES:
        return f"{len(names)} of them"
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _span(values: Sequence[float]) -> str:
    low, high = f"{min(values):.2f}", f"{max(values):.2f}"
    return (low if low == high else f"{low} to {high}").replace("-", "−")
