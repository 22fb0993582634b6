"""Fixtures that every part of the tests shares."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest
import torch

from nasrank.bench.commands.main import main

torch.set_num_threads(1)
hypothesis.settings.register_profile("shared machine", deadline=None)  # a slow moment is no failure
hypothesis.settings.load_profile("shared machine")


def pytest_collection_finish() -> None:
    """What was imported and collected stays until the end: looking through it again and again costs a tenth."""
    gc.collect()
    gc.freeze()


NO_GPU = "no CUDA device here"
NO_DATA = "NASRANK_DATA is not set"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs a GPU, or the folder of benchmark data, is not run without it."""
    missing = {"cuda": NO_GPU} if not torch.cuda.is_available() else {}
    if not os.environ.get("NASRANK_DATA"):
        missing["data"] = NO_DATA
    for item in items:
        for marker, reason in missing.items():
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line says how much that is, since a suite that passes would hide it."""
    reports = terminalreporter.stats.get("skipped", [])
    left_out = sum(isinstance(one.longrepr, tuple) and one.longrepr[-1].endswith(NO_GPU) for one in reports)
    if left_out:
        terminalreporter.write_line(f"{left_out} tests on a GPU were not run: {NO_GPU}")


@pytest.fixture(scope="session")
def nasrank_data() -> Path:
    """The folder of benchmark data; what asks for it is skipped where there is none, as are tests marked `data`."""
    folder = os.environ.get("NASRANK_DATA")
    if not folder:
        pytest.skip(NO_DATA)
    return Path(folder)


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Compile tables into a folder of this session, so that no test depends on what a user has cached.

    Parallel workers share it: what one has compiled, the others need not. Their own folders lie in the session's.
    """
    own = tmp_path_factory.getbasetemp()
    session = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    os.environ["NASRANK_CACHE"] = str(session / "cache")


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs `nasrank` with these words: exit code, output, errors."""

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["nasrank", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        return int(end.value.code or 0), out, err

    return run


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

[[terms]]
name = "landmark"
warm_up = 0.2

[pool]
size = 20
curve = 3
checkpoints = 2
"""
"""A study so small that a trial takes a fraction of a second."""


@pytest.fixture(scope="session")
def study_text() -> str:
    return STUDY


@pytest.fixture(scope="session")
def study_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("study") / "tiny.toml"
    path.write_text(STUDY)
    return path
