"""Small synthetic tables over NAS-Bench-201: no test of the table itself needs a real one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from faulty_server import Behaviour, serving

from nasrank.bench.oracles import Column, Provenance, Split, Table, open_oracle
from nasrank.spaces import get_space

MEAN = Column("accuracy", "cifar10", Split.TEST_50K, 200, "mean")
SEED_777 = Column("accuracy", "cifar10", Split.TEST_50K, 200, 777)
SEED_999 = Column("accuracy", "cifar10", Split.TEST_50K, 200, 999, derivation="invented")
VALID = Column("accuracy", "cifar10", Split.VALID_25K, 12, "mean")
PARAMETERS = Column("parameters", "cifar10")


@pytest.fixture(scope="session")
def provenance() -> Provenance:
    return Provenance(
        space="nb201",
        source="invented.csv",
        sha256="0" * 64,
        protocol="random numbers",
        citation="nobody",
        licence="none",
        recipe="invented",
        recipe_version=3,
    )


@pytest.fixture(scope="session")
def arrays() -> dict[Column, np.ndarray]:
    """Five columns; seed 999 is missing for every even position."""
    generator = np.random.default_rng(0)
    size = len(get_space("nb201"))
    partial = generator.uniform(0, 100, size)
    partial[::2] = np.nan
    return {
        MEAN: generator.uniform(0, 100, size),
        SEED_777: generator.uniform(0, 100, size),
        SEED_999: partial,
        VALID: generator.uniform(0, 100, size),
        PARAMETERS: generator.integers(1, 2**40, size),
    }


@pytest.fixture(scope="session")
def table(arrays: dict[Column, np.ndarray], provenance: Provenance) -> Table:
    return Table.from_arrays(arrays, provenance)


@pytest.fixture(scope="session")
def embedded_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder in which the embedded default is compiled."""
    folder = tmp_path_factory.mktemp("embedded")
    open_oracle("analog-nasbench", cache=folder)
    return folder


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Behaviour, str]]:
    """How it behaves, and its address."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    behaviour = Behaviour()
    with serving(behaviour) as url:
        yield behaviour, url
