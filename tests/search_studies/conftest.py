"""The tables that tiny search studies ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tiny_search import use_tables


@pytest.fixture(scope="module", autouse=True)
def _tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NASRANK_CACHE", "")  # so that it is restored
        use_tables(tmp_path_factory.mktemp("tables"))
        yield
