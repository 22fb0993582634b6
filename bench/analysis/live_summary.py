"""What live searches say: what each searcher finds, how fast, and what became of each claim.

What is found is worth the mean of its networks that are trained anew; what was told to the searcher is shown beside it,
as the best of many single runs is too good.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy import stats

from nasrank.bench.analysis.claims import outcome
from nasrank.bench.analysis.compared_rows import estimate
from nasrank.bench.analysis.frame import NOTHING, Finding
from nasrank.bench.analysis.json_values import as_json, from_json, head_of, of_this_version
from nasrank.bench.foundation.json_files import is_of_kind, layout, parse
from nasrank.bench.live_search.grammar import ClaimSection, LiveStudy
from nasrank.bench.live_search.play import Search
from nasrank.bench.live_search.run import Task
from nasrank.bench.ranking.arrays import FloatArray

KIND = "live search"
"""Of the summary.json of such a report."""

TOO_FEW = "needs two searches of each"
ALL_ALIKE = "all searches of each are worth the same"


@dataclass(frozen=True)
class SearcherRow:
    """What a searcher finds; numbers are in percent or in the unit of the metric.

    Attributes:
        searches: whose network is worth something; `failed` are those that found none, or whose network diverged anew.
        mean, low, high: of the networks found, each the mean of its runs anew, with Student's interval over searches.
        told: mean of what the searcher was told of them.
        networks: mean number that a search trained; `diverged` is the share of them that did.
        seconds: mean processor time of a search's training runs.
        found: what each network found is worth, in the order of the searches; NaN where a search failed.
        architectures: what was found, empty where all diverged.
        ended: why each search ended, in its own words.
        failures: why networks are worth nothing, with the number of those in all searches.
        curve, curve_low, curve_high: mean of the best that was told so far, after each network, over the searches that
            have one by then; where a search has ended before, its last.
    """

    name: str
    searches: int
    failed: int
    mean: float
    low: float
    high: float
    told: float
    networks: float
    diverged: float
    seconds: float
    found: tuple[float, ...]
    architectures: tuple[str, ...]
    ended: tuple[str, ...]
    failures: dict[str, int]
    curve: tuple[float, ...]
    curve_low: tuple[float, ...]
    curve_high: tuple[float, ...]


@dataclass(frozen=True)
class LiveClaim:
    """By how much what one searcher finds is better than what another does.

    Attributes:
        value, low, high: difference of the means over searches, with Welch's interval.
        searches: the fewer of both.
        status: whether the claim holds, does not hold or is open, or why there is no value.
    """

    name: str
    value: float
    low: float
    high: float
    searches: int
    status: str


@dataclass(frozen=True)
class LiveSummary:
    """Everything that a report shows.

    Attributes:
        versions: of what networks were trained with, and the processor.
    """

    study: LiveStudy
    rows: tuple[SearcherRow, ...]
    claims: tuple[LiveClaim, ...]
    versions: dict[str, str]

    @classmethod
    def of(cls, study: LiveStudy, searches: Mapping[Task, Search], versions: Mapping[str, str]) -> LiveSummary:
        """From all searches; numbers are as summary.json has them."""
        by_searcher = {name: [searches[Task(name, run)] for run in range(study.runs)] for name in study.searchers}
        rows = tuple(_row(study, name, found) for name, found in by_searcher.items())
        worth = {row.name: np.array(row.found) for row in rows}
        claims = tuple(_claim(study, name, claim, worth) for name, claim in study.claims.items())
        return cls.from_text(cls(study, rows, claims, dict(versions)).to_text())

    def row(self, name: str) -> SearcherRow:
        """Of a searcher."""
        return next(row for row in self.rows if row.name == name)

    def claim(self, name: str) -> LiveClaim:
        """What became of one."""
        return next(one for one in self.claims if one.name == name)

    @property
    def ranked(self) -> list[SearcherRow]:
        """The searcher with the best mean first; those that found nothing last."""
        sign = 1 if self.study.higher_is_better else -1
        return sorted(self.rows, key=lambda row: (row.mean != row.mean, -sign * row.mean))

    def to_text(self) -> str:
        """The content of summary.json."""
        content = {
            **head_of(KIND, self.study.title, self.study),
            "versions": self.versions,
            "rows": [asdict(row) for row in self.rows],
            "claims": [asdict(claim) for claim in self.claims],
        }
        return layout(as_json(content)) + "\n"

    @classmethod
    def from_text(cls, text: str) -> LiveSummary:
        """What `to_text` gives; DataError for another thing."""
        with of_this_version():
            content = parse(text)
            return cls(
                LiveStudy.model_validate(content["study"]),
                tuple(_row_of(one) for one in content["rows"]),
                tuple(from_json(LiveClaim, one) for one in content["claims"]),
                content["versions"],
            )

    @staticmethod
    def is_report(text: str) -> bool:
        """Whether this is the summary.json of a live search."""
        return is_of_kind(text, KIND)


_LISTS = ("found", "curve", "curve_low", "curve_high")


def _row_of(content: dict[str, Any]) -> SearcherRow:
    lists: dict[str, Any] = {
        name: tuple(NOTHING if value is None else value for value in content[name]) for name in _LISTS
    }
    lists |= {name: tuple(map(str, content[name])) for name in ("architectures", "ended")}
    row: SearcherRow = from_json(SearcherRow, {**content, **lists})
    return row


def _row(study: LiveStudy, name: str, searches: Sequence[Search]) -> SearcherRow:
    worth = np.array([np.mean(one.again) if one.again else NOTHING for one in searches])
    there = np.isfinite(worth)
    found = estimate(worth[there].tolist(), range(int(there.sum())), study.confidence)
    told = [one.values[one.best] for one, known in zip(searches, there, strict=True) if known and one.best is not None]
    values = np.array([value for one in searches for value in one.values])
    curve = [_over_searches(column, study.confidence) for column in _best_so_far(study, searches).T]
    mean, low, high = (tuple(one[end] for one in curve) for end in range(3))
    return SearcherRow(
        name,
        int(there.sum()),
        int((~there).sum()),
        found.mean,
        found.low,
        found.high,
        float(np.mean(told)) if told else NOTHING,
        float(np.mean([len(one.values) for one in searches])),
        float(np.isnan(values).mean()) if len(values) else NOTHING,
        float(np.mean([one.seconds for one in searches])),
        tuple(worth.tolist()),
        tuple("" if one.best is None else one.architectures[one.best] for one in searches),
        tuple(one.ended for one in searches),
        dict(Counter(reason for one in searches for reason in one.failures if reason)),
        mean,
        low,
        high,
    )


def _best_so_far(study: LiveStudy, searches: Sequence[Search]) -> FloatArray:
    """After each network of each search `(searches, evaluations)`; NaN while all diverged."""
    best = np.fmax if study.higher_is_better else np.fmin
    lines = []
    for one in searches:
        values = np.full(study.evaluations, NOTHING)
        values[: len(one.values)] = one.values
        lines.append(best.accumulate(values))
    return np.array(lines)


def _over_searches(values: FloatArray, confidence: float) -> tuple[float, float, float]:
    there = values[np.isfinite(values)]
    found = estimate(there.tolist(), range(len(there)), confidence)
    return found.mean, found.low, found.high


def _claim(study: LiveStudy, name: str, claim: ClaimSection, worth: Mapping[str, FloatArray]) -> LiveClaim:
    one, other = (worth[who][np.isfinite(worth[who])] for who in (claim.searcher, claim.against))
    searches = min(len(one), len(other))
    if searches < 2:
        return LiveClaim(name, NOTHING, NOTHING, NOTHING, searches, TOO_FEW)
    first, second = (one, other) if study.higher_is_better else (other, one)
    value = float(first.mean() - second.mean())
    if not (np.ptp(first) or np.ptp(second)):
        return LiveClaim(name, value, NOTHING, NOTHING, searches, ALL_ALIKE)
    interval = stats.ttest_ind(first, second, equal_var=False).confidence_interval(study.confidence)
    low, high = float(interval.low), float(interval.high)
    status = outcome(Finding(value=value, low=low, high=high), claim.at_least)
    return LiveClaim(name, value, low, high, searches, status)
