"""Every arm of the committed studies trains, is guided and ranks: on small data, what takes hours elsewhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import invented_data
import numpy as np
import pytest

from nasrank.bench.runner.arms import Arm, Row, rows_of
from nasrank.bench.runner.design import Design, Trial
from nasrank.bench.runner.trial import run_trial
from nasrank.bench.studies.kinds import files_of
from nasrank.bench.studies.study_file import load_study
from nasrank.spaces import get_enumerated, get_space

POOL, LANDMARKS = 4, 5
IMAGES = {"weights": 96, "held_out": 32, "scoring": 16}
WINDOWS = {"weights": 100, "held_out": 50, "scoring": 50}  # in blocks of 50
SAMPLES = {"images": IMAGES, "segmented images": IMAGES, "stereo pairs": IMAGES, "text": WINDOWS}


ROWS = [
    pytest.param(row, id=f"{path.stem}-{name}")
    for path in files_of()
    for name, row in rows_of(load_study(path)).items()
]


def small(arm: Arm) -> Arm:
    """The arm with all that it says, but for sizes."""
    study, space = arm.study, get_space(arm.study.space)
    passes = max(4, arm.build(space, np.random.default_rng(0)).least_passes)
    sizes = {
        "images": {"dataset": invented_data.DATA[space.inputs], **SAMPLES[space.inputs]},
        "training": {"passes": passes, "batch_size": 8},
        "landmarks": {"count": LANDMARKS},
        "pool": {"size": POOL, "curve": 2, "checkpoints": 1},
    }
    sections = {name: getattr(study, name).model_copy(update=values) for name, values in sizes.items()}
    return replace(arm, study=study.model_copy(update=sections))


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS)
def test_it_trains_is_guided_and_ranks(row: Row, monkeypatch):
    invented_data.put(monkeypatch)
    arm = small(row.after)
    assert arm.has_labels
    random, space = np.random.default_rng(0), get_enumerated(arm.study.space)
    positions = random.choice(len(space), POOL + LANDMARKS, replace=False).tolist()
    pool, landmarks = tuple(map(space.at, positions[:POOL])), {0: tuple(map(space.at, sorted(positions[POOL:])))}
    design = Design(arm.study, pool, landmarks, truth={}, images={"split": "random"}, environment={})
    vars(design)["rows"] = {row.name: replace(row, after=arm)}
    result = run_trial(design, Trial(arm.name, seed=0), random.uniform(10, 90, LANDMARKS))
    assert result["failure"] is None
    assert result["steps"] > 0
    assert [len(result[name][arm.score]) for name in ("scores", "landmark_scores")] == [POOL, LANDMARKS]


@pytest.mark.parametrize("path", files_of(), ids=lambda path: path.stem)
def test_its_quick_form_gives_every_super_net_a_step(path: Path):
    for row in rows_of(load_study(path).quick()).values():
        for arm in row.arms:
            arm.refuse_too_short()
