"""A small text for tests, each of whose tokens says something of the next, registered as a data set."""

from __future__ import annotations

import numpy as np

from nasrank.bench.data import DATASETS, DataSource
from nasrank.bench.data.text.windows import windows_of

NAME = "invented-text"
TOKENS, LENGTH = 5, 8


def put(patch):
    """Have it in the registry for as long as a patch of pytest lasts: 2,500 windows of eight of five tokens."""
    counted = np.arange(20_001)
    tokens = ((counted * counted) % 7 % TOKENS).astype(np.uint8)

    def load(*_):
        return windows_of(NAME, tokens, list("abcde"), length=LENGTH, provenance="squares")

    patch.setitem(DATASETS, NAME, DataSource(NAME, load, count=2_500, kind="text", task="language"))
