"""Recurrent cells of four nodes as a `SearchSpace`: 6,144 of them, 1,499 up to the order of nodes.

DARTS searches eight nodes [Liu2019], ENAS and NAO eleven and more [Pham2018, Luo2018]. Four make a space small enough
that a table can hold it whole. Activations, gates and the mean of the nodes are those of DARTS. As in ENAS, a node is
fed by exactly one other, which is one decision together with its activation, as they are one in NAO.

References:
    [Liu2019] Liu, Simonyan & Yang, "DARTS: Differentiable Architecture Search", ICLR 2019.
    [Pham2018] Pham et al., "Efficient Neural Architecture Search via Parameter Sharing", ICML 2018.
    [Luo2018] Luo et al., "Neural Architecture Optimization", NeurIPS 2018.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nasrank.spaces.decisions import Decision
from nasrank.spaces.integers import IntArray
from nasrank.spaces.product import ProductSpace
from nasrank.spaces.recurrent import cell as cells
from nasrank.spaces.recurrent.cell import NODES, OPTIONS, RecurrentCell
from nasrank.spaces.recurrent.costs import network_cost
from nasrank.spaces.registry import SPACES
from nasrank.spaces.space import Cost, OpGraph

if TYPE_CHECKING:
    from nasrank.spaces.recurrent.network import RecurrentNetwork
    from nasrank.spaces.recurrent.options import RecurrentNetworkOptions, RecurrentOptions
    from nasrank.spaces.recurrent.supernet import RecurrentSuperNet


class Recurrent(ProductSpace[RecurrentCell]):
    """Four decisions: for each node its activation, and the node that feeds it."""

    name = "recurrent"
    reference = "Liu2019"
    inputs = "text"
    value_type = RecurrentCell
    decisions = tuple(Decision(f"node {node}", options) for node, options in enumerate(OPTIONS, start=1))

    @property
    def passes_per_mixture(self) -> int:
        """A node has ten options in the mean, and a mixture computes all of them."""
        return sum(map(len, OPTIONS)) // NODES

    def from_choices(self, choices: Sequence[int]) -> RecurrentCell:
        return RecurrentCell(tuple(choices))

    def to_choices(self, architecture: RecurrentCell) -> tuple[int, ...]:
        return architecture.options

    def parse(self, text: str) -> RecurrentCell:
        return cells.parse(text)

    def key(self, architecture: RecurrentCell) -> str:
        return cells.key(architecture)

    def traits(self, architecture: RecurrentCell) -> dict[str, int]:
        """How deep the tree is."""
        return {"depth": architecture.depth}

    def graph(self, architecture: RecurrentCell) -> OpGraph:
        """The tree from the state after the input, and from each other node an edge to the mean of them."""
        feeding = tuple((source, node) for node, source in enumerate(architecture.sources, start=1))
        averaged = tuple((node, NODES + 1) for node in range(1, NODES + 1))
        return OpGraph(("input", *architecture.activations, "output"), feeding + averaged)

    # --- networks ---

    @property
    def options(self) -> type[RecurrentOptions]:
        from nasrank.spaces.recurrent.options import RecurrentOptions

        return RecurrentOptions

    @property
    def network_options(self) -> type[RecurrentNetworkOptions]:
        from nasrank.spaces.recurrent.options import RecurrentNetworkOptions

        return RecurrentNetworkOptions

    def network(self, architecture: RecurrentCell, **options: Any) -> RecurrentNetwork:
        """From windows of tokens `(batch, length)` to logits `(batch, length, tokens)`.

        The options are those of `RecurrentNetwork`.
        """
        from nasrank.spaces.recurrent.network import RecurrentNetwork

        return RecurrentNetwork(architecture, **options)

    def supernet(self, **options: Any) -> RecurrentSuperNet:
        """Shared weights for all cells; the options are those of `RecurrentSuperNet`."""
        from nasrank.spaces.recurrent.supernet import RecurrentSuperNet

        return RecurrentSuperNet(**options)

    def cost(self, architecture: RecurrentCell, **macro: int) -> Cost:
        """All cells cost the same. The options and their defaults are those of `network_cost`."""
        del architecture
        return network_cost(**macro)

    def costs(self, positions: IntArray) -> tuple[IntArray, IntArray]:
        cost, count = network_cost(), len(self._all_inside(positions))
        return np.full(count, cost.parameters, dtype=np.int64), np.full(count, cost.multiply_adds, dtype=np.int64)


SPACES.register(Recurrent())
