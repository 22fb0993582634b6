"""What became of the claims that a study stated beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from nasrank.bench.analysis.comparison import Comparison
from nasrank.bench.analysis.frame import MAIN_METRIC, Finding
from nasrank.bench.analysis.groups import thirds_of
from nasrank.bench.analysis.ranked import FEWEST, Ranked
from nasrank.bench.analysis.scores import Scored, Side
from nasrank.bench.ranking import METRICS
from nasrank.bench.ranking.intervals import Values
from nasrank.bench.runner.design import Design
from nasrank.bench.studies.claims import ClaimSection

HOLDS, FAILS, OPEN = "holds", "does not hold", "open"
TOO_SMALL = "the thirds are too small to rank"
PART = "claim"
"""Begins the part of lines about one."""

_TAU = METRICS[MAIN_METRIC]


def part_of(name: str) -> str:
    """Of the line of the frame that is about a claim."""
    return f"{PART} {name}"


def outcome(found: Finding, at_least: float) -> str:
    """Whether a claim holds: by the whole interval of the difference that it is about."""
    if not found.low <= found.high:
        return found.status or OPEN
    return HOLDS if found.low >= at_least else FAILS if found.high < at_least else OPEN


def stated(design: Design) -> list[dict[str, Any]]:
    """The claims as the header of a summary has them, by which a report can be made without the study."""
    return [{"name": name, **claim.model_dump(mode="json")} for name, claim in design.study.claims.items()]


def claims(ranked: Ranked) -> Iterator[Finding]:
    """The difference of tau that each claim is about, and whether it holds."""
    for name, claim in ranked.scored.results.design.study.claims.items():
        found = Finding(estimator="", part=part_of(name), n=len(ranked.compare.truth), status=TOO_SMALL)
        difference = _difference(ranked, claim)
        if difference is not None:
            found = ranked.compare.of_values(difference, _TAU, found._replace(status=""))
        yield found._replace(status=outcome(found, claim.at_least))


def _difference(ranked: Ranked, claim: ClaimSection) -> Values | None:
    """Of the whole pool, or the mean over its thirds; thirds too small to rank are left out, and None where all are."""
    first = _Ranking(claim.row, claim.guided, claim.score)
    second = _Ranking(claim.against, claim.against_guided, claim.against_score)
    if not claim.within:
        return ranked.compare.gain(second.side(ranked), first.side(ranked), _TAU)
    found = []
    for part, members in thirds_of(ranked.scored.results.design, claim.within):
        if len(members) >= FEWEST:
            compare = Comparison(ranked.compare.study, ranked.compare.truth[members], part)
            found.append(compare.gain(second.side(ranked, members), first.side(ranked, members), _TAU))
    if not found:
        return None
    return Values(np.mean([one.observed for one in found], axis=0), np.mean([one.resampled for one in found], axis=0))


@dataclass(frozen=True)
class _Ranking:
    """One side of a claim."""

    name: str
    guided: bool
    score: str

    def side(self, ranked: Ranked, members: np.ndarray | None = None) -> Side:
        """Its scores of the pool, or of these members."""
        pair = next((pair for pair in ranked.pairs if pair.name == self.name), None)
        if pair is not None:
            arm = ranked.arms[pair.after if self.guided else pair.before]
            scored = ranked.scored if members is None else Scored(ranked.scored.results, members)
            return scored.side(arm, self.score or pair.score)
        rows = ("", ranked.pairs[0].labels_of)
        side = next(side for (name, row), side in ranked.baselines.items() if name == self.name and row in rows)
        return side if members is None else Side(side.scores[:, members], side.failures)
