"""The runs that a table study is about, in the folder of its report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from pydantic import ValidationError

from nasrank.bench.foundation.environment import environment
from nasrank.bench.foundation.files import DataError, replacing
from nasrank.bench.foundation.json_files import read_json, write_json
from nasrank.bench.table_studies.grammar import TableStudy
from nasrank.bench.table_studies.measured import Measured

STUDY_FILE, RUNS_FILE = "study.json", "measured.parquet"
COLUMNS = ("group", "architecture", "seed", "accuracy")


class TableFolder:
    """A folder that need not exist yet. What lies there and is not of a table study is left alone."""

    def __init__(self, folder: Path) -> None:
        self._study = folder / "results" / STUDY_FILE
        self._runs = folder / "results" / RUNS_FILE

    @property
    def is_there(self) -> bool:
        """Whether it holds the runs of a table study."""
        return self._study.is_file() and self._runs.is_file()

    def keep(self, study: TableStudy, measured: Mapping[str, Measured]) -> None:
        """Write what tables have measured, each file whole or not at all."""
        self._runs.parent.mkdir(parents=True, exist_ok=True)
        lines = [
            (name, architecture, seed, accuracy)
            for name, group in measured.items()
            for seed, row in zip(group.seeds, group.accuracies, strict=True)
            for architecture, accuracy in zip(group.architectures, row, strict=True)
        ]
        with replacing(self._runs) as temporary:
            pd.DataFrame(lines, columns=list(COLUMNS)).to_parquet(temporary, index=False)
        content = {
            "study": study.model_dump(mode="json"),
            "groups": {name: {"space": one.space, "protocol": one.protocol} for name, one in measured.items()},
            "versions": environment(),
        }
        write_json(self._study, content)

    def read(self) -> tuple[TableStudy, dict[str, Measured], dict[str, str]]:
        """The study, the runs of its groups, and the versions that they were read with.

        Raises:
            DataError: they are not there, or are not what was written.
        """
        content = read_json(self._study)
        try:
            study = TableStudy.model_validate(content["study"])
            versions = {str(name): str(version) for name, version in content["versions"].items()}
            about = {
                name: (str(content["groups"][name]["space"]), content["groups"][name]["protocol"])
                for name in study.groups
            }
        except (ValidationError, KeyError, TypeError, AttributeError) as error:
            raise DataError(f"{self._study} is not as this version writes it: {error}") from None
        try:
            table = pd.read_parquet(self._runs, columns=list(COLUMNS))
            measured = {name: _group(table[table["group"] == name], *about[name]) for name in study.groups}
        except (OSError, ValueError, KeyError) as error:
            raise DataError(f"{self._runs} is no table of runs: {error}") from error
        return study, measured, versions


def _group(lines: pd.DataFrame, space: str, protocol: str) -> Measured:
    runs = lines.pivot(index="seed", columns="architecture", values="accuracy")
    order = list(dict.fromkeys(lines["architecture"]))
    seeds = tuple(int(seed) for seed in runs.index)
    return Measured(space, tuple(order), seeds, runs[order].to_numpy(dtype="float64"), protocol)
