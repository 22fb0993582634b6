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


@pytest.fixture(scope="session")
def nasrank_data() -> Path:
    """The folder of benchmark data; tests marked `data` are skipped where there is none."""
    folder = os.environ.get("NASRANK_DATA")
    if not folder:
        pytest.skip("NASRANK_DATA is not set")
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
