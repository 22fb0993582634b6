"""A label study that takes a second: 120 cells of NAS-Bench-201 and few labels."""

from __future__ import annotations

from pathlib import Path

from nasrank.bench.label_studies.grammar import LabelStudy
from nasrank.bench.studies.study_file import load_as

TEXT = """
kind = "labels"
title = "A small study"
reports = "REPORTS"
counts = [6, 12]
draws = 3
metrics = ["tau", "tau_top10", "regret_at1"]
reference = "ridge"

[parts.cells]
label = "some cells"
space = "nb201"
cells = 120

[parts.cells.truths.cifar10]
oracle = "analog-nasbench"
dataset = "cifar10"
split = "test_50k_augmented"
epochs = 200
seeds = "one_run"

[rows.ridge]
label = "ridge"
predictor = "label_matched"

[rows.process]
label = "Gaussian process"
predictor = "gaussian_process"
counts = [12]

[[questions]]
ask = "Is a process better?"
row = "process"
against = "ridge"
"""


def small_study(folder: Path, text: str = TEXT) -> LabelStudy:
    """The study in this text, from a file in this folder."""
    path = folder / "small.toml"
    path.write_text(text.replace("REPORTS", str(folder)), encoding="utf-8")
    return load_as(path, LabelStudy)
