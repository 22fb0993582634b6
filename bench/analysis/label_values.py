"""From the draws of a label study to rows: means over draws, and paired gains over the reference and by question."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from nasrank.bench.analysis.compared_rows import ComparedRow, decide, estimate
from nasrank.bench.analysis.prediction_rows import NOTHING
from nasrank.bench.label_studies.grammar import ALWAYS, LabelStudy, QuestionSection

Groups = dict[tuple[str, str, int, str], pd.DataFrame]
"""The draws of a row, by part, truth, number of labels and row."""


def groups_of(table: pd.DataFrame) -> Groups:
    """What `nasrank.bench.label_studies.store` has as one table."""
    return {
        key: lines.set_index("draw") for key, lines in table.groupby(["part", "truth", "labels", "row"], sort=False)
    }


def label_rows(study: LabelStudy, groups: Groups) -> list[ComparedRow]:
    """A row for every metric of every predictor, decided among those of the same part, truth and metric."""
    found: list[ComparedRow] = []
    for part, section in study.parts.items():
        for truth in section.truths:
            for metric in study.metrics:
                measured = list(_of_table(study, groups, part, truth, metric))
                found += decide([row for row, _ in measured], [chance for _, chance in measured], study.confidence)
    return found


def answers(study: LabelStudy, groups: Groups, question: QuestionSection) -> list[ComparedRow]:
    """The gain that a question asks for, on every part and truth with every number of labels, decided by metric."""
    found: list[ComparedRow] = []
    for metric in ALWAYS:
        measured = [
            _row(study, *pair, metric, question.against)
            for part, section in study.parts.items()
            for truth in section.truths
            for labels in study.counts_of(part)
            for pair in _pairs(groups, part, truth, labels, question)
        ]
        found += decide([row for row, _ in measured], [chance for _, chance in measured], study.confidence)
    return found


def _pairs(
    groups: Groups, part: str, truth: str, labels: int, question: QuestionSection
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """The draws of both rows of a question, where both have some."""
    keys = [(part, truth, labels, name) for name in question.pair]
    if all(key in groups for key in keys):
        yield groups[keys[0]], groups[keys[1]]


def _of_table(
    study: LabelStudy, groups: Groups, part: str, truth: str, metric: str
) -> Iterator[tuple[ComparedRow, float]]:
    for name in study.rows:
        for labels in study.counts_of(part):
            own = groups.get((part, truth, labels, name))
            if own is not None:
                reference = groups.get((part, truth, labels, study.reference)) if name != study.reference else None
                yield _row(study, own, reference, metric, study.reference)


def _row(
    study: LabelStudy, own: pd.DataFrame, other: pd.DataFrame | None, metric: str, base: str
) -> tuple[ComparedRow, float]:
    """And the chance of its gain, were there none; NaN where there is nothing that it is compared with."""
    first, units = own.iloc[0], own["unit"].to_list()
    values = own[metric].astype(float)
    level = estimate(values.to_list(), units, study.confidence)
    failures = "; ".join(text for text in dict.fromkeys(own["failure"]) if text)
    row = ComparedRow(
        space=str(first["part"]),
        truth=str(first["truth"]),
        predictor=str(first["row"]),
        features=", ".join(study.rows[first["row"]].features),
        labels=int(first["labels"]),
        metric=metric,
        mean=level.mean,
        ci_low=level.low,
        ci_high=level.high,
        draws=len(own),
        units=len(set(units)),
        seconds=float((own["fit_seconds"] + own["score_seconds"]).mean()),
        status=failures,
    )
    if other is None:
        return row, NOTHING
    gains = (values - other[metric].astype(float)).dropna()  # of the draws that both have
    if failures or not other["failure"].eq("").all():
        gains = gains[:0]
    gain = estimate(gains.to_list(), own.loc[gains.index, "unit"].to_list(), study.confidence)
    return replace(row, base=base, gain=gain.mean, gain_low=gain.low, gain_high=gain.high), gain.p
