"""How the metrics of a report are bootstrapped: each from the same stream, and nothing twice.

A report asks for the same tau in several places: beside the baselines, as an estimator, as what a variant changes. All
of these have the same resamples, so what was computed for some scores is remembered.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.ranking import fewest_draws
from nasrank.bench.ranking.arrays import CountArray, FloatArray
from nasrank.bench.ranking.registry import Metric
from nasrank.bench.studies.study import Study

MOST_DRAWS = 200
"""For metrics whose resamples are computed one by one, where a study asks for more and its intervals need no more."""


def resampling(study: Study, metric: Metric) -> dict[str, Any]:
    """Keywords of `nasrank.bench.ranking.bootstrap` and its like."""
    return {
        "draws": draws_of(study.analysis.draws, metric, study.analysis.confidence),
        "confidence": study.analysis.confidence,
        "generator": generator(study.common_seed, Purpose.BOOTSTRAP),
    }


def draws_of(wanted: int, metric: Metric, confidence: float) -> int:
    """How many a metric has where a study wants so many, for intervals of this confidence."""
    return wanted if metric.vectorised else min(wanted, max(MOST_DRAWS, fewest_draws(confidence)))


def remembering(metric: Metric) -> Metric:
    """The same metric, which computes the resamples of the same scores once."""
    compute = metric.vectorised
    if compute is None:
        return metric
    known: dict[tuple[bytes | int, ...], FloatArray] = {}

    def of_resamples(scores: FloatArray, truth: FloatArray, counts: CountArray) -> FloatArray:
        key = (scores.tobytes(), truth.tobytes(), counts[0].tobytes(), len(counts))
        if key not in known:
            known[key] = compute(scores, truth, counts)
        return known[key]

    return replace(metric, vectorised=of_resamples)
