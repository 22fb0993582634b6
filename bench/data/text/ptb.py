"""The Penn Treebank [Marcus1993] as Mikolov prepared it for language models [Mikolov2010]: characters, and words.

Texts are in lower case without punctuation, numbers are `N`, and all but 10,000 words are `<unk>`. Only the training
text is read: what was published was measured on the other two.

References:
    [Marcus1993] Marcus, Santorini & Marcinkiewicz, "Building a Large Annotated Corpus of English: The Penn Treebank",
        Computational Linguistics 19(2), 1993.
    [Mikolov2010] Mikolov et al., "Recurrent neural network based language model", Interspeech 2010.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nasrank.bench.data.dataset import Dataset
from nasrank.bench.data.registry import DATASETS, DataSource
from nasrank.bench.data.text.windows import BLOCK, whole_blocks, windows_of
from nasrank.bench.foundation.files import check_sha256, find_data

FOLDER = "ptb"
FILE = "ptb.train.txt"
SHA256 = "fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf"

CHARACTERS, WORDS = 5_101_618, 929_589
"""Of the text, with a line end after each sentence; the end is the word `<eos>`."""

WINDOW = 32
"""Tokens."""

_ADVICE = (
    f"Get it with nasrank fetch ptb; or put {FILE} of Mikolov's simple-examples into {FOLDER}/ of the data folder."
)
_CITATION = "Penn Treebank (Marcus 1993), Mikolov's training text, in its order"


def load_characters(data_root: Path | None, _cache: Path | None) -> Dataset:
    """Windows of 32 characters out of 50; DataError when the file is missing, truncated or altered."""
    text = np.frombuffer(_text(data_root), dtype=np.uint8)
    alphabet, tokens = np.unique(text, return_inverse=True)
    provenance = f"{_CITATION}; windows of {WINDOW} characters"
    return windows_of(
        "ptb-characters", tokens.astype(np.uint8), list(map(chr, alphabet)), length=WINDOW, provenance=provenance
    )


def load_words(data_root: Path | None, _cache: Path | None) -> Dataset:
    """Windows of 32 words out of 10,000; DataError when the file is missing, truncated or altered."""
    words = _text(data_root).decode("ascii").replace("\n", " <eos> ").split()
    vocabulary, tokens = np.unique(np.array(words), return_inverse=True)
    provenance = f"{_CITATION}; windows of {WINDOW} words"
    return windows_of("ptb-words", tokens.astype(np.int16), vocabulary.tolist(), length=WINDOW, provenance=provenance)


def _text(data_root: Path | None) -> bytes:
    path = find_data(f"{FOLDER}/{FILE}", data_root, advice=_ADVICE)
    check_sha256(path, SHA256, advice=_ADVICE)
    return path.read_bytes()


for _name, _load, _tokens in (("ptb-characters", load_characters, CHARACTERS), ("ptb-words", load_words, WORDS)):
    _count = whole_blocks(_tokens, WINDOW) * BLOCK
    DATASETS.register(DataSource(_name, _load, count=_count, folder=FOLDER, kind="text", task="language"))
