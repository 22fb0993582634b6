"""DARTS-PRIME and its first version, constrained optimization in differentiable NAS [Maile2021]: DARTS with three parts
that can each be switched.

The formulas here were made from the abstracts alone, before the authors' code was found; where theirs differs is listed
below. Neither says how the other would rank, and rows of this strategy are to be read as ours, not as the paper's.

Activation of the logits a of a decision with n options. "softmax" is that of DARTS. "independent" weighs an option by
sigmoid(a - log(n - 1)), 1/n at the start as with softmax: no option takes weight from another, and on all edges the
same logit of as many options means the same weight. An option that computes nothing then has no gradient of the loss:
what it weighs at the start is the threshold that another has to rise above to be derived. It belongs to the first
version only.

Schedule of the architecture's updates. "every_step" is that of DARTS. "information" waits until the information of the
training minibatches since the last update reaches twice the running mean of one. That of a minibatch is the trace of
the weights' empirical Fisher matrix, estimated by the squared norm of its gradient. On steps that wait, the held-out
gradient of the logits is computed too, and the update follows the mean of all since the last: so every step costs the
same, that of a step of DARTS, and no held-out image is wasted.

Constraint: weights w of the options shall be those of an architecture. It begins after three tenths of training, for
before the loss has moved them the nearest architecture is a random one; then fifty times z is set to the allowed
architecture nearest to w. "proximity" adds rho/2 times the squared distance of w to z to the held-out loss, with rho
rising linearly from zero. "admm" has a constant rho and scaled dual variables u: z is nearest to w + u, then u grows by
w - z, and the penalty is on the distance of w + u to z. In trainings too short for w to come near z, z goes round the
options by that. It belongs to the first version only. "none" leaves both out.

The authors' code (k8lion/DARTS-PRIME, src/train_scheduled_hard_statebn.py and its model as of 0b68a12; started as its
README says, with --reg prox --schedfreq 10 --dyno_split --dyno_schedule) does the following instead:

- Schedule: the logits are updated when the information of the last minibatch is *below* a threshold, so when the
  weights have settled. The threshold begins at 1, grows by a factor of 1.05 with every step that waits and falls by
  1.05^10 with every update, which comes to one update in eleven steps. Here information is gathered until it suffices,
  and comes to one in two. There, steps that wait compute nothing of the logits, and an update follows the gradient of
  one held-out minibatch; here it follows the mean of all since the last.
- Information: the same, the squared norm of the weights' gradient on the training minibatch before it is clipped. It is
  compared as it is unless --ewma asks for a running mean; here a running mean is what it is compared with.
- Proximity: rho/2 times the distance itself, not its square, of the weights of each kind of cell to the nearest
  architecture, which is looked for at every update. Rho is 1e-3 and grows with the epochs from the first on, by the
  epoch over fifty; here it is 0.03 at the end, begins after three tenths and has fifty targets.
- ADMM: the distance itself again, with dual variables of the logits' own values, not of their weights, renewed after
  every ten updates.
- Activation: the one without competition is the logit itself, clamped to [0, 1] and begun at one over the number of
  options, and an option that reaches zero stays there; here it is a sigmoid.
- Split: --dyno_split gives one eleventh of the training images to the weights and the rest to the logits; here the
  split is the study's.
- Every node of a cell is normalized once more. Adam on the logits has the same settings as here.

References:
    [Maile2021] Maile, Lecarpentier, Luga & Wilson, "DARTS-PRIME: Regularization and Scheduling Improve Constrained
        Optimization in Differentiable NAS", arXiv:2106.11655, 2021; its first version is "On Constrained Optimization
        in Differentiable Neural Architecture Search".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from nasrank.bench.training.step import Step
from nasrank.bench.training.strategies.darts import Darts
from nasrank.bench.training.strategies.discretization import best_choices
from nasrank.bench.training.strategies.registry import STRATEGIES
from nasrank.spaces.subspace import Choosable

WARM_UP = 0.3
"""Share of training before there is a constraint."""

RHO = 0.03
"""Of the constraint: constant in ADMM, at the end of training in proximity.

With five options of equal weight it pulls at a logit with rho times 0.16, which is 0.005: about the mean gradient of
the held-out loss on NAS-Bench-201. Many times as much would hold on to whatever architecture was nearest at first.
"""

PROJECTIONS = 50
"""Times that the nearest architecture is looked for."""

INTERVAL, DECAY = 2.0, 0.9
"""Information to wait for, in minibatches of mean information, and the decay of that running mean."""


@STRATEGIES.register
class DartsPrime(Darts):
    name = "darts_prime"
    label = "DARTS-PRIME"
    reference = "Maile2021"
    switches: ClassVar[Mapping[str, tuple[str | int, ...]]] = {
        "activation": ("softmax", "independent"),
        "schedule": ("information", "every_step"),
        "constraint": ("proximity", "admm", "none"),
    }

    def __init__(self, space: Choosable, generator: np.random.Generator, **switches: str | int) -> None:
        super().__init__(space, generator, **switches)
        self.information = Information()
        self.nearest = Nearest(space, generator, dual=self.chosen["constraint"] == "admm")
        self._waiting: list[Sequence[Tensor]] = []

    def mixture(self) -> list[Tensor]:
        if self.chosen["activation"] == "softmax":
            return self.logits.probabilities()
        return [independent(logits) for logits in self.logits.values]

    def update_architecture(self, step: Step) -> None:
        mixture = self.mixture()
        loss, penalty = step.loss(mixture, step.held_out()), self.penalty(mixture, step.fraction)
        # they are not added up: the sum would be on the device, and the penalty's gradient come back from it by itself
        losses = [loss] if isinstance(penalty, float) else [loss, penalty]
        self._waiting.append(torch.autograd.grad(losses, self.logits.values, materialize_grads=True))
        if self.chosen["schedule"] == "every_step" or self.information.suffices():
            self.logits.follow([torch.stack(gradients).mean(0) for gradients in zip(*self._waiting, strict=True)])
            self._waiting.clear()
            self.information.spend()

    def penalty(self, mixture: Sequence[Tensor], fraction: float) -> Tensor | float:
        """What the constraint adds to the loss at this fraction of training."""
        if self.chosen["constraint"] == "none" or fraction < WARM_UP:
            return 0.0
        progress = (fraction - WARM_UP) / (1 - WARM_UP)
        self.nearest.renew(mixture, progress)
        rho = RHO * progress if self.chosen["constraint"] == "proximity" else RHO
        return rho / 2 * self.nearest.squared_distance(mixture)

    def accumulate(self, step: Step) -> Tensor:
        """As any strategy; what is known of the minibatch's information is read, at once for all weights."""
        loss = step.loss(self.fixed_mixture())
        weights = list(step.supernet.parameters())
        gradients = torch.autograd.grad(loss, weights, allow_unused=True)
        own = {weight: gradient for weight, gradient in zip(weights, gradients, strict=True) if gradient is not None}
        squares: list[float] = torch.stack([gradient.square().sum() for gradient in own.values()]).tolist()
        self.information.observe(sum(squares))
        for weight, gradient in own.items():
            weight.grad = gradient if weight.grad is None else weight.grad + gradient
        return loss.detach()


def independent(logits: Tensor) -> Tensor:
    """Weights `(options,)` in (0, 1), each of its own logit alone; 1 / options where that is zero."""
    return torch.sigmoid(logits - torch.tensor(len(logits) - 1.0).log())


class Information:
    """Of minibatches since it was last spent, against the running mean of one."""

    def __init__(self) -> None:
        self.gathered = 0.0
        self.mean: float | None = None

    def observe(self, minibatch: float) -> None:
        self.gathered += minibatch
        self.mean = minibatch if self.mean is None else DECAY * self.mean + (1 - DECAY) * minibatch

    def suffices(self) -> bool:
        """Also before there was any."""
        return self.mean is None or self.gathered >= INTERVAL * self.mean

    def spend(self) -> None:
        self.gathered = 0.0


class Nearest:
    """The allowed architecture nearest to a mixture, as it was when last looked for."""

    def __init__(self, space: Choosable, generator: np.random.Generator, *, dual: bool) -> None:
        self.space = space
        self.generator = generator
        self.dual = dual
        self.target: list[Tensor] = []
        self.duals = [torch.zeros(len(decision.options)) for decision in space.decisions]
        self._due = 0

    def renew(self, mixture: Sequence[Tensor], progress: float) -> None:
        """Look for it if it is time, by the progress in [0, 1]; the greatest total weight is the least distance."""
        if progress * PROJECTIONS < self._due:
            return
        self._due = int(progress * PROJECTIONS) + 1
        shifted = [weights.detach() + dual for weights, dual in zip(mixture, self.duals, strict=True)]
        choices = best_choices(self.space, shifted, self.generator)
        self.target = [
            F.one_hot(torch.tensor(choice), len(weights)).to(weights.dtype)
            for choice, weights in zip(choices, shifted, strict=True)
        ]
        if self.dual:
            self.duals = [weights - target for weights, target in zip(shifted, self.target, strict=True)]

    def squared_distance(self, mixture: Sequence[Tensor]) -> Tensor:
        """Of the mixture, and the dual variables where there are any, to the architecture; differentiable."""
        distances = [
            (weights + dual - target).square().sum()
            for weights, dual, target in zip(mixture, self.duals, self.target, strict=True)
        ]
        return torch.stack(distances).sum()
