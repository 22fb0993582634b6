"""Tau of every score that the trials stored: the same super-nets, asked in other ways."""

from __future__ import annotations

from bench.reporting.comparison import Comparison
from bench.reporting.findings import EstimatorRow
from bench.reporting.scores import side, stored_scores
from bench.runner.results import Results


def estimators(results: Results, compare: Comparison) -> tuple[EstimatorRow, ...]:
    """For each arm one row a score; of scores that all of its finished trials have."""
    rows = []
    for arm, settings in results.design.arms.items():
        trials = [trial for guided in (False, True) for trial in results.of(arm, guided=guided) if not trial["failure"]]
        names = [list(stored_scores(trial)) for trial in trials]
        for name in names[0] if names else []:
            if all(name in others for others in names):
                sides = [side(results, arm, guided=guided, score=name) for guided in (False, True)]
                gains = []
                if name != settings.score:
                    ranked_by = [side(results, arm, guided=guided) for guided in (False, True)]
                    gains = [compare.values(*pair)[2] for pair in zip(ranked_by, sides, strict=True)]
                rows.append(EstimatorRow(arm, name, *compare.values(*sides), *gains))
    return tuple(rows)
