"""Everything that the report of a label study shows."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from nasrank.bench.analysis.compared_rows import ComparedRow, plain, read_rows
from nasrank.bench.analysis.json_values import head_of, of_this_version
from nasrank.bench.analysis.label_values import answers, groups_of, label_rows
from nasrank.bench.analysis.prediction_rows import NOTHING
from nasrank.bench.foundation.json_files import is_of_kind, parse
from nasrank.bench.label_studies.grammar import ALONE, LabelStudy
from nasrank.bench.ranking import METRICS

KIND = "label study"


@dataclass(frozen=True)
class Answer:
    """What was asked, and the gain on every part and truth with every number of labels."""

    ask: str
    row: str
    against: str
    rows: tuple[ComparedRow, ...]
    headline: bool = False

    def of(self, metric: str) -> tuple[ComparedRow, ...]:
        """Those of one metric."""
        return tuple(one for one in self.rows if one.metric == metric)


def _lines(rows: Sequence[dict[str, Any]]) -> str:
    """JSON with a row on each line: there are thousands of them."""
    return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False, allow_nan=False) for row in rows) + "\n ]"


@dataclass(frozen=True, eq=False)
class LabelSummary:
    """A label study with its figures.

    Attributes:
        ranked: of each part, how many architectures are ranked with the fewest labels.
        chosen: by row, what its predictor chose and how often, the most frequent first.
        versions: with which it was measured.
    """

    study: LabelStudy
    rows: tuple[ComparedRow, ...]
    answers: tuple[Answer, ...]
    ranked: dict[str, int]
    chosen: dict[str, dict[str, int]]
    versions: dict[str, str]

    @classmethod
    def of(cls, study: LabelStudy, table: pd.DataFrame, versions: dict[str, str]) -> LabelSummary:
        """From the table of its draws; numbers are as summary.json has them."""
        groups = groups_of(table)
        asked = tuple(
            Answer(one.ask, one.row, one.against, tuple(answers(study, groups, one)), one.headline)
            for one in study.questions
        )
        ranked = {str(part): int(lines["ranked"].max()) for part, lines in table.groupby("part", sort=False)}
        choosing = table[table["chosen"] != ""]
        chosen = {
            str(row): {str(name): int(count) for name, count in lines["chosen"].value_counts().items()}
            for row, lines in choosing.groupby("row", sort=False)
        }
        return cls.from_text(cls(study, tuple(label_rows(study, groups)), asked, ranked, chosen, versions).to_text())

    def to_text(self) -> str:
        """The content of summary.json: what was measured on what, and every figure."""
        content = {
            **head_of(KIND, self.study.title, self.study),
            "ranked": self.ranked,
            "chosen": self.chosen,
            "versions": self.versions,
        }
        answers = [{**vars(one), "rows": plain(one.rows)} for one in self.answers]
        head = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
        return f'{head[:-2]},\n "rows": {_lines(plain(self.rows))},\n "answers": {_lines(answers)}\n}}\n'

    @classmethod
    def from_text(cls, text: str) -> LabelSummary:
        """What `to_text` gives; DataError for another thing."""
        with of_this_version():
            content = parse(text)
            return cls(
                LabelStudy.model_validate(content["study"]),
                tuple(read_rows(content["rows"])),
                tuple(Answer(**{**one, "rows": tuple(read_rows(one["rows"]))}) for one in content["answers"]),
                content["ranked"],
                content["chosen"],
                content["versions"],
            )

    @staticmethod
    def is_report(text: str) -> bool:
        """Whether this is the summary.json of a label study."""
        return is_of_kind(text, KIND)

    def label(self, row: str) -> str:
        """What a row is called."""
        return self.study.rows[row].label

    def find(self, part: str, truth: str, row: str, labels: int, metric: str = "tau") -> ComparedRow | None:
        """The figures of a row; None where it was not measured."""
        return self._by_key.get((part, truth, row, labels, metric))

    @cached_property
    def _by_key(self) -> dict[tuple[str, str, str, int, str], ComparedRow]:
        return {(one.space, one.truth, one.predictor, one.labels, one.metric): one for one in self.rows}

    def best(self, part: str, truth: str, labels: int, metric: str = "tau") -> ComparedRow | None:
        """The row with the best mean of those that fit something; None where there is none."""
        known = [
            one
            for one in self.rows
            if (one.space, one.truth, one.labels, one.metric) == (part, truth, labels, metric)
            and not math.isnan(one.mean)
            and self.study.rows[one.predictor].predictor != ALONE
        ]
        sign = 1 if METRICS[metric].higher_is_better else -1
        return max(known, key=lambda one: sign * one.mean, default=None)

    def value(self, part: str, truth: str, row: str, labels: int, metric: str = "tau") -> float:
        """Its mean; NaN where it was not measured."""
        found = self.find(part, truth, row, labels, metric)
        return NOTHING if found is None else found.mean

    @property
    def drawn(self) -> Sequence[str]:
        """Rows of the figure."""
        asked = [name for one in self.study.questions for name in one.pair]
        return self.study.drawn or tuple(dict.fromkeys([self.study.reference, *asked]))
