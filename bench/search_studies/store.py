"""What runs have come to: a file for each task while a study goes on, and one table of all of them when it is done."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from nasrank.bench.execution.records import Records
from nasrank.bench.foundation.files import DataError
from nasrank.bench.ranking.fronts import hypervolume, igd, igd_plus
from nasrank.bench.search_studies.fronts import FrontScale
from nasrank.bench.search_studies.grammar import SearchStudy
from nasrank.bench.search_studies.subject import Subject
from nasrank.bench.search_studies.tasks import Task, tasks_of

KEYS = ["part", "searcher", "run"]
FRONT = ["front_size", "hypervolume", "igd", "igd_plus"]
COLUMNS = [*KEYS, "unit", "queries", "seconds", "final", "architecture", "told", *FRONT, "front", "ended"]
"""Of the table, before the reported figures: a line when the incumbent changed or a front was kept, and at the end.

`unit` is the same for runs that share a super-net. `told` is what the searcher was told of the incumbent by its first
objective, higher is better, after the epochs that it was asked for with; `front` are error and cost of every
architecture of a run's last front, as JSON.
"""


class RunStore(Records):
    """By the name of its task, the runs of a searcher."""

    def has(self, task: Task, settings: str) -> bool:
        """Whether its runs are here, by these settings."""
        return task.name in self and self.record(task.name).get("settings") == settings

    def put(self, task: Task, settings: str, runs: list[dict[str, Any]]) -> None:
        """Keep the runs of a task, whole or not at all; `settings` are a checksum of all that decides them."""
        self.keep(task.name, {"settings": settings, "runs": runs})

    def runs(self, task: Task) -> list[dict[str, Any]]:
        """Those of a task; DataError when they are damaged or not there."""
        if task.name not in self:
            raise DataError(f"{task.name} is missing: run the study to its end")
        content = self.record(task.name)
        if not isinstance(content, dict) or len(content.get("runs", ())) != task.last - task.first:
            raise DataError(f"{self.path(task.name)} is damaged; remove it")
        runs: list[dict[str, Any]] = content["runs"]
        return runs

    def table(self, study: SearchStudy, part: str, subject: Subject) -> pd.DataFrame:
        """A line for each change of every run on a part; the columns of other parts' figures are missing."""
        lines: list[dict[str, Any]] = []
        scale = FrontScale.of(subject) if subject.part.front else None
        for task in tasks_of(study):
            if task.part != part:
                continue
            told, shared = study.told(task.searcher, part), study.supernets_of(task.searcher, part)
            seeds = subject.seeds_of(shared) if shared else study.runs_of(task.searcher, part)
            for number, run in enumerate(self.runs(task), task.first):
                keys = dict(zip([*KEYS, "unit"], (part, task.searcher, number, number % seeds), strict=True))
                if len(told) > 1 and scale:
                    lines += ({**keys, **line} for line in _front_lines(run, scale))
                else:
                    lines += ({**keys, **line} for line in _step_lines(run, subject))
        return pd.DataFrame(lines, columns=[*COLUMNS, *subject.part.reported])


def _step_lines(run: dict[str, Any], subject: Subject) -> Iterator[dict[str, Any]]:
    steps: Sequence[Sequence[Any]] = run["steps"]
    if steps:
        steps = [*steps, [run["queries"], run["seconds"], *steps[-1][2:]]]
    for at, (queries, seconds, place, told) in enumerate(steps):
        yield {
            "queries": queries,
            "seconds": seconds,
            "final": at == len(steps) - 1,
            "architecture": str(subject.places.at(place)),
            "told": told,
            "front": "",
            "ended": run["ended"] if at == len(steps) - 1 else "",
            **{name: float(subject.reported(name)[place]) for name in subject.part.reported},
        }


def _front_lines(run: dict[str, Any], scale: FrontScale) -> Iterator[dict[str, Any]]:
    fronts: Sequence[tuple[int, Sequence[int]]] = run["fronts"]
    for at, (queries, places) in enumerate(fronts):
        points, final = scale.points[list(places)], at == len(fronts) - 1
        yield {
            "queries": queries,
            "seconds": run["seconds"] if final else np.nan,
            "final": final,
            "architecture": "",
            "front_size": len(places),
            "hypervolume": hypervolume(-points, -scale.reference),
            "igd": igd(-points, -scale.front),
            "igd_plus": igd_plus(-points, -scale.front),
            "front": json.dumps(np.round(points, 6).tolist()) if final else "",
            "ended": run["ended"] if final else "",
        }
