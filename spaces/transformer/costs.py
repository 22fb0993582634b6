"""What transformers cost, computed without building them."""

from __future__ import annotations

from nasrank.spaces.integers import refuse_sizes
from nasrank.spaces.space import Cost
from nasrank.spaces.transformer.stack import HEADS, LAYERS, Layer, Transformer, places

WIDTH, TOKENS, LENGTH = 48, 50, 32
"""Of a token; of the vocabulary and of a window of the characters of the Penn Treebank."""

MOST_HEADS = max(HEADS)

NORMALIZATIONS = {"post": 1, "pre": 1, "sandwich": 2}
"""Of each of the two sub-layers of a layer, by its placement."""

NUMBERS_A_CHANNEL = {"layer": 2, "rms": 1}
"""Of a normalization: a scale, and a shift."""


def refuse_width(width: int) -> None:
    """ValueError unless each head has a whole number of channels, at least one."""
    refuse_sizes(width=width)
    if width % MOST_HEADS:
        raise ValueError(f"width is {width}; {MOST_HEADS} heads need a multiple of {MOST_HEADS}")


def refuse_depth(depth: int) -> None:
    """ValueError unless each layer that is chosen can be one of so many."""
    refuse_sizes(depth=depth)
    if depth < LAYERS:
        raise ValueError(f"depth is {depth}; an architecture chooses {LAYERS} layers")


def layer_cost(layer: Layer, *, width: int, length: int, norm: str) -> Cost:
    """Of one layer, on windows of so many tokens."""
    hidden = layer.ratio * width
    matrices = 4 * width * width + 2 * width * hidden
    biases = 4 * width + hidden + width
    normalizations = 2 * NORMALIZATIONS[layer.placement] * NUMBERS_A_CHANNEL[norm] * width
    return Cost(matrices + biases + normalizations, length * matrices + 2 * length**2 * width)


def network_cost(
    transformer: Transformer,
    *,
    width: int = WIDTH,
    depth: int = LAYERS,
    norm: str = "layer",
    activation: str = "relu",
    tokens: int = TOKENS,
    length: int = LENGTH,
) -> Cost:
    """Trainable parameters, and multiply-adds of one window of `length` tokens.

    Multiply-adds are those of linear layers and of the two products of attention, queries with keys and weights with
    values, of which those with later tokens are counted, too: they are computed and then left out. Embeddings,
    normalizations and activations count as free.

    Raises:
        ValueError: a size is no integer or below one, a width of which four heads make no whole ones, or a
            depth of less than six.
    """
    del activation
    refuse_sizes(tokens=tokens, length=length)
    refuse_width(width)
    refuse_depth(depth)
    each = [layer_cost(layer, width=width, length=length, norm=norm) for layer in transformer.layers]
    parts = [cost for cost, made in zip(each, places(depth), strict=True) for _ in made]
    around = tokens * width + length * width + width * tokens + tokens
    if transformer.layers[-1].placement != "post":
        around += NUMBERS_A_CHANNEL[norm] * width
    return Cost(
        around + sum(part.parameters for part in parts),
        length * width * tokens + sum(part.multiply_adds for part in parts),
    )
