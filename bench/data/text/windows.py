"""Windows of a text: equally many tokens each, one behind the other, and for each token the one that follows it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from nasrank.bench.data.dataset import Dataset
from nasrank.bench.data.samples import Rows, Samples

BLOCK = 50
"""Windows that no split cuts, so that what is scored is no neighbour of what trains but at their ends."""


@dataclass(frozen=True, eq=False)
class Windows:
    """The inputs: tokens of a text from the beginning of a window on.

    Attributes:
        tokens: of the whole text, as numbers of the vocabulary.
        length: tokens of a window.
        ahead: how many tokens later; 0 for what a network sees, 1 for what it is to tell.
    """

    tokens: npt.NDArray[Any]
    length: int
    ahead: int = 0

    def __len__(self) -> int:
        return (len(self.tokens) - 1) // self.length

    def __getitem__(self, rows: Rows, /) -> npt.NDArray[np.int64]:
        """Of these windows, int64 `(rows, length)`."""
        starts = np.asarray(rows) * self.length + self.ahead
        return np.asarray(self.tokens[starts[:, None] + np.arange(self.length)], dtype=np.int64)


@dataclass(frozen=True, eq=False)
class TextDataset(Dataset):
    """Windows of a text; nothing can be done to one that would not change what follows in it."""

    kind: ClassVar[str] = "text"


def whole_blocks(tokens: int, length: int) -> int:
    """How many there are in a text of so many tokens, the last of which is followed by nothing."""
    return (tokens - 1) // (length * BLOCK)


def windows_of(
    name: str, tokens: npt.NDArray[Any], vocabulary: Sequence[str], *, length: int, provenance: str
) -> TextDataset:
    """A data set of the windows of a text, in blocks of equally many; what is left at its end is in none.

    Each window is looked at by itself: what a network knows of a token is what stands before it in its window. Blocks
    are groups, which no split cuts.

    Args:
        tokens: numbers of the vocabulary.

    Raises:
        ValueError: there is no whole block.
    """
    blocks = whole_blocks(len(tokens), length)
    if not blocks:
        raise ValueError(f"{name} has {len(tokens):,} tokens, and a block takes {BLOCK * length:,} and one more")
    whole = tokens[: blocks * BLOCK * length + 1]
    inputs, targets = Windows(whole, length), Windows(whole, length, ahead=1)
    numbers = np.arange(len(inputs))
    samples = Samples(inputs, targets[numbers], np.zeros(len(inputs), dtype=np.int64), numbers // BLOCK)
    return TextDataset(name, samples, tuple(vocabulary), provenance, hashlib.sha256(tokens.tobytes()).hexdigest())
