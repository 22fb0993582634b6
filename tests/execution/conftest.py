"""A folder that drivers and workers of this process share."""

from __future__ import annotations

from pathlib import Path

import pytest
from queues import Place

from nasrank.bench.foundation import plugins


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv(plugins.VARIABLE, "remote_tasks")
    plugins.load()
    return Place(tmp_path / "report")
