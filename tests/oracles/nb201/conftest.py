"""What the tests of NAS-Bench-201's files share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.oracles import draft
from bench.oracles.draft import Workshop


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    with draft.workshop(tmp_path) as here:
        yield here
