"""What is found about somebody's scores, as plain values; a `RankReport` is what all that is printed is made from."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasrank.bench.foundation.describing import listed
from nasrank.bench.foundation.escaping import csv_text
from nasrank.bench.foundation.files import replacing
from nasrank.bench.judging.alignment import Counts
from nasrank.bench.judging.differences import PairedDifference
from nasrank.bench.judging.truth import NoiseCeiling
from nasrank.bench.ranking.arrays import FloatArray

if TYPE_CHECKING:
    import pandas as pd

FORMAT = 1
"""Of summary.json."""

DECIMALS = 6
"""Of every number that is written: far below any interval."""


@dataclass(frozen=True)
class Judged:
    """One column of scores, or one baseline.

    Attributes:
        baseline: whether it is none of the caller's.
        label: what tables call it.
        direction: which end is better, and how that is known.
        seeds: runs that each have scored all architectures.
        ties: share of the pairs that it leaves tied, mean over seeds.
        estimator: the name under which a baseline is registered; empty for a column of the caller's.
    """

    name: str
    baseline: bool
    label: str
    direction: str
    seeds: int
    ties: float
    estimator: str = ""


@dataclass(frozen=True)
class MetricValue:
    """One metric of one column: the mean over seeds, its interval, and how that was made.

    Attributes:
        by_seed: what it is the mean of.
        way: "bootstrap" or "linearised bootstrap", of `draws`, of which `undefined_draws` do not count.
        reason: why there is no value; empty where there is one.
    """

    name: str
    metric: str
    label: str
    unit: str
    higher_is_better: bool
    value: float
    low: float
    high: float
    by_seed: tuple[float, ...]
    way: str
    draws: int
    undefined_draws: int
    reason: str


@dataclass(frozen=True, eq=False)
class Orders:
    """Ranks of the architectures, for figures: 1 is the best, and equal ones share their mean.

    Attributes:
        truth: `(n,)`.
        columns: the caller's by name, `(n,)` each, by the first of several seeds.
    """

    truth: FloatArray
    columns: Mapping[str, FloatArray]


@dataclass(frozen=True)
class RankReport:
    """Scores judged by a truth.

    Attributes:
        answer: the one sentence.
        header: where scores and truth are from, and what the intervals are.
        columns: the caller's, then the baselines.
        values: every metric of every column.
        differences: in tau, of every two columns and of every column and baseline.
        ceiling: of the truth, None where nothing is known of its noise.
        notes: what to look at.
        counts: what was ranked and what was left out.
        gate: what `nasrank gate` compares with later: resamples of tau, by column.
        seeds: names of the runs that values by seed are of; empty where there is one.
        orders: of the ranked architectures; no file has them.
    """

    answer: str
    header: Mapping[str, Any]
    columns: tuple[Judged, ...]
    values: tuple[MetricValue, ...]
    differences: tuple[PairedDifference, ...]
    ceiling: NoiseCeiling | None
    notes: tuple[str, ...]
    counts: Counts
    gate: Mapping[str, Any] = field(repr=False)
    seeds: tuple[str, ...] = ()
    orders: Orders | None = field(default=None, repr=False, compare=False)

    def value(self, name: str, metric: str = "tau") -> MetricValue:
        """The one of this column, or baseline, and metric.

        Args:
            name: of the column.
            metric: its registered name: a key of `metrics`.

        Raises:
            ValueError: there is no such column, or no such metric; the message lists those that there are.
        """
        for one in self.values:
            if (one.name, one.metric) == (name, metric):
                return one
        self.column(name)
        raise ValueError(f"there is no metric {metric!r:.200} in the report; there are {', '.join(self.metrics)}")

    def column(self, name: str) -> Judged:
        """What is known of this column or baseline; ValueError lists those that there are."""
        for one in self.columns:
            if one.name == name:
                return one
        known = listed([one.name for one in self.columns])
        raise ValueError(f"there is no column {name!r:.200} in the report; there are {known}")

    @property
    def metrics(self) -> dict[str, MetricValue]:
        """One value of every metric, for its label, unit and direction."""
        found: dict[str, MetricValue] = {}
        for one in self.values:
            found.setdefault(one.metric, one)
        return found

    def to_records(self) -> list[dict[str, Any]]:
        """A tidy table: one row a metric of a column, then one row a difference; None where there is no number."""
        common = {"architectures": self.counts.ranked, "confidence": self.header["confidence"]}
        rows = []
        for one in self.values:
            about = self.column(one.name)
            plain = asdict(one) | {"by_seed": " ".join(f"{value:.{DECIMALS}g}" for value in one.by_seed)}
            kind = "baseline" if about.baseline else "score"
            rows.append({"kind": kind, **plain, "seeds": about.seeds, "ties": about.ties, **common})
        for other in self.differences:
            name = f"{other.first} - {other.second}"
            rows.append({"kind": "difference", "name": name, **asdict(other), **common})
        names = list(dict.fromkeys(name for row in rows for name in row if name not in ("first", "second", "baseline")))
        return [{name: _plain(row.get(name)) for name in names} for row in rows]

    def to_frame(self) -> pd.DataFrame:
        """All findings in the columns that studies have, too: see `nasrank.bench.judging.frame`."""
        from nasrank.bench.judging.frame import frame  # pandas takes half a second

        return frame(self)

    def _repr_html_(self) -> str:
        """The answer and tau of all columns, as notebooks show it."""
        frame = self.to_frame()
        shown = frame[(frame["metric"] == "tau") & (frame["base"] == "") & frame["seed"].isna()]
        table = shown[["arm", "estimator", "value", "low", "high", "status"]]
        lines = table.to_html(index=False, na_rep="", float_format="{:.3f}".format)
        return f"<p>{escape(self.answer)}</p>{lines}"

    def to_csv(self, path: str | Path | None = None) -> str:
        """`to_records` as a CSV file, which is also written to a path if one is given."""
        records = self.to_records()
        text = csv_text(list(records[0]), [["" if one is None else one for one in row.values()] for row in records])
        return _written(text, path)

    def to_json(self, path: str | Path | None = None) -> str:
        """Everything, as `nasrank gate` reads it, which is also written to a path if one is given."""
        content = {"kind": "rank report", "format": FORMAT, **_plain(asdict(replace(self, orders=None)))}
        del content["orders"]
        return _written(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n", path)


def _written(text: str, path: str | Path | None) -> str:
    if path is not None:
        with replacing(Path(path)) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\n")
    return text


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DECIMALS) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value
