"""The stand-alone transformer, a decoder of characters or words [Vaswani2017, Xiong2020].

Each layer is causal self-attention and then a perceptron of one hidden layer, each of which is added to its input. With
normalization `post`, the sum is normalized; with `pre`, the sub-layer's input; with `sandwich`, its input and its
output. What leaves a last layer that is not `post` is normalized once more.

References:
    [Vaswani2017] Vaswani et al., "Attention Is All You Need", NeurIPS 2017.
    [Xiong2020] Xiong et al., "On Layer Normalization in the Transformer Architecture", ICML 2020.
    [Ding2021] Ding et al., "CogView: Mastering Text-to-Image Generation via Transformers", NeurIPS 2021.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nasrank.spaces.integers import refuse_sizes
from nasrank.spaces.transformer.costs import LENGTH, TOKENS, WIDTH, refuse_depth, refuse_width
from nasrank.spaces.transformer.stack import LAYERS, Layer, Transformer, places

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {"relu": F.relu, "gelu": F.gelu}

EPSILON = 1e-5
"""Of normalizations."""


def linear(inputs: int, outputs: int) -> nn.Linear:
    """A linear layer with weights as Glorot and Bengio draw them, and biases of zero [Xiong2020]."""
    layer = nn.Linear(inputs, outputs)
    nn.init.xavier_normal_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def normalization(norm: str, width: int) -> nn.Module:
    """Of each token by itself."""
    return nn.LayerNorm(width, EPSILON) if norm == "layer" else nn.RMSNorm(width, EPSILON)


def attended(made: Tensor, heads: int) -> Tensor:
    """Results of causal self-attention `(batch, length, width)`, of one head after the other.

    Args:
        made: queries, keys and values, one after the other, `(batch, length, 3 * width)`.
    """
    batch, length, _ = made.shape
    queries, keys, values = made.view(batch, length, 3, heads, -1).permute(2, 0, 3, 1, 4)
    results = F.scaled_dot_product_attention(queries, keys, values, is_causal=True)
    return results.transpose(1, 2).reshape(batch, length, -1)


def added(
    tokens: Tensor,
    placement: str,
    inner: nn.Module | None,
    outer: nn.Module | None,
    compute: Callable[[Tensor], Tensor],
) -> Tensor:
    """Tokens with what a sub-layer makes of them, normalized where the placement says.

    Args:
        inner: normalizes what the sub-layer sees, where it is `pre` or `sandwich`.
        outer: normalizes the sum where it is `post`, and the sub-layer's output where it is `sandwich`.
    """
    found = compute(tokens if inner is None or placement == "post" else inner(tokens))
    if outer is None or placement == "pre":
        return tokens + found
    normalized: Tensor = outer(tokens + found) if placement == "post" else tokens + outer(found)
    return normalized


class Around(nn.Module):
    """What is around the layers: embedding, positions, a last normalization and the decoder.

    Raises:
        ValueError: a size is no integer or below one, a width of which four heads make no whole ones, or a
            depth of less than six.
    """

    def __init__(self, *, width: int, depth: int, norm: str, activation: str, tokens: int, length: int) -> None:
        refuse_sizes(tokens=tokens, length=length)
        refuse_width(width)
        refuse_depth(depth)
        super().__init__()
        self.scale = sqrt(width)
        self.activate = ACTIVATIONS[activation]
        self.embedding = nn.Embedding(tokens, width)
        nn.init.normal_(self.embedding.weight, std=1 / self.scale)
        self.positions = nn.Parameter(torch.empty(length, width).normal_(std=0.02))
        self.last_norm: nn.Module | None = normalization(norm, width)
        self.decoder = linear(width, tokens)

    def entered(self, windows: Tensor) -> Tensor:
        """Tokens `(batch, length, width)` of windows `(batch, length)`; ValueError where these are too long."""
        if windows.shape[1] > len(self.positions):
            raise ValueError(f"windows of {windows.shape[1]} tokens, and positions for {len(self.positions)}")
        embedded: Tensor = self.embedding(windows) * self.scale
        return embedded + self.positions[: windows.shape[1]]

    def decoded(self, tokens: Tensor, last: Layer) -> Tensor:
        """Logits `(batch, length, tokens)` of what left the last layer."""
        if self.last_norm is not None and last.placement != "post":
            tokens = self.last_norm(tokens)
        logits: Tensor = self.decoder(tokens)
        return logits


class TransformerLayer(nn.Module):
    """One layer of the stand-alone network."""

    def __init__(self, layer: Layer, *, width: int, norm: str, activate: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.layer, self.activate = layer, activate
        has_inner, has_outer = layer.placement != "post", layer.placement != "pre"
        self.attention_inner = normalization(norm, width) if has_inner else None
        self.attention_outer = normalization(norm, width) if has_outer else None
        self.queries, self.results = linear(width, 3 * width), linear(width, width)
        self.perceptron_inner = normalization(norm, width) if has_inner else None
        self.perceptron_outer = normalization(norm, width) if has_outer else None
        self.hidden, self.visible = linear(width, layer.ratio * width), linear(layer.ratio * width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens `(batch, length, width)` from such ones."""
        placement = self.layer.placement
        tokens = added(tokens, placement, self.attention_inner, self.attention_outer, self._attend)
        return added(tokens, placement, self.perceptron_inner, self.perceptron_outer, self._compute)

    def _attend(self, tokens: Tensor) -> Tensor:
        results: Tensor = self.results(attended(self.queries(tokens), self.layer.heads))
        return results

    def _compute(self, tokens: Tensor) -> Tensor:
        visible: Tensor = self.visible(self.activate(self.hidden(tokens)))
        return visible


class TransformerNetwork(Around):
    """The stand-alone network.

    Args:
        transformer: the architecture.
        width: channels of a token, a multiple of four.
        depth: layers, six or more.
        norm: "layer" or "rms".
        activation: of hidden layers, "relu" or "gelu".
        tokens: of the vocabulary.
        length: tokens that a window may have.

    Raises:
        ValueError: a size is no integer or below one, a width of which four heads make no whole ones, or a
            depth of less than six.
    """

    def __init__(
        self,
        transformer: Transformer,
        *,
        width: int = WIDTH,
        depth: int = LAYERS,
        norm: str = "layer",
        activation: str = "relu",
        tokens: int = TOKENS,
        length: int = LENGTH,
    ) -> None:
        super().__init__(width=width, depth=depth, norm=norm, activation=activation, tokens=tokens, length=length)
        self.last = transformer.layers[-1]
        if self.last.placement == "post":
            self.last_norm = None
        self.layers = nn.Sequential(
            *(
                TransformerLayer(layer, width=width, norm=norm, activate=self.activate)
                for layer, made in zip(transformer.layers, places(depth), strict=True)
                for _ in made
            )
        )

    def forward(self, windows: Tensor) -> Tensor:
        """Logits `(batch, length, tokens)` of windows `(batch, length)`, of each token the one that follows.

        Raises:
            ValueError: windows are longer than that.
        """
        return self.decoded(self.layers(self.entered(windows)), self.last)
