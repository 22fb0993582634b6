"""A folder that drivers and workers of this process share."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from queues import Place

from nasrank.bench.execution.shared_folder.beating import SIGNS_OF_LIFE
from nasrank.bench.foundation import plugins


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setenv(plugins.VARIABLE, "remote_tasks")
    plugins.load()
    place = Place(tmp_path / "report")
    yield place
    place.close()


@pytest.fixture(autouse=True)
def _signs_of_life_end_with_their_test() -> Iterator[None]:
    """A thread that goes on would write, for ever, beside tests of other things that look at what this process does."""
    yield
    assert not [thread for thread in threading.enumerate() if thread.name == SIGNS_OF_LIFE]
