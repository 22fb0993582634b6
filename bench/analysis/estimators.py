"""Tau of every score that the trials stored: the same super-nets, asked in other ways."""

from __future__ import annotations

from collections.abc import Mapping

from nasrank.bench.analysis.comparison import Comparison
from nasrank.bench.analysis.findings import EstimatorRow
from nasrank.bench.analysis.scores import Side, sides_of, stored_scores
from nasrank.bench.runner.results import Results


def estimators(
    results: Results, sides: Mapping[str, tuple[Side, Side]], compare: Comparison
) -> tuple[EstimatorRow, ...]:
    """For each arm one row a score; of scores that all of its finished trials have.

    Args:
        sides: by arm, without and with landmarks, by the score that it is ranked by.
    """
    rows = []
    for name, row in results.design.rows.items():
        trials = [one for arm in row.arms for one in results.of(arm) if not one["failure"]]
        stored = [list(stored_scores(trial)) for trial in trials]
        for score in stored[0] if stored else []:
            if all(score in others for others in stored):
                asked = sides_of(results, row, score)
                pairs = zip(sides[name], asked, strict=True) if score != row.score else ()
                gains = [compare.values(*pair)[2] for pair in pairs]
                rows.append(EstimatorRow(name, score, *compare.values(*asked), *gains))
    return tuple(rows)
