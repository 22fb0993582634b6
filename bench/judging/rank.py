"""Scores in, report out: the one function behind `nasrank.rank` and `nasrank rank`."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import rankdata

from nasrank.bench.judging import naming, resampling
from nasrank.bench.judging.alignment import Pool, align
from nasrank.bench.judging.baselines import baselines_of, renamed
from nasrank.bench.judging.differences import differences
from nasrank.bench.judging.naming import Direction
from nasrank.bench.judging.report import Judged, MetricValue, Orders, RankReport
from nasrank.bench.judging.resampling import CONFIDENCE, Evaluated
from nasrank.bench.judging.sentences import MAIN, answer, notes_on
from nasrank.bench.judging.sheet import Chosen, Sheet, of_python
from nasrank.bench.judging.truth import JudgingTruth, truth_of
from nasrank.bench.ranking import METRICS, Metric, tied_pair_share

KEPT_DRAWS = 200
"""Resamples of tau that a report keeps for the gate."""


def rank(
    scores: Any,
    *,
    truth: Any,
    space: str | None = None,
    architectures: str | None = None,
    columns: Collection[str] | None = None,
    seed: str | None = None,
    labels: str | None = None,
    lower_is_better: Collection[str] = (),
    higher_is_better: Collection[str] = (),
    official_index: bool = False,
    skip_unknown: bool = False,
    percent: bool = False,
    cache: Path | None = None,
) -> RankReport:
    """Judge how well scores rank architectures.

    Args:
        scores: the path of a CSV, TSV, JSON, Parquet or NPY file; a mapping from architecture to number; columns by
            name, as a mapping or a data frame; a pair `(architectures, numbers)`; or an array `(n,)` with a number for
            every position of the space. An architecture is a text that the space parses, a value of it, or a position.
        truth: `TABLE:metric/dataset/split/epochs/seeds` as 'nasrank tables info' prints them, the table by name or by
            path; a pair `(table, column)`; or a mapping from architecture to stand-alone result, higher is better.
        space: its name; by default that of the truth's table.
        architectures: the column that names them; by default recognised by its name.
        columns: the columns of scores; by default all others of numbers.
        seed: the column that tells seeds or runs of an architecture apart.
        labels: the column that marks architectures whose stand-alone results were used; they are not ranked.
        lower_is_better: the columns of which lower is better; `higher_is_better` the others. By default, it is as a
            file of `nasrank score` says, and losses, errors and perplexities are recognised by their names.
        official_index: integers are the benchmark's own numbers of architectures, as the table records them.
        skip_unknown: leave out and count rows that name no architecture, instead of refusing them.
        percent: whether a mapping of results is of accuracies in percent.
        cache: folder of compiled tables.

    Raises:
        ValueError: something is missing, malformed or contradictory; the message says what and where.
    """
    lower, higher = ((one,) if isinstance(one, str) else tuple(one) for one in (lower_is_better, higher_is_better))
    chosen = Chosen(architectures, None if columns is None else tuple(columns), seed, labels)
    sheet = of_python(scores, chosen)
    directions = naming.directions(sheet.scores, lower=lower, higher=higher, told=sheet.higher_is_better)
    judge = truth_of(truth, space, percent=percent, cache=cache)
    pool = align(sheet, judge, directions, official=official_index, skip_unknown=skip_unknown)
    _refuse_constant(pool)
    return _judged(sheet, judge, pool, directions)


def _refuse_constant(pool: Pool) -> None:
    if np.ptp(pool.truth) == 0:
        raise ValueError(f"all {len(pool.truth):,} results of the truth are equal: there is nothing to rank")
    if all(np.ptp(rows, axis=1).max() == 0 for rows in pool.scores.values()):
        raise ValueError(f"all scores of the {len(pool.truth):,} architectures are equal: they rank nothing")


def _judged(sheet: Sheet, judge: JudgingTruth, pool: Pool, directions: Mapping[str, Direction]) -> RankReport:
    found = baselines_of(judge.space, pool)
    names = renamed(found.scores, pool.scores)
    baselines = {names[name]: rows for name, rows in found.scores.items()}
    every = {**pool.scores, **baselines}
    metrics = resampling.judged_metrics(percent=judge.unit == "percent")
    evaluated = resampling.evaluate(every, pool.truth, metrics)
    columns = [
        Judged(name, False, name, directions[name].words, len(rows), _ties(rows)) for name, rows in pool.scores.items()
    ]
    columns += [
        Judged(names[name], True, found.labels[name], "more is better", 1, _ties(rows), name)
        for name, rows in found.scores.items()
    ]
    values = [
        _value(name, metrics[metric], one, len(pool.truth)) for name in every for metric, one in evaluated[name].items()
    ]
    plain = differences(evaluated, list(baselines), METRICS[MAIN], len(pool.truth))
    header = {
        "scores": sheet.source,
        "truth": judge.words,
        "unit": judge.unit,
        "space": judge.space.name,
        "confidence": CONFIDENCE,
        "comparisons": len(plain),
        "correction": "Holm",
        "table": _source(judge),
        "nasrank": version("nasrank"),
        "command": "",
    }
    report = RankReport(
        answer="",
        header=header,
        columns=tuple(columns),
        values=tuple(values),
        differences=plain,
        ceiling=judge.ceiling(pool.positions),
        notes=(),
        counts=pool.counts,
        gate=_kept(pool, judge, evaluated),
        seeds=pool.runs if len(pool.runs) > 1 else (),
        orders=_orders(pool),
    )
    notes = (*pool.notes, *found.notes, *notes_on(report))
    return replace(report, answer=answer(report), notes=notes)


def _source(judge: JudgingTruth) -> dict[str, str]:
    """Where the truth's numbers are from; empty for results of one's own."""
    if judge.table is None:
        return {}
    known = judge.table.provenance
    return {"file": known.source, "sha256": known.sha256, "licence": known.licence, "citation": known.citation}


def _orders(pool: Pool) -> Orders:
    columns = {name: rankdata(-rows[0]) for name, rows in pool.scores.items()}
    return Orders(rankdata(-pool.truth), columns)


def _ties(rows: Any) -> float:
    return float(np.mean([tied_pair_share(row) for row in rows]))


def _value(name: str, metric: Metric, one: Evaluated, pool_size: int) -> MetricValue:
    interval = one.values.over_seeds(confidence=CONFIDENCE, pool_size=pool_size, bounds=metric.bounds)
    return MetricValue(
        name=name,
        metric=metric.name,
        label=metric.label,
        unit=metric.unit,
        higher_is_better=metric.higher_is_better,
        value=interval.estimate,
        low=interval.low,
        high=interval.high,
        by_seed=tuple(one.values.observed.tolist()),
        way=one.way.name,
        draws=one.way.draws,
        undefined_draws=0 if one.reason else interval.undefined_draws,
        reason=one.reason,
    )


def _kept(pool: Pool, judge: JudgingTruth, evaluated: Mapping[str, Mapping[str, Evaluated]]) -> dict[str, Any]:
    """For the gate: which architectures with which truth these were, and tau of each column on the first resamples."""
    content = pool.positions.tobytes() + pool.truth.tobytes()
    kept = {}
    for name in pool.scores:
        one = evaluated[name][MAIN]
        if not one.reason:
            resampled = one.values.resampled[:, :KEPT_DRAWS].mean(axis=0)
            kept[name] = {"by_seed": one.values.observed.tolist(), "resampled": resampled.tolist()}
    digest = hashlib.sha256(content).hexdigest()[:16]
    return {"metric": MAIN, "pool": digest, "architectures": len(pool.positions), "truth": judge.words, "scores": kept}
