"""Every study at paper scale takes three steps of its true shape, is guided, and ranks; so do all other kinds of step,
before a release.

Rows that differ in how long or by what rate they train have a kind in common. Channels, cells and images are the
paper's in all of them, and the batch is in the first row of every study; in the other kinds it is cut, as mixtures of a
whole one take up to 34 GB. The pool and the parts of the images are cut to what three steps see. Images are the real
ones where `NASRANK_DATA` has them, and made up in their shape elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from turns import EXHAUSTIVE

from nasrank.bench.data import DATASETS, DataSource
from nasrank.bench.data.images.dataset import ImageDataset
from nasrank.bench.foundation.files import find_data
from nasrank.bench.runner.arms import Row, rows_of
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.probe import kind_of_step
from nasrank.bench.runner.tasks import Trial
from nasrank.bench.runner.trial import run_trial
from nasrank.bench.studies.kinds import paper_files
from nasrank.bench.studies.study_file import load_study
from nasrank.bench.training.strategies import gm_nas
from nasrank.spaces import get_enumerated, get_space

STEPS, POOL, LANDMARKS, SCORING = 3, 4, 5, 16

CUT_TO = 8
"""Images of a batch, where it is cut."""


def rows() -> Iterator[pytest.param]:
    """Of every study, the first row of each kind, and whether it is the first of all."""
    for path in paper_files():
        every = rows_of(load_study(path)).values()
        first = {kind_of_step(row.before): row for row in reversed(every)}
        yield from (
            pytest.param(row, place == 0, id=f"{path.stem}-{row.name}", marks=EXHAUSTIVE if place else pytest.mark.slow)
            for place, row in enumerate(every)
            if row in first.values()
        )


@pytest.fixture(autouse=True)
def images(monkeypatch):
    """CIFAR-10, or as many made-up images of its shape as a few batches take; and a division that looks at few."""
    monkeypatch.setattr(gm_nas, "BATCHES", 1)
    source = DATASETS["cifar10"]
    if os.environ.get("NASRANK_DATA"):
        find_data(source.folder, None, advice="it is part of the data that tests take")
        return
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (1000, 3, 32, 32), dtype=np.uint8)
    labels = random.permutation(np.arange(1000) % 10)
    classes = tuple("abcdefghij")
    made_up = ImageDataset.describe(
        "cifar10", pixels, labels, classes=classes, flippable=True, provenance="made up for a test"
    )
    monkeypatch.setitem(DATASETS, "cifar10", DataSource("cifar10", lambda *_: made_up, count=1000, side=32))


def in_three_steps(row: Row, *, whole: bool) -> Row:
    """The row with its arm that is guided cut to three steps, and more where every super-net needs one."""
    arm, study = row.after, row.after.study
    strategy = arm.build(get_space(study.space), np.random.default_rng(0))
    batch = study.training.batch_size if whole else CUT_TO
    sizes = {
        "images": {"weights": 2 * batch, "held_out": batch, "scoring": SCORING, "split": "random", "share": 1.0},
        "training": {"passes": max(STEPS * strategy.passes_per_step, strategy.least_passes), "batch_size": batch},
        "landmarks": {"count": LANDMARKS},
        "pool": {"size": POOL},
    }
    sections = {name: getattr(study, name).model_copy(update=values) for name, values in sizes.items()}
    return replace(row, after=replace(arm, study=study.model_copy(update=sections)))


@pytest.mark.parametrize(("row", "whole"), list(rows()))
def test_three_steps_of_its_true_shape(row: Row, whole: bool):
    true, row = row.after.study, in_three_steps(row, whole=whole)
    arm = row.after
    assert arm.study.supernet == true.supernet
    assert arm.study.images.padding == true.images.padding
    assert arm.study.training.batch_size == (true.training.batch_size if whole else CUT_TO)
    random, space = np.random.default_rng(0), get_enumerated(arm.study.space)
    positions = random.choice(len(space), POOL + LANDMARKS, replace=False).tolist()
    pool, landmarks = tuple(map(space.at, positions[:POOL])), {0: tuple(map(space.at, sorted(positions[POOL:])))}
    design = Design(arm.study, pool, landmarks, truth={}, images={"split": "random"}, environment={})
    vars(design)["rows"] = {row.name: row}
    result = run_trial(design, Trial(arm.name, seed=0), random.uniform(10, 90, LANDMARKS))
    assert result["failure"] is None
    assert result["steps"] >= STEPS
    assert [len(result[name][arm.score]) for name in ("scores", "landmark_scores")] == [POOL, LANDMARKS]
    assert np.isfinite(result["scores"][arm.score]).all()
