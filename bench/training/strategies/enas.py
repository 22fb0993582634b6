"""ENAS [Pham2018]: a controller learns which paths are worth training.

An LSTM draws the options of one decision after the other, each given those before it. A step first lets it learn from
three sampled architectures, whose reward is the first score of the task on one held-out batch, then trains the weights
along a fourth. In the first tenth of training the rewards move the baseline only, so that it does not learn from
weights at their start; the official code trains them for an epoch first. Its logits are 2.5 tanh(x / 5), as in the
paper; learning rate, entropy, baseline and the betas and epsilon of Adam are those of NAS-Bench-201 [Dong2020]. The
epsilon is large against the gradients of rewards that say nothing. With Adam's usual one every update would be of the
same size, and such rewards alone would drive the controller to a few architectures.

The policy gradient is REINFORCE's with a moving baseline. The bonus is -log p of the sample, so that its gradient is
on average exactly that of the reward's mean plus the weighted entropy. Where a space forbids combinations they are
drawn again; the gradient then lacks the term of the probability to draw an architecture at all, which is zero where
the baseline is the mean reward. Where that would never end, the space says which options are still open, and the
controller draws among those.

An update of the controller waits for the device at each of its three rewards.

The official code derives the best of a hundred samples by their super-net scores. `derive` has no images to score
them on and returns what the controller itself holds most likely, decision by decision.

References:
    [Dong2020] Dong & Yang, "NAS-Bench-201: Extending the Scope of Reproducible Neural Architecture Search", ICLR 2020.
    [Pham2018] Pham et al., "Efficient Neural Architecture Search via Parameter Sharing", ICML 2018.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nasrank.bench.training.controller import Controller
from nasrank.bench.training.step import Step
from nasrank.bench.training.strategies.registry import STRATEGIES
from nasrank.bench.training.strategies.spos import SinglePathOneShot
from nasrank.spaces.subspace import Choosable, found_by_chance, open_options

HIDDEN = 100
TANH, TEMPERATURE = 2.5, 5.0
ADAM: dict[str, Any] = {"lr": 1e-3, "betas": (0.0, 0.999), "eps": 1e-3}
ENTROPY_WEIGHT = 1e-4
BASELINE_DECAY = 0.99

REWARDED = 3
"""Evaluations a step, forward passes that together cost one of training."""

WARM_UP = 0.1
"""Share of training before the controller moves."""

AT_ONCE = 16
"""Samples that the LSTM draws together, which takes hardly longer than one."""

DERIVED_FROM = 100


@STRATEGIES.register
class Enas(SinglePathOneShot):
    name = "enas"
    label = "ENAS"
    reference = "Pham2018"
    revision = 1
    passes_per_step = 2
    switches: ClassVar[Mapping[str, tuple[str | int, ...]]] = {}

    def __init__(self, space: Choosable, generator: np.random.Generator, **switches: str | int) -> None:
        super().__init__(space, generator, **switches)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(generator.integers(2**63)))
            self.controller = Controller(
                space.decisions,
                hidden=HIDDEN,
                tanh=TANH,
                temperature=TEMPERATURE,
                open_options=None if found_by_chance(space) else open_options(space),
            )
        self.baseline: float | None = None
        self._optimizer = torch.optim.Adam(self.controller.parameters(), **ADAM)

    def path(self) -> list[int]:
        return self.sample(1)[0]

    def sample(self, count: int) -> list[list[int]]:
        """Choices of so many architectures, drawn by the controller.

        Raises:
            FloatingPointError: hardly any of its samples is an architecture.
        """
        candidates = self._candidates(self.generator)
        return [self.draw_allowed(candidates.__next__, list) for _ in range(count)]

    def _candidates(self, generator: np.random.Generator) -> Iterator[list[int]]:
        while True:
            noise = generator.gumbel(size=(AT_ONCE, *self.controller.shape))
            yield from self.controller.decode(torch.from_numpy(noise)).tolist()

    def update_architecture(self, step: Step) -> None:
        paths, batch, reward = self.sample(REWARDED), step.held_out(), step.task.score_names[0]
        loss = self.surrogate(paths, [step.evaluate(path, batch)[reward] for path in paths])
        if step.fraction < WARM_UP:
            return
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()

    def surrogate(self, paths: Sequence[Sequence[int]], rewards: Sequence[float]) -> Tensor:
        """A scalar whose gradient, on average over sampled paths, is minus that of the controller's objective.

        Moves the baseline, which starts at the mean of the first rewards.

        Raises:
            FloatingPointError: a reward is not finite.
        """
        if not np.isfinite(rewards).all():
            raise FloatingPointError(f"the rewards of {self.label} are {list(rewards)}")
        log_probabilities = self.controller.log_probabilities(torch.tensor(paths))
        gains = torch.tensor(rewards) - ENTROPY_WEIGHT * log_probabilities.detach()
        baseline = float(gains.mean()) if self.baseline is None else self.baseline
        self.baseline = BASELINE_DECAY * baseline + (1 - BASELINE_DECAY) * float(gains.mean())
        return -((gains - baseline) * log_probabilities).mean()

    @torch.no_grad()
    def preference(self, paths: Sequence[Sequence[int]]) -> npt.NDArray[np.float64]:
        """Log-probability under the controller, `(paths,)`."""
        return np.asarray(self.controller.log_probabilities(torch.tensor(paths)).double().numpy())

    def derive(self) -> list[int]:
        """The most probable option of one decision after the other.

        Where that is no architecture, the most probable of a hundred that are, drawn without moving the generator.
        """
        greedy: list[int] = self.controller.decode(torch.zeros(1, *self.controller.shape))[0].tolist()
        if self.space.allows(greedy):
            return greedy
        candidates = self._candidates(deepcopy(self.generator))
        drawn = [self.draw_allowed(candidates.__next__, list) for _ in range(DERIVED_FROM)]
        return drawn[int(self.controller.log_probabilities(torch.tensor(drawn)).argmax())]
