"""What table studies say: a row for each group, and what became of each claim."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy import stats

from nasrank.bench.analysis.claims import FAILS, HOLDS, OPEN, outcome
from nasrank.bench.analysis.compared_rows import estimate
from nasrank.bench.analysis.frame import MAIN_METRIC, NOTHING, Finding
from nasrank.bench.analysis.json_values import as_json, from_json, head_of, of_this_version
from nasrank.bench.analysis.table_groups import Group, group_of
from nasrank.bench.foundation.json_files import is_of_kind, layout, parse
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.ranking import METRICS
from nasrank.bench.ranking.metrics import kendall_tau
from nasrank.bench.table_studies.grammar import ClaimSection, TableStudy
from nasrank.bench.table_studies.measured import Measured
from nasrank.bench.tabulation.reliability import DRAWS, FEWEST

KIND = "tables"
"""Of the summary.json of such a report."""


@dataclass(frozen=True)
class GroupRow:
    """A group; values are accuracies in percent, or perplexities.

    Attributes:
        architectures: those whose every run has a value, and `left_out` how many have not.
        units: what intervals are over: architectures, or in spaces of several levels what they have in common, as
            graphs do their generator.
        mean, low, high: of the units, with Student's interval.
        deviation: between the means of architectures.
        tau, tau_low, tau_high: between two training seeds; NaN with fewer than ten architectures, or one seed.
        shares: of the variance of a single run, by what it lies between, each with its interval.
        means: of each architecture over its seeds.
        runs: of the only architecture, the value of each seed; empty where there are several.
        level: what units of several architectures are called, such as paths; empty where a unit is one architecture.
        unit_of_each: the number of its unit, of each architecture; empty where a unit is one.
    """

    name: str
    architectures: int
    left_out: int
    seeds: int
    units: int
    mean: float
    low: float
    high: float
    deviation: float
    tau: float
    tau_low: float
    tau_high: float
    shares: dict[str, tuple[float, float, float]]
    means: tuple[float, ...]
    runs: tuple[float, ...]
    level: str
    unit_of_each: tuple[int, ...]


@dataclass(frozen=True)
class ClaimRow:
    """What a claim is about, and what became of it.

    Attributes:
        value, low, high: by how much the group is better, in percentage points or perplexity; the tau or the share; or,
            of every run, the one nearest to the bound or farthest beyond it, the least and the greatest.
        units: how many the interval is over, the fewer of both groups where these are not paired; or the runs.
        paired: whether differences are taken before they are averaged.
        status: whether the claim holds, does not hold or is open, or why there is no value.
    """

    name: str
    value: float
    low: float
    high: float
    units: int
    paired: bool
    status: str


@dataclass(frozen=True)
class TableSummary:
    """Everything that a report shows.

    Attributes:
        protocols: how the table of each group was made.
        versions: of what it was read with.
    """

    study: TableStudy
    rows: tuple[GroupRow, ...]
    claims: tuple[ClaimRow, ...]
    protocols: dict[str, str]
    versions: dict[str, str]

    @property
    def protocol_of_tables(self) -> dict[str, str]:
        """By the name of the table, which several groups may have."""
        return {group.oracle: self.protocols[name] for name, group in self.study.groups.items()}

    @classmethod
    def of(cls, study: TableStudy, measured: Mapping[str, Measured], versions: Mapping[str, str]) -> TableSummary:
        """From the runs of every group; numbers are as summary.json has them."""
        groups = {name: group_of(one) for name, one in measured.items()}
        rows = tuple(_row(name, group, study.confidence) for name, group in groups.items())
        claims = tuple(_claim(name, claim, groups, study) for name, claim in study.claims.items())
        protocols = {name: one.protocol for name, one in measured.items()}
        return cls.from_text(cls(study, rows, claims, protocols, dict(versions)).to_text())

    def row(self, name: str) -> GroupRow:
        """Of a group."""
        return next(row for row in self.rows if row.name == name)

    def claim(self, name: str) -> ClaimRow:
        """What became of one."""
        return next(one for one in self.claims if one.name == name)

    def to_text(self) -> str:
        """The content of summary.json."""
        content = {
            **head_of(KIND, self.study.title, self.study),
            "protocols": self.protocols,
            "versions": self.versions,
            "rows": [asdict(row) for row in self.rows],
            "claims": [asdict(claim) for claim in self.claims],
        }
        return layout(as_json(content)) + "\n"

    @classmethod
    def from_text(cls, text: str) -> TableSummary:
        """What `to_text` gives; DataError for another thing."""
        with of_this_version():
            content = parse(text)
            return cls(
                TableStudy.model_validate(content["study"]),
                tuple(_row_of(one) for one in content["rows"]),
                tuple(from_json(ClaimRow, one) for one in content["claims"]),
                content["protocols"],
                content["versions"],
            )

    @staticmethod
    def is_report(text: str) -> bool:
        """Whether this is the summary.json of a table study."""
        return is_of_kind(text, KIND)


def _row_of(content: dict[str, Any]) -> GroupRow:
    shares = {name: tuple(share) for name, share in content["shares"].items()}
    rows = {name: tuple(content[name]) for name in ("means", "runs", "unit_of_each")}
    row: GroupRow = from_json(GroupRow, {**content, "shares": shares, **rows})
    return row


def _row(name: str, group: Group, confidence: float) -> GroupRow:
    seeds, architectures = group.values.shape
    found, known = estimate(group.means.tolist(), group.units.tolist(), confidence), group.reliability
    return GroupRow(
        name,
        architectures,
        len(group.there) - architectures,
        seeds,
        len(group.means_of_units),
        found.mean,
        found.low,
        found.high,
        float(group.means.std(ddof=1)) if architectures > 1 else NOTHING,
        known.between_seeds if known else NOTHING,
        known.interval[0] if known else NOTHING,
        known.interval[1] if known else NOTHING,
        dict(known.shares) if known else {},
        tuple(group.means.tolist()),
        tuple(group.values[:, 0].tolist()) if architectures == 1 else (),
        group.level,
        tuple(group.units.tolist()) if group.level else (),
    )


def _claim(name: str, claim: ClaimSection, groups: Mapping[str, Group], study: TableStudy) -> ClaimRow:
    group = groups[claim.group]
    if claim.at_least is None:
        return _of_every_run(name, claim, group)
    if claim.share:
        found = _share(claim, group)
    elif claim.by == "tau":
        found = _agreement(group, groups[claim.against], study.confidence)
    else:
        compare = _over_seeds if claim.over == "seeds" else _over_architectures
        better, worse = (group, groups[claim.against])[:: 1 if study.higher_is_better else -1]
        found = compare(better, worse, study.confidence)
    value, low, high, units, paired = found
    status = outcome(Finding(value=value, low=low, high=high), claim.at_least)
    return ClaimRow(name, value, low, high, units, paired, status)


def _of_every_run(name: str, claim: ClaimSection, group: Group) -> ClaimRow:
    runs = group.values
    if not runs.size:
        return ClaimRow(name, NOTHING, NOTHING, NOTHING, 0, False, OPEN)
    least, greatest = float(runs.min()), float(runs.max())
    if claim.every_run_above is not None:
        value, holds = least, least > claim.every_run_above
    else:
        value, holds = greatest, claim.every_run_below is not None and greatest < claim.every_run_below
    return ClaimRow(name, value, least, greatest, runs.size, paired=False, status=HOLDS if holds else FAILS)


_Found = tuple[float, float, float, int, bool]


def _share(claim: ClaimSection, group: Group) -> _Found:
    """ValueError where the variance is not known to lie there."""
    shares = group.reliability.shares if group.reliability else {}
    if claim.share not in shares:
        there = ", ".join(shares) or "nothing, as there are too few architectures or seeds"
        raise ValueError(f"the variance of {claim.group} lies between {there}; not known between {claim.share!r}")
    return *shares[claim.share], len(group.means_of_units), False


def _agreement(one: Group, other: Group, confidence: float) -> _Found:
    """Tau-b over the architectures that both have, with an interval by the bootstrap over these.

    ValueError where there are too few.
    """
    shared = [name for name in one.names if name in set(other.names)]
    if len(shared) < FEWEST:
        raise ValueError(f"the groups share {len(shared)} architectures, and a tau takes {FEWEST}")
    first, second = (group.means[[group.names.index(name) for name in shared]] for group in (one, other))
    metric, count = METRICS[MAIN_METRIC], len(shared)
    draws = generator(0, Purpose.BOOTSTRAP).multinomial(count, np.full(count, 1 / count), size=DRAWS)
    found = metric.of_resamples(first, second, draws)
    low, high = np.nanquantile(found, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(kendall_tau(first, second)), float(low), float(high), count, True


def _over_seeds(one: Group, other: Group, confidence: float) -> _Found:
    """Of these very networks, paired by the seed that both have."""
    shared = sorted(set(one.measured.seeds) & set(other.measured.seeds))
    gains = [
        one.values[one.measured.seeds.index(seed)].mean() - other.values[other.measured.seeds.index(seed)].mean()
        for seed in shared
    ]
    found = estimate(gains, range(len(gains)), confidence)
    return found.mean, found.low, found.high, len(gains), True


def _over_architectures(one: Group, other: Group, confidence: float) -> _Found:
    """Paired where one group has all that the other has, else by Welch's interval."""
    shared = [name for name in one.names if name in set(other.names)]
    if shared and len(shared) == min(len(one.names), len(other.names)):
        places, others = ([group.names.index(name) for name in shared] for group in (one, other))
        alike = one.units[places].tolist()
        found = estimate((one.means[places] - other.means[others]).tolist(), alike, confidence)
        return found.mean, found.low, found.high, len(set(alike)), True
    first, second = one.means_of_units, other.means_of_units
    units = min(len(first), len(second))
    value = float(first.mean() - second.mean()) if units else NOTHING
    if units < 2:
        return value, NOTHING, NOTHING, units, False
    interval = stats.ttest_ind(first, second, equal_var=False).confidence_interval(confidence)
    return value, float(interval.low), float(interval.high), units, False
