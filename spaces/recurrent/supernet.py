"""The super-net of recurrent cells, with one matrix a node as in DARTS, or one for each way to feed it as in NAO.

In DARTS a node multiplies by the same matrix whatever feeds it and whatever its activation [Liu2019]; ENAS has one for
each node that may feed it, and NAO's code with shared weights one for each activation besides [Luo2018]. Along a soft
path a node is the weighted sum of what its options make it. The authors of DARTS normalize each node's state in their
super-net and not in their networks; here a path is the network of its cell.

References:
    [Liu2019] Liu, Simonyan & Yang, "DARTS: Differentiable Architecture Search", ICLR 2019.
    [Luo2018] Luo et al., "Neural Architecture Optimization", NeurIPS 2018.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from math import sqrt
from typing import Literal, cast

import torch
from torch import Tensor, nn

from nasrank.spaces.placing import placed
from nasrank.spaces.recurrent.cell import ACTIVATIONS, NODES, OPTIONS, RecurrentCell, ways
from nasrank.spaces.recurrent.costs import LENGTH, TOKENS, WIDTH
from nasrank.spaces.recurrent.network import ACTIVATE, Around, averaged, gated
from nasrank.spaces.supernet import HardPath, SoftPath, SuperNet, added_numbers
from nasrank.spaces.ways import WeightPart, WeightsOnWays


class RecurrentSuperNet(Around, SuperNet):
    """Shared weights for all cells.

    Args:
        width: of a state and of the embedding of a token.
        tokens: of the vocabulary.
        length: tokens of a window, which the super-net need not know.
        recurrent_weights: whether a "node" has one matrix, or each "edge" and activation into it.
    """

    def __init__(
        self,
        *,
        width: int = WIDTH,
        tokens: int = TOKENS,
        length: int = LENGTH,
        recurrent_weights: Literal["node", "edge"] = "node",
    ) -> None:
        super().__init__(width=width, tokens=tokens, length=length)
        self._around = [name for name, weights in self.named_parameters() if weights.dim() > 1]
        shared = recurrent_weights == "node"
        self.nodes = nn.ModuleList(SharedNode(width, 1 if shared else len(options)) for options in OPTIONS)

    @property
    def keeps_statistics(self) -> bool:
        return False

    def forward(self, windows: Tensor, path: HardPath | SoftPath, *, numbers: bool = False) -> Tensor:
        """Logits `(batch, length, tokens)` of windows `(batch, length)` along a path."""
        if len(path) != NODES:
            raise ValueError(f"a path has {NODES} entries, one a node, not {len(path)}")
        if not isinstance(path[0], Tensor):
            return self._hard(windows, RecurrentCell(tuple(cast(HardPath, path))))
        return self._soft(windows, cast(SoftPath, path), numbers=numbers)

    def _hard(self, windows: Tensor, cell: RecurrentCell) -> Tensor:
        links = list(zip(self._kernels(cell), cell.sources, map(ACTIVATE.__getitem__, cell.activations), strict=True))

        def after(root: Tensor) -> Tensor:
            states = [root]
            for kernel, source, activate in links:
                states.append(gated(states[source], states[source] @ kernel, activate))
            return averaged(states[1:])

        return self.run(windows, after)

    def _soft(self, windows: Tensor, path: SoftPath, *, numbers: bool) -> Tensor:
        computed = [torch.nonzero(weights.detach()).flatten().tolist() for weights in path]
        there = placed([*path, *(added_numbers(path) if numbers else ())], windows.device)
        weighed = [weights.unbind() for weights in there[:NODES]]
        added: Sequence[Tensor | None] = there[NODES:] if numbers else [None] * NODES

        def after(root: Tensor) -> Tensor:
            states = [root]
            for place, node in enumerate(cast(Sequence[SharedNode], self.nodes)):
                mixed = node.mixture(states, weighed[place], computed[place])
                number = added[place]
                states.append(mixed if number is None else mixed + number.to(mixed))
            return averaged(states[1:])

        return self.run(windows, after)

    def _kernels(self, cell: RecurrentCell) -> list[Tensor]:
        return [cast(SharedNode, node).kernel(option) for node, option in zip(self.nodes, cell.options, strict=True)]

    def each_path(self, windows: Tensor, paths: Sequence[HardPath]) -> Iterator[tuple[list[int], Tensor]]:
        """One after the other: a state depends on the whole cell, so that different ones share nothing."""
        places: dict[RecurrentCell, list[int]] = {}
        for place, path in enumerate(paths):
            places.setdefault(RecurrentCell(tuple(path)), []).append(place)
        for cell, those in places.items():
            yield those, self._hard(windows, cell)

    def weights_on_ways(self, path: HardPath) -> WeightsOnWays:
        """A node's matrix as often as ways from the root to the mean of the nodes lead through it; no bias."""
        cell = RecurrentCell(tuple(path))
        counts = {WeightPart(name): 1 for name in self._around}
        for place, (node, option, count) in enumerate(zip(self.nodes, cell.options, ways(cell), strict=True)):
            counts[WeightPart(f"nodes.{place}.{cast(SharedNode, node).name(option)}")] = count
        return WeightsOnWays(counts)


class SharedNode(nn.Module):
    """The matrices of one node: one, or one an option."""

    def __init__(self, width: int, kernels: int) -> None:
        super().__init__()
        bound = 1 / sqrt(width)
        self.kernels = nn.ParameterList(
            nn.Parameter(torch.empty(width, 2 * width).uniform_(-bound, bound)) for _ in range(kernels)
        )

    def kernel(self, option: int) -> Tensor:
        """What the state that feeds the node is multiplied by."""
        return cast(Tensor, self.kernels[option if len(self.kernels) > 1 else 0])

    def name(self, option: int) -> str:
        """The name of the same here."""
        return f"kernels.{option if len(self.kernels) > 1 else 0}"

    def mixture(self, states: Sequence[Tensor], weights: Sequence[Tensor], computed: Sequence[int]) -> Tensor:
        """The sum of what the `computed` options make of the states before, each times its weight."""
        moved: dict[tuple[int, int], Tensor] = {}
        terms = []
        for option in computed:
            source, activation = divmod(option, len(ACTIVATIONS))
            product = (source, option if len(self.kernels) > 1 else 0)
            if product not in moved:
                moved[product] = states[source] @ self.kernel(option)
            activate = ACTIVATE[ACTIVATIONS[activation]]
            terms.append(weights[option] * gated(states[source], moved[product], activate))
        return reduce(torch.add, terms) if terms else torch.zeros_like(states[0])
