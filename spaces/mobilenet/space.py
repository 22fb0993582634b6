"""RLNAS's space of MobileNet-like networks [Zhang2021] as a `SearchSpace`, at the scale of small images.

The authors' has 21 layers in six stages for images of 224 x 224. This one has eight in three, for 16 x 16: 3,630,312
chains, 2,795,688 of them different when each is trained by itself. The options of a layer, their order and the
super-net are the authors'; which layers can be left out follows from their shapes, where the authors' code leaves it to
the list of candidates.

References:
    [Zhang2021] Zhang et al., "Neural Architecture Search with Random Labels", CVPR 2021.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from math import ceil, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from nasrank.spaces.decisions import Decision
from nasrank.spaces.integers import IntArray, index
from nasrank.spaces.mobilenet import chain as chains
from nasrank.spaces.mobilenet.chain import BLOCKS, IDENTITY, OPTIONS_OF_LAYER, REPEATS, STAGES, Chain
from nasrank.spaces.mobilenet.costs import cost_table, network_cost
from nasrank.spaces.product import ProductSpace
from nasrank.spaces.registry import SPACES
from nasrank.spaces.space import Cost, OpGraph

if TYPE_CHECKING:
    from nasrank.spaces.mobilenet.network import ChainNetwork
    from nasrank.spaces.mobilenet.options import ChainNetworkOptions, ChainOptions
    from nasrank.spaces.mobilenet.supernet import ChainSuperNet


class MobileNet(ProductSpace[Chain]):
    """Eight decisions, one operation a layer; layers that keep the shape of their input may be left out.

    Alone, chains that differ only in which layers of a stage are left out train alike, so they have one key. In the
    super-net they do not: each layer has weights of its own, and `functional` leaves them apart.
    """

    name = "mobilenet"
    reference = "Zhang2021"
    strata = sum(REPEATS) + 1
    value_type = Chain
    decisions = tuple(Decision(f"layer {layer}", options) for layer, options in enumerate(OPTIONS_OF_LAYER, start=1))

    @property
    def passes_per_mixture(self) -> int:
        """By multiply-adds: a mixture computes six blocks a layer, and the mean path less than one."""
        return ceil(cost_table().passes_per_mixture)

    def from_choices(self, choices: Sequence[int]) -> Chain:
        return Chain(tuple(choices))

    def to_choices(self, architecture: Chain) -> tuple[int, ...]:
        return architecture.operations

    def parse(self, text: str) -> Chain:
        return chains.parse(text)

    def key(self, architecture: Chain) -> str:
        return chains.key(architecture)

    def traits(self, architecture: Chain) -> dict[str, int]:
        """How many layers are not left out."""
        return {"inverted residuals": sum(operation != IDENTITY for operation in architecture.operations)}

    # --- sampling by the layers that are left out ---

    def stratum(self, architecture: Chain) -> int:
        """How many layers are left out, which in uniform samples is hardly ever all that can be."""
        return architecture.operations.count(IDENTITY)

    def sample_of_stratum(self, generator: np.random.Generator, stratum: int) -> Chain:
        """A chain drawn uniformly from those that leave out so many layers.

        Raises:
            ValueError: no integer from 0 to 5.
        """
        left_out = index(stratum, self.strata, "stratum:")
        repeats = np.flatnonzero(REPEATS)
        operations = generator.integers(len(BLOCKS), size=len(REPEATS))
        operations[generator.choice(repeats, left_out, replace=False)] = IDENTITY
        return Chain(tuple(operations.tolist()))

    # --- what is known of a chain ---

    def graph(self, architecture: Chain) -> OpGraph:
        """A chain, in which layers that are left out have a node."""
        labels = ("input", *(chains.OPTIONS[operation] for operation in architecture.operations), "output")
        return OpGraph(labels, tuple((node, node + 1) for node in range(len(labels) - 1)))

    # --- networks ---

    @property
    def options(self) -> type[ChainOptions]:
        from nasrank.spaces.mobilenet.options import ChainOptions

        return ChainOptions

    @property
    def network_options(self) -> type[ChainNetworkOptions]:
        from nasrank.spaces.mobilenet.options import ChainNetworkOptions

        return ChainNetworkOptions

    def network(self, architecture: Chain, **options: Any) -> ChainNetwork:
        """The stand-alone network; the options are those of `ChainNetwork`."""
        from nasrank.spaces.mobilenet.network import ChainNetwork

        return ChainNetwork(architecture, **options)

    def supernet(self, **options: Any) -> ChainSuperNet:
        """Shared weights for all chains; the options are those of `ChainSuperNet`."""
        from nasrank.spaces.mobilenet.supernet import ChainSuperNet

        return ChainSuperNet(**options)

    def cost(self, architecture: Chain, **macro: int) -> Cost:
        """The options and their defaults are those of `cost_table`."""
        return network_cost(architecture, **macro)

    def costs(self, positions: IntArray) -> tuple[IntArray, IntArray]:
        """As `cost` without options, added up layer by layer: a fraction of a second for the whole space."""
        rows, table = self._all_inside(positions), cost_table()
        parameters = np.full(len(rows), table.around.parameters, dtype=np.int64)
        multiply_adds = np.full(len(rows), table.around.multiply_adds, dtype=np.int64)
        for options, costs in zip(self._options(rows), table.layers, strict=True):
            parameters += np.array([cost.parameters for cost in costs])[options]
            multiply_adds += np.array([cost.multiply_adds for cost in costs])[options]
        return parameters, multiply_adds

    def _options(self, positions: IntArray) -> Iterator[IntArray]:
        """Of one layer after the other, its options at these positions, `(n,)`."""
        for stride, radix in zip(self._strides, self._radices, strict=True):
            yield positions // stride % radix

    # --- isomorphism classes: of each stage, its first block and any sequence of blocks after it ---

    @property
    def classes(self) -> int:
        return prod(len(BLOCKS) * sum(_sequences(layers - 1)) for layers in STAGES)

    def classes_of(self, positions: IntArray) -> IntArray:
        """The number of a class is the position of its member whose identities come last in every stage."""
        rows = self._all_inside(positions)
        numbers = np.zeros(len(rows), dtype=np.int64)
        options, first = list(self._options(rows)), 0
        for layers in STAGES:
            stage = np.stack(options[first : first + layers])
            last = np.argsort(stage == IDENTITY, axis=0, kind="stable")
            for place, chosen in enumerate(np.take_along_axis(stage, last, axis=0), start=first):
                numbers += self._strides[place] * chosen
            first += layers
        return numbers

    def random_class_choices(self, generator: np.random.Generator) -> list[int]:
        """Of each stage a sequence of blocks, each as likely, at random places among its layers."""
        choices: list[int] = []
        for layers in STAGES:
            sequences = list(accumulate(_sequences(layers - 1)))
            length = int(np.searchsorted(sequences, generator.integers(sequences[-1]), side="right"))
            places = set(generator.permutation(layers - 1)[:length].tolist())
            kept = [True, *(place in places for place in range(layers - 1))]
            choices += [int(generator.integers(len(BLOCKS))) if block else IDENTITY for block in kept]
        return choices


SPACES.register(MobileNet())


def _sequences(most: int) -> list[int]:
    """How many sequences of blocks there are of each length up to the most."""
    return [len(BLOCKS) ** length for length in range(most + 1)]
