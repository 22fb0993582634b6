"""What was found in a search study, in the folder of its report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nasrank.bench.search_studies.fronts import FrontScale
from nasrank.bench.search_studies.grammar import SearchStudy
from nasrank.bench.search_studies.store import COLUMNS, RunStore
from nasrank.bench.search_studies.subject import Subject
from nasrank.bench.studies.kept import Kept


class SearchFolder:
    """A folder that need not exist yet. What lies there and is not of a search study is left alone."""

    def __init__(self, folder: Path) -> None:
        self._kept = Kept(folder, "runs.parquet", SearchStudy)

    @property
    def is_there(self) -> bool:
        """Whether it holds the runs of a search study."""
        return self._kept.is_there

    def keep(self, study: SearchStudy, store: RunStore, subjects: dict[str, Subject]) -> None:
        """Write what was found, each file whole or not at all."""
        tables = [store.table(study, part, subject) for part, subject in subjects.items()]
        about = {
            "sources": {name: sha for one in subjects.values() for name, sha in sorted(one.checksums.items())},
            "best": {part: _best(subject) for part, subject in subjects.items()},
            "fronts": {part: FrontScale.of(one).front.tolist() for part, one in subjects.items() if one.part.front},
        }
        self._kept.write(study, pd.concat(tables, ignore_index=True), about)

    def read(self) -> tuple[SearchStudy, pd.DataFrame, dict[str, Any]]:
        """The study, its runs, and what is known of its tables: `versions`, `sources`, `best` and `fronts`.

        Raises:
            DataError: they are not there, or are not what was written.
        """
        return self._kept.read(COLUMNS, ("sources", "best", "fronts"))


def _best(subject: Subject) -> dict[str, float]:
    """The best of each reported figure among all that keep the limits."""
    best = {}
    for name, section in subject.part.reported.items():
        values = subject.reported(name)[subject.allowed]
        best[name] = float(np.nanmax(values) if section.higher_is_better else np.nanmin(values))
    return best
