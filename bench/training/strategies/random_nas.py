"""RandomNAS, random search with parameter sharing [Li2019]: every step trains one path, uniform over decisions.

The options of every decision are equally likely, whatever the other decisions choose; combinations that are no
architecture are drawn again. Where every combination is an architecture of its own this is single path one-shot.
Elsewhere it prefers architectures that many combinations lead to, which is why both are here.

References:
    [Li2019] Li & Talwalkar, "Random Search and Reproducibility for Neural Architecture Search", UAI 2019.
"""

from __future__ import annotations

from nasrank.bench.training.strategies.registry import STRATEGIES
from nasrank.bench.training.strategies.spos import SinglePathOneShot


@STRATEGIES.register
class RandomNas(SinglePathOneShot):
    name = "random_nas"
    label = "RandomNAS"
    reference = "Li2019"
    draws_options = True

    def path(self) -> list[int]:
        sizes = [len(decision.options) for decision in self.space.decisions]
        return self.draw_allowed(lambda: self.generator.integers(sizes).tolist(), list)
