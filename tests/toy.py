"""A space, a super-net and a task small enough to reason about by hand, with unequal numbers of options a decision."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Self

import numpy as np
import torch
from torch import Tensor, nn

from nasrank.bench.data import Description
from nasrank.bench.tasks import Score, Task
from nasrank.bench.tasks.classification import Classification
from nasrank.bench.training.step import Batch, Step
from nasrank.spaces.decisions import Decision
from nasrank.spaces.moves import Moves
from nasrank.spaces.supernet import HardPath, SoftPath, SuperNet
from nasrank.spaces.ways import WeightPart, WeightsOnWays

DECISIONS = (Decision("first", tuple("ab")), Decision("second", tuple("abcde")), Decision("third", tuple("abc")))
"""2 x 5 x 3 options, so that nothing may take the number of options of one decision for another's."""

CLASSES, WIDTH = 4, 12


@dataclass(frozen=True)
class ToySpace:
    """As much of a space as strategies need; `rule` says which choices make an architecture."""

    decisions: Sequence[Decision] = DECISIONS
    rule: Callable[[Sequence[int]], bool] = lambda choices: True

    @property
    def passes_per_mixture(self) -> int:
        return max(len(decision.options) for decision in self.decisions)

    def random_choices(self, generator: np.random.Generator) -> list[int]:
        architectures = list(filter(self.rule, product(*(range(len(decision.options)) for decision in self.decisions))))
        return list(architectures[generator.integers(len(architectures))])

    random_class_choices = random_choices

    def allows(self, choices: Sequence[int]) -> bool:
        return self.rule(choices)

    def representative(self, choices: Sequence[int]) -> tuple[int, ...]:
        return tuple(choices)

    mutate_choices = Moves.mutate_choices
    cross_choices = Moves.cross_choices


TOY = ToySpace()

CONSTRAINED = ToySpace(
    (Decision("first", tuple("ab"), free=False), Decision("second", tuple("abcde"), free=False), DECISIONS[2]),
    rule=lambda choices: choices[0] + choices[1] == 3,
)
"""Two decisions that go together in two ways only, and a free one."""


class ToySuperNet(SuperNet):
    """Each option of each decision is one linear map with a tanh, one decision after the other."""

    def __init__(self, decisions: Sequence[Decision] = DECISIONS, seed: int = 0) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.options = nn.ModuleList(
                nn.ModuleList(nn.Linear(WIDTH, WIDTH) for _ in decision.options) for decision in decisions
            )
            self.classifier = nn.Linear(WIDTH, CLASSES)

    keeps_statistics = False

    def forward(self, images: Tensor, path: HardPath | SoftPath, *, numbers: bool = False) -> Tensor:
        features = images.flatten(1)
        for maps, chosen in zip(self.options, path, strict=True):
            if isinstance(chosen, Tensor):
                computed = chosen.detach().nonzero().flatten()
                features = torch.stack([chosen[option] * maps[option](features).tanh() for option in computed]).sum(0)
                features = features + chosen[chosen.detach() == 0].sum() if numbers else features
            else:
                features = maps[chosen](features).tanh()
        return self.classifier(features)

    def each_path(self, images: Tensor, paths: Sequence[HardPath]) -> Iterator[tuple[list[int], Tensor]]:
        for place, path in enumerate(paths):
            yield [place], self(images, path)

    def weights_on_ways(self, path: HardPath) -> WeightsOnWays:
        maps = [f"options.{decision}.{option}.weight" for decision, option in enumerate(path)]
        return WeightsOnWays({WeightPart(name): 1 for name in (*maps, "classifier.weight", "classifier.bias")})


class LossTable(SuperNet):
    """One decision; option i has the loss `values[i]`, whatever the images. With `MeanOutput` as the task."""

    keeps_statistics = False

    def __init__(self, values: Sequence[float]) -> None:
        super().__init__()
        self.values = nn.Parameter(torch.tensor(values, dtype=torch.float64))

    def forward(self, images: Tensor, path: HardPath | SoftPath) -> Tensor:
        return self.values[path[0]].expand(len(images))

    def each_path(self, images: Tensor, paths: Sequence[HardPath]) -> Iterator[tuple[list[int], Tensor]]:
        for place, path in enumerate(paths):
            yield [place], self(images, path)


class MeanOutput(Task):
    """The loss of an output is its mean."""

    name = "mean_output"
    measures = (Score("loss", "mean output", "1", higher_is_better=False),)

    @classmethod
    def of(cls, _data: Description) -> Self:
        return cls()

    def loss(self, outputs: Tensor, _targets: Tensor) -> Tensor:
        return outputs.mean()

    def statistics(self, outputs: Tensor, _targets: Tensor) -> Tensor:
        return torch.stack([outputs.double().sum(), torch.tensor(float(outputs.numel()), dtype=torch.float64)])

    def scores(self, total: Tensor) -> dict[str, float]:
        return {"loss": float(total[0] / total[1])}

    def example(self, samples: int, generator: torch.Generator) -> Batch:
        return torch.randn(samples, generator=generator), torch.zeros(samples)


def random_batch(size: int = 16, seed: int = 0, *, shape: Sequence[int] = (3, 2, 2)) -> Batch:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(size, *shape, generator=generator), torch.randint(CLASSES, (size,), generator=generator)


def endless(batch: Batch) -> Iterator[Batch]:
    while True:
        yield batch


def make_step(
    supernet: SuperNet,
    fraction: float = 0.5,
    batch: Batch | None = None,
    held_out: Callable[[], Batch] | None = None,
    task: object = None,
) -> Step:
    """A step on random batches; training and held-out images differ."""
    return Step(
        supernet,
        task or Classification(CLASSES),
        fraction,
        batch or random_batch(seed=1),
        held_out or (lambda: random_batch(seed=2)),
        torch.optim.SGD(supernet.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4),
    )


def gradients(supernet: nn.Module) -> dict[str, Tensor]:
    """Of all weights that have one."""
    return {name: weights.grad.clone() for name, weights in supernet.named_parameters() if weights.grad is not None}


def count_backward_passes(weights: Tensor) -> list[int]:
    """Appends to the list it returns whenever a backward pass has reached these weights."""
    passes: list[int] = []
    weights.register_post_accumulate_grad_hook(lambda _: passes.append(1))
    return passes


def stream(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)
