"""Transformers whose layers choose where they are normalized, as a `SearchSpace` around a question of [Xiong2020].

The authors compare two transformers, with normalization after each sum and before each sub-layer. Here each of six
layers chooses between these and both at once, and besides its heads and the ratio of its hidden layer: 387,420,489
architectures of about the size that trains in seconds. Warm-up, by which the two differ most, is nothing of a network;
tables that were trained with it and without have different protocols.

References:
    [Xiong2020] Xiong et al., "On Layer Normalization in the Transformer Architecture", ICML 2020.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nasrank.spaces.decisions import Decision
from nasrank.spaces.integers import IntArray
from nasrank.spaces.product import DistinctSpace
from nasrank.spaces.registry import SPACES
from nasrank.spaces.space import Cost, OpGraph
from nasrank.spaces.transformer import stack
from nasrank.spaces.transformer.costs import LENGTH, WIDTH, layer_cost, network_cost
from nasrank.spaces.transformer.stack import EVERY_LAYER, HEADS, LAYERS, NUMBERS, PLACEMENTS, RATIOS, Transformer

if TYPE_CHECKING:
    from nasrank.spaces.transformer.network import TransformerNetwork
    from nasrank.spaces.transformer.options import TransformerNetworkOptions, TransformerOptions
    from nasrank.spaces.transformer.supernet import TransformerSuperNet


class Transformers(DistinctSpace[Transformer]):
    """Eighteen decisions: of each of six layers its placement of normalizations, its heads, and its ratio."""

    name = "transformer"
    reference = "Xiong2020"
    inputs = "text"
    value_type = Transformer
    mixes = False
    decisions = tuple(
        decision
        for layer in range(LAYERS)
        for decision in (
            Decision(f"placement {layer}", PLACEMENTS),
            Decision.numbers(f"heads {layer}", HEADS),
            Decision.numbers(f"ratio {layer}", RATIOS),
        )
    )

    def from_choices(self, choices: Sequence[int]) -> Transformer:
        return stack.from_choices(choices)

    def to_choices(self, architecture: Transformer) -> tuple[int, ...]:
        return architecture.choices

    def parse(self, text: str) -> Transformer:
        return stack.parse(text)

    def traits(self, architecture: Transformer) -> dict[str, int]:
        """How many layers are normalized after the sum, and how many before alone."""
        placements = [layer.placement for layer in architecture.layers]
        return {"post layers": placements.count("post"), "pre layers": placements.count("pre")}

    def graph(self, architecture: Transformer) -> OpGraph:
        """Of each layer attention and then the perceptron, each with its placement, and sums around them.

        What leads around the layers is the same in all architectures, but for a normalization that the last of them
        decides, and left out.
        """
        labels, edges, last = ["input"], [], 0
        for layer in architecture.layers:
            for part in (f"attention {layer.heads}", f"perceptron {layer.ratio}"):
                labels += [f"{layer.placement} {part}", "sum"]
                edges += [(last, last + 1), (last, last + 2), (last + 1, last + 2)]
                last += 2
        return OpGraph((*labels, "output"), (*edges, (last, last + 1)))

    # --- networks ---

    @property
    def options(self) -> type[TransformerOptions]:
        from nasrank.spaces.transformer.options import TransformerOptions

        return TransformerOptions

    @property
    def network_options(self) -> type[TransformerNetworkOptions]:
        from nasrank.spaces.transformer.options import TransformerNetworkOptions

        return TransformerNetworkOptions

    def network(self, architecture: Transformer, **options: Any) -> TransformerNetwork:
        """From windows of tokens `(batch, length)` to logits `(batch, length, tokens)`.

        The options are those of `TransformerNetwork`.
        """
        from nasrank.spaces.transformer.network import TransformerNetwork

        return TransformerNetwork(architecture, **options)

    def supernet(self, **options: Any) -> TransformerSuperNet:
        """Shared weights for all architectures; the options are those of `TransformerSuperNet`."""
        from nasrank.spaces.transformer.supernet import TransformerSuperNet

        return TransformerSuperNet(**options)

    def cost(self, architecture: Transformer, **macro: Any) -> Cost:
        """The options, their defaults and what is counted are those of `network_cost`."""
        return network_cost(architecture, **macro)

    def costs(self, positions: IntArray) -> tuple[IntArray, IntArray]:
        """A sum over layers, each of which costs the same in any place, and the last normalization."""
        choices = self.choices(positions).reshape(-1, LAYERS, len(NUMBERS))
        numbers = choices @ np.array([len(HEADS) * len(RATIOS), len(RATIOS), 1])
        each = [layer_cost(layer, width=WIDTH, length=LENGTH, norm="layer") for layer in EVERY_LAYER]
        first = self.at(0)
        around, layers = network_cost(first), each[0]
        normalized = np.where(choices[:, -1, 0] == PLACEMENTS.index("post"), 0, 2 * WIDTH)
        parameters, multiply_adds = (
            np.array([getattr(cost, name) for cost in each], dtype=np.int64)[numbers].sum(axis=1)
            + getattr(around, name)
            - LAYERS * getattr(layers, name)
            for name in ("parameters", "multiply_adds")
        )
        return parameters + normalized, multiply_adds


SPACES.register(Transformers())
