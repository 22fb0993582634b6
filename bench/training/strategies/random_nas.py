"""RandomNAS, random search with parameter sharing [Li2019]: every step trains one path, uniform over decisions.

The options of every decision are equally likely, whatever the other decisions choose; combinations that are no
architecture are drawn again. Where every combination is an architecture of its own this is single path one-shot.
Elsewhere it prefers architectures that many combinations lead to, which is why both are here. Where drawing again would
never end, a space draws by itself.

References:
    [Li2019] Li & Talwalkar, "Random Search and Reproducibility for Neural Architecture Search", UAI 2019.
"""

from __future__ import annotations

from nasrank.bench.training.strategies.registry import STRATEGIES
from nasrank.bench.training.strategies.spos import SinglePathOneShot
from nasrank.spaces.subspace import found_by_chance


@STRATEGIES.register
class RandomNas(SinglePathOneShot):
    name = "random_nas"
    label = "RandomNAS"
    reference = "Li2019"

    def path(self) -> list[int]:
        if not found_by_chance(self.space):
            return self.space.random_choices(self.generator)
        sizes = [len(decision.options) for decision in self.space.decisions]
        return self.draw_allowed(lambda: self.generator.integers(sizes).tolist(), list)
