"""Random search: what every other searcher has to surpass [Li2019].

References:
    [Li2019] Li & Talwalkar, "Random Search and Reproducibility for Neural Architecture Search", UAI 2019.
"""

from __future__ import annotations

from typing import ClassVar

from nasrank.bench.search.searcher import SEARCHERS, Choices, Searcher

BATCH = 100
"""Architectures that it asks for at a time, so that a super-net can score them together."""


@SEARCHERS.register
class RandomSearch(Searcher):
    """Architectures drawn uniformly, none of them twice."""

    name = "random"
    label = "random search"
    reference = "Li2019"
    most_objectives: ClassVar[int | None] = None

    def ask(self) -> list[Choices]:
        asked: dict[Choices, None] = {}
        for _ in range(BATCH):
            choices = self.draw_new(lambda: self.space.random_choices(self.generator), asked)
            if choices is None:
                break
            asked[choices] = None
        return list(asked)
