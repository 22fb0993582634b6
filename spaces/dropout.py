"""What a training forward of a super-net leaves out at random: outputs of operations, and whole kinds of them [Yu2021].

Only a forward along a path of its own: where whole architectures are compared on the same images, nothing is left out.

References:
    [Yu2021] Yu, Ranftl & Salzmann, "An Analysis of Super-Net Heuristics in Weight-Sharing NAS", arXiv:2110.01154, 2021.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from nasrank.bench.foundation.devices import moved


def seeded_stream() -> torch.Generator:
    """A stream of random numbers that torch's global one seeds."""
    return torch.Generator().manual_seed(int(torch.randint(2**62, ())))


def refuse_no_rate(**rates: float) -> None:
    """ValueError that names the first of the rates that is not in [0, 1)."""
    for name, rate in rates.items():
        if not 0 <= rate < 1:
            raise ValueError(f"{name} is {rate}; it is a probability below 1")


@dataclass(frozen=True)
class Draws:
    """The random side of one training forward.

    Attributes:
        generator: the super-net's own stream.
        path_dropout: probability that an image does without the output of an operation.
        off: kinds of operations that are switched off in the whole network.
    """

    generator: torch.Generator
    path_dropout: float = 0.0
    off: frozenset[int] = frozenset()

    def dropped(self, output: Tensor) -> Tensor:
        """An operation's output with zeros for the images that do without it, and scaled up for the others."""
        if not self.path_dropout:
            return output
        kept = torch.rand(len(output), 1, 1, 1, generator=self.generator) >= self.path_dropout
        return output * moved((kept / (1 - self.path_dropout)).to(output.dtype), output.device)


def switched_off(
    rate: float, kinds: Iterable[int], leaves_some: Callable[[frozenset[int]], bool], generator: torch.Generator
) -> frozenset[int]:
    """Kinds of operations to do without, each with the same probability, drawn again until they leave some of a path.

    So the last kind that a path depends on is never switched off, and others less often than the rate says. Nothing is
    drawn for a path that has nothing to leave.
    """
    kinds = tuple(kinds)
    if not rate or not leaves_some(frozenset()):
        return frozenset()
    while True:
        drawn = torch.rand(len(kinds), generator=generator) < rate
        off = frozenset(kind for kind, switched in zip(kinds, drawn.tolist(), strict=True) if switched)
        if leaves_some(off):
            return off
