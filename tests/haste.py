"""Estimators that are fitted in a moment, for tests that are about what is made of their scores."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from nasrank.predictors.labelled import best_on_labels, random_forest, trees


@contextmanager
def in_haste() -> Iterator[None]:
    """Forests of four trees, and regressions chosen by one repeat of two folds: most of the time would be theirs.

    Other processes know nothing of it.
    """
    with pytest.MonkeyPatch.context() as patch:
        for forests in (random_forest, trees):
            patch.setattr(forests, "TREES", 4)
        patch.setattr(best_on_labels, "MOST_REPEATS", 1)
        patch.setattr(best_on_labels, "MOST_FOLDS", 2)
        yield
