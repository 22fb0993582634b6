"""One question over several studies: how well super-nets rank before landmark guidance and after, in every space."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from nasrank.bench.analysis.frame import MAIN_METRIC, NOTHING
from nasrank.bench.analysis.json_values import as_json, from_json, of_this_version
from nasrank.bench.analysis.summary import Summary
from nasrank.bench.foundation.files import DataError
from nasrank.bench.foundation.json_files import is_of_kind, layout, parse
from nasrank.bench.studies.compared import BEST, RIDGE

KIND = "across"
"""Of the summary.json of such a report."""

FREE = ("parameters", "multiply_adds")
"""Estimators that neither train nor ask for labels."""


@dataclass(frozen=True)
class AcrossRow:
    """A way to train a super-net in one study; values are Kendall's tau-b.

    Attributes:
        before, after: guidance, each the mean over seeds.
        gain, low, high: after minus before, with the interval of its study; `status` says whether it is decided there.
        ridge, best: regressions on the same labels, a linear one and the best by cross-validation.
        against_ridge, against_best: whether the guided super-net ranks decidedly better or worse than each.
    """

    name: str
    label: str
    before: float
    after: float
    gain: float
    low: float
    high: float
    status: str
    ridge: float
    best: float
    against_ridge: str
    against_best: str


@dataclass(frozen=True)
class AcrossStudy:
    """What one study says of it.

    Attributes:
        name: of its report.
        space, data, truth: what was searched, what super-nets were trained on, and the table that they are compared
            with.
        pool, seeds, labels: architectures that are ranked, trials of each row, and stand-alone results of a trial.
        free: the better of `FREE`.
        ceiling: how another measurement of the truth ranks like it; NaN where none is known.
        rows: strategies as they are, without variants and controls.
    """

    name: str
    title: str
    space: str
    data: str
    truth: str
    pool: int
    seeds: int
    labels: int
    free: float
    ceiling: float
    rows: tuple[AcrossRow, ...]

    @classmethod
    def of(cls, name: str, summary: Summary) -> AcrossStudy:
        """From a report of super-nets.

        Raises:
            DataError: it has no row with landmarks, or no regression on the same labels.
        """
        pairs = [pair for pair in summary.pairs if not pair.is_variant and not pair.control and pair.labels]
        there = {one.name for one in summary.references}
        if not pairs or not {RIDGE, BEST} <= there:
            raise DataError(f"{name} compares no super-nets with landmarks and regressions on the same labels")
        header = summary.header
        free = [summary.reference(one).value for one in FREE if one in there]
        return cls(
            name=name,
            title=header["title"],
            space=header["space"]["name"],
            data=header["images"]["name"],
            truth=header["truth"]["oracle"],
            pool=header["n"]["pool"],
            seeds=header["n"]["seeds"],
            labels=pairs[0].labels,
            free=max((value for value in free if value == value), default=NOTHING),
            ceiling=summary.ceiling.value,
            rows=tuple(_row(summary, pair.name) for pair in pairs),
        )

    def mean(self, column: str) -> float:
        """Over the rows, of those with a value."""
        known = [value for row in self.rows if (value := getattr(row, column)) == value]
        return sum(known) / len(known) if known else NOTHING

    def decided(self, status: str) -> int:
        """In how many rows the gain is decided so."""
        return sum(row.status == status for row in self.rows)


def _row(summary: Summary, name: str) -> AcrossRow:
    pair = summary.pair(name)
    gain = summary.gain(pair)
    return AcrossRow(
        name=name,
        label=pair.label,
        before=summary.level(pair, False).value,
        after=summary.level(pair, True).value,
        gain=gain.value,
        low=gain.low,
        high=gain.high,
        status=gain.status,
        ridge=summary.reference(RIDGE, pair=pair).value,
        best=summary.reference(BEST, pair=pair).value,
        against_ridge=summary.margin(pair, RIDGE).status,
        against_best=summary.margin(pair, BEST).status,
    )


@dataclass(frozen=True)
class Across:
    """Everything that such a report shows.

    Attributes:
        studies: in the order in which they were named.
    """

    studies: tuple[AcrossStudy, ...]

    @classmethod
    def of(cls, summaries: Mapping[str, Summary]) -> Across:
        """From reports by name; numbers are as summary.json has them.

        Raises:
            DataError: one of them has nothing to say of the question.
        """
        found = cls(tuple(AcrossStudy.of(name, summary) for name, summary in summaries.items()))
        return cls.from_text(found.to_text())

    @property
    def rows(self) -> Sequence[AcrossRow]:
        """Of all studies."""
        return [row for study in self.studies for row in study.rows]

    @property
    def spaces(self) -> Sequence[str]:
        """Each once."""
        return list(dict.fromkeys(study.space for study in self.studies))

    def count(self, status: str, column: str = "status") -> int:
        """Rows of which something is decided so."""
        return sum(getattr(row, column) == status for row in self.rows)

    def to_text(self) -> str:
        """The content of summary.json."""
        content = {"kind": KIND, "metric": MAIN_METRIC, "studies": [asdict(study) for study in self.studies]}
        return layout(as_json(content)) + "\n"

    @classmethod
    def from_text(cls, text: str) -> Across:
        """What `to_text` gives; DataError for another thing."""
        with of_this_version():
            return cls(tuple(_study_of(one) for one in parse(text)["studies"]))

    @classmethod
    def is_report(cls, text: str) -> bool:
        """Whether the text is the summary.json of such a report."""
        return is_of_kind(text, KIND)


def _study_of(content: dict[str, Any]) -> AcrossStudy:
    rows = tuple(from_json(AcrossRow, row) for row in content["rows"])
    study: AcrossStudy = from_json(AcrossStudy, {**content, "rows": rows})
    return study
