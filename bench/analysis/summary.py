"""What a report says, as plain values: every table, figure and sentence is made from a `Summary`.

Accuracies of the truth enter as aggregates, and as those of the architectures that a search ended with. NaN is what
could not be computed; it comes with a reason, and is null in JSON.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from nasrank.bench.analysis.findings import (
    Change,
    Contrast,
    Derivation,
    EstimatorRow,
    Find,
    Published,
    SearchRow,
    Value,
)

MAIN_METRIC = "tau"
"""The metric of the main table and of the verdict."""

DECIMALS = 6
"""Of every number in summary.json: far below any interval, far above rounding errors of another processor."""


@dataclass(frozen=True)
class MetricRow:
    """One metric of one arm, without and with landmarks; `strategy` is the arm's name, here and below.

    Attributes:
        delta: after minus before, of the same seeds on the same pool; `ci_low` and `ci_high` are its interval.
        n_seeds: seeds that have a value on both sides.
        below_baseline: names of the baselines whose value is better than `after`.
        undefined_draws: resamples that left the metric undefined and do not count in the intervals.
        reason: why a value is missing; empty when none is.
    """

    strategy: str
    metric: str
    before: float
    after: float
    delta: float
    ci_low: float
    ci_high: float
    before_low: float
    before_high: float
    after_low: float
    after_high: float
    n_seeds: int
    pool_size: int
    before_by_seed: tuple[float, ...]
    after_by_seed: tuple[float, ...]
    below_baseline: tuple[str, ...]
    undefined_draws: int
    reason: str


@dataclass(frozen=True)
class Baseline:
    """An estimator that trains no super-net.

    Attributes:
        labels: stand-alone accuracies it is fitted on, for each seed; 0 for none.
        seeds: label sets it was fitted on; 1 for what has no randomness, whose interval covers the pool alone.
        ties: share of the pool's pairs that it leaves tied, mean over label sets.
        metrics: by metric name.
    """

    label: str
    labels: int
    seeds: int
    ties: float
    metrics: Mapping[str, Value]


@dataclass(frozen=True)
class Margin:
    """Tau of a guided super-net minus tau of a baseline on the same labels and pool, with its interval."""

    strategy: str
    baseline: str
    margin: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class CeilingRow:
    """Agreement of the truth with another measurement of the same architectures.

    Attributes:
        first: the truth, and `second` the other measurement, in words; `differs` is what is not the same in them.
        first_column: where the truth was read, and `second_column` the other measurement.
        architectures: how many both have.
        metrics: by metric name.
        mean_absolute_difference: of the two accuracies, in points; NaN where the second is not at hand to be compared.
    """

    status: str
    first: str
    first_column: str
    second: str
    second_column: str
    differs: str
    architectures: int
    metrics: Mapping[str, float]
    mean_absolute_difference: float


@dataclass(frozen=True)
class LandmarkRow:
    """How well a super-net orders the landmarks themselves: whether the term was learned.

    Attributes:
        violated_first: fraction of the landmark pairs that were found in the wrong order when guidance began, and
            `violated_last` when training ended; mean over seeds, NaN where no pair was looked at.
        before: mean tau over seeds by the score that the arm ranks by, without the term; `after` with it.
        loss_before: the same by minus the loss, which the term is about, on images that it never saw.
        wrong_before: fraction of the landmark pairs that come out in the wrong order or tied, mean over seeds.
        added: passes of the term, in fractions of those that training takes without it; mean over seeds.
        steps: of training; the term sees its pairs once a step after warm-up. They are summed over the super-nets of a
            strategy that divides its space, where the term of each sees only pairs within its part.
        generations: of super-nets; 1 for a strategy that does not divide its space.
    """

    strategy: str
    violated_first: float
    violated_last: float
    before: float
    after: float
    loss_before: float
    loss_after: float
    wrong_before: float
    wrong_after: float
    added: float
    steps: int
    generations: int


@dataclass(frozen=True)
class Curve:
    """A strategy during training, one row a seed.

    Attributes:
        after: whether it was trained with the study's terms.
        fractions: of training, at which the first pool architectures were ranked.
        tau: of these, `(seeds, fractions)`.
        violated_at: fractions of training that end a stretch in which landmark pairs were compared.
        violated: share of these pairs in the wrong order, `(seeds, stretches)`, NaN where a seed compared none; empty
            without landmarks.
    """

    strategy: str
    after: bool
    fractions: tuple[float, ...]
    tau: tuple[tuple[float, ...], ...]
    violated_at: tuple[float, ...]
    violated: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Group:
    """The architectures of the pool that have a trait of the space in common, ranked by themselves.

    Attributes:
        architectures: how many these are.
        rows: tau of each strategy; empty where they are too few to rank.
        baselines: their tau, by name.
    """

    trait: str
    value: int
    architectures: int
    rows: tuple[MetricRow, ...]
    baselines: Mapping[str, Baseline]


@dataclass(frozen=True)
class PartsRow:
    """An arm that ends with several super-nets, each of which scores a part of the space; means over seeds.

    Attributes:
        supernets: that scored any of the pool.
        within_before: tau over the pairs that the same super-net scored, without landmarks; `within_after` with them.
        whole_before: tau over those same pairs by the study's first arm, NaN where that has several super-nets, too.
    """

    strategy: str
    supernets_before: float
    supernets_after: float
    within_before: float
    within_after: float
    whole_before: float
    whole_after: float


@dataclass(frozen=True)
class Failure:
    """A trial without scores, and why."""

    trial: str
    reason: str


@dataclass(frozen=True)
class Summary:
    """A whole report.

    Attributes:
        header: what was measured, on what and with what; plain values, see `nasrank.bench.analysis.header`.
        labels: how arms are called in print, by name: strategies, then variants.
        ceilings: the best agreement first; empty when none is recorded for this truth.
        ties: share of the pool's pairs that are tied: "truth", and "before" and "after" by strategy.
        baselines: by name; the label-matched one has the labels of the study's first strategy.
        own_baselines: the label-matched one of each arm that was given other labels.
        groups: parts of the pool by each trait of the space; empty where a space has none.
        parts: of the arms that end with several super-nets.
        published: figures of others for some of the strategies.
        changes: what each variant changes, the most helpful first.
        estimators: tau of every score that was stored.
        natural: the same on the natural pool, of the arms that scored it.
        search: what each arm finds; `search_references` is what others would, by label.
        contrasts: of the arms whose own parameters prefer some architectures to others.
        derivations: of the arms that derive architectures during training.
        verdict: what the numbers say, in sentences.
    """

    header: dict[str, Any]
    labels: dict[str, str]
    ceilings: tuple[CeilingRow, ...]
    baselines: dict[str, Baseline]
    rows: tuple[MetricRow, ...]
    margins: tuple[Margin, ...]
    landmarks: tuple[LandmarkRow, ...]
    ties: dict[str, Any]
    curves: tuple[Curve, ...]
    failures: tuple[Failure, ...]
    own_baselines: Mapping[str, Baseline] = field(default_factory=dict)
    groups: tuple[Group, ...] = ()
    parts: tuple[PartsRow, ...] = ()
    published: tuple[Published, ...] = ()
    changes: tuple[Change, ...] = ()
    estimators: tuple[EstimatorRow, ...] = ()
    natural: tuple[EstimatorRow, ...] = ()
    search: tuple[SearchRow, ...] = ()
    search_references: Mapping[str, Find] = field(default_factory=dict)
    contrasts: tuple[Contrast, ...] = ()
    derivations: tuple[Derivation, ...] = ()
    verdict: tuple[str, ...] = ()

    @property
    def strategies(self) -> tuple[str, ...]:
        """Names, in the order of the study."""
        return tuple(self.labels)

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of those reported, in the order of the registry."""
        return tuple(dict.fromkeys(row.metric for row in self.rows))

    def row(self, strategy: str, metric: str) -> MetricRow:
        """The one row of this strategy and metric."""
        return next(row for row in self.rows if (row.strategy, row.metric) == (strategy, metric))

    def score(self, arm: str) -> str:
        """Name of the score that this arm ranks by."""
        name: str = self.header["own_scores"].get(arm, self.header["score"])
        return name

    def to_json(self) -> dict[str, Any]:
        """Plain values: numbers rounded to `DECIMALS`, NaN as None."""
        content = asdict(self)
        best, *others = content.pop("ceilings") or [None]
        ordered = {"header": content.pop("header"), "verdict": content.pop("verdict"), "ceiling": best}
        plain = _plain({**ordered, "other_ceilings": others, **content})
        assert isinstance(plain, dict)
        return plain

    def to_text(self) -> str:
        """The content of summary.json."""
        return json.dumps(self.to_json(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, DECIMALS)
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value
