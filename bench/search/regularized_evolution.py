"""Regularized evolution, as AmoebaNet was found [Real2019] and as NAS-Bench-201 [Dong2020] runs it.

The first `population` architectures are random. Then, again and again, a few of those that live are drawn, the best of
them has one child, and the oldest dies, however good it is. A child differs from its parent in one decision; it may be
one that was looked at before, and is trained again then, as in the official code
(AutoDL-Projects@f46486e, exps/NATS-algos/regularized_ea.py, where the population has 10 and 3 of them are drawn).

Where a space forbids what one change leads to, or holds it to be the parent once more, another change is drawn.

References:
    [Dong2020] Dong & Yang, "NAS-Bench-201: Extending the Scope of Reproducible Neural Architecture Search", ICLR 2020.
    [Real2019] Real et al., "Regularized Evolution for Image Classifier Architecture Search", AAAI 2019.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy.typing as npt
from pydantic import Field

from nasrank.bench.search.searcher import SEARCHERS, Choices, Searcher, Settings
from nasrank.spaces.subspace import options_left


class RegularizedEvolutionSettings(Settings):
    """Sizes of the population."""

    population: int = Field(default=10, ge=1)
    """Architectures that live at a time."""

    sample: int = Field(default=3, ge=1)
    """Those of them that are drawn, with replacement, for the best to become a parent."""


@SEARCHERS.register
class RegularizedEvolution(Searcher):
    """See the module."""

    name = "rea"
    label = "regularized evolution"
    reference = "Real2019"
    settings_type = RegularizedEvolutionSettings
    repeats = True

    def begin(self) -> None:
        self._living: deque[tuple[Choices, float]] = deque(maxlen=self.settings.population)
        self._options = options_left(self.space)
        self._free = [place for place, options in enumerate(self._options) if len(options) > 1]

    def ask(self) -> list[Choices]:
        """One at a time: whoever comes next may descend from it."""
        if len(self._living) < self.settings.population:
            random = self.draw(lambda: self.space.random_choices(self.generator))
            return [] if random is None else [random]
        drawn = self.generator.integers(len(self._living), size=self.settings.sample).tolist()
        parent = max((self._living[place] for place in drawn), key=lambda one: one[1])[0]
        child = self.draw(lambda: self._one_change(parent), unlike=parent)
        return [] if child is None else [child]

    def tell(self, choices: Sequence[Choices], values: npt.ArrayLike) -> None:
        super().tell(choices, values)
        self._living.extend((tuple(one), float(self.seen[tuple(one)][0])) for one in choices)

    def _one_change(self, choices: Choices) -> Choices:
        place = self._free[self.generator.integers(len(self._free))] if self._free else 0
        others = [option for option in self._options[place] if option != choices[place]] or [choices[place]]
        return (*choices[:place], others[self.generator.integers(len(others))], *choices[place + 1 :])
