"""What the strategy's own parameters prefer, such as the architecture weights of DARTS."""

from __future__ import annotations

from collections.abc import Sequence

from nasrank.bench.scores.score import WAYS, Scores, Trained, Way
from nasrank.bench.tasks import Score
from nasrank.spaces.supernet import HardPath

PREFERENCE = "preference"


def preferences(trained: Trained, paths: Sequence[HardPath]) -> Scores:
    """Of strategies that have parameters of their own."""
    found = trained.strategy.preference(paths)
    return {} if found is None else {PREFERENCE: found}


WAYS.register(Way(PREFERENCE, preferences, (Score(PREFERENCE, "own parameters", "1", higher_is_better=True),)))
