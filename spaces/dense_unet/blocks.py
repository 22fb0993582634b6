"""Five blocks of a dense encoder-decoder: two that lead down, one below, and two that lead up again [Mortazi2018].

Of each block there are the filters of its layers and the height and width of their kernels, and of the two ways down,
what pools. An architecture is printed in this order, such as `f4k3x1|max|f8k1x5|avg|f12k5x5|f8k3x3|f4k1x1`: four
filters of three rows and one column, then the greatest of each 2x2.

References:
    [Mortazi2018] Mortazi & Bagci, "Automatically Designing CNN Architectures for Medical Image Segmentation", MLMI
        2018.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from nasrank.spaces.integers import indices

FILTERS, KERNELS, POOLINGS = (2, 4, 8, 12), (1, 3, 5), ("max", "avg")

ENTERING = ((), (0,), (0, 1), (0, 1, 2), (0, 3))
"""Of each block, those whose layers it sees, besides the image: what led down, and what was made one scale below."""

SCALES = (0, 1, 2, 1, 0)
"""How often the image is halved where a block is."""

BLOCKS, DOWN = len(SCALES), max(SCALES)

NUMBERS = (FILTERS, KERNELS, KERNELS)
"""What there is to choose of a block."""

OF_BLOCKS = tuple(len(NUMBERS) * block + min(block, DOWN) for block in range(BLOCKS))
"""Where the choices of each block begin."""

OF_POOLINGS = tuple(OF_BLOCKS[way] + len(NUMBERS) for way in range(DOWN))
"""Where those of the poolings are."""

CHOICES = len(NUMBERS) * BLOCKS + DOWN

_COUNTS = tuple(map(len, NUMBERS))
_POOLED = tuple(2 * way + 1 for way in range(DOWN))
_PLACES = ("filters:", "kernel height:", "kernel width:")


@dataclass(frozen=True, order=True)
class Block:
    """One block, as indices of its options.

    Raises:
        ValueError: one of them is no integer in its range.
    """

    chosen: tuple[int, int, int]

    def __post_init__(self) -> None:
        filters, height, width = indices(self.chosen, _COUNTS, _PLACES, what="option")
        object.__setattr__(self, "chosen", (filters, height, width))

    @property
    def filters(self) -> int:
        """Of each of its layers."""
        return FILTERS[self.chosen[0]]

    @property
    def kernel(self) -> tuple[int, int]:
        """Height and width, in pixels."""
        return KERNELS[self.chosen[1]], KERNELS[self.chosen[2]]

    def __str__(self) -> str:
        height, width = self.kernel
        return f"f{self.filters}k{height}x{width}"


_BY_TEXT = {str(block): block for block in (Block((f, h, w)) for f, h, w in product(*map(range, _COUNTS)))}


@dataclass(frozen=True, order=True)
class Step:
    """What is computed at the place of one block, and all that it depends on but the features that enter.

    Attributes:
        pooling: of what enters, or empty.
        entering: filters of the blocks whose layers it sees, in their order.
    """

    pooling: str
    entering: tuple[int, ...]
    block: Block


@dataclass(frozen=True, order=True)
class DenseUnet:
    """All blocks, the one that sees the image first, and the poolings, as indices of their options.

    Raises:
        ValueError: there are not as many, or a pooling is no integer in its range.
    """

    blocks: tuple[Block, ...]
    poolings: tuple[int, ...]

    def __post_init__(self) -> None:
        for what, those, count in (("blocks", self.blocks, BLOCKS), ("poolings", self.poolings, DOWN)):
            if len(those) != count:
                raise ValueError(f"a dense U-net has {count} {what}, not {len(those)}")
        if strange := [block for block in self.blocks if type(block) is not Block]:
            raise ValueError(f"a dense U-net is of blocks, of which {strange[0]!r:.80} is none")
        places = [f"pooling {way}:" for way in range(DOWN)]
        object.__setattr__(self, "poolings", indices(self.poolings, [len(POOLINGS)] * DOWN, places, what="option"))

    def __str__(self) -> str:
        words = list(map(str, self.blocks))
        for way in reversed(range(DOWN)):
            words.insert(way + 1, POOLINGS[self.poolings[way]])
        return "|".join(words)

    @property
    def choices(self) -> tuple[int, ...]:
        """Filters, height and width of one block after the other, and behind the first two the pooling."""
        found: list[int] = []
        for place, block in enumerate(self.blocks):
            found += [*block.chosen, *self.poolings[place : place + 1]]
        return tuple(found)

    @property
    def steps(self) -> tuple[Step, ...]:
        """Of one block after the other."""
        before = ("", *(POOLINGS[pooling] for pooling in self.poolings), *[""] * DOWN)
        return tuple(
            Step(pooling, tuple(self.blocks[source].filters for source in sources), block)
            for pooling, sources, block in zip(before, ENTERING, self.blocks, strict=True)
        )


def from_choices(choices: Sequence[int]) -> DenseUnet:
    """From filters, height and width of each block in turn, with the poolings between the first three.

    Raises:
        ValueError: another number of them, or what is no option.
    """
    if len(choices) != CHOICES:
        raise ValueError(f"expected {CHOICES} choices, of {BLOCKS} blocks and {DOWN} poolings, not {len(choices)}")
    blocks = tuple(Block((choices[at], choices[at + 1], choices[at + 2])) for at in OF_BLOCKS)
    return DenseUnet(blocks, tuple(choices[at] for at in OF_POOLINGS))


def parse(text: str) -> DenseUnet:
    """Read the printed form.

    Raises:
        ValueError: another number of blocks and poolings, or one that is none.
    """
    words = text.split("|")
    if len(words) != BLOCKS + DOWN:
        raise ValueError(
            f"dense U-net {text!r:.80}: {BLOCKS} blocks and {DOWN} poolings stand between bars, not {len(words)}"
        )
    blocks, poolings = [], []
    for place, word in enumerate(words):
        known: Sequence[str] = POOLINGS if place in _POOLED else tuple(_BY_TEXT)
        if word not in known:
            raise ValueError(f"dense U-net {text!r:.80}: word {place + 1} is {word!r:.40}, and not {_like(known)}")
        if known is POOLINGS:
            poolings.append(POOLINGS.index(word))
        else:
            blocks.append(_BY_TEXT[word])
    return DenseUnet(tuple(blocks), tuple(poolings))


def _like(known: Sequence[str]) -> str:
    if known is POOLINGS:
        return " or ".join(POOLINGS)
    filters, sides = (", ".join(map(str, numbers)) for numbers in (FILTERS, KERNELS))
    return f"like f4k3x1, with {filters} filters and sides of {sides}"
