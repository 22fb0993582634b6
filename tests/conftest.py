"""Fixtures that every part of the tests shares."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest
import torch

torch.set_num_threads(1)
hypothesis.settings.register_profile("shared machine", deadline=None)  # a slow moment is no failure
hypothesis.settings.load_profile("shared machine")


@pytest.fixture(scope="session")
def nasrank_data() -> Path:
    """The folder of benchmark data; tests marked `data` are skipped where there is none."""
    folder = os.environ.get("NASRANK_DATA")
    if not folder:
        pytest.skip("NASRANK_DATA is not set")
    return Path(folder)


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Compile tables into a folder of this session, so that no test depends on what a user has cached."""
    os.environ["NASRANK_CACHE"] = str(tmp_path_factory.mktemp("cache"))
