"""Training strategies by name. To add one: write its file and its line in `STRATEGIES`."""

from __future__ import annotations

from bench.training.strategies.darts import Darts
from bench.training.strategies.fairnas import FairNas
from bench.training.strategies.gdas import Gdas
from bench.training.strategies.spos import SinglePathOneShot
from bench.training.strategies.strategy import Strategy

STRATEGIES: dict[str, type[Strategy]] = {
    strategy.name: strategy for strategy in (SinglePathOneShot, FairNas, Darts, Gdas)
}

__all__ = ["STRATEGIES", "Strategy"]
