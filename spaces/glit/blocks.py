"""Six blocks of a vision transformer whose heads look at the whole image or at their surroundings [Chen2021].

A block has three heads, of which `heads` are global: self-attention over all tokens. The others make one local branch,
a convolution over the sequence of tokens. What else there is to choose of a block, its `detail`, depends on how many
heads are global: a block without global heads chooses the kernel and the expansion of its local branch, one without
local heads the width of its queries, keys and values and the ratio of its multilayer perceptron, and one with both the
expansion and the ratio.

Blocks are printed one after the other, each as the number of global heads and the two numbers of its detail, such as
`g0:k17,e2|g3:v0.5,m4|g1:e2,m6|g2:e1,m4|g3:v1,m2|g0:k5,e4`: kernel, expansion, value width and MLP ratio.

References:
    [Chen2021] Chen et al., "GLiT: Neural Architecture Search for Global and Local Image Transformer", ICCV 2021.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from nasrank.spaces.integers import indices

BLOCKS, HEADS = 6, 3

KERNELS = (17, 9, 5)
"""Tokens that the local branch sees at once."""

EXPANSIONS = (1, 2, 4)
"""Channels inside the local branch, in multiples of those that go into it."""

WIDTHS = (1.0, 0.5, 2.0)
"""Channels of the queries, keys and values of a global head, in multiples of those of a head."""

RATIOS = (4, 2, 6)
"""Hidden units of the multilayer perceptron, in multiples of the channels of a token."""

SECOND = 3
"""How many values the second number of a detail has: detail 5 is the second value of the first number with the third of
the second."""

DETAILS = 3 * SECOND
"""Of a block. The first value of each number is its default, so that detail 0 is, whatever the number of heads."""


@dataclass(frozen=True, order=True)
class Block:
    """One block.

    Attributes:
        heads: how many of the three are global.
        detail: 0 to 8; 0 is the default.

    Raises:
        ValueError: one of them is no integer in its range.
    """

    heads: int
    detail: int

    def __post_init__(self) -> None:
        numbers = indices((self.heads, self.detail), (HEADS + 1, DETAILS), ("heads:", "detail:"), what="option")
        for name, number in zip(("heads", "detail"), numbers, strict=True):
            object.__setattr__(self, name, number)

    @property
    def kernel(self) -> int:
        """Of the local branch."""
        return KERNELS[self._first if self.heads == 0 else 0]

    @property
    def expansion(self) -> int:
        """Of the local branch."""
        return EXPANSIONS[self._second if self.heads == 0 else self._first if self.heads < HEADS else 0]

    @property
    def width(self) -> float:
        """Of queries, keys and values."""
        return WIDTHS[self._first if self.heads == HEADS else 0]

    @property
    def ratio(self) -> int:
        """Of the multilayer perceptron."""
        return RATIOS[self._second if self.heads else 0]

    @property
    def _first(self) -> int:
        return self.detail // SECOND

    @property
    def _second(self) -> int:
        return self.detail % SECOND

    def __str__(self) -> str:
        if self.heads == 0:
            return f"g0:k{self.kernel},e{self.expansion}"
        first = f"v{self.width:g}" if self.heads == HEADS else f"e{self.expansion}"
        return f"g{self.heads}:{first},m{self.ratio}"


EVERY_BLOCK = tuple(Block(heads, detail) for heads, detail in product(range(HEADS + 1), range(DETAILS)))
"""All 36, of which the first nine have no global head."""

_BY_TEXT = {str(block): block for block in EVERY_BLOCK}
_COUNTS = (HEADS + 1,) * BLOCKS, (DETAILS,) * BLOCKS
_PLACES = tuple(f"heads {block}:" for block in range(BLOCKS)), tuple(f"detail {block}:" for block in range(BLOCKS))


@dataclass(frozen=True, order=True)
class Stack:
    """Six blocks, from the images to the classifier."""

    blocks: tuple[Block, ...]

    def __post_init__(self) -> None:
        if len(self.blocks) != BLOCKS:
            raise ValueError(f"a stack has {BLOCKS} blocks, not {len(self.blocks)}")
        if strange := [block for block in self.blocks if type(block) is not Block]:
            raise ValueError(f"a stack is of blocks, of which {strange[0]!r:.80} is none")

    def __str__(self) -> str:
        return "|".join(map(str, self.blocks))

    @property
    def heads(self) -> tuple[int, ...]:
        """Global heads of each block."""
        return tuple(block.heads for block in self.blocks)

    @property
    def details(self) -> tuple[int, ...]:
        """The detail of each block."""
        return tuple(block.detail for block in self.blocks)


def from_choices(choices: Sequence[int]) -> Stack:
    """From the number of global heads of each block, then the detail of each.

    Raises:
        ValueError: not twelve choices, or one that is no integer in its range.
    """
    if len(choices) != 2 * BLOCKS:
        raise ValueError(f"a path has {2 * BLOCKS} entries, heads and details of {BLOCKS} blocks, not {len(choices)}")
    heads, details = (
        indices(those, counts, places, what="option")
        for those, counts, places in zip((choices[:BLOCKS], choices[BLOCKS:]), _COUNTS, _PLACES, strict=True)
    )
    return Stack(tuple(EVERY_BLOCK[DETAILS * one + other] for one, other in zip(heads, details, strict=True)))


def default_details(heads: Sequence[int]) -> Stack:
    """The blocks with so many global heads and default details: kernel 17, expansion 1, value width 1, MLP ratio 4.

    Raises:
        ValueError: not six numbers from 0 to 3.
    """
    return from_choices([*heads, *[0] * len(heads)])


def parse(text: str) -> Stack:
    """Read the printed form.

    Raises:
        ValueError: there are not six blocks, or one is none of the 36.
    """
    parts = text.split("|")
    if len(parts) != BLOCKS:
        raise ValueError(f"{text!r:.200} has {len(parts)} blocks, not {BLOCKS} with | between them")
    return Stack(tuple(_block(part, place) for place, part in enumerate(parts)))


def _block(text: str, place: int) -> Block:
    if text in _BY_TEXT:
        return _BY_TEXT[text]
    alike = [known for known in _BY_TEXT if known[:3] == text[:3]]
    known = ", ".join(alike or [str(Block(heads, 0)) for heads in range(HEADS + 1)])
    raise ValueError(f"block {place} is {text!r:.80}; it should be {'one of' if alike else 'such as'} {known}")
