"""A table study that takes a second, on the table of small cells that comes with nasrank; and invented runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from nasrank.bench.studies.study_file import load_as
from nasrank.bench.table_studies.grammar import TableStudy
from nasrank.bench.table_studies.measured import Measured
from nasrank.spaces import get_enumerated

GENERATORS = [f"NAGO(top=4,{p} middle=2 bottom=4,0.1 graph={g})" for p in (0.1, 0.3, 0.5, 0.7, 0.9) for g in range(3)]
"""Graphs of five generators, three of each."""

TEXT = """
kind = "tables"
title = "Cells with and without a convolution first"

[groups.conv]
label = "a convolution first"
oracle = "nb101-digits"
dataset = "digits"
split = "test_tabulated"
epochs = 8
only = { "vertex 1" = ["conv3x3-bn-relu"] }

[groups.pool]
label = "pooling first"
oracle = "nb101-digits"
dataset = "digits"
split = "test_tabulated"
epochs = 8
only = { "vertex 1" = ["maxpool3x3"] }

[claims.better]
says = "A convolution is better than pooling"
group = "conv"
against = "pool"
at_least = 1.0

[claims.told-apart]
says = "Seeds decide less than cells"
group = "conv"
share = "architectures"
at_least = 0.5
"""


def small_study(folder: Path, text: str = TEXT) -> TableStudy:
    path = folder / "small.toml"
    path.write_text(text, encoding="utf-8")
    return load_as(path, TableStudy)


def measured(space: str, accuracies: npt.ArrayLike, names: list[str] | None = None, seeds: int = 0) -> Measured:
    """Invented runs `(seeds, architectures)` of architectures of a space, numbered from its beginning."""
    values = np.asarray(accuracies, dtype=np.float64)
    texts = names or [str(get_enumerated(space).at(place)) for place in range(values.shape[1])]
    return Measured(space, tuple(texts), tuple(range(seeds, seeds + len(values))), values, "invented")


def study_of(*claims: str, groups: tuple[str, ...] = ("one", "other")) -> TableStudy:
    """Of invented groups, with claims in JSON."""
    group = '{"label": "LABEL", "oracle": "x", "dataset": "cifar10", "split": "test_50k", "epochs": 1}'
    texts = [f'"{name}": {group.replace("LABEL", name)}' for name in groups]
    numbered = [f'"claim{number}": {claim}' for number, claim in enumerate(claims)]
    content = f'{{"title": "invented", "groups": {{{", ".join(texts)}}}, "claims": {{{", ".join(numbered)}}}}}'
    return TableStudy.model_validate_json(content)
