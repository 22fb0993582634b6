"""What a report is made of: a study's rows and what they are read against, in words, and the frame with every number.

Accuracies of the truth enter the frame as aggregates, and as those of the architectures that a search ended with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from nasrank.bench.analysis.frame import MAIN_METRIC, NOTHING, SECOND, SUPERNET, TIES, Finding, Frame
from nasrank.bench.analysis.json_values import as_json
from nasrank.bench.foundation.files import DataError
from nasrank.bench.foundation.json_files import parse
from nasrank.bench.ranking import METRICS


@dataclass(frozen=True)
class Pair:
    """A row of the study: a strategy or a variant, trained without the terms of the study and with them.

    Attributes:
        label: how tables and figures call it.
        before: name of the arm without the terms, and `after` of the one with them.
        score: name of the score that both are ranked by.
        base: name of the row that it is compared with; its own where that is no other.
        setting: what it changes of its base, in words; empty for a strategy as it is.
        control: why it stands there where it is no way to train, in words; else empty.
        labels: how many stand-alone results its term was told, and `labels_of` the first row that was told the same.
        generations: of super-nets; 1 for a strategy that does not divide its space.
    """

    name: str
    label: str
    before: str
    after: str
    score: str
    base: str = ""
    setting: str = ""
    control: str = ""
    labels: int = 0
    labels_of: str = ""
    generations: int = 1

    @property
    def is_variant(self) -> bool:
        """Whether it is compared with another row."""
        return self.base != self.name


@dataclass(frozen=True)
class Reference:
    """An estimator that shares no weights; `labels` stand-alone results a seed are told to it, 0 for none."""

    name: str
    label: str
    labels: int


@dataclass(frozen=True)
class Ceiling:
    """Another measurement of what the truth is of, in words; how well the two agree is in the frame, by `column`.

    Attributes:
        first: the truth, and `second` the other measurement; `differs` is what is not the same in them.
        status: where the agreement is from.
    """

    column: str
    status: str
    first: str
    second: str
    differs: str


@dataclass(frozen=True)
class Published:
    """A figure of others: shown as what it is, never compared in numbers.

    Attributes:
        row: of the study, under which it stands.
        what: which runs or architectures it is of; `protocol` how it came about, `source` where it was read.
        score: what architectures were ranked by.
        quantity: `tau`, `tau_after` with landmarks, `validation` and `test` in percent, the name of a metric, or words.
        deviation: standard deviation over runs; NaN where it is not known.
    """

    row: str
    what: str
    protocol: str
    source: str
    score: str
    quantity: str
    value: float
    deviation: float = NOTHING


@dataclass(frozen=True)
class Summary:
    """A whole report.

    Attributes:
        header: what was measured, on what and with what; plain values, see `nasrank.bench.analysis.header`.
        pairs: the rows of the study, in its order.
        references: estimators that every table is read against, and `uses` those that a study of labels compares.
        ceilings: the best agreement first; empty when none is known.
        failures: trials without scores, and why.
        about: what the study asks: `landmarks` of one strategy, `settings` of one strategy, or `strategies`.
    """

    header: dict[str, Any]
    pairs: tuple[Pair, ...]
    references: tuple[Reference, ...]
    frame: Frame
    ceilings: tuple[Ceiling, ...] = ()
    published: tuple[Published, ...] = ()
    uses: tuple[Reference, ...] = ()
    failures: Mapping[str, str] = field(default_factory=dict)
    about: str = "strategies"

    @property
    def labels(self) -> dict[str, str]:
        """Of the rows, by name."""
        return {pair.name: pair.label for pair in self.pairs}

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the ranking metrics reported, in the order of the registry."""
        found = self.frame.select(estimator=self.references[0].name, part="", base="")
        return tuple(dict.fromkeys(one.metric for one in found if one.metric != TIES))

    def pair(self, name: str) -> Pair:
        """The row of this name."""
        return next(pair for pair in self.pairs if pair.name == name)

    def level(
        self,
        pair: Pair,
        after: bool,
        metric: str = MAIN_METRIC,
        *,
        score: str = "",
        part: str = "",
        seed: int | None = None,
    ) -> Finding:
        """A metric of a row's arm without or with the terms, by its own score unless another is named."""
        arm = pair.after if after else pair.before
        return self.frame.find(arm, metric, score=score or pair.score, part=part, seed=seed)

    def by_seed(self, pair: Pair, after: bool) -> list[float]:
        """Tau of every seed that the arm was trained with."""
        found = (self.level(pair, after, seed=seed) for seed in self.header["seeds"])
        return [one.value for one in found if one.status != "not measured"]

    def gain(self, pair: Pair, metric: str = MAIN_METRIC, *, score: str = "", part: str = "") -> Finding:
        """With the terms minus without them."""
        return self.frame.find(pair.after, metric, base=pair.before, score=score or pair.score, part=part)

    def change(self, pair: Pair, after: bool) -> Finding | None:
        """Minus the same arm of the row's base; None where both are the same trials."""
        base = self.pair(pair.base)
        ours, theirs = (pair.after, base.after) if after else (pair.before, base.before)
        return None if ours == theirs else self.frame.find(ours, base=theirs, score=pair.score)

    def reference(self, name: str, metric: str = MAIN_METRIC, *, pair: Pair | None = None, part: str = "") -> Finding:
        """A metric of an estimator; of one with labels, fitted on those of a row, else of the first."""
        labels = next(one.labels for one in self.references if one.name == name)
        arm = (pair or self.pairs[0]).labels_of if labels else ""
        return self.frame.find(arm, metric, estimator=name, part=part)

    def margin(self, pair: Pair, name: str) -> Finding:
        """Tau with the terms minus that of an estimator on the same labels."""
        return self.frame.find(pair.after, base=name, score=pair.score)

    def beaten_by(self, pair: Pair, metric: str = MAIN_METRIC) -> list[str]:
        """Names of the estimators whose mean is better than the row's with the terms."""
        ours, sign = self.level(pair, True, metric).value, 1 if METRICS[metric].higher_is_better else -1
        return [
            one.name for one in self.references if sign * (self.reference(one.name, metric, pair=pair).value - ours) > 0
        ]

    @property
    def ceiling(self) -> Finding:
        """The best agreement of the truth with another measurement; without a value where none is known."""
        column = self.ceilings[0].column if self.ceilings else ""
        return self.frame.find(estimator=SECOND, score=column)

    def scores(self) -> tuple[str, ...]:
        """Names of all scores that some super-net has, those that rows are ranked by first."""
        own = [pair.score for pair in self.pairs]
        others = [one.score for one in self.frame.select(estimator=SUPERNET, metric=MAIN_METRIC, part="", base="")]
        return tuple(dict.fromkeys([*own, *others]))

    def parts(self, prefix: str) -> tuple[str, ...]:
        """Names of the parts that begin so, in the order of the frame."""
        return tuple(dict.fromkeys(one.part for one in self.frame if one.part.startswith(prefix)))

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Every metric of every row on the ranked pool, without and with the terms, for other programs.

        `delta` is `after` minus `before`, `ci_low` and `ci_high` are its interval, uncorrected, and `status` is what
        Holm's test over the rows says; `n_seeds` counts the seeds that both arms were trained with.
        """
        return [self._row(pair, metric) for pair in self.pairs for metric in self.metrics]

    def _row(self, pair: Pair, metric: str) -> dict[str, Any]:
        before, after = (self.level(pair, with_terms, metric) for with_terms in (False, True))
        gain = self.gain(pair, metric)
        seeds = zip(*(self._seeds_of(arm, pair.score) for arm in (pair.before, pair.after)), strict=True)
        return {
            "strategy": pair.name,
            "label": pair.label,
            "score": pair.score,
            "metric": metric,
            "before": before.value,
            "after": after.value,
            "delta": gain.value,
            "ci_low": gain.low,
            "ci_high": gain.high,
            "status": gain.status,
            "n_seeds": sum(all(both) for both in seeds),
        }

    def _seeds_of(self, arm: str, score: str) -> list[bool]:
        """Whether each seed of the study has a tau of this arm."""
        return [self.frame.find(arm, score=score, seed=seed).known for seed in self.header["seeds"]]

    def to_text(self) -> str:
        """The content of summary.json: `rows`, and all but the frame, which is table.csv."""
        content = {name: value for name, value in asdict(self).items() if name != "frame"}
        head = json.dumps(as_json(content), indent=1, ensure_ascii=False, allow_nan=False)[:-2]
        rows = ",\n".join(json.dumps(as_json(row), ensure_ascii=False, allow_nan=False) for row in self.rows)
        return f'{head},\n "rows": [\n{rows}\n ]\n}}\n'

    @classmethod
    def from_texts(cls, summary: str, table: str) -> Summary:
        """From the contents of summary.json and table.csv.

        Raises:
            DataError: this version writes others.
        """
        try:
            return cls._from(parse(summary), Frame.from_csv(table))
        except (KeyError, TypeError, AttributeError) as error:
            raise DataError(f"summary.json is not as this version writes it: {error}") from None
        except ValueError as error:
            raise DataError(str(error)) from None

    @classmethod
    def _from(cls, content: dict[str, Any], frame: Frame) -> Summary:
        kinds = {"pairs": Pair, "references": Reference, "ceilings": Ceiling, "published": Published, "uses": Reference}
        parts = {
            name: tuple(
                kind(**{key: NOTHING if value is None else value for key, value in one.items()})
                for one in content[name]
            )
            for name, kind in kinds.items()
        }
        own = {name: value for name, value in content.items() if name != "rows"}
        return cls(**{**own, **parts, "frame": frame})
