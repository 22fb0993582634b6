"""Six layers of a transformer, each with a placement of its normalizations, heads, and a ratio of its hidden layer.

Layers are printed one after the other, such as `post:h4,r2|pre:h1,r4|sandwich:h2,r1|pre:h1,r1|pre:h4,r4|post:h2,r2`:
four heads, and a hidden layer of twice the channels of a token.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from nasrank.spaces.integers import indices

LAYERS = 6

PLACEMENTS = ("post", "pre", "sandwich")
"""Normalized after the sum [Vaswani2017], before the sub-layer [Xiong2020], or before and after it [Ding2021]."""

HEADS, RATIOS = (1, 2, 4), (1, 2, 4)

NUMBERS = (PLACEMENTS, HEADS, RATIOS)
"""What there is to choose of a layer."""

_COUNTS = tuple(map(len, NUMBERS))
_PLACES = ("placement:", "heads:", "ratio:")
_LAYER = re.compile(rf"({'|'.join(PLACEMENTS)}):h(\d+),r(\d+)", re.ASCII)


@dataclass(frozen=True, order=True)
class Layer:
    """One layer, as indices of its options.

    Raises:
        ValueError: one of them is no integer in its range.
    """

    chosen: tuple[int, int, int]

    def __post_init__(self) -> None:
        placement, heads, ratio = indices(self.chosen, _COUNTS, _PLACES, what="option")
        object.__setattr__(self, "chosen", (placement, heads, ratio))

    @property
    def placement(self) -> str:
        """Where it is normalized, one of `PLACEMENTS`."""
        return PLACEMENTS[self.chosen[0]]

    @property
    def heads(self) -> int:
        """Of the attention."""
        return HEADS[self.chosen[1]]

    @property
    def ratio(self) -> int:
        """Hidden units of its perceptron, in multiples of the channels of a token."""
        return RATIOS[self.chosen[2]]

    def __str__(self) -> str:
        return f"{self.placement}:h{self.heads},r{self.ratio}"


EVERY_LAYER = tuple(Layer((p, h, r)) for p, h, r in product(*map(range, _COUNTS)))


def places(depth: int) -> list[range]:
    """Of each layer that is chosen, which layers of a network of this depth, `LAYERS` or more, are made of it."""
    starts = [-(-place * depth // LAYERS) for place in range(LAYERS + 1)]
    return [range(*ends) for ends in pairwise(starts)]


@dataclass(frozen=True, order=True)
class Transformer:
    """All layers, the one next to the embedding first.

    Raises:
        ValueError: there are not as many.
    """

    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        if len(self.layers) != LAYERS:
            raise ValueError(f"a transformer has {LAYERS} layers, not {len(self.layers)}")

    def __str__(self) -> str:
        return "|".join(map(str, self.layers))

    @property
    def choices(self) -> tuple[int, ...]:
        """Placement, heads and ratio of one layer after the other."""
        return tuple(choice for layer in self.layers for choice in layer.chosen)


def from_choices(choices: Sequence[int]) -> Transformer:
    """From the placement, heads and ratio of each layer in turn.

    Raises:
        ValueError: another number of them, or what is no option.
    """
    count = LAYERS * len(NUMBERS)
    if len(choices) != count:
        raise ValueError(f"expected {count} choices, {len(NUMBERS)} of each of {LAYERS} layers, not {len(choices)}")
    each = (choices[first : first + len(NUMBERS)] for first in range(0, count, len(NUMBERS)))
    return Transformer(tuple(Layer((p, h, r)) for p, h, r in each))


def parse(text: str) -> Transformer:
    """Read the printed form.

    Raises:
        ValueError: another number of layers, or one that is none of these.
    """
    words = text.split("|")
    if len(words) != LAYERS:
        raise ValueError(f"transformer {text!r:.80}: it has {len(words)} layers, not {LAYERS}")
    layers = []
    for place, word in enumerate(words):
        found = _LAYER.fullmatch(word)
        numbers = (found[1], int(found[2]), int(found[3])) if found else None
        if numbers is None or numbers[1] not in HEADS or numbers[2] not in RATIOS or word != _written(*numbers):
            raise ValueError(
                f"transformer {text!r:.80}: layer {place} is {word!r:.40}, and not like pre:h2,r4, with "
                f"{', '.join(PLACEMENTS)}, {_known(HEADS)} heads and a ratio of {_known(RATIOS)}"
            )
        placement, heads, ratio = numbers
        layers.append(Layer((PLACEMENTS.index(placement), HEADS.index(heads), RATIOS.index(ratio))))
    return Transformer(tuple(layers))


def _written(placement: str, heads: int, ratio: int) -> str:
    return f"{placement}:h{heads},r{ratio}"


def _known(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:-1])) + f" or {numbers[-1]}"
