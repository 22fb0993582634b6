"""Search studies that take a second, on a table over NAS-Bench-201 whose numbers are drawn and known here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

from nasrank.bench.oracles import Column, Provenance, Split, Table
from nasrank.bench.search_studies.grammar import SearchStudy
from nasrank.bench.search_studies.subject import FloatArray, Subject
from nasrank.bench.studies.study_file import load_as

NAME, GAPPY = "tiny-search", "tiny-search-with-gaps"

ROWS = 15_625

CURVE = range(1, 13)
"""Epochs after which the validation accuracy is known."""

PASS = 2.0
"""Seconds that an evaluation takes."""

WITHOUT_VALID, WITHOUT_TEST, WITHOUT_TIME = slice(0, 3000), slice(3000, 3010), slice(4000, 4010)
"""Positions of which the table with gaps does not know something."""

TEXT = """\
kind = "search"
title = "Tiny searches"
runs = 3

[parts.cells]
label = "some cells"
space = "nb201"
seconds = 3000

[parts.cells.objectives.validation]
table = { oracle = "tiny-search", dataset = "cifar10", split = "valid_25k", epochs = 12, seeds = 777 }

[parts.cells.objectives.flops]
cost = "multiply_adds"

[parts.cells.price]
oracle = "tiny-search"
dataset = "cifar10"
split = "valid_25k"
epochs = 12
seeds = 777
evaluation = true

[parts.cells.reported.test]
label = "test accuracy"
table = { oracle = "tiny-search", dataset = "cifar10", split = "test_50k", epochs = 200, seeds = 777 }

[parts.cells.reported.flops]
cost = "multiply_adds"

[searchers.random]
searcher = "random"

[searchers.rea]
searcher = "rea"
settings = { population = 5, sample = 2 }
"""


@cache
def curves() -> FloatArray:
    """Validation accuracies after each epoch `(ROWS, epochs)`: rising in the mean, and crossing each other."""
    random = np.random.default_rng(5)
    levels = random.uniform(20, 60, (ROWS, 1)) + np.sqrt(np.arange(1.0, 13.0)) * 2
    found: FloatArray = np.round(levels + random.normal(0, 4, (ROWS, 12)), 3)
    return found


@cache
def final_accuracies() -> FloatArray:
    """Like the last of the curve, with noise `(ROWS,)`."""
    noise = np.random.default_rng(6).normal(0, 2, ROWS)
    found: FloatArray = np.round(np.clip(curves()[:, -1] * 0.9 + noise, 1, 99.5), 3)
    return found


@cache
def training_seconds() -> FloatArray:
    """Of all 12 epochs `(ROWS,)`; an epoch takes a twelfth."""
    found: FloatArray = np.round(np.random.default_rng(7).uniform(60, 240, ROWS), 2)
    return found


def without(values: FloatArray, gap: slice | None) -> FloatArray:
    """A copy with NaN at these places."""
    found = values.copy()
    if gap is not None:
        found[gap] = np.nan
    return found


def columns(*, gaps: bool = False) -> Mapping[Column, FloatArray]:
    """Those of the table."""
    valid, test, time = (WITHOUT_VALID, WITHOUT_TEST, WITHOUT_TIME) if gaps else (None, None, None)
    return {
        Column("accuracy", "cifar10", Split.VALID_25K, 12, 777): without(curves()[:, -1], valid),
        Column("accuracy", "cifar10", Split.VALID_25K, 12, 777, curve=CURVE): without(curves(), valid),
        Column("loss", "cifar10", Split.VALID_25K, 12, 777): without(4 - curves()[:, -1] / 30, valid),
        Column("accuracy", "cifar10", Split.TEST_50K, 200, 777): without(final_accuracies(), test),
        Column("training_time", "cifar10", Split.TRAIN_25K, 12, 777): without(training_seconds(), time),
        Column("evaluation_time", "cifar10", Split.VALID_25K, 12, 777): np.full(ROWS, PASS),
    }


def put_tables(folder: Path) -> None:
    """Import the tables into a cache folder, where `open_oracle` finds them."""
    for name, gaps in ((NAME, False), (GAPPY, True)):
        provenance = Provenance(
            space="nb201",
            source=f"{name}.csv",
            sha256=f"{int(gaps)}" * 64,
            protocol="random numbers",
            citation="nobody",
            licence="none",
            recipe="invented",
            recipe_version=1,
        )
        path = folder / "oracles" / "imported" / f"{name}.arrow"
        path.parent.mkdir(parents=True, exist_ok=True)
        Table.from_arrays(columns(gaps=gaps), provenance).write(path)


def changed(*replacements: tuple[str, str], text: str = TEXT) -> str:
    """The study with these texts in place of others, each of which must be there."""
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new)
    return text


def tiny_study(folder: Path, text: str = TEXT) -> SearchStudy:
    """The study in this text, from a file in this folder."""
    path = folder / "tiny.toml"
    path.write_text(text, encoding="utf-8")
    return load_as(path, SearchStudy)


def tiny_subject(folder: Path, text: str = TEXT) -> tuple[SearchStudy, Subject]:
    """A study and its only part, read anew."""
    study = tiny_study(folder, text)
    return study, Subject("cells", study.parts["cells"])
