"""From sheets of scores and truths to what a report on zero-cost proxies says: comparisons, and nothing else.

Every predictor is ranked on those architectures for which it has a value of every seed, and whose truth is known: what
one cannot measure costs the others nothing. Signs are those of the authors, in every space.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nasrank.bench.analysis.prediction_rows import NOTHING, Row, Rows
from nasrank.bench.analysis.proxies_published import CLOSE, PublishedFigure, published_figures
from nasrank.bench.analysis.proxies_summary import (
    OF_PART,
    RHO,
    SEED_TO_SEED,
    TAU,
    TOP10,
    TOP50,
    WITH_PART,
    ChangeOfReport,
    Compared,
    Missing,
    PartOfReport,
    Predictor,
    ProxySummary,
    TruthOfPart,
)
from nasrank.bench.analysis.rank_intervals import between_seeds, mean_over_seeds
from nasrank.bench.ranking import Interval, get_metric
from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.scoring.sheet import ScoreSheet
from nasrank.bench.scoring.study_run import Sheets
from nasrank.bench.scoring.truths import ScoredTruth
from nasrank.predictors.zero_cost.aggregate import AGGREGATES

METRICS = (TAU, TOP50, TOP10, RHO)


@dataclass(frozen=True, eq=False)
class Scored:
    """The predictors of one sheet.

    Attributes:
        features: the set-up in a phrase.
        scores: by name, higher is better, `(seeds, n)`, NaN where there is none.
        seconds: for an architecture, by name.
    """

    space: str
    features: str
    scores: Mapping[str, FloatArray]
    seconds: Mapping[str, float]

    @classmethod
    def of(cls, name: str, sheet: ScoreSheet) -> Scored:
        """The proxies of a sheet and the aggregates all of whose parts it has."""
        columns = sheet.columns
        scores = {name: values if columns[name].higher_is_better else -values for name, values in sheet.scores.items()}
        seconds = {name: one.seconds for name, one in columns.items()}
        for combined, aggregate in AGGREGATES.items():
            if all(part in sheet.scores for part in aggregate.parts):
                by_seed = [
                    aggregate.of({part: scores[part][seed] for part in aggregate.parts}).scores
                    for seed in range(sheet.about["seeds"])
                ]
                scores[combined] = np.stack(by_seed)
                seconds[combined] = sum(seconds[part] for part in aggregate.parts)
        return cls(sheet.about["set_up"]["space"], f"{name}: {sheet.about['words']}", scores, seconds)

    def row(self, predictor: str, metric: str, found: Interval, truth: str = "") -> Row:
        """A row of this set-up."""
        seconds = self.seconds[predictor]
        numbers = (found.estimate, found.low, found.high, found.seeds)
        return Row(self.space, truth, predictor, self.features, 0, metric, *numbers, seconds)


def analyse(sheets: Sheets, truths: Mapping[str, Mapping[str, ScoredTruth]]) -> ProxySummary:
    """The report's data.

    Args:
        truths: of each part by its name, by label.
    """
    scored = {name: Scored.of(name, sheet) for name, sheet in sheets.parts.items()}
    changed = [Scored.of(one.label, sheet) for one, sheet in zip(sheets.study.changes, sheets.changes, strict=True)]
    rows: list[Row] = []
    for name, one in scored.items():
        rows += _rows_of_part(one, truths[name])
    for change, sheet, one in zip(sheets.study.changes, sheets.changes, changed, strict=True):
        label, truth = next(iter(truths[change.part].items()))
        base = sheets.parts[change.part]
        rows += _rows_of_change(one, sheet, scored[change.part], base, label, truth)
    predictors = _predictors([*sheets.parts.values()], list(scored.values()))
    parts = tuple(_part(sheets, name, truths[name]) for name in sheets.parts)
    changes = tuple(
        ChangeOfReport(
            change.label,
            change.part,
            one.features,
            sheet.about["set_up"],
            len(sheet.architectures),
            sheet.about["seeds"],
        )
        for change, sheet, one in zip(sheets.study.changes, sheets.changes, changed, strict=True)
    )
    made = Rows(rows)
    published = tuple(_published(published_figures([one.name for one in predictors]), parts, changes, made))
    return ProxySummary(sheets.study.title, parts, changes, predictors, made, tuple(_missing(sheets)), published)


def _rows_of_part(one: Scored, truths: Mapping[str, ScoredTruth]) -> Iterator[Row]:
    for name, scores in one.scores.items():
        for label, truth in truths.items():
            known = np.isfinite(scores).all(axis=0) & np.isfinite(truth.values)
            for metric in METRICS:
                yield one.row(name, metric, _mean(scores[:, known], truth.values[known], metric), label)
        if len(scores) > 1:
            whole = scores[:, np.isfinite(scores).all(axis=0)]
            if whole.shape[1] > 1:
                yield one.row(name, SEED_TO_SEED, between_seeds(whole, get_metric(TAU)))


def _mean(scores: FloatArray, truth: FloatArray, metric: str) -> Interval:
    if truth.size < 2:
        return Interval(NOTHING, NOTHING, NOTHING, 0.95, len(scores), truth.size, 0, 0)
    return mean_over_seeds(scores, truth, get_metric(metric))


def _rows_of_change(
    one: Scored, sheet: ScoreSheet, base: Scored, base_sheet: ScoreSheet, label: str, truth: ScoredTruth
) -> Iterator[Row]:
    """Tau with the truth, and with the same seeds' scores in the set-up of the part, on the same architectures."""
    place = {text: number for number, text in enumerate(base_sheet.architectures)}
    inside = [number for number, text in enumerate(sheet.architectures) if text in place]
    of_base = [place[sheet.architectures[number]] for number in inside]
    for name, scores in one.scores.items():
        if name not in base.scores or len(inside) < 2:
            continue
        seeds = min(len(scores), len(base.scores[name]))
        ours, theirs = scores[:seeds, inside], base.scores[name][:seeds, of_base]
        known = np.isfinite(ours).all(axis=0) & np.isfinite(theirs).all(axis=0)
        with_truth = known & np.isfinite(truth.values[of_base])
        values = truth.values[of_base][with_truth]
        yield one.row(name, TAU, _mean(ours[:, with_truth], values, TAU), label)
        # the same architectures in the set-up of the part, under the features of the change
        same = _mean(theirs[:, with_truth], values, TAU)
        yield one.row(name, OF_PART, same, label)
        agreements = [_mean(first[None, known], second[known], TAU) for first, second in zip(ours, theirs, strict=True)]
        mean = float(np.mean([agreement.estimate for agreement in agreements]))
        first = agreements[0]
        ends = (first.low, first.high) if seeds == 1 else (NOTHING, NOTHING)
        yield one.row(name, WITH_PART, Interval(mean, *ends, first.confidence, seeds, first.pool_size, 0, 0))


def _predictors(sheets: Sequence[ScoreSheet], scored: Sequence[Scored]) -> tuple[Predictor, ...]:
    found: dict[str, Predictor] = {}
    for sheet in sheets:
        for name, one in sheet.columns.items():
            found.setdefault(name, Predictor(name, one.label, one.reference, one.higher_is_better))
    for name, aggregate in AGGREGATES.items():
        if any(name in one.scores for one in scored):
            found[name] = Predictor(name, aggregate.label, aggregate.reference, True, aggregate.parts)
    return tuple(found.values())


def _part(sheets: Sheets, name: str, truths: Mapping[str, ScoredTruth]) -> PartOfReport:
    sheet: ScoreSheet = sheets.parts[name]
    about: Mapping[str, Any] = sheet.about
    return PartOfReport(
        name=name,
        space=about["set_up"]["space"],
        features=f"{name}: {about['words']}",
        words=about["words"],
        set_up=about["set_up"],
        cells=str(about["cells"]),
        architectures=len(sheet.architectures),
        classes=about["classes"],
        seeds=about["seeds"],
        truths=tuple(
            TruthOfPart(
                label,
                truth.words,
                truth.dataset,
                truth.ceiling,
                truth.second,
                truth.citation,
                int(np.isfinite(truth.values).sum()),
            )
            for label, truth in truths.items()
        ),
        versions=about["versions"],
        machines=tuple(about["machines"]),
    )


def _missing(sheets: Sheets) -> Iterator[Missing]:
    for name, sheet in sheets.parts.items():
        rows = len(sheet.architectures) * sheet.about["seeds"]
        for column, one in sheet.columns.items():
            for reason, count in one.missing.items():
                yield Missing(name, column, count, rows, reason)


def _published(
    figures: Sequence[PublishedFigure],
    parts: Sequence[PartOfReport],
    changes: Sequence[ChangeOfReport],
    rows: Rows,
) -> Iterator[Compared]:
    """Each figure of a space and a truth that the report has, with ours of the same set-up, where there is one."""
    for figure in figures:
        of_space = [part for part in parts if part.space == figure.space]
        labels = {truth.label for part in of_space for truth in part.truths if truth.dataset == figure.dataset}
        if not labels:
            continue
        ours, where, label = NOTHING, "", sorted(labels)[0]
        every = [(part.name, part.features, part.set_up) for part in of_space]
        every += [(one.label, one.features, one.set_up) for one in changes if one.set_up["space"] == figure.space]
        for name, features, set_up in every:
            found = next(
                (
                    row
                    for row in rows.select(space=figure.space, features=features, predictor=figure.predictor)
                    if row.metric == figure.metric and row.truth in labels
                ),
                None,
            )
            if found is not None and figure.same_set_up(set_up):
                ours, where, label = found.mean, name, found.truth
                break
        close = bool(abs(ours - figure.value) <= CLOSE)
        said = ", ".join(filter(None, [_network_words(figure), figure.set_up]))
        yield Compared(
            figure.space,
            label,
            figure.predictor,
            figure.metric,
            figure.value,
            figure.mark,
            said,
            figure.source,
            where,
            ours,
            close,
        )


def _network_words(figure: PublishedFigure) -> str:
    if not figure.network:
        return ""
    network = figure.network
    words = f"{network['channels']} channels, {network['cells_per_stage']} cells, {network['side']}x{network['side']}"
    return f"{words}, dead branches {figure.dead_branches}" if figure.dead_branches else words
