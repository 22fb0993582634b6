"""What was measured in a label study, in the folder of its report."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from nasrank.bench.label_studies.grammar import LabelStudy
from nasrank.bench.label_studies.store import COLUMNS
from nasrank.bench.studies.kept import Kept


class LabelFolder:
    """A folder that need not exist yet. What lies there and is not of a label study is left alone."""

    def __init__(self, folder: Path) -> None:
        self._kept = Kept(folder, "draws.parquet", LabelStudy)

    @property
    def is_there(self) -> bool:
        """Whether it holds the draws of a label study."""
        return self._kept.is_there

    def keep(self, study: LabelStudy, table: pd.DataFrame) -> None:
        """Write what was measured, each file whole or not at all."""
        self._kept.write(study, table, {})

    def read(self) -> tuple[LabelStudy, pd.DataFrame, dict[str, str]]:
        """The study, its draws, and the versions that they were made with.

        Raises:
            DataError: they are not there, or are not what was written.
        """
        study, table, about = self._kept.read(COLUMNS)
        self._kept.refuse_missing(table, study.metrics)
        return study, table, about["versions"]
