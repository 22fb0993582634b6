"""What sentences are made of: which rows are better, worse or undecided, and how often."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from functools import cached_property

import numpy as np
from scipy import stats

from nasrank.bench.analysis.frame import BETTER, DECIMALS, WORSE, Finding
from nasrank.bench.analysis.label_uses import ALONE
from nasrank.bench.analysis.landmarks import BEGIN, END, LANDMARKS, LEAD, VIOLATED
from nasrank.bench.analysis.summary import Pair, Reference, Summary
from nasrank.bench.reporting import words
from nasrank.bench.reporting.claims import Claim, claims
from nasrank.bench.reporting.frontier import BUDGET, Point, asked, best_within, points
from nasrank.bench.reporting.label_table import STACKED, by_labels, use

FEWEST_TO_CORRELATE = 6
"""Rows, below which a rank correlation over them says nothing."""


@dataclass
class Tally:
    """Labels of rows by what their differences come to; `above` and `below` are those of the undecided whose own
    interval, without correction, excludes 0."""

    better: list[str] = field(default_factory=list)
    worse: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    above: list[str] = field(default_factory=list)
    below: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(map(len, (self.better, self.worse, self.undecided, self.missing)))

    @property
    def decided(self) -> int:
        """How many are decided."""
        return len(self.better) + len(self.worse)


def tally(found: Iterable[tuple[str, Finding]]) -> Tally:
    """Of labelled differences."""
    result = Tally()
    for label, one in found:
        if not one.alone:
            result.missing.append(label)
            continue
        {BETTER: result.better, WORSE: result.worse}.get(one.status, result.undecided).append(label)
        if one.status not in (BETTER, WORSE):
            {"above": result.above, "below": result.below}.get(one.alone, []).append(label)
    return result


def together(tallies: Iterable[Tally]) -> Tally:
    """Of several tables."""
    whole = Tally()
    for one in tallies:
        for kind in fields(Tally):
            getattr(whole, kind.name).extend(getattr(one, kind.name))
    return whole


@dataclass(frozen=True)
class Say:
    """What templates ask of a summary beside its lines."""

    summary: Summary

    @cached_property
    def ways(self) -> list[Pair]:
        """The rows that are no controls."""
        return [pair for pair in self.summary.pairs if not pair.control]

    @property
    def frontier(self) -> bool:
        """Whether the question is what a ranking costs."""
        return asked(self.summary)

    @property
    def claims(self) -> list[Claim]:
        """Those that the study stated beforehand."""
        return list(claims(self.summary))

    def cost(self, after: bool) -> Point | None:
        """Of the first row by its own score; None where it is not known."""
        own = (one for one in points(self.summary, after) if one.pair == self.first)
        return next((one for one in own if one.score == self.first.score), None)

    @property
    def budget(self) -> str:
        """Minutes of one core that sentences are about."""
        return f"{BUDGET:g}"

    def within_budget(self, after: bool) -> Point | None:
        """What ranks best within `BUDGET`."""
        return best_within(points(self.summary, after), BUDGET)

    def at_any_cost(self, after: bool) -> Point | None:
        """What ranks best of all."""
        return best_within(points(self.summary, after), math.inf)

    @cached_property
    def controls(self) -> list[Pair]:
        """The others."""
        return [pair for pair in self.summary.pairs if pair.control]

    @property
    def first(self) -> Pair:
        """The row that others are compared with unless they name one."""
        return self.summary.pairs[0]

    @property
    def terms(self) -> str:
        """What is added to training, at the beginning of a sentence."""
        names = words.listed(self.summary.header["terms"])
        return names[0].upper() + names[1:]

    @property
    def added(self) -> str:
        """What rows are trained with and without."""
        names = self.summary.header["terms"]
        return "landmarks" if names == ["landmark guidance"] else words.listed(names)

    def gains(self, score: str = "") -> Tally:
        """Of guidance, by the score that rows rank by or another one that all have."""
        return tally((pair.label, self.summary.gain(pair, score=score or pair.score)) for pair in self._having(score))

    def _having(self, score: str) -> list[Pair]:
        """Rows that could be ranked by a score."""
        return [pair for pair in self.ways if self.summary.level(pair, True, score=score).status != "not measured"]

    def margins(self, name: str) -> Tally:
        """Of guided super-nets over an estimator."""
        return tally((pair.label, self.summary.margin(pair, name)) for pair in self.ways)

    def changes(self, after: bool) -> Tally:
        """Of variants over their bases, where these are other trials."""
        found = ((pair.label, self.summary.change(pair, after)) for pair in self.ways if pair.is_variant)
        return tally((label, one) for label, one in found if one is not None)

    def instead(self, after: bool, score: str) -> Tally:
        """Of another score over the one that a row ranks by."""
        frame = self.summary.frame
        found = (
            (pair.label, frame.find(pair.after if after else pair.before, base=pair.score, score=score))
            for pair in self._having(score)
            if pair.score != score
        )
        return tally(found)

    def mean(self, after: bool, score: str = "") -> float:
        """Tau, mean over the rows that have one without and with the terms; NaN where none has."""
        sides = [[self.summary.level(pair, one, score=score).value for one in (False, True)] for pair in self.ways]
        known = [side[after] for side in sides if not np.isnan(side).any()]
        return float(np.mean(known)) if known else math.nan

    def references(self) -> list[tuple[str, Reference]]:
        """Each with its name; of several that rank the pool alike, the first with the names of all."""
        alike: dict[float, list[Reference]] = {}
        for one in self.summary.references:
            alike.setdefault(self.summary.reference(one.name).value, []).append(one)
        return [(words.listed([one.label for one in ones]), ones[0]) for ones in alike.values()]

    def best(self, score: str = "") -> Pair | None:
        """The row with the highest tau with the terms."""
        known = [pair for pair in self.ways if self.summary.level(pair, True, score=score).known]
        return max(known, key=lambda pair: self.summary.level(pair, True, score=score).value, default=None)

    def other_scores(self) -> list[str]:
        """Names of scores by which most rows could be ranked and are not."""
        own = {pair.score for pair in self.ways}
        return [score for score in self.summary.scores() if own != {score}]

    def on_landmarks(self, pair: Pair, after: bool) -> float:
        """Tau on its own landmarks, by the score that it ranks by."""
        return self.summary.level(pair, after, part=f"{LANDMARKS} of {pair.name}").value

    def lead(self, pair: Pair) -> Finding:
        """What guidance adds to the landmarks more than to the pool."""
        return self.summary.gain(pair, part=f"{LEAD} of {pair.name}")

    def violated(self, pair: Pair, *, last: bool) -> float:
        """Share of the pairs that the term found in the wrong order, when guidance began or ended."""
        return self.summary.level(pair, True, VIOLATED, part=END if last else BEGIN).value

    def with_violations(self) -> list[Pair]:
        """Rows whose term compared pairs, the least violated at the end first."""
        known = [pair for pair in self.summary.pairs if not math.isnan(self.violated(pair, last=True))]
        return sorted(known, key=lambda pair: self.violated(pair, last=True))

    def carried_over(self) -> float:
        """Rank correlation, over the rows, of tau on the landmarks and on the pool; NaN where they are too few."""
        pairs = [(self.on_landmarks(pair, True), self.summary.level(pair, True).value) for pair in self.ways]
        known = [[round(tau, DECIMALS) for tau in one] for one in pairs if not any(map(math.isnan, one))]
        if len(known) < FEWEST_TO_CORRELATE or any(len(set(side)) < 2 for side in zip(*known, strict=True)):
            return math.nan
        return float(stats.spearmanr(*zip(*known, strict=True)).statistic)

    def learned_and_kept(self) -> list[str]:
        """Rows that learned the order of their landmarks, and whose other cells gained decidedly less from it."""
        return [
            pair.label
            for pair in self.ways
            if self.on_landmarks(pair, True) > self.on_landmarks(pair, False) and self.lead(pair).status == BETTER
        ]

    def idle_settings(self) -> list[str]:
        """Settings of which no value tried makes a decided difference."""
        variants = [(pair, self.summary.change(pair, True)) for pair in self.ways if pair.is_variant]
        names = {pair.name: pair.setting.split(", ") for pair, _ in variants}
        matter = {name for pair, one in variants if one and one.status in (BETTER, WORSE) for name in names[pair.name]}
        return [
            name for name in dict.fromkeys(name for every in names.values() for name in every) if name not in matter
        ]

    def best_uses(self) -> dict[str, list[int]]:
        """By label of the use with the highest mean tau, for how many labels that is so."""
        found: dict[str, list[int]] = {}
        for count, pair in by_labels(self.summary).items():
            taus = {"landmark super-net": self.summary.level(pair, True).value}
            for stacked, feature in STACKED.items():
                taus |= {
                    f"{one.label}{feature}": use(self.summary, pair, one.name, stacked).value
                    for one in self.summary.uses
                }
            known = {label: tau for label, tau in taus.items() if not math.isnan(tau)}
            if known:
                found.setdefault(max(known, key=lambda label: known[label]), []).append(count)
        return found

    def over_supernet(self, name: str) -> Tally:
        """Of a predictor on labels alone over the landmark super-net; what is told of are the numbers of labels."""
        rows = by_labels(self.summary).items()
        return tally((str(count), use(self.summary, pair, name, "", pair.after)) for count, pair in rows)

    def stacking(self, stacked: str) -> Tally:
        """Of all predictors stacked on super-nets over the same on labels alone."""
        rows = by_labels(self.summary).values()
        return tally(
            (one.label, use(self.summary, pair, one.name, stacked, ALONE)) for one in self.summary.uses for pair in rows
        )

    def enough_labels(self, name: str, reference: str) -> int | None:
        """From how many labels on the mean tau of a predictor stays above that of an estimator without any."""
        start = None
        for count, pair in reversed(by_labels(self.summary).items()):
            if not use(self.summary, pair, name, "").value > self.summary.reference(reference).value:
                break
            start = count
        return start
