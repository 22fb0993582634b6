"""What was found in a search study, in the folder of its report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from nasrank.bench.foundation.environment import environment
from nasrank.bench.foundation.files import DataError
from nasrank.bench.foundation.json_files import read_json, write_json
from nasrank.bench.search_studies.fronts import FrontScale
from nasrank.bench.search_studies.grammar import SearchStudy
from nasrank.bench.search_studies.store import RunStore, read_table, write_table
from nasrank.bench.search_studies.subject import Subject

STUDY_FILE, RUNS_FILE = "study.json", "runs.parquet"


class SearchFolder:
    """A folder that need not exist yet. What lies there and is not of a search study is left alone."""

    def __init__(self, folder: Path) -> None:
        self._study = folder / "results" / STUDY_FILE
        self._runs = folder / "results" / RUNS_FILE

    @property
    def is_there(self) -> bool:
        """Whether it holds the runs of a search study."""
        return self._study.is_file() and self._runs.is_file()

    def keep(self, study: SearchStudy, store: RunStore, subjects: dict[str, Subject]) -> None:
        """Write what was found, each file whole or not at all."""
        tables = [store.table(study, part, subject) for part, subject in subjects.items()]
        self._runs.parent.mkdir(parents=True, exist_ok=True)
        write_table(pd.concat(tables, ignore_index=True), self._runs)
        content = {
            "study": study.model_dump(mode="json"),
            "versions": environment(),
            "sources": {name: sha for one in subjects.values() for name, sha in sorted(one.checksums.items())},
            "best": {part: _best(subject) for part, subject in subjects.items()},
            "fronts": {part: FrontScale.of(one).front.tolist() for part, one in subjects.items() if one.part.front},
        }
        write_json(self._study, content)

    def read(self) -> tuple[SearchStudy, pd.DataFrame, dict[str, Any]]:
        """The study, its runs, and what is known of its tables: `versions`, `sources`, `best` and `fronts`.

        Raises:
            ValueError: they are not there, or are not what was written.
        """
        content = read_json(self._study)
        try:
            study = SearchStudy.model_validate(content.pop("study"))
            known = {key: content[key] for key in ("versions", "sources", "best", "fronts")}
        except (ValidationError, KeyError, TypeError, AttributeError) as error:
            raise DataError(f"{self._study} is not as this version writes it: {error}") from None
        return study, read_table(self._runs), known


def _best(subject: Subject) -> dict[str, float]:
    """The best of each reported figure among all that keep the limits."""
    best = {}
    for name, section in subject.part.reported.items():
        values = subject.reported(name)[subject.allowed]
        best[name] = float(np.nanmax(values) if section.higher_is_better else np.nanmin(values))
    return best
