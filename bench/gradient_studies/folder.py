"""The norms that a gradient study is about, in the folder of its report."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from nasrank.bench.gradient_studies.grammar import GradientStudy
from nasrank.bench.gradient_studies.measured import Measured
from nasrank.bench.studies.kept import Kept

COLUMNS = ("group", "depth", "seed", "layer", "norm")


class GradientFolder:
    """A folder that need not exist yet. What lies there and is not of a gradient study is left alone."""

    def __init__(self, folder: Path) -> None:
        self._kept = Kept(folder, "gradients.parquet", GradientStudy)

    @property
    def is_there(self) -> bool:
        """Whether it holds the norms of a gradient study."""
        return self._kept.is_there

    def keep(self, study: GradientStudy, measured: Measured) -> None:
        """Write what was measured, each file whole or not at all."""
        lines = [
            (name, depth, seed, layer, norm)
            for name, depths in measured.norms.items()
            for depth, norms in depths.items()
            for seed, row in enumerate(norms)
            for layer, norm in enumerate(row, start=1)
        ]
        self._kept.write(
            study,
            pd.DataFrame(lines, columns=list(COLUMNS)),
            {"networks": dict(measured.networks), "data": measured.data},
        )

    def read(self) -> tuple[GradientStudy, Measured, dict[str, str]]:
        """The study, its norms, and the versions that they were measured with.

        Raises:
            DataError: they are not there, or are not what was written.
        """
        study, table, about = self._kept.read(COLUMNS, ("networks", "data"))
        with self._kept.as_written():
            norms = {
                name: {
                    depth: table[(table["group"] == name) & (table["depth"] == depth)]
                    .pivot(index="seed", columns="layer", values="norm")
                    .to_numpy(dtype="float64")
                    for depth in study.depths.values
                }
                for name in study.groups
            }
            if any(found.shape[0] != study.seeds for depths in norms.values() for found in depths.values()):
                raise ValueError(f"there are not {study.seeds} seeds of each network")
        return study, Measured(norms, about["networks"], about["data"]), about["versions"]
