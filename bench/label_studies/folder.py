"""What was measured in a label study, in the folder of its report."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from pydantic import ValidationError

from nasrank.bench.foundation.environment import environment
from nasrank.bench.foundation.files import DataError
from nasrank.bench.foundation.json_files import read_json, write_json
from nasrank.bench.label_studies.grammar import LabelStudy
from nasrank.bench.label_studies.store import read_table, write_table

STUDY_FILE, DRAWS_FILE = "study.json", "draws.parquet"


class LabelFolder:
    """A folder that need not exist yet. What lies there and is not of a label study is left alone."""

    def __init__(self, folder: Path) -> None:
        self._study = folder / "results" / STUDY_FILE
        self._draws = folder / "results" / DRAWS_FILE

    @property
    def is_there(self) -> bool:
        """Whether it holds the draws of a label study."""
        return self._study.is_file() and self._draws.is_file()

    def keep(self, study: LabelStudy, table: pd.DataFrame) -> None:
        """Write what was measured, each file whole or not at all."""
        self._draws.parent.mkdir(parents=True, exist_ok=True)
        write_table(table, self._draws)
        write_json(self._study, {"study": study.model_dump(mode="json"), "versions": environment()})

    def read(self) -> tuple[LabelStudy, pd.DataFrame, dict[str, str]]:
        """The study, its draws, and the versions that they were made with.

        Raises:
            DataError: they are not there, or are not what was written.
        """
        content = read_json(self._study)
        try:
            study = LabelStudy.model_validate(content["study"])
            versions = {str(name): str(version) for name, version in content["versions"].items()}
        except (ValidationError, KeyError, TypeError, AttributeError) as error:
            raise DataError(f"{self._study} is not as this version writes it: {error}") from None
        return study, read_table(self._draws, study), versions
