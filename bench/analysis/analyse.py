"""From stored results and the truth to a summary. Every number of a report is computed here or in what this calls."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from nasrank.bench.analysis.baselines import baseline_scores, summarise
from nasrank.bench.analysis.bootstraps import remembering
from nasrank.bench.analysis.ceiling import Seeds, ceilings, recompute
from nasrank.bench.analysis.changes import changes
from nasrank.bench.analysis.comparison import Comparison
from nasrank.bench.analysis.during_training import curves, landmark_rows
from nasrank.bench.analysis.estimators import estimators
from nasrank.bench.analysis.groups import groups
from nasrank.bench.analysis.header import header
from nasrank.bench.analysis.natural import natural_rows
from nasrank.bench.analysis.published import published
from nasrank.bench.analysis.scores import Side, pool_truth, sides_of
from nasrank.bench.analysis.search import Search
from nasrank.bench.analysis.summary import MAIN_METRIC, Failure, Summary
from nasrank.bench.analysis.supernet_parts import parts_rows
from nasrank.bench.analysis.twins import without_twins
from nasrank.bench.analysis.verdict import verdict
from nasrank.bench.ranking import METRICS, tied_pair_share
from nasrank.bench.ranking.registry import Metric
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth
from nasrank.bench.studies.compared import RIDGE


def reported() -> dict[str, Metric]:
    """Accuracies of a super-net are not predictions of stand-alone accuracies: only their order means something."""
    return {name: metric for name, metric in METRICS.items() if not metric.scores_in_truth_units}


def analyse(results: Results, truth: Truth, data_root: Path | None = None, seeds: Seeds = None) -> Summary:
    """Compare every arm with itself under guidance, with the baselines and with the ceiling, and variants with theirs.

    All on the pool `without_twins` of landmarks, but for what is said of the natural pool.

    The same results and truth give the same summary, whichever other tables are at hand; those that are serve to check
    the recorded ceiling.

    Args:
        data_root: where other tables may lie, else `$NASRANK_DATA`.
        seeds: what the truth is the mean of, see `seeds_of_truth`.

    Raises:
        ValueError: the truth is of another space or lacks an architecture, or the recorded ceiling is wrong.
    """
    stored, results = results, without_twins(results)
    design, study = results.design, results.design.study
    pool = pool_truth(design, truth)
    recompute(design, truth, data_root)
    scores = baseline_scores(results)
    in_percent = study.truth.metric == "accuracy"
    metrics = {
        name: remembering(metric) for name, metric in reported().items() if in_percent or not metric.truth_in_percent
    }
    baselines = summarise(study, scores, pool, metrics)
    compare = Comparison(study, pool, baselines, metrics[MAIN_METRIC])
    search = Search(results, truth)

    sides = {name: sides_of(results, row) for name, row in design.rows.items()}
    failed = {trial: reason for pair in sides.values() for one in pair for trial, reason in one.failures.items()}
    failures = tuple(Failure(trial, reason) for trial, reason in failed.items())
    summary = Summary(
        header={**header(results, failures, truth), "design": stored.design.fingerprint},
        labels={name: row.label for name, row in design.rows.items()},
        ceilings=ceilings(study, seeds),
        baselines=dict(baselines.shared),
        own_baselines={row: named[RIDGE] for row, named in baselines.own.items()},
        rows=tuple(compare.row(name, metric, *pair) for metric in metrics.values() for name, pair in sides.items()),
        margins=tuple(
            compare.margin(name, after, baseline, of_baseline)
            for name, (_, after) in sides.items()
            for baseline, of_baseline in scores.of(name).items()
        ),
        landmarks=landmark_rows(results, truth),
        ties={"truth": tied_pair_share(pool), **{name: _ties(*pair) for name, pair in sides.items()}},
        curves=curves(results, truth),
        failures=failures,
        groups=groups(design, sides, scores, pool, metrics[MAIN_METRIC]),
        parts=parts_rows(results, truth),
        changes=changes(design, sides, compare),
        estimators=estimators(results, sides, compare),
        search=search.rows(),
        search_references=search.references(scores),
        contrasts=search.contrasts(),
        derivations=search.derivations(),
        natural=natural_rows(stored, truth, compare),
        published=published(design),
    )
    return replace(summary, verdict=verdict(summary))


def _ties(before: Side, after: Side) -> dict[str, Any]:
    """Mean share of tied pairs in the scores of the pool."""
    return {
        name: float(np.mean([tied_pair_share(row) for row in one.scores])) if one.complete else float("nan")
        for name, one in (("before", before), ("after", after))
    }
