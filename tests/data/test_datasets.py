"""Data sets of any kind: a source that is no image is registered, described and refused what only images have."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
import torch

from nasrank.bench.data import DATASETS, Dataset, DataSource, Description, Samples, load_dataset, load_images
from nasrank.bench.data.images.augment import Augmentation

TEXT = np.frombuffer(b"to be or not to be that is the question " * 20, dtype=np.uint8)


def load(_data_root, _cache) -> Dataset:
    """Windows of eight characters, each with the one that follows; windows that overlap are one group."""
    alphabet, places = np.unique(TEXT, return_inverse=True)
    starts = np.arange(0, len(places) - 8, 4)
    windows = places[starts[:, None] + np.arange(9)].astype(np.int64)
    samples = Samples(windows[:, :8], windows[:, 8], np.zeros(len(starts), np.int64), starts // 40)
    return Dataset(
        name="words",
        samples=samples,
        classes=tuple(map(chr, alphabet)),
        provenance="a line, again and again",
        sha256=hashlib.sha256(windows.tobytes()).hexdigest(),
    )


@pytest.fixture(autouse=True)
def words(monkeypatch):
    monkeypatch.setitem(DATASETS, "words", DataSource("words", load, count=198))


def test_a_text_is_a_data_set():
    found = load_dataset("words")
    assert len(found) == len(found.samples) == DATASETS["words"].count
    assert found.description == Description("words", (8,), tuple(" abehinoqrstu"))
    inputs, targets = found.samples.tensors(np.array([1]))
    assert inputs.dtype == torch.int64
    assert "".join(found.classes[place] for place in [*inputs[0], *targets]) == "e or not "


def test_what_is_no_image_is_not_shifted():
    found = load_dataset("words")
    assert found.augmentation(0) is None
    with pytest.raises(ValueError, match=r"^images\.padding = 2 shifts images; words has none$"):
        found.augmentation(2)


def test_images_are_augmented_as_they_allow():
    digits = load_dataset("digits")
    assert digits.augmentation(0) is None
    assert digits.augmentation(2) == Augmentation(2, flip=False)
    assert digits.augmentation(0, noise=0.5) == Augmentation(0, flip=False, noise=0.5)
    assert digits.description == Description("digits", (1, 8, 8), tuple("0123456789"))


@pytest.mark.parametrize(
    ("name", "padding", "message"),
    [
        ("words", 1, "padding = 1 shifts images; words has none"),
        ("digits", 8, "padding = 8 moves images of 8 pixels a side out of sight"),
    ],
)
def test_padding_is_refused_before_anything_is_loaded(name: str, padding: int, message: str):
    DATASETS[name].refuse_padding(0)
    with pytest.raises(ValueError, match=message):
        DATASETS[name].refuse_padding(padding)
    DATASETS["digits"].refuse_padding(7)


def test_what_needs_images_refuses_others():
    with pytest.raises(ValueError, match="words is not a set of images with one label each"):
        load_images("words")
