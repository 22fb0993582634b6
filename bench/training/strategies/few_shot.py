"""Few-shot NAS [Zhao2021]: halfway through, one super-net for each option of a decision goes on from the trained one.

All train as SPOS does, first on the whole space, then each on its part. The decision is the free one with the most
options, the first of several: on NAS-Bench-201 the edge from the input to the first node, as in the official code.
Two decisions make a super-net for each pair of options, 25 there.

The paper trains one super-net for 600 epochs and each of five others for 300; here all of them together spend what any
other strategy does. Its `course` is "even" by default: half of that before the split, half after it. With "paper", each
part trains half as long as the super-net that it comes from: with five parts, two sevenths before the split.

References:
    [Zhao2021] Zhao et al., "Few-shot Neural Architecture Search", ICML 2021.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import ceil, prod
from typing import ClassVar

from nasrank.bench.training.step import Step
from nasrank.bench.training.strategies.registry import STRATEGIES
from nasrank.bench.training.strategies.spos import SinglePathOneShot
from nasrank.spaces.subspace import Choosable, split, whole_decisions


@STRATEGIES.register
class FewShot(SinglePathOneShot):
    name = "few_shot"
    label = "few-shot"
    reference = "Zhao2021"
    divides = True
    switches: ClassVar[Mapping[str, tuple[str | int, ...]]] = {
        "split_decisions": (1, 2),
        "course": ("even", "paper"),
    }

    @property
    def generations(self) -> tuple[float, ...]:
        if self.chosen["course"] == "even":
            return (0.5, 0.5)
        parts = self._parts()
        return (2 / (2 + parts), parts / (2 + parts))

    @property
    def least_passes(self) -> int:
        return ceil(self._parts() / self.generations[1])

    def divide(self, step: Callable[[], Step]) -> Sequence[Choosable]:
        """Raises ValueError where the space has not so many free decisions."""
        del step
        largest, count = self._largest(), self.chosen["split_decisions"]
        if len(largest) != count:
            raise ValueError(f"{self.label} cannot split {count} free decisions: the space has {len(largest)}")
        parts: list[Choosable] = [self.space]
        for place in largest:
            options = range(len(self.space.decisions[place].options))
            parts = [smaller for part in parts for smaller in split(part, place, [[option] for option in options])]
        return parts

    def _parts(self) -> int:
        """How many super-nets there are after the split."""
        return prod(len(self.space.decisions[place].options) for place in self._largest())

    def _largest(self) -> list[int]:
        """Places of the decisions to split, as many of these as there are."""
        places = sorted(whole_decisions(self.space), key=lambda place: -len(self.space.decisions[place].options))
        return places[: int(self.chosen["split_decisions"])]
