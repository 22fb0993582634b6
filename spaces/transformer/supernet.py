"""The super-net of transformers: layers of the widest perceptron, of which a path uses parts.

Attention has the same weights whatever the number of heads, which divide its channels, and a perceptron the first
hidden units of the widest one. The weights of sub-layers are shared by all placements; a normalization before them is
shared by `pre` and `sandwich`, and one behind them by `post` and `sandwich`. A path is a hard one: what different
placements leave is of different sizes, and has no sum that were any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import cast

import torch.nn.functional as F
from torch import Tensor, nn

from nasrank.spaces.supernet import HardPath, SoftPath, SuperNet, along_chains
from nasrank.spaces.transformer.costs import LENGTH, TOKENS, WIDTH
from nasrank.spaces.transformer.network import Around, added, attended, linear, normalization
from nasrank.spaces.transformer.stack import LAYERS, RATIOS, Layer, Transformer, from_choices, places
from nasrank.spaces.ways import WeightPart, WeightsOnWays

ADDED = ("positions", "embedding.weight")
"""What is looked up, and multiplies nothing."""


class TransformerSuperNet(Around, SuperNet):
    """Shared weights for all architectures.

    Args:
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
        *,
        width: int = WIDTH,
        depth: int = LAYERS,
        norm: str = "layer",
        activation: str = "relu",
        tokens: int = TOKENS,
        length: int = LENGTH,
    ) -> None:
        super().__init__(width=width, depth=depth, norm=norm, activation=activation, tokens=tokens, length=length)
        self._around = [name for name, weights in self.named_parameters() if weights.dim() > 1 and name not in ADDED]
        self._places = places(depth)
        self.layers = nn.ModuleList(SharedLayer(width=width, norm=norm, activate=self.activate) for _ in range(depth))

    @property
    def keeps_statistics(self) -> bool:
        return False

    def forward(self, windows: Tensor, path: HardPath | SoftPath, *, numbers: bool = False) -> Tensor:
        """See `SuperNet`; ValueError for a soft path."""
        del numbers
        chosen, tokens = _chosen(path).layers, self.entered(windows)
        for place, layer in enumerate(chosen):
            tokens = self._through(place, layer, tokens)
        return self.decoded(tokens, chosen[-1])

    def each_path(self, windows: Tensor, paths: Sequence[HardPath]) -> Iterator[tuple[list[int], Tensor]]:
        """See `SuperNet`; paths share the layers up to the first in which they differ."""
        alike: dict[tuple[Layer, ...], list[int]] = {}
        for place, path in enumerate(paths):
            alike.setdefault(_chosen(path).layers, []).append(place)
        for layers, tokens in along_chains(alike, self.entered(windows), self._through):
            yield alike[layers], self.decoded(tokens, layers[-1])

    def _through(self, place: int, layer: Layer, tokens: Tensor) -> Tensor:
        for number in self._places[place]:
            tokens = self.layers[number](tokens, layer)
        return tokens

    def weights_on_ways(self, path: HardPath) -> WeightsOnWays:
        """All matrices that the path multiplies by, once each; no normalization, bias, position or embedding."""
        counts = {WeightPart(name): 1 for name in self._around}
        for place, layer in enumerate(_chosen(path).layers):
            for number in self._places[place]:
                parts = cast(SharedLayer, self.layers[number]).parts(layer)
                counts |= {part.within(f"layers.{number}"): 1 for part in parts}
        return WeightsOnWays(counts)


class SharedLayer(nn.Module):
    """A layer with all normalizations, and the widest perceptron."""

    def __init__(self, *, width: int, norm: str, activate: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.width, self.activate = width, activate
        self.attention_inner, self.attention_outer = normalization(norm, width), normalization(norm, width)
        self.queries, self.results = linear(width, 3 * width), linear(width, width)
        self.perceptron_inner, self.perceptron_outer = normalization(norm, width), normalization(norm, width)
        self.hidden, self.visible = linear(width, max(RATIOS) * width), linear(max(RATIOS) * width, width)

    def forward(self, tokens: Tensor, layer: Layer) -> Tensor:
        """Tokens `(batch, length, width)` from such ones, as this layer makes them."""
        units = layer.ratio * self.width

        def attend(seen: Tensor) -> Tensor:
            return cast(Tensor, self.results(attended(self.queries(seen), layer.heads)))

        def compute(seen: Tensor) -> Tensor:
            hidden = self.activate(F.linear(seen, self.hidden.weight[:units], self.hidden.bias[:units]))
            return F.linear(hidden, self.visible.weight[:, :units], self.visible.bias)

        tokens = added(tokens, layer.placement, self.attention_inner, self.attention_outer, attend)
        return added(tokens, layer.placement, self.perceptron_inner, self.perceptron_outer, compute)

    def parts(self, layer: Layer) -> list[WeightPart]:
        """The weights that a layer uses, with their names in here."""
        units = layer.ratio * self.width
        return [
            WeightPart("queries.weight"),
            WeightPart("results.weight"),
            WeightPart("hidden.weight", (units, self.width)),
            WeightPart("visible.weight", (self.width, units)),
        ]


def _chosen(path: HardPath | SoftPath) -> Transformer:
    """The architecture that a path makes; ValueError where it is no hard one of eighteen options."""
    if len(path) and isinstance(path[0], Tensor) and path[0].dim():
        raise ValueError("the super-net of transformer computes no mixtures; a path is one option a decision")
    return from_choices(cast(HardPath, path))
