"""The tables that tiny search studies ask."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from tiny_search import put_tables


@pytest.fixture(scope="session")
def shared_cache(_own_cache: None) -> str:
    """The cache folder of all other tests."""
    return os.environ["NASRANK_CACHE"]


@pytest.fixture(scope="module", autouse=True)
def _tables(tmp_path_factory: pytest.TempPathFactory, shared_cache: str) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("tables")
    put_tables(folder)
    with pytest.MonkeyPatch.context() as patch:
        assert shared_cache != str(folder)
        patch.setenv("NASRANK_CACHE", str(folder))
        yield
