"""The folder of a label study's report: what was measured, and the texts that are made of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from pydantic import ValidationError

from nasrank.bench.foundation.environment import environment
from nasrank.bench.foundation.files import DataError, replacing
from nasrank.bench.foundation.json_files import read_json, write_json
from nasrank.bench.label_studies.grammar import LabelStudy
from nasrank.bench.label_studies.store import read_table, write_table

STUDY_FILE, DRAWS_FILE = "study.json", "draws.parquet"


class LabelFolder:
    """A folder that need not exist yet. What lies there and is not of a label study is left alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._study = folder / "results" / STUDY_FILE
        self._draws = folder / "results" / DRAWS_FILE

    @property
    def is_there(self) -> bool:
        """Whether it holds the draws of a label study."""
        return self._study.is_file() and self._draws.is_file()

    def refuse_others(self) -> None:
        """Raises DataError where something is in the folder that is no label study's."""
        if self.folder.exists() and not self.folder.is_dir():
            raise DataError(f"{self.folder} is no folder: choose another with --out")
        if self.folder.is_dir() and any(self.folder.iterdir()) and not self.is_there:
            raise DataError(f"{self.folder} holds what no label study wrote there: choose another folder with --out")

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

    def put(self, texts: Mapping[str, str]) -> None:
        """Write the texts of the report, each whole or not at all, by the name of the file."""
        for name, text in texts.items():
            with replacing(self.folder / name) as temporary:
                temporary.write_text(text, encoding="utf-8", newline="\n")
