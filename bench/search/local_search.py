"""Local search: go to the best neighbour until none is better, then start anew [White2021, DenOttelander2021].

Neighbours differ in one decision. All of them are looked at before one is gone to, in random order, as [White2021] does
it; with `first_improvement` the first better one is gone to. What was looked at before is remembered, not looked at
again, so that on tables of no noise this simple searcher is hard to beat.

References:
    [DenOttelander2021] Den Ottelander et al., "Local Search is a Remarkably Strong Baseline for Neural Architecture
        Search", EMO 2021.
    [White2021] White, Nolen & Savani, "Exploring the Loss Landscape in Neural Architecture Search", UAI 2021.
"""

from __future__ import annotations

from nasrank.bench.search.searcher import SEARCHERS, Choices, Searcher, Settings
from nasrank.spaces.subspace import options_left


class LocalSearchSettings(Settings):
    """How it moves."""

    first_improvement: bool = False
    """Whether it goes to the first neighbour that is better, not to the best of all."""


@SEARCHERS.register
class LocalSearch(Searcher):
    """See the module."""

    name = "local_search"
    label = "local search"
    reference = "White2021"
    settings_type = LocalSearchSettings

    def begin(self) -> None:
        self._options = options_left(self.space)
        self._at: Choices | None = None
        self._around: list[Choices] = []

    def ask(self) -> list[Choices]:
        """The neighbours that are not known yet; one of them where the first better one will do."""
        while True:
            if self._at is None:
                start = self.draw_new(lambda: self.space.random_choices(self.generator), {})
                if start is None:
                    return []
                self._stand_at(start)
                return [start]
            if self._at not in self.seen:
                return [self._at]
            unknown = [one for one in self._around if one not in self.seen]
            better = [one for one in self._around if one in self.seen and self._worth(one) > self._worth(self._at)]
            if better and (self.settings.first_improvement or not unknown):
                self._stand_at(max(better, key=self._worth))
            elif unknown:
                return unknown[:1] if self.settings.first_improvement else unknown
            else:
                self._at = None

    def _stand_at(self, choices: Choices) -> None:
        self._at = choices
        around = list(self._neighbours(choices))
        self._around = [around[place] for place in self.generator.permutation(len(around))]

    def _neighbours(self, choices: Choices) -> dict[Choices, None]:
        found: dict[Choices, None] = {}
        for place, options in enumerate(self._options):
            for option in options:
                if option == choices[place]:
                    continue
                neighbour = self.admitted((*choices[:place], option, *choices[place + 1 :]))
                if neighbour is not None and neighbour != choices:
                    found[neighbour] = None
        return found

    def _worth(self, choices: Choices) -> float:
        return float(self.seen[choices][0])
