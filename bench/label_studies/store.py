"""What draws have brought: a file for each while a study goes on, and one table of all of them when it is done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from nasrank.bench.execution.records import Records
from nasrank.bench.foundation.files import DataError
from nasrank.bench.label_studies.grammar import LabelStudy
from nasrank.bench.label_studies.tasks import Task, tasks_of

KEYS = ["part", "truth", "labels", "draw", "row"]
PHASES = {"preparing": "fit_seconds", "scoring": "score_seconds"}
COLUMNS = [*KEYS, "unit", "ranked", *PHASES.values(), "chosen", "failure"]
"""Of the table, before the metrics; a metric that is undefined is missing."""


class DrawStore(Records):
    """By the name of its task, what every row of a draw was worth."""

    def rows(self, task: Task) -> dict[str, dict[str, Any]]:
        """What is known of a draw, by row; empty where nothing is.

        Raises:
            DataError: what is there is damaged.
        """
        if task.name not in self:
            return {}
        found = self.record(task.name)
        if not isinstance(found, dict) or not all(
            isinstance(row, dict) and "settings" in row for row in found.values()
        ):
            raise DataError(f"{self.path(task.name)} is damaged; remove it")
        return found

    def put(self, task: Task, rows: Mapping[str, Mapping[str, Any]]) -> None:
        """Add rows to what is known of a draw, whole or not at all."""
        self.keep(task.name, {**self.rows(task), **rows})

    def table(self, study: LabelStudy) -> pd.DataFrame:
        """A line for every row of every draw of a study, by `KEYS`.

        Raises:
            DataError: some are missing.
        """
        return pd.DataFrame(
            [line for task in tasks_of(study) for line in self._lines(study, task)], columns=[*COLUMNS, *study.metrics]
        )

    def _lines(self, study: LabelStudy, task: Task) -> Iterable[dict[str, Any]]:
        known = self.rows(task)
        for name in study.rows_of(*task):
            if name not in known:
                raise DataError(f"{task.name} lacks the row {name}: run the study to its end")
            row = known[name]
            yield {
                **dict(zip(KEYS, (*task, name), strict=True)),
                "unit": row["unit"],
                "ranked": row["ranked"],
                **{column: row["seconds"].get(phase, 0.0) for phase, column in PHASES.items()},
                "chosen": row["chosen"],
                "failure": row["failure"] or "",
                **{metric: row["metrics"].get(metric) for metric in study.metrics},
            }
