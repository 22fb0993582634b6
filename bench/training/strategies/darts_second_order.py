"""DARTS, second order [Liu2019]: the logits descend the held-out loss of the weights one training step ahead.

That step is the one that `step.optimizer` would take along the gradient of the mixture's training loss, momentum and
weight decay included; Nesterov's momentum too, which the paper does not use. It leaves out the clipping of gradients
and whatever terms add. How the step itself depends on the logits takes the product of a mixed second derivative
and the held-out gradient; it is the difference of two gradients, at weights on either side of the present ones.

On a device other than the CPU an update waits for it four times: for the gradients of the logits at three places, and
for the norm of the held-out gradient, by which the weights are moved.

A step computes the mixture five times: for the step ahead, for the loss there, twice for the difference, and once to
train the weights. All of it is in full precision: the difference would drown in the rounding of a lower one. So it
would in the noise of a super-net that draws anew for every pass, as with dropout or random channels.

References:
    [Liu2019] Liu, Simonyan & Yang, "DARTS: Differentiable Architecture Search", ICLR 2019.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from nasrank.bench.training.step import Step
from nasrank.bench.training.strategies.darts import Darts
from nasrank.bench.training.strategies.registry import STRATEGIES

DISTANCE = 0.01
"""Norm of the change of all weights, on either side, by which the product is measured."""


@STRATEGIES.register
class DartsSecondOrder(Darts):
    name = "darts2"
    label = "DARTS (2nd order)"
    optimizers = ("sgd",)  # whose next step it restates

    @property
    def passes_per_step(self) -> int:
        return 5 * self.space.passes_per_mixture

    def update_architecture(self, step: Step) -> None:
        weights = list(step.supernet.parameters())
        self.logits.follow(self.gradients_one_step_ahead(step.in_full_precision(), weights))

    def gradients_one_step_ahead(self, step: Step, weights: Sequence[Tensor]) -> list[Tensor]:
        """Of the held-out loss after the step ahead, with respect to the logits, `(options,)` a decision.

        The weights are moved about meanwhile, and are what they were in the end.
        """
        logits = self.logits.values
        start = [weight.detach().clone() for weight in weights]
        training = torch.autograd.grad(step.loss(self.fixed_mixture()), weights, materialize_grads=True)
        changes, reach = step_ahead(step.optimizer, weights, training)

        _move(weights, start, changes, 1.0)
        held_out = step.loss(self.mixture(), step.held_out())
        found = torch.autograd.grad(held_out, [*logits, *weights], materialize_grads=True)
        direct, direction = found[: len(logits)], found[len(logits) :]

        radius = DISTANCE / max(float(torch.stack([part.norm() for part in direction]).norm()), 1e-12)
        _move(weights, start, direction, radius)
        above = torch.autograd.grad(step.loss(self.mixture()), logits, materialize_grads=True)
        _move(weights, start, direction, -radius)
        below = torch.autograd.grad(step.loss(self.mixture()), logits, materialize_grads=True)
        _move(weights, start, direction, 0.0)
        return [
            gradient - reach * (one - other) / (2 * radius)
            for gradient, one, other in zip(direct, above, below, strict=True)
        ]


def step_ahead(
    optimizer: torch.optim.Optimizer, weights: Sequence[Tensor], gradients: Sequence[Tensor]
) -> tuple[list[Tensor], float]:
    """How a step along these gradients changes the weights, and how far it goes against a unit of gradient."""
    (settings,) = optimizer.param_groups
    momentum = settings["momentum"]
    changes = []
    with torch.no_grad():
        for weight, gradient in zip(weights, gradients, strict=True):
            decayed = gradient + settings["weight_decay"] * weight
            buffer = optimizer.state.get(weight, {}).get("momentum_buffer")
            moved = decayed if buffer is None else decayed + momentum * buffer
            changes.append(-settings["lr"] * (decayed + momentum * moved if settings["nesterov"] else moved))
    return changes, settings["lr"] * (1 + momentum if settings["nesterov"] else 1)


def _move(weights: Sequence[Tensor], start: Sequence[Tensor], direction: Sequence[Tensor], distance: float) -> None:
    with torch.no_grad():
        for weight, origin, towards in zip(weights, start, direction, strict=True):
            weight.copy_(origin.add(towards, alpha=distance) if distance else origin)
