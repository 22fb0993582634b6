"""How well every arm ranks the pool, and what differs from what: guidance, changes, baselines, and other scores.

What is decided together, by Holm's test, is a column of a table: the gains by a score, the margins over a baseline, the
changes without the terms, and those with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nasrank.bench.analysis.baselines import Sides
from nasrank.bench.analysis.comparison import Comparison, Difference
from nasrank.bench.analysis.frame import MAIN_METRIC, TIES, TRUTH, Finding
from nasrank.bench.analysis.scores import Scored, Side
from nasrank.bench.analysis.summary import Pair
from nasrank.bench.ranking import METRICS, tied_pair_share
from nasrank.bench.ranking.registry import Metric
from nasrank.bench.runner.arms import Arm

FEWEST = 10
"""Architectures that a part of the pool needs to be ranked; a smaller one is listed without a value."""

_TAU = METRICS[MAIN_METRIC]


@dataclass(frozen=True)
class Ranked:
    """What is compared: the rows of a study on a pool, and the baselines on the same."""

    pairs: Sequence[Pair]
    arms: Mapping[str, Arm]
    scored: Scored
    baselines: Sides
    compare: Comparison

    def everything(self, metrics: Mapping[str, Metric]) -> Iterator[Finding]:
        """All but what only parts of the pool say."""
        yield from self.levels(metrics)
        yield from self.of_baselines(metrics)
        for metric in metrics.values():
            yield from self._decided(self._gain(pair, pair.score, metric) for pair in self.pairs)
        for baseline in dict.fromkeys(name for name, _ in self.baselines):
            yield from self._decided(
                self._margin(pair, name, row)
                for pair in self.pairs
                for name, row in self.baselines
                if name == baseline and row in ("", pair.labels_of)
            )
        for after in (False, True):
            yield from self._decided(self._changes(after))
        for score in self.other_scores():
            yield from self.by_score(score)

    def other_scores(self) -> list[str]:
        """Names of the scores that some row has and is not ranked by."""
        return list(
            dict.fromkeys(score for pair in self.pairs for score in self._scores_of(pair) if score != pair.score)
        )

    def levels(self, metrics: Mapping[str, Metric]) -> Iterator[Finding]:
        """Every metric of every arm, by the score that it ranks by; tau of every seed; and how much is tied."""
        for arm, score in dict.fromkeys((arm, pair.score) for pair in self.pairs for arm in (pair.before, pair.after)):
            side, at = self._side(arm, score), Finding(arm, score=score)
            yield from (self.compare.level(side, metric, at) for metric in metrics.values())
            yield from self.compare.by_seed(side, _TAU, at)
            yield self._ties(side, at)
        truth = self.compare.truth
        yield Finding(estimator=TRUTH, metric=TIES, value=tied_pair_share(truth), n=len(truth))

    def of_baselines(self, metrics: Mapping[str, Metric], part: str = "") -> Iterator[Finding]:
        """Every metric of every baseline: over pool and label sets, or over the pool alone."""
        for (name, row), side in self.baselines.items():
            at = Finding(row, estimator=name, part=part)
            yield from (self.compare.level(side, metric, at) for metric in metrics.values())
            if not part:
                yield self._ties(side, at)

    def by_score(self, score: str, part: str = "") -> Iterator[Finding]:
        """Tau by another score than the one that an arm ranks by, what guidance gains in it, and what it has over
        that one without guidance and with it."""
        pairs = [pair for pair in self.pairs if score in self._scores_of(pair) and score != pair.score]
        for arm in dict.fromkeys(arm for pair in pairs for arm in (pair.before, pair.after)):
            yield self.compare.level(self._side(arm, score), _TAU, Finding(arm, score=score, part=part))
        yield from self._decided(self._gain(pair, score, _TAU, part) for pair in pairs)
        for after in (False, True):
            yield from self._decided(self._instead(pair, after, score, part) for pair in pairs)

    def by_own_score(self, part: str) -> Iterator[Finding]:
        """Tau by the score that each arm ranks by, and what guidance gains, on a part or another pool."""
        for arm, score in dict.fromkeys((arm, pair.score) for pair in self.pairs for arm in (pair.before, pair.after)):
            yield self.compare.level(self._side(arm, score), _TAU, Finding(arm, score=score, part=part))
        yield from self._decided(self._gain(pair, pair.score, _TAU, part) for pair in self.pairs)

    def _gain(self, pair: Pair, score: str, metric: Metric, part: str = "") -> Difference:
        at = Finding(pair.after, base=pair.before, score=score, part=part)
        return self.compare.difference(self._side(pair.before, score), self._side(pair.after, score), metric, at)

    def _instead(self, pair: Pair, after: bool, score: str, part: str) -> Difference:
        arm = pair.after if after else pair.before
        at = Finding(arm, base=pair.score, score=score, part=part)
        return self.compare.difference(self._side(arm, pair.score), self._side(arm, score), _TAU, at)

    def _margin(self, pair: Pair, name: str, row: str) -> Difference:
        at = Finding(pair.after, base=name, score=pair.score)
        return self.compare.difference(self.baselines[name, row], self._side(pair.after, pair.score), _TAU, at)

    def _changes(self, after: bool) -> Iterator[Difference]:
        bases = {pair.name: pair for pair in self.pairs}
        for pair in self.pairs:
            base = bases[pair.base]
            ours, theirs = (pair.after, base.after) if after else (pair.before, base.before)
            if ours != theirs:
                at = Finding(ours, base=theirs, score=pair.score)
                first, second = self._side(theirs, base.score), self._side(ours, pair.score)
                yield self.compare.difference(first, second, _TAU, at)

    def _side(self, arm: str, score: str) -> Side:
        return self.scored.side(self.arms[arm], score)

    def _scores_of(self, pair: Pair) -> list[str]:
        return self.scored.scores_of(self.scored.results.design.rows[pair.name])

    def _decided(self, differences: Iterator[Difference] | Sequence[Difference]) -> list[Finding]:
        """Each once, though rows share arms."""
        return self.compare.decided({one.finding.key: one for one in differences}.values())

    def _ties(self, side: Side, at: Finding) -> Finding:
        if not side.complete:
            return at._replace(metric=TIES, status="a trial failed")
        share = float(np.mean([tied_pair_share(row) for row in side.scores]))
        return at._replace(metric=TIES, value=share, n=len(self.compare.truth))


def within(ranked: Ranked, part: str, members: np.ndarray) -> Iterator[Finding]:
    """The architectures at these places of the pool, ranked by themselves; nothing but their number where they are few.

    A tau over the whole pool may come from telling its parts apart.
    """
    yield Finding(estimator=TRUTH, metric="architectures", part=part, value=float(len(members)), n=len(members))
    if len(members) < FEWEST:
        return
    compare = Comparison(ranked.compare.study, ranked.compare.truth[members])
    inside = replace(
        ranked,
        compare=compare,
        scored=Scored(ranked.scored.results, members),
        baselines={key: Side(side.scores[:, members], side.failures) for key, side in ranked.baselines.items()},
    )
    yield from inside.by_own_score(part)
    yield from inside.of_baselines({_TAU.name: _TAU}, part)
