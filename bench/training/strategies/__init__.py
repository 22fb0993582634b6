"""Training strategies by name. To add one: write its file and its line in `STRATEGIES`."""

from __future__ import annotations

from bench.training.strategies.darts import Darts
from bench.training.strategies.darts_prime import DartsPrime
from bench.training.strategies.darts_second_order import DartsSecondOrder
from bench.training.strategies.enas import Enas
from bench.training.strategies.factorized import Factorized
from bench.training.strategies.fairnas import FairNas
from bench.training.strategies.few_shot import FewShot
from bench.training.strategies.gdas import Gdas
from bench.training.strategies.gm_nas import GradientMatching
from bench.training.strategies.isomorphic import DeIsomorphic
from bench.training.strategies.nao import Nao
from bench.training.strategies.pc_darts import PcDarts
from bench.training.strategies.random_nas import RandomNas
from bench.training.strategies.rlnas import RandomLabels
from bench.training.strategies.spos import SinglePathOneShot
from bench.training.strategies.strategy import Strategy

STRATEGIES: dict[str, type[Strategy]] = {
    strategy.name: strategy
    for strategy in (
        SinglePathOneShot,
        RandomLabels,
        RandomNas,
        DeIsomorphic,
        FairNas,
        Darts,
        DartsSecondOrder,
        PcDarts,
        DartsPrime,
        Factorized,
        Gdas,
        Enas,
        Nao,
        FewShot,
        GradientMatching,
    )
}

__all__ = ["STRATEGIES", "Strategy"]
