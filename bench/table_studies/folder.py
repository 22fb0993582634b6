"""The runs that a table study is about, in the folder of its report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from nasrank.bench.studies.kept import Kept
from nasrank.bench.table_studies.grammar import TableStudy
from nasrank.bench.table_studies.measured import Measured

COLUMNS = ("group", "architecture", "seed")
"""And the metric of the study."""


class TableFolder:
    """A folder that need not exist yet. What lies there and is not of a table study is left alone."""

    def __init__(self, folder: Path) -> None:
        self._kept = Kept(folder, "measured.parquet", TableStudy)

    @property
    def is_there(self) -> bool:
        """Whether it holds the runs of a table study."""
        return self._kept.is_there

    def keep(self, study: TableStudy, measured: Mapping[str, Measured]) -> None:
        """Write what tables have measured, each file whole or not at all."""
        lines = [
            (name, architecture, seed, value)
            for name, group in measured.items()
            for seed, row in zip(group.seeds, group.values, strict=True)
            for architecture, value in zip(group.architectures, row, strict=True)
        ]
        about = {name: {"space": one.space, "protocol": one.protocol} for name, one in measured.items()}
        self._kept.write(study, pd.DataFrame(lines, columns=[*COLUMNS, study.metric]), {"groups": about})

    def read(self) -> tuple[TableStudy, dict[str, Measured], dict[str, str]]:
        """The study, the runs of its groups, and the versions that they were read with.

        Raises:
            DataError: they are not there, or are not what was written.
        """
        study, table, about = self._kept.read(COLUMNS, ("groups",))
        with self._kept.as_written():
            measured = {
                name: _group(table[table["group"] == name], about["groups"][name], study.metric)
                for name in study.groups
            }
        return study, measured, about["versions"]


def _group(lines: pd.DataFrame, about: Mapping[str, Any], metric: str) -> Measured:
    runs = lines.pivot(index="seed", columns="architecture", values=metric)
    order = list(dict.fromkeys(lines["architecture"]))
    seeds = tuple(int(seed) for seed in runs.index)
    return Measured(about["space"], tuple(order), seeds, runs[order].to_numpy(dtype="float64"), about["protocol"])
