"""Everything that a report on zero-cost proxies says, as data that summary.json holds and reads back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from math import isnan, nan
from typing import Any

from nasrank.bench.analysis.prediction_rows import Row, Rows
from nasrank.bench.foundation.json_files import is_of_kind, layout, parse

KIND = "proxy report"

TAU, TOP50, TOP10, RHO = "tau", "tau_top50", "tau_top10", "spearman"
SEED_TO_SEED, WITH_PART, OF_PART = "tau_between_seeds", "tau_with_the_part", "tau_of_the_part"
"""Metrics: of two seeds of a proxy; of scores in a changed set-up with those in the set-up of the part; and of these
with the truth, on the architectures of the changed set-up."""


@dataclass(frozen=True)
class TruthOfPart:
    """A truth that the scores of a part are compared with.

    Attributes:
        words: which column of which table.
        ceiling: tau of a second measurement; NaN where none is recorded.
        second: whose that is.
        architectures: of the part, whose truth is known.
    """

    label: str
    words: str
    dataset: str
    ceiling: float
    second: str
    citation: str
    architectures: int


@dataclass(frozen=True)
class PartOfReport:
    """A space with one set-up.

    Attributes:
        features: its name and the set-up in a phrase, as rows have it.
        words: the same without its name.
        set_up: the settings, see `nasrank.bench.scoring.setup`.
        architectures: how many were scored, in how many `classes` that were measured, with how many `seeds`.
        cells: which were asked for.
        machines: processors that measured.
    """

    name: str
    space: str
    features: str
    words: str
    set_up: Mapping[str, Any]
    cells: str
    architectures: int
    classes: int
    seeds: int
    truths: tuple[TruthOfPart, ...]
    versions: Mapping[str, str]
    machines: tuple[str, ...]


@dataclass(frozen=True)
class ChangeOfReport:
    """A part with something changed.

    Attributes:
        part: its name.
        features: the changed set-up in a phrase.
    """

    label: str
    part: str
    features: str
    set_up: Mapping[str, Any]
    architectures: int
    seeds: int


@dataclass(frozen=True)
class Predictor:
    """A proxy or an aggregate of proxies.

    Attributes:
        parts: names of the proxies that an aggregate is made of; empty for a proxy.
    """

    name: str
    label: str
    reference: str
    higher_is_better: bool
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Missing:
    """Architectures and seeds for which a proxy has no value."""

    part: str
    predictor: str
    count: int
    of: int
    reason: str


@dataclass(frozen=True)
class Compared:
    """A published figure beside ours.

    Attributes:
        mark: how it is known.
        part: name of the part, or label of the change, whose scores are compared; empty where no set-up is the same.
        ours: NaN where the figure is not comparable.
    """

    space: str
    truth: str
    predictor: str
    metric: str
    value: float
    mark: str
    set_up: str
    source: str
    part: str
    ours: float
    close: bool


@dataclass(frozen=True)
class ProxySummary:
    """See the module."""

    title: str
    parts: tuple[PartOfReport, ...]
    changes: tuple[ChangeOfReport, ...]
    predictors: tuple[Predictor, ...]
    rows: Rows
    missing: tuple[Missing, ...]
    published: tuple[Compared, ...]

    def part(self, name: str) -> PartOfReport:
        """The part of this name."""
        return next(part for part in self.parts if part.name == name)

    def label(self, name: str) -> str:
        """Of a predictor."""
        return next(one.label for one in self.predictors if one.name == name)

    def row(self, part: PartOfReport, predictor: str, metric: str, truth: str = "") -> Row | None:
        """The row of a predictor in a part."""
        return self.rows.find(space=part.space, features=part.features, predictor=predictor, metric=metric, truth=truth)

    def to_text(self) -> str:
        """summary.json."""
        content = _plain({"kind": KIND, **{field.name: getattr(self, field.name) for field in fields(self)}})
        return layout({**content, "rows": [row.to_json() for row in self.rows]}) + "\n"

    @classmethod
    def from_text(cls, text: str) -> ProxySummary:
        """What `to_text` gives; ValueError for another thing."""
        content = parse(text)
        if not isinstance(content, dict) or content.pop("kind", None) != KIND:
            raise ValueError("it is no report on proxies")
        try:
            return cls(
                title=content["title"],
                parts=tuple(_part(one) for one in content["parts"]),
                changes=tuple(ChangeOfReport(**one) for one in content["changes"]),
                predictors=tuple(Predictor(**{**one, "parts": tuple(one["parts"])}) for one in content["predictors"]),
                rows=Rows(map(Row.from_json, content["rows"])),
                missing=tuple(Missing(**one) for one in content["missing"]),
                published=tuple(Compared(**{**one, "ours": _number(one["ours"])}) for one in content["published"]),
            )
        except (KeyError, TypeError) as reason:
            raise ValueError(f"it is a report on proxies of another version: {reason!r}") from reason


def is_report(text: str) -> bool:
    """Whether this is the summary.json of a report on proxies."""
    return is_of_kind(text, KIND)


def _part(content: dict[str, Any]) -> PartOfReport:
    truths = tuple(TruthOfPart(**{**one, "ceiling": _number(one["ceiling"])}) for one in content["truths"])
    return PartOfReport(**{**content, "truths": truths, "machines": tuple(content["machines"])})


def _number(value: float | None) -> float:
    return nan if value is None else value


def _plain(value: Any) -> Any:
    """Without data classes, tuples and NaN."""
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, Rows):
        return []
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if hasattr(value, "__dataclass_fields__"):
        return _plain(asdict(value))
    return None if isinstance(value, float) and isnan(value) else value
