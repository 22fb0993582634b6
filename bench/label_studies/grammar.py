"""The grammar of label studies: which labels are drawn where, and what is fitted to them.

    kind = "labels"
    counts = [10, 30, 100]

    [parts.nb201]
    space = "nb201"
    truths.cifar10 = { oracle = "nas-bench-201-means", dataset = "cifar10", split = "test_50k", epochs = 200, ... }

    [rows.ridge]
    label = "ridge"
    predictor = "label_matched"

Features are named by where they come from: `proxy:jacov`, a column of the part's score file; `proxies`, all of them;
`aggregate:NAME`, a registered sum of ranks of some; `plain:spos`, what the super-nets of this row of the part's study
score without landmarks; `guided:spos`, with them; `plain` and `guided`, those of all its rows. `plain_activations:spos`
and `guided_activations:spos` are coordinates of what these super-nets compute, where the study stored some.
`truth:seed0` is another truth of the part, such as what another training seed measured of each architecture.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from nasrank.bench.ranking import METRICS
from nasrank.bench.studies.sections import Count, Section, TruthSection, Words, known
from nasrank.predictors import ESTIMATORS
from nasrank.spaces import get_enumerated

ALONE = ""
"""The predictor of a row that fits nothing: its features themselves rank, by the sum of their ranks."""

SUPERNET_KINDS = ("plain", "guided", "plain_activations", "guided_activations")
TRUTH_KIND = "truth"
KINDS = ("proxy", "proxies", "aggregate", TRUTH_KIND, *SUPERNET_KINDS)
NAMED_KINDS = ("proxy", "aggregate", TRUTH_KIND, "plain_activations", "guided_activations")
"""Kinds of features of which one has to be named."""

ALWAYS = ("tau", "tau_top10")
"""Metrics of every study."""

FewestLabels = Annotated[int, Field(ge=2)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_+-]*$", max_length=60)]


class RowSection(Section):
    """One way to rank by labels."""

    label: Words
    """What tables and figures call it."""

    predictor: str = ALONE
    """The estimator that is fitted; none ranks by the features alone."""

    features: tuple[str, ...] = ()
    """What it knows besides the labels."""

    parts: tuple[Name, ...] = ()
    """Those that it is part of; all that have its features where none is named."""

    truths: tuple[Name, ...] = ()
    """Those that it is fitted to; all where none is named."""

    counts: tuple[FewestLabels, ...] = ()
    """With how many labels; all of the study where none is named."""

    draws: Count | None = None
    """Of labels, where it has fewer than the study, because it takes long to fit."""

    @field_validator("predictor")
    @classmethod
    def _known_predictor(cls, name: str) -> str:
        return name if name == ALONE else known(name, ESTIMATORS, "estimator")

    @field_validator("features")
    @classmethod
    def _known_features(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            kind, _, what = name.partition(":")
            if kind not in KINDS or (kind in NAMED_KINDS and not what) or (kind == "proxies" and what):
                raise ValueError(
                    f"{name!r} is no feature: one is proxy:NAME, proxies, aggregate:NAME, truth:NAME, plain:ROW, "
                    "guided:ROW, plain, guided, plain_activations:ROW or guided_activations:ROW"
                )
        return names

    @model_validator(mode="after")
    def _ranks_by_something(self) -> RowSection:
        if self.predictor == ALONE and not self.features:
            raise ValueError("a row without a predictor ranks by its features: name some")
        return self


class PartSection(Section):
    """Architectures, and what is known of them."""

    label: Words
    """What tables and figures call it."""

    space: str
    """Whose architectures are ranked."""

    truths: dict[Name, TruthSection]
    """What they are ranked against, and where the labels are from; each by a name. Labels are drawn alike for all."""

    cells: Literal["all", "known", "classes"] | FewestLabels = "all"
    """How many architectures, drawn at random; `all` of the space, or those whose first truth is `known`, as of a table
    that holds a few of very many, or of these one of each of their isomorphism `classes`: where a table has one result
    for a class, a label of one would tell that of another. Those of the super-nets' pool where there are some."""

    scores: str = ""
    """File of proxies that `nasrank score` wrote, within the folder of reports."""

    supernets: str = ""
    """Folder of a study that was run, within the folder of reports."""

    score: str = "negative_loss"
    """What the super-nets rank by."""

    counts: tuple[FewestLabels, ...] = ()
    """Numbers of labels; those of the study where none is given."""

    draws: Count | None = None
    """Of labels, where there are fewer than the study has."""

    in_figure: bool = True
    """Whether the figure has a column for it."""

    @field_validator("space")
    @classmethod
    def _enumerated(cls, name: str) -> str:
        get_enumerated(name)
        return name

    @model_validator(mode="after")
    def _all_can_be_listed(self) -> PartSection:
        if self.cells == "all" and not self.supernets:
            get_enumerated(self.space).refuse_listing()
        return self


class QuestionSection(Section):
    """A difference between two rows that the study was made to measure, stated beforehand."""

    ask: Words
    """The question, in words."""

    row: Name
    """The row that may be better."""

    against: Name
    """The row that it is compared with, on the same labels."""

    headline: bool = False
    """Whether the report answers it in its first sentences."""

    @property
    def pair(self) -> tuple[str, str]:
        """Both rows."""
        return self.row, self.against


class LabelStudy(Section):
    """A whole label study."""

    title: Words
    """What the report is called."""

    reports: Words = "reports"
    """Folder within which score files and studies lie, from where the command is given."""

    counts: tuple[FewestLabels, ...]
    """Numbers of labels."""

    draws: Count = 20
    """Of labels, each independent of the others."""

    metrics: tuple[str, ...] = ("tau", "tau_top50", "tau_top10", "regret_at1", "regret_at10")
    """What is measured of each ranking; tau and tau in the top 10 % always are."""

    reference: Name
    """The row that all others of the same labels are compared with."""

    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    """Of every interval."""

    parts: dict[Name, PartSection]
    """What is ranked."""

    rows: dict[Name, RowSection]
    """What ranks."""

    questions: tuple[QuestionSection, ...] = ()
    """What the study was made to answer."""

    drawn: tuple[Name, ...] = ()
    """Rows that the figure shows; the reference and those of the questions where none is named."""

    @field_validator("metrics")
    @classmethod
    def _known_metrics(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            known(name, METRICS, "metric")
        for name in ALWAYS:
            if name not in names:
                raise ValueError(f"{name!r} is missing, by which every report ranks and questions are answered")
        return names

    @field_validator("rows")
    @classmethod
    def _in_known_parts(cls, rows: dict[str, RowSection], info: ValidationInfo) -> dict[str, RowSection]:
        parts: dict[str, PartSection] = info.data.get("parts", {})
        reference = info.data.get("reference")
        for name, row in rows.items():
            for part in row.parts:
                if part not in parts:
                    raise ValueError(f"{name}: there is no part {part!r}; parts are {', '.join(parts)}")
        if reference is not None and reference not in rows:
            raise ValueError(f"the reference {reference!r} is no row; rows are {', '.join(rows)}")
        return rows

    @model_validator(mode="after")
    def _names_truths(self) -> LabelStudy:
        there = {name for part in self.parts.values() for name in part.truths}
        for name, row in self.rows.items():
            for feature in row.features:
                kind, _, what = feature.partition(":")
                if kind == TRUTH_KIND and what not in there:
                    raise ValueError(f"{name}: no part has a truth {what!r}; there are {', '.join(sorted(there))}")
        return self

    @model_validator(mode="after")
    def _names_rows(self) -> LabelStudy:
        named = [*self.drawn, *(name for question in self.questions for name in question.pair)]
        if unknown := [name for name in named if name not in self.rows]:
            raise ValueError(f"there is no row {unknown[0]!r}; rows are {', '.join(self.rows)}")
        return self

    @property
    def fingerprint(self) -> str:
        """Of all that decides which labels are drawn: 16 hexadecimal digits. Rows and numbers may be added."""
        words = {"label", "counts", "draws", "in_figure"}
        parts = {name: part.model_dump(mode="json", exclude=words) for name, part in self.parts.items()}
        content = json.dumps({"metrics": self.metrics, "parts": parts}, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    def quick(self) -> LabelStudy:
        """A look at the study: two draws, of the fewest labels and of the most."""
        content = self.model_dump(mode="json")
        content["draws"], content["counts"] = 2, sorted({min(self.counts), max(self.counts)})
        for part in content["parts"].values():
            part["counts"] = sorted({min(part["counts"]), max(part["counts"])}) if part["counts"] else ()
        return LabelStudy.model_validate(content)

    def rows_of(self, part: str, truth: str, count: int, draw: int) -> dict[str, RowSection]:
        """Those to be fitted to this draw of so many labels of a truth of a part."""
        return {
            name: row
            for name, row in self.rows.items()
            if self._has_features(self.parts[part], row)
            and (not row.parts or part in row.parts)
            and (not row.truths or truth in row.truths)
            and (not row.counts or count in row.counts)
            and draw < min(self.draws_of(part), row.draws or self.draws)
        }

    def draws_of(self, part: str) -> int:
        """How many draws of labels a part has."""
        return min(self.draws, self.parts[part].draws or self.draws)

    def counts_of(self, part: str) -> tuple[int, ...]:
        """The numbers of labels of a part, rising."""
        return tuple(sorted(self.parts[part].counts or self.counts))

    @staticmethod
    def _has_features(part: PartSection, row: RowSection) -> bool:
        """Whether a part has the files that the features of a row are read from, and the other truths."""
        for name in row.features:
            kind, _, what = name.partition(":")
            if kind == TRUTH_KIND:
                if what not in part.truths:
                    return False
                continue
            needs_supernets = kind in SUPERNET_KINDS
            if not (part.supernets if needs_supernets else part.scores):
                return False
        return True
