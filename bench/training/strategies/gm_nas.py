"""GM-NAS [Hu2022]: the space is split where options pull the shared weights in different directions.

All super-nets train as SPOS does. After 40 % of training, and again after 60 %, each is replaced by two, which share
the options of one decision between them: the decision and the two groups of options are those of the greatest sum of
gradient distances between the groups. That makes four super-nets. A decision is split once at most.

Two other ways to split are there to compare with at equal compute. `random` takes a random decision and random groups
of the same sizes. `exhaustive` splits once, after 40 %, into one super-net for each option of a random decision.

Differences from the paper's code: distances are averaged over 10 batches instead of 100, and one architecture a batch
serves all decisions, so that splitting NAS-Bench-201 twice costs 250 passes and then twice 210, which is 7 % of 9,375;
they are paid from the budget. They are of all shared weights but the option's own, of stem and classifier, too, and of
any architectures, also those that lead nowhere. There each super-net trains as long before a split as the one before
it, and the last ones longer, so that three quarters of all compute come after the last split (with random
sampling, 20, 20 and 50 epochs of one, two and four super-nets); here it is two fifths. The weights are not reset before
the last generation. As in that code, learning rate and momentum go on across splits.

References:
    [Hu2022] Hu et al., "Generalizing Few-Shot NAS with Gradient Matching", ICLR 2022.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import ceil
from typing import ClassVar

import numpy as np

from nasrank.bench.training.gradient_matching import best_cut, cut_score, option_distances
from nasrank.bench.training.step import Step
from nasrank.bench.training.strategies.registry import STRATEGIES
from nasrank.bench.training.strategies.spos import SinglePathOneShot
from nasrank.spaces.subspace import Choosable, split, whole_decisions

BATCHES = 10

EPOCHS = (20, 50)
"""Of each super-net in the authors' code: before each split, and after the last one."""


@STRATEGIES.register
class GradientMatching(SinglePathOneShot):
    name = "gm_nas"
    label = "GM-NAS"
    reference = "Hu2022"
    divides = True
    revision = 1
    anneals_anew = False
    switches: ClassVar[Mapping[str, tuple[str | int, ...]]] = {
        "split": ("gradient_matching", "random", "exhaustive"),
        "course": ("even", "paper"),
    }

    @property
    def generations(self) -> tuple[float, ...]:
        exhaustive = self.chosen["split"] == "exhaustive"
        if self.chosen["course"] == "even":
            return (0.4, 0.6) if exhaustive else (0.4, 0.2, 0.4)
        before, last = EPOCHS
        epochs = (before, self._most_options() * last) if exhaustive else (before, 2 * before, 4 * last)
        return tuple(one / sum(epochs) for one in epochs)

    @property
    def passes_per_division(self) -> int:
        if self.chosen["split"] != "gradient_matching":
            return 0
        return BATCHES * (1 + sum(len(options) - 1 for options in self._candidates().values()))

    @property
    def least_passes(self) -> int:
        first, *later = self.generations
        if len(later) == 1:
            return ceil(max(1 / first, self._most_options() / later[0]))
        second, third = later
        each = max(1 / second, (2 + self.passes_per_division) / third)  # of two super-nets that are divided again
        return ceil(2 * each + self.passes_per_division / (1 - first)) + 1

    def divide(self, step: Callable[[], Step]) -> Sequence[Choosable]:
        """Raises ValueError where no free decision is left to split."""
        candidates = self._candidates()
        if not candidates:
            raise ValueError(f"{self.label} has no free decision left to split")
        if self.chosen["split"] == "gradient_matching":
            return split(self.space, *self._best_split(step, candidates))
        place = int(self.generator.choice(list(candidates)))
        order = [int(option) for option in self.generator.permutation(candidates[place])]
        if self.chosen["split"] == "exhaustive":
            return split(self.space, place, [[option] for option in order])
        half = len(order) // 2
        return split(self.space, place, [order[:half], order[half:]])

    def _candidates(self) -> dict[int, range]:
        """Options of the decisions that can be split, by place."""
        return {place: range(len(self.space.decisions[place].options)) for place in whole_decisions(self.space)}

    def _most_options(self) -> int:
        return max(map(len, self._candidates().values()))

    def _best_split(
        self, step: Callable[[], Step], candidates: Mapping[int, range]
    ) -> tuple[int, Sequence[tuple[int, ...]]]:
        """The decision and its two groups of options.

        Raises:
            FloatingPointError: a gradient is not finite.
        """
        found = [
            option_distances(step(), self.space.random_choices(self.generator), candidates) for _ in range(BATCHES)
        ]
        distances = {place: np.mean([batch[place] for batch in found], axis=0) for place in candidates}
        if not all(np.isfinite(matrix).all() for matrix in distances.values()):
            raise FloatingPointError(f"{self.label} cannot compare gradients that are not finite")
        cuts = {place: best_cut(matrix) for place, matrix in distances.items()}
        place = max(cuts, key=lambda place: cut_score(distances[place], cuts[place]))
        return place, cuts[place]
