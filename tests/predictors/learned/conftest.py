from __future__ import annotations

import pytest

from nasrank.predictors.learned import training


@pytest.fixture
def _hasty(monkeypatch):
    """A fit that is as good as none, where only what comes of it is looked at."""
    monkeypatch.setattr(training, "UPDATES", 5)
