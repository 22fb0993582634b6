"""Global and local heads in each block of a small vision transformer [Chen2021].

Here the images are small, and so are the transformers: six blocks in place of twelve, of 48 channels in place of 192,
and kernels of 5, 9 and 17 tokens in place of 17, 31 and 45. There is no class token, of which a convolution over the
sequence makes a pixel like any other; the classifier sees the mean of all tokens.

References:
    [Chen2021] Chen et al., "GLiT: Neural Architecture Search for Global and Local Image Transformer", ICCV 2021.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nasrank.spaces.decisions import Decision
from nasrank.spaces.glit import blocks
from nasrank.spaces.glit.blocks import BLOCKS, DETAILS, EVERY_BLOCK, HEADS, SECOND, Stack
from nasrank.spaces.glit.costs import (
    CLASSES,
    IMAGE_CHANNELS,
    PATCH,
    RESOLUTION,
    WIDTH,
    block_cost,
    network_cost,
    outer_cost,
)
from nasrank.spaces.integers import IntArray
from nasrank.spaces.product import DistinctSpace
from nasrank.spaces.registry import SPACES
from nasrank.spaces.space import Cost, OpGraph

if TYPE_CHECKING:
    from nasrank.spaces.glit.network import GlitNetwork
    from nasrank.spaces.glit.options import GlitNetworkOptions, GlitOptions
    from nasrank.spaces.glit.supernet import GlitSuperNet

HEADS_LEVEL, DETAILS_LEVEL = "heads", "details"


class Glit(DistinctSpace[Stack]):
    """Twelve decisions: of each of six blocks how many of three heads are global, then the detail of each block.

    The paper searches level by level: first the heads, with default details, then the details of what it found. What an
    option of a detail, `1.1` to `3.3`, means depends on the heads of the block; its two figures are the places of

    | global heads | first figure | second figure |
    |---|---|---|
    | 0 | kernel of the local branch: 17, 9, 5 | expansion of the local branch: 1, 2, 4 |
    | 1 or 2 | expansion of the local branch: 1, 2, 4 | ratio of the multilayer perceptron: 4, 2, 6 |
    | 3 | width of queries, keys and values: 1, 1/2, 2 | ratio of the multilayer perceptron: 4, 2, 6 |

    What a block does not choose is as in `1.1`, which is the default of every block.
    """

    name = "glit"
    reference = "Chen2021"
    value_type = Stack
    mixes = False
    decisions = (
        *(Decision.numbers(f"heads {block}", range(HEADS + 1), level=HEADS_LEVEL) for block in range(BLOCKS)),
        *(
            Decision(
                f"detail {block}",
                tuple(f"{1 + detail // SECOND}.{1 + detail % SECOND}" for detail in range(DETAILS)),
                level=DETAILS_LEVEL,
            )
            for block in range(BLOCKS)
        ),
    )

    def from_choices(self, choices: Sequence[int]) -> Stack:
        return blocks.from_choices(choices)

    def to_choices(self, architecture: Stack) -> tuple[int, ...]:
        return (*architecture.heads, *architecture.details)

    def parse(self, text: str) -> Stack:
        return blocks.parse(text)

    def traits(self, architecture: Stack) -> dict[str, int]:
        """How many heads are global, of eighteen."""
        return {"global heads": sum(architecture.heads)}

    def graph(self, architecture: Stack) -> OpGraph:
        """Of each block the global heads beside the local branch, then the multilayer perceptron.

        What leads around them is the same in all architectures, and left out.
        """
        labels, edges, last = ["input"], [], 0
        for block in architecture.blocks:
            beside = [f"global {block.heads} v{block.width:g}"] if block.heads else []
            if block.heads < HEADS:
                beside.append(f"local {HEADS - block.heads} k{block.kernel} e{block.expansion}")
            after = last + len(beside) + 1
            edges += [(last, place) for place in range(last + 1, after)]
            edges += [(place, after) for place in range(last + 1, after)]
            labels += [*beside, f"mlp {block.ratio}"]
            last = after
        return OpGraph((*labels, "output"), (*edges, (last, last + 1)))

    # --- networks ---

    @property
    def options(self) -> type[GlitOptions]:
        from nasrank.spaces.glit.options import GlitOptions

        return GlitOptions

    @property
    def network_options(self) -> type[GlitNetworkOptions]:
        from nasrank.spaces.glit.options import GlitNetworkOptions

        return GlitNetworkOptions

    def network(self, architecture: Stack, **options: Any) -> GlitNetwork:
        """The stand-alone network; the options are those of `GlitNetwork`."""
        from nasrank.spaces.glit.network import GlitNetwork

        return GlitNetwork(architecture, **options)

    def supernet(self, **options: Any) -> GlitSuperNet:
        """Shared weights for all architectures; the options are those of `GlitSuperNet`."""
        from nasrank.spaces.glit.supernet import GlitSuperNet

        return GlitSuperNet(**options)

    def cost(self, architecture: Stack, **macro: int) -> Cost:
        """The options, their defaults and what is counted are those of `network_cost`."""
        return network_cost(architecture, **macro)

    def costs(self, positions: IntArray) -> tuple[IntArray, IntArray]:
        """A sum over blocks, each of which costs the same in any place."""
        choices = self.choices(positions)
        tokens = (RESOLUTION // PATCH) ** 2
        around = outer_cost(width=WIDTH, patch=PATCH, classes=CLASSES, tokens=tokens, image_channels=IMAGE_CHANNELS)
        each = [block_cost(block, width=WIDTH, tokens=tokens) for block in EVERY_BLOCK]
        numbers = DETAILS * choices[:, :BLOCKS] + choices[:, BLOCKS:]
        parameters, multiply_adds = (
            np.array([getattr(cost, name) for cost in each], dtype=np.int64)[numbers].sum(axis=1)
            + getattr(around, name)
            for name in ("parameters", "multiply_adds")
        )
        return parameters, multiply_adds


SPACES.register(Glit())
