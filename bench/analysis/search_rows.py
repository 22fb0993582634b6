"""What search studies say, as rows: one for a figure of what a searcher has found, over its runs.

Runs are independent, so that intervals are Student's, and differences of two searchers Welch's; where runs share a few
super-nets, over the means of these. Every two searchers of
a part are compared by every figure; Holm's test decides all comparisons by one figure together.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from nasrank.bench.analysis.compared_rows import estimate
from nasrank.bench.analysis.search_published import PublishedSearch, published_searches
from nasrank.bench.ranking.multiplicity import holm
from nasrank.bench.search_studies.grammar import SearchStudy
from nasrank.bench.search_studies.values import ValueSection

NOTHING = float("nan")

SCHEDULE = 200
"""Epochs after which published figures are."""

FRONT_FIGURES = {"hypervolume": True, "igd": False, "igd_plus": False}
"""Of fronts, with whether higher is better."""


@dataclass(frozen=True)
class FinalRow:
    """A figure of what a searcher ends with.

    Attributes:
        figure: name of the reported figure, or one of `FRONT_FIGURES`.
        dataset, split: of the figure; empty where it is no column of a table. The split is "valid" or "test".
        mean, sd, ci_low, ci_high: over runs, in the unit of the figure.
        best: of all runs.
        units: how many of the runs are independent: some share a super-net.
        regret: the best of the space minus the mean, or the mean minus it where lower is better.
        queries, seconds: in the mean.
    """

    protocol: str
    part: str
    searcher: str
    figure: str
    dataset: str
    split: str
    mean: float
    sd: float
    ci_low: float
    ci_high: float
    best: float
    regret: float
    runs: int
    units: int
    queries: float
    seconds: float


@dataclass(frozen=True)
class SearchComparison:
    """Two searchers by one figure: the mean of the first minus that of the second.

    Attributes:
        p: of so large a difference, were there none; Welch's.
        decided: by Holm's test over all comparisons by this figure on this part.
    """

    part: str
    figure: str
    one: str
    other: str
    difference: float
    low: float
    high: float
    p: float
    decided: bool

    def turned(self) -> SearchComparison:
        """The second minus the first."""
        return replace(
            self, one=self.other, other=self.one, difference=-self.difference, low=-self.high, high=-self.low
        )


@dataclass(frozen=True)
class BesidePublished:
    """A published figure beside ours: ours minus theirs, with its interval; NaN for one run."""

    part: str
    searcher: str
    figure: str
    published: PublishedSearch
    difference: float
    low: float
    high: float

    @property
    def agrees(self) -> bool:
        """Whether the interval of the difference holds zero."""
        return self.low <= 0 <= self.high


def split_of(section: ValueSection) -> tuple[str, str]:
    """Data set and split of a figure, the latter as papers say it; empty where it is no column of a table."""
    if section.table is None:
        return "", ""
    name = section.table.split.value
    return section.table.dataset, "test" if name.startswith("test") else "valid" if name.startswith("valid") else name


def final_rows(study: SearchStudy, table: pd.DataFrame, best: dict[str, dict[str, float]]) -> Iterator[FinalRow]:
    """Of every part, searcher and figure, in the order of the study."""
    final = table[table["final"]]
    for part, section in study.parts.items():
        for searcher in study.searchers:
            lines = final[(final["part"] == part) & (final["searcher"] == searcher)]
            for figure in (*section.reported, *FRONT_FIGURES):
                if figure not in lines or lines[figure].isna().all():
                    continue
                values = lines[figure].to_numpy(dtype=np.float64)
                reported = section.reported.get(figure)
                dataset, split = split_of(reported) if reported else ("", "")
                higher = reported.higher_is_better if reported else FRONT_FIGURES[figure]
                found = estimate(values.tolist(), lines["unit"].tolist(), study.confidence)
                sd = float(values.std(ddof=1)) if len(values) > 1 else NOTHING
                top = best[part].get(figure, NOTHING)
                yield FinalRow(
                    section.protocol or part,
                    part,
                    searcher,
                    figure,
                    dataset,
                    split,
                    found.mean,
                    sd,
                    found.low,
                    found.high,
                    float(values.max() if higher else values.min()),
                    top - found.mean if higher else found.mean - top,
                    len(values),
                    lines["unit"].nunique(),
                    float(lines["queries"].mean()),
                    float(lines["seconds"].mean()),
                )


def unit_means(lines: pd.DataFrame, figure: str) -> npt.NDArray[np.float64]:
    """Of a figure over the runs of each unit."""
    means = lines.groupby("unit", sort=True)[figure].mean().dropna()
    return np.asarray(means, dtype=np.float64)


def comparisons(study: SearchStudy, table: pd.DataFrame) -> Iterator[SearchComparison]:
    """Of every two searchers of a part by every figure that both have."""
    final = table[table["final"]]
    for part, section in study.parts.items():
        lines = final[final["part"] == part]
        for figure in (*section.reported, *FRONT_FIGURES):
            if figure not in lines:
                continue
            by_searcher = {
                name: values
                for name in study.searchers
                if len(values := unit_means(lines[lines["searcher"] == name], figure)) > 1
            }
            yield from _family(part, figure, by_searcher, study.confidence)


def _family(
    part: str, figure: str, values: dict[str, npt.NDArray[np.float64]], confidence: float
) -> Iterator[SearchComparison]:
    pairs = list(combinations(values, 2))
    welch = [difference(*_moments(values[one]), *_moments(values[other]), confidence) for one, other in pairs]
    for (one, other), (mean, low, high, p), decided in zip(
        pairs, welch, holm([found[3] for found in welch], 1 - confidence), strict=True
    ):
        yield SearchComparison(part, figure, one, other, mean, low, high, p, decided)


def _moments(values: npt.NDArray[np.float64]) -> tuple[float, float, int]:
    return float(values.mean()), float(values.std(ddof=1)), len(values)


def difference(
    mean: float, sd: float, runs: int, other_mean: float, other_sd: float, other_runs: int, confidence: float
) -> tuple[float, float, float, float]:
    """Of two means, with Welch's interval and the chance of so large a one, were there none."""
    gap, parts = mean - other_mean, (sd**2 / runs, other_sd**2 / other_runs)
    error = math.sqrt(sum(parts))
    if not error > 0:
        return gap, gap, gap, 1.0 if gap == 0 else 0.0
    degrees = error**4 / sum(one**2 / (count - 1) for one, count in zip(parts, (runs, other_runs), strict=True))
    reach = float(stats.t.ppf(0.5 + confidence / 2, degrees)) * error
    return gap, gap - reach, gap + reach, float(2 * stats.t.sf(abs(gap) / error, degrees))


def beside_published(study: SearchStudy, rows: Sequence[FinalRow]) -> Iterator[BesidePublished]:
    """Every published figure of a row's protocol, kind of searcher, data set and split, whatever its settings."""
    known = published_searches()
    for row in rows:
        kind = study.searchers[row.searcher].searcher
        one = known.get((row.protocol, kind, row.dataset, row.split))
        if one is None or row.runs < 2 or not _is_as_published(study, row):
            continue
        gap, low, high, _ = difference(row.mean, row.sd, row.runs, one.mean, one.sd, one.runs, study.confidence)
        yield BesidePublished(row.part, row.searcher, row.figure, one, gap, low, high)


def _is_as_published(study: SearchStudy, row: FinalRow) -> bool:
    """Whether a row is an accuracy after the full schedule, of a searcher that has no help, whatever its settings."""
    searcher, figure = study.searchers[row.searcher], study.parts[row.part].reported[row.figure]
    helped = searcher.guide or searcher.known or searcher.landmarks or searcher.epochs_charged
    truth = figure.table
    if helped or row.units < row.runs or truth is None or figure.rank:
        return False
    return (truth.metric, truth.epochs) == ("accuracy", SCHEDULE)
