"""A study so small that a trial takes a fraction of a second."""

from __future__ import annotations

from pathlib import Path

import pytest

from nasrank.bench.runner.resolve import resolve
from nasrank.bench.studies.study_file import load_study

STUDY = """\
title = "tiny"
space = "nb201"
strategies = ["spos", "gdas"]
seeds = [0, 1]

[truth]
oracle = "analog-nasbench"
dataset = "cifar10"
split = "test_50k_augmented"
epochs = 200
seeds = "one_run"

[images]
dataset = "digits"
weights = 64
held_out = 32
scoring = 40

[supernet]
channels = 2
cells_per_stage = 1

[training]
passes = 12
batch_size = 16

[landmarks]
count = 5
warm_up = 0.2

[pool]
size = 20
curve = 3
checkpoints = 2
"""


@pytest.fixture(scope="session")
def study_text():
    return STUDY


@pytest.fixture(scope="session")
def study_file(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("study") / "tiny.toml"
    path.write_text(STUDY)
    return path


@pytest.fixture(scope="session")
def resolved(study_file):
    """The design, the truth of the whole space, and the images of the tiny study."""
    return resolve(load_study(study_file))


@pytest.fixture(scope="session")
def design(resolved):
    return resolved[0]


@pytest.fixture(scope="session")
def truth(resolved):
    return resolved[1]
