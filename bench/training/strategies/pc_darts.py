"""PC-DARTS [Xu2020]: DARTS in which the options see a quarter of the channels, and edges into a node are weighed.

In the super-net a quarter of the channels go through the options and the others past them. Beside the logits of the
options there are logits of the edges: decisions that lead into the same node share a weight of one, by a softmax, and
each multiplies its options' weights by its share; decisions that lead into none are not weighed. For the first three
tenths of training, 15 of the paper's 50 epochs, all logits stay where they are.

In those tenths their gradients are computed as always and dropped, so that every step costs what it is charged for. It
is charged like a step of DARTS, although options on a quarter of the channels cost less; the paper takes larger batches
for that.

In the paper's space the shares help to decide which edges are kept. Here a decision's log weights are multiplied by its
share relative to the mean share: architectures are compared by what the heavier edges say. Which option a decision
prefers is the same for any share, so the derived architecture depends on them only where a space forbids combinations.

References:
    [Xu2020] Xu et al., "PC-DARTS: Partial Channel Connections for Memory-Efficient Architecture Search", ICLR 2020.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

import torch
from torch import Tensor

from nasrank.bench.training.step import Step
from nasrank.bench.training.strategies.darts import Darts
from nasrank.bench.training.strategies.registry import STRATEGIES
from nasrank.spaces.decisions import Decision

WARM_UP = 0.3
"""Share of training before the logits move."""


@STRATEGIES.register
class PcDarts(Darts):
    name = "pc_darts"
    label = "PC-DARTS"
    reference = "Xu2020"
    learning_rate = 6e-4
    supernet_options: ClassVar[Mapping[str, Any]] = {"partial_channels": 4}

    @cached_property
    def places_into(self) -> dict[str, list[int]]:
        """Places of the decisions that lead into each node."""
        places: dict[str, list[int]] = {}
        for place, decision in enumerate(self.space.decisions):
            if decision.into:
                places.setdefault(decision.into, []).append(place)
        return places

    def learned_decisions(self) -> list[Decision]:
        """Those of the space, and for each node which of the decisions into it counts most."""
        decisions = self.space.decisions
        edges = (
            Decision(node, tuple(decisions[place].name for place in places))
            for node, places in self.places_into.items()
        )
        return [*decisions, *edges]

    def mixture(self) -> list[Tensor]:
        options = self.logits.probabilities()[: len(self.space.decisions)]
        return [share * weights for share, weights in zip(self.shares(), options, strict=True)]

    def shares(self) -> list[Tensor]:
        """What each decision's weights are multiplied by, a number of its own, differentiable."""
        shares = [torch.ones(())] * len(self.space.decisions)
        edges = self.logits.probabilities()[len(shares) :]
        for places, weights in zip(self.places_into.values(), edges, strict=True):
            for place, weight in zip(places, weights, strict=True):
                shares[place] = weight
        return shares

    def update_architecture(self, step: Step) -> None:
        loss = step.loss(self.mixture(), step.held_out())
        if step.fraction < WARM_UP:
            torch.autograd.grad(loss, self.logits.values, allow_unused=True)
        else:
            self.logits.descend(loss)

    def scores(self) -> list[Tensor]:
        """The log weight of each option, times the share of its decision relative to the mean share."""
        members = {place: len(places) for places in self.places_into.values() for place in places}
        return [
            (members.get(place, 1) * share * logits.log_softmax(0)).detach()
            for place, (share, logits) in enumerate(zip(self.shares(), self.logits.values, strict=False))
        ]
