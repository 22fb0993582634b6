"""What the tests of NAS-Bench-201's files share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import nb201_files as files
import numpy as np
import pytest

from nasrank.bench.oracles.ask import draft
from nasrank.bench.oracles.ask.draft import Workshop


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    with draft.workshop(tmp_path) as here:
        yield here


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """NATS-Bench's, of three architectures, with the short schedule alone."""
    generator = np.random.default_rng(0)
    records = {
        index: {"12": files.invented_record(generator, index, names=(), schedules=("12", "200"))["12"]}
        for index in (2, 700, 9999)
    }
    return files.write_nats_folder(tmp_path_factory.mktemp("small") / "NATS-tss-v1_0-3ffb9-simple", records)


@pytest.fixture
def own_folder(small_folder: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(small_folder, tmp_path / "NATS-tss-changed-simple"))
