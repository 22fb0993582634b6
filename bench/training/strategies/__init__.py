"""Training strategies by name. To add one: write its file and its line in `STRATEGIES`."""

from __future__ import annotations

from nasrank.bench.training.strategies.darts import Darts
from nasrank.bench.training.strategies.darts_prime import DartsPrime
from nasrank.bench.training.strategies.darts_second_order import DartsSecondOrder
from nasrank.bench.training.strategies.enas import Enas
from nasrank.bench.training.strategies.factorized import Factorized
from nasrank.bench.training.strategies.fairnas import FairNas
from nasrank.bench.training.strategies.few_shot import FewShot
from nasrank.bench.training.strategies.gdas import Gdas
from nasrank.bench.training.strategies.gm_nas import GradientMatching
from nasrank.bench.training.strategies.isomorphic import DeIsomorphic
from nasrank.bench.training.strategies.nao import Nao
from nasrank.bench.training.strategies.pc_darts import PcDarts
from nasrank.bench.training.strategies.random_nas import RandomNas
from nasrank.bench.training.strategies.rlnas import RandomLabels
from nasrank.bench.training.strategies.spos import SinglePathOneShot
from nasrank.bench.training.strategies.strategy import Strategy

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
