"""What sentences and tables ask of a report on proxies: who is best where, what flips, what others print."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from nasrank.bench.analysis.prediction_rows import Row
from nasrank.bench.analysis.proxies_published import CLOSE
from nasrank.bench.analysis.proxies_summary import (
    OF_PART,
    SEED_TO_SEED,
    TAU,
    TOP10,
    WITH_PART,
    ChangeOfReport,
    Compared,
    PartOfReport,
    Predictor,
    ProxySummary,
    TruthOfPart,
)
from nasrank.bench.reporting.words import MISSING


class Column(NamedTuple):
    """A part with one of its truths."""

    part: PartOfReport
    truth: TruthOfPart


class Flip(NamedTuple):
    """A predictor whose tau is above 0 in one space and below in another, by its own interval in each."""

    label: str
    above: Row
    below: Row


class ProxySay:
    """See the module."""

    def __init__(self, summary: ProxySummary) -> None:
        self.summary = summary

    @property
    def columns(self) -> list[Column]:
        """Every part with every truth."""
        return [Column(part, truth) for part in self.summary.parts for truth in part.truths]

    @property
    def firsts(self) -> list[Column]:
        """Every part with its first truth."""
        return [Column(part, part.truths[0]) for part in self.summary.parts]

    def row(self, column: Column, predictor: str, metric: str = TAU) -> Row | None:
        """Of a predictor; None where it was not measured."""
        return self.summary.row(column.part, predictor, metric, column.truth.label)

    def ranked(self, column: Column, metric: str = TAU) -> list[Row]:
        """Rows of all predictors that have a value, the best first."""
        rows = [self.row(column, one.name, metric) for one in self.summary.predictors]
        known = [row for row in rows if row is not None and not math.isnan(row.mean)]
        return sorted(known, key=lambda row: (-row.mean, row.predictor))

    def best(self, column: Column, metric: str = TAU, *, aggregate: bool = False) -> Row | None:
        """The best single proxy, or the best aggregate."""
        kinds = {one.name: bool(one.parts) for one in self.summary.predictors}
        return next((row for row in self.ranked(column, metric) if kinds[row.predictor] == aggregate), None)

    @property
    def of_spaces(self) -> list[Column]:
        """The first part of every space, with its first truth."""
        return list({column.part.space: column for column in reversed(self.firsts)}.values())[::-1]

    @property
    def largest(self) -> list[Column]:
        """The part of every space that has the most architectures, with its first truth; spaces in their order."""
        by_size = sorted(self.firsts, key=lambda column: column.part.architectures)
        found = {column.part.space: column for column in by_size}
        return [found[column.part.space] for column in self.of_spaces]

    def head(self, column: Column) -> str:
        """The truth, and the space or the part where there are several."""
        if len(self.of_spaces) < len(self.summary.parts):
            return f"{column.part.name}, {column.truth.label}"
        return f"{column.part.space}, {column.truth.label}" if len(self.of_spaces) > 1 else column.truth.label

    def order(self) -> list[Predictor]:
        """Predictors by tau with the first truth of the part that has the most of them; those without any last."""
        ranked = max((self.ranked(column) for column in self.firsts), key=len)
        place = {row.predictor: number for number, row in enumerate(ranked)}
        return sorted(self.summary.predictors, key=lambda one: place.get(one.name, len(place)))

    @property
    def flips(self) -> list[Flip]:
        """Predictors whose sign differs between spaces, by their own intervals."""
        found = []
        for one in self.summary.predictors:
            rows = [row for column in self.firsts if (row := self.row(column, one.name)) is not None]
            above = [row for row in rows if row.ci_low > 0]
            below = [row for row in rows if row.ci_high < 0]
            pairs = [Flip(one.label, up, down) for up in above for down in below if up.space != down.space]
            found += pairs[:1]
        return found

    @property
    def in_the_top(self) -> list[Row]:
        """Rows of all that rank the top tenth of the first space's largest part, the best first."""
        return self.ranked(self.largest[0], TOP10)

    @property
    def nothing_in_the_top(self) -> list[str]:
        """Labels of those among them whose own interval is not above 0."""
        return [self.summary.label(row.predictor) for row in self.in_the_top if not row.ci_low > 0]

    def seed_to_seed(self, part: PartOfReport) -> list[Row]:
        """Rows of proxies that depend on the seed, the least reliable first."""
        rows = self.summary.rows.select(space=part.space, features=part.features, metric=SEED_TO_SEED)
        return sorted((row for row in rows if row.mean < 1 - 1e-9), key=lambda row: row.mean)

    @property
    def comparable(self) -> list[Compared]:
        """Published taus of a set-up that we measured, too."""
        return [one for one in self.summary.published if one.part and one.metric == TAU and not math.isnan(one.ours)]

    @property
    def close(self) -> list[Compared]:
        """Those of them that ours are within .05 of."""
        return [one for one in self.comparable if abs(one.ours - one.value) <= CLOSE]

    @property
    def far(self) -> list[Compared]:
        """The others."""
        return [one for one in self.comparable if one not in self.close]

    def changed(self, change: ChangeOfReport, predictor: str) -> tuple[Row | None, Row | None, Row | None]:
        """Tau in the changed set-up, in that of the part on the same architectures, and of one with the other."""
        rows = self.summary.rows.select(features=change.features, predictor=predictor)
        return rows.find(metric=TAU), rows.find(metric=OF_PART), rows.find(metric=WITH_PART)

    def moved(self, change: ChangeOfReport) -> list[tuple[str, float]]:
        """Label and difference in tau with the truth of every predictor, the largest difference first."""
        found = []
        for one in self.summary.predictors:
            after, before, _ = self.changed(change, one.name)
            if after is not None and before is not None and not math.isnan(after.mean - before.mean):
                found.append((one.label, after.mean - before.mean))
        return sorted(found, key=lambda pair: -abs(pair[1]))

    def seconds(self, column: Column) -> float:
        """For all proxies of an architecture together."""
        proxies = [one.name for one in self.summary.predictors if not one.parts]
        rows = [self.row(column, name) for name in proxies]
        return sum(row.seconds for row in rows if row is not None)


def bracketed(row: Row | None) -> str:
    """Value and interval of a row."""
    if row is None or math.isnan(row.mean):
        return MISSING if row is not None else ""
    ends = "" if math.isnan(row.ci_low) else f" [{digits(row.ci_low)}, {digits(row.ci_high)}]"
    return f"{digits(row.mean)}{ends}"


def digits(value: float, *, signed: bool = False) -> str:
    """Three decimals with a true minus sign."""
    if math.isnan(value):
        return MISSING
    text = f"{value:{'+' if signed else ''}.3f}"
    return (text if float(text) else text.lstrip("-+")).replace("-", "−")


def joined(rows: Sequence[Row], summary: ProxySummary) -> str:
    """Labels with values, in a list."""
    return ", ".join(f"{summary.label(row.predictor)} {digits(row.mean)}" for row in rows)
