"""One block of the super-net, which computes any of the 36 with leading or trailing parts of the widest one's weights.

A channel of a token has the same weights wherever it goes through the same kind of part: global heads are the first
ones, and the local branch works on the last channels. A short kernel is the middle of the long one, as in [Cai2020].

References:
    [Cai2020] Cai et al., "Once-for-All: Train One Network and Specialize it for Efficient Deployment", ICLR 2020.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nasrank.spaces.glit.blocks import EXPANSIONS, HEADS, KERNELS, RATIOS, WIDTHS, Block
from nasrank.spaces.glit.network import EPSILON, attended, convolved, linear, swished
from nasrank.spaces.layers import SlicedNormalization
from nasrank.spaces.ways import Narrowing, WeightPart, leading

WIDEST, LARGEST, LONGEST, DEEPEST = int(max(WIDTHS)), max(EXPANSIONS), max(KERNELS), max(RATIOS)


def of_queries(weight: Tensor, outputs: int, inputs: int) -> Tensor:
    """What makes the queries, keys and values of the first heads, each as wide as there are outputs for it."""
    channels = weight.shape[1]
    heads = HEADS * inputs // channels
    parts = weight.view(3, HEADS, -1, channels)[:, :heads, : outputs // (3 * heads), :inputs]
    return parts.reshape(outputs, inputs)


def of_results(weight: Tensor, outputs: int, inputs: int) -> Tensor:
    """What makes channels of the results of the first heads."""
    channels = len(weight)
    heads = HEADS * outputs // channels
    return weight.view(channels, HEADS, -1)[:outputs, :heads, : inputs // heads].reshape(outputs, inputs)


def of_gates(weight: Tensor, outputs: int, inputs: int) -> Tensor:
    """What makes the first inner channels, and then their gates, of the last channels of tokens."""
    channels = weight.shape[1]
    return weight.view(2, -1, channels)[:, : outputs // 2, channels - inputs :].reshape(outputs, inputs)


def to_the_last(weight: Tensor, outputs: int, inputs: int) -> Tensor:
    """What makes the last channels of tokens of the first inner ones."""
    return weight[len(weight) - outputs :, :inputs]


@lru_cache
def middle(length: int) -> Narrowing:
    """Takes so much of the middle of the kernels of the first channels."""

    def shortened(kernel: Tensor, outputs: int, inputs: int) -> Tensor:
        start = (kernel.shape[-1] - length) // 2
        return kernel[:outputs, :inputs, :, start : start + length]

    return shortened


class SharedBlock(nn.Module):
    """All three heads as global and as local ones, and the multilayer perceptron, each as large as any block has it."""

    def __init__(self, width: int, *, affine: bool, tracked: bool) -> None:
        super().__init__()
        self.width, channels = width, HEADS * width
        inner = LARGEST * channels
        self.first_norm = nn.LayerNorm(channels, EPSILON)
        self.queries = linear(channels, 3 * WIDEST * channels)
        self.results = linear(WIDEST * channels, channels)
        self.gates = linear(channels, 2 * inner)
        self.depthwise = nn.Conv2d(inner, inner, (1, LONGEST), groups=inner, bias=False)
        self.norm = SlicedNormalization(inner, affine=affine, tracked=tracked)
        self.outward = linear(inner, channels)
        self.second_norm = nn.LayerNorm(channels, EPSILON)
        self.hidden = linear(channels, DEEPEST * channels)
        self.visible = linear(DEEPEST * channels, channels)

    def parts(self, block: Block) -> dict[str, WeightPart]:
        """By layer, the weights that a block uses, with their names in here."""
        channels, seen = HEADS * self.width, block.heads * self.width
        hidden = block.ratio * channels
        used: dict[str, tuple[tuple[int, int], Narrowing]] = {}
        if seen:
            inner = block.heads * int(block.width * self.width)
            used |= {"queries": ((3 * inner, seen), of_queries), "results": ((seen, inner), of_results)}
        if local := channels - seen:
            inner = block.expansion * local
            used |= {"gates": ((2 * inner, local), of_gates), "depthwise": ((inner, 1), middle(block.kernel))}
            used |= {"outward": ((local, inner), to_the_last)}
        used |= {"hidden": ((hidden, channels), leading), "visible": ((channels, hidden), leading)}
        return {layer: WeightPart(f"{layer}.weight", *part) for layer, part in used.items()}

    def forward(self, tokens: Tensor, block: Block) -> Tensor:
        """Tokens `(batch, tokens, channels)` from such ones, as this block makes them."""
        weights = {
            layer: part.of({part.name: getattr(self, layer).weight}) for layer, part in self.parts(block).items()
        }
        normalized, seen = self.first_norm(tokens), block.heads * self.width
        beside = [self._global(normalized[..., :seen], block.heads, weights)] if seen else []
        if block.heads < HEADS:
            beside.append(self._local(normalized[..., seen:], weights))
        tokens = tokens + (torch.cat(beside, -1) if len(beside) > 1 else beside[0])
        hidden = F.linear(self.second_norm(tokens), weights["hidden"], self.hidden.bias[: len(weights["hidden"])])
        return tokens + F.linear(F.gelu(hidden), weights["visible"], self.visible.bias)

    def _global(self, tokens: Tensor, heads: int, weights: Mapping[str, Tensor]) -> Tensor:
        inward, outward = weights["queries"], weights["results"]
        bias = self.queries.bias.view(3, HEADS, -1)[:, :heads, : len(inward) // (3 * heads)].reshape(-1)
        results = attended(F.linear(tokens, inward, bias), heads)
        return F.linear(results, outward, self.results.bias[: len(outward)])

    def _local(self, tokens: Tensor, weights: Mapping[str, Tensor]) -> Tensor:
        inner = len(weights["depthwise"])
        bias = self.gates.bias.view(2, -1)[:, :inner].reshape(-1)
        gated = F.glu(F.linear(tokens, weights["gates"], bias))
        row = self.norm.normalize(convolved(gated, weights["depthwise"]), slice(inner))
        return F.linear(swished(row), weights["outward"], self.outward.bias[-len(weights["outward"]) :])
