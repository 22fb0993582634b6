"""Windows of a text, and the Penn Treebank."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasrank.bench.data import DATASETS, Dataset, load_dataset, stratified_pair
from nasrank.bench.data.text import ptb
from nasrank.bench.data.text.windows import BLOCK, windows_of
from nasrank.bench.foundation.files import DataError


def text_of(tokens: list[int], length: int) -> Dataset:
    return windows_of("words", np.array(tokens, dtype=np.uint8), "abcd", length=length, provenance="invented")


@given(st.integers(201, 900), st.integers(1, 4), st.integers(0, 2**31))
def test_the_windows_are_the_text_and_targets_what_follows(count: int, length: int, seed: int) -> None:
    tokens = np.random.default_rng(seed).integers(0, 4, size=count).tolist()
    found = text_of(tokens, length)
    inputs, targets = found.samples.tensors(np.arange(len(found)))
    read = inputs.flatten().tolist()
    assert read == tokens[: len(read)]
    assert targets.flatten().tolist() == tokens[1 : len(read) + 1]
    assert len(tokens) - 1 - len(read) < BLOCK * length, "no whole block is left out"
    assert np.bincount(found.samples.groups).tolist() == [BLOCK] * (len(found) // BLOCK)
    assert found.shape == (length,)
    assert found.classes == tuple("abcd")


def test_a_window_may_be_asked_for_alone_and_twice() -> None:
    found = text_of([0, 1, 2, 3] * 50, 3)
    inputs, targets = found.samples.tensors(np.array([2, 0, 2]))
    assert inputs.tolist() == [[2, 3, 0], [0, 1, 2], [2, 3, 0]]
    assert targets.tolist() == [[3, 0, 1], [1, 2, 3], [3, 0, 1]]


def test_too_short_a_text_is_refused() -> None:
    with pytest.raises(ValueError, match="words has 200 tokens, and a block takes 200 and one more"):
        text_of([0, 1, 2, 3] * 50, 4)


def test_splits_cut_no_block_of_windows() -> None:
    found = text_of([0, 1, 2, 3] * 2000, 8)
    samples = found.samples
    draw = np.random.default_rng(0)
    parts = stratified_pair(samples.strata, draw, training=6 * BLOCK, test=3 * BLOCK, groups=samples.groups)
    assert not np.isin(samples.groups[parts[0]], samples.groups[parts[1]]).any()
    with pytest.raises(ValueError, match="group"):
        stratified_pair(samples.strata, draw, training=6 * BLOCK + 1, test=BLOCK, groups=samples.groups)


def test_text_is_neither_shifted_nor_mirrored() -> None:
    found = text_of([0, 1, 2, 3] * 50, 3)
    assert found.augmentation(0) is None
    with pytest.raises(ValueError, match="words has none"):
        found.augmentation(1)


@pytest.mark.parametrize("name", ["ptb-characters", "ptb-words"])
def test_without_the_file_it_is_said_how_to_get_it(name: str, tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("NASRANK_DATA", raising=False)
    monkeypatch.setenv("NASRANK_CACHE", str(tmp_path))
    with pytest.raises(ValueError, match="nasrank fetch ptb"):
        load_dataset(name)
    (tmp_path / "data" / "ptb").mkdir(parents=True)
    (tmp_path / "data" / "ptb" / ptb.FILE).write_text("the market fell")
    with pytest.raises(DataError, match=r"ptb\.train\.txt"):
        load_dataset(name, data_root=tmp_path / "data")


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.parametrize(("name", "classes", "begins"), [("ptb-characters", 50, " aer "), ("ptb-words", 10_000, "aer")])
def test_the_penn_treebank_is_as_it_is_known(name: str, classes: int, begins: str, nasrank_data) -> None:
    """A vocabulary of 10,000 words, the end of a sentence among them, and of 50 characters."""
    found = load_dataset(name, data_root=nasrank_data)
    assert len(found) == DATASETS[name].count == len(found.samples.targets)
    assert (found.shape, len(found.classes)) == ((32,), classes)
    inputs, targets = found.samples.tensors(np.array([0]))
    read = [found.classes[token] for token in inputs[0]]
    assert "".join(read).startswith(begins)
    assert inputs[0, 1:].tolist() == targets[0, :-1].tolist()
    assert {"<eos>", "<unk>", "N"} <= set(found.classes) or len(found.classes) == 50
