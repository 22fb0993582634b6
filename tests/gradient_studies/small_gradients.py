"""A gradient study that takes a second, of small cells on digits; and invented norms."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nasrank.bench.analysis.gradient_summary import GradientSummary
from nasrank.bench.gradient_studies.grammar import GradientStudy
from nasrank.bench.gradient_studies.measured import Measured
from nasrank.bench.studies.study_file import load_as

TEXT = """
kind = "gradients"
title = "Cells with and without skip connections"
space = "nb201"
data = "digits"
batch_size = 8
seeds = 4
weights = "stages.{layer}.{layer}.*.conv.weight"

[depths]
option = "cells_per_stage"
values = [1, 2, 3]

[groups.plain]
label = "convolutions alone"
architecture = "|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|none~0|none~1|nor_conv_3x3~2|"
network = { channels = 2 }

[groups.skip]
label = "with skip connections"
architecture = "|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|nor_conv_3x3~2|"
network = { channels = 2 }

[claims.smaller]
says = "Skip connections make gradients smaller"
group = "plain"
against = "skip"
of = "ratio"
depth = 3
above = 0.01

[claims.explodes]
says = "Gradients explode with depth"
group = "plain"
of = "slope"
above = 50.0
"""


def small_study(folder: Path, text: str = TEXT) -> GradientStudy:
    path = folder / "small.toml"
    path.write_text(text, encoding="utf-8")
    return load_as(path, GradientStudy)


def summary_of(folder: Path, norms: Mapping[str, Mapping[int, npt.ArrayLike]], text: str = TEXT) -> GradientSummary:
    """Of invented norms `(seeds, layers)` by group and depth."""
    arrays = {
        group: {depth: np.asarray(one, dtype=np.float64) for depth, one in depths.items()}
        for group, depths in norms.items()
    }
    measured = Measured(arrays, dict.fromkeys(norms, "channels 2"), "invented")
    return GradientSummary.of(small_study(folder, text), measured, {"python": "3"})
