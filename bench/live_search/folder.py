"""What searches came to, in the folder of a report: one line for each network that was trained."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from nasrank.bench.foundation.environment import processor
from nasrank.bench.live_search.grammar import LiveStudy
from nasrank.bench.live_search.play import Search
from nasrank.bench.live_search.run import SearchStore, Task, tasks_of
from nasrank.bench.studies.kept import Kept

COLUMNS = ("searcher", "run", "number", "seed", "architecture", "value", "failure")
"""Networks are numbered from 1 on in the order in which they were asked for; the found one trained anew has 0."""


class LiveFolder:
    """A folder that need not exist yet. What lies there and is not of a live search is left alone."""

    def __init__(self, folder: Path) -> None:
        self._kept = Kept(folder, "searches.parquet", LiveStudy)

    @property
    def is_there(self) -> bool:
        """Whether it holds the searches of a study."""
        return self._kept.is_there

    def keep(self, study: LiveStudy, store: SearchStore) -> None:
        """Write what was found, each file whole or not at all."""
        lines, about = [], {}
        for task in tasks_of(study):
            search = store.search(study, task)
            best = search.architectures[search.best] if search.best is not None else ""
            lines += [
                (*task, number, task.run, *found)
                for number, found in enumerate(
                    zip(search.architectures, search.values, search.failures, strict=True), start=1
                )
            ]
            lines += [
                (*task, 0, study.seed_anew(task.run, place), best, value, "")
                for place, value in enumerate(search.again)
            ]
            about[task.name] = {"seconds": round(search.seconds, 1), "ended": search.ended}
        table = pd.DataFrame(lines, columns=list(COLUMNS))
        self._kept.write(study, table, {"searches": about, "processor": processor()})

    def read(self) -> tuple[LiveStudy, Mapping[Task, Search], dict[str, str]]:
        """The study, its searches, and the versions and the processor that networks were trained with.

        Raises:
            DataError: they are not there, or are not what was written.
        """
        study, table, about = self._kept.read(COLUMNS, ("searches", "processor"))
        with self._kept.as_written():
            groups = {Task(str(one), int(run)): lines for (one, run), lines in table.groupby(["searcher", "run"])}
            found = {}
            for task in tasks_of(study):
                lines, said = groups[task], about["searches"][task.name]
                asked, again = (lines[chosen].sort_values(["number", "seed"]) for chosen in _parts(lines))
                found[task] = Search.of(
                    study,
                    asked["architecture"].tolist(),
                    asked["value"].tolist(),
                    asked["failure"].tolist(),
                    again["value"].tolist(),
                    float(said["seconds"]),
                    str(said["ended"]),
                )
        return study, found, {**about["versions"], "processor": str(about["processor"])}


def _parts(lines: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Which are of networks that were asked for, and which of the found one anew."""
    return lines["number"] > 0, lines["number"] == 0
