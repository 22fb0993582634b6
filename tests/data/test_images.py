from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nasrank.bench.data import DATASETS, ImageDataset, load_dataset
from nasrank.bench.data.images import digits
from nasrank.bench.foundation.files import DataError


def describe(images: np.ndarray, labels: np.ndarray, classes: int = 2) -> ImageDataset:
    names = tuple(str(number) for number in range(classes))
    return ImageDataset.describe("invented", images, labels, classes=names, flippable=True, provenance="invented")


@given(
    arrays.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 3), st.integers(1, 4), st.integers(1, 4))),
)
def test_moments_and_checksum_are_what_they_say(images: np.ndarray):
    labels = np.zeros(len(images), dtype=np.int64)
    dataset = describe(images, labels)
    assert dataset.mean == pytest.approx(images.mean(axis=(0, 2, 3)), abs=1e-4)
    assert dataset.std == pytest.approx(images.std(axis=(0, 2, 3)), abs=1e-4)
    assert dataset.sha256 == hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()


def test_moments_of_more_than_one_block_of_images():
    images = np.random.default_rng(0).integers(0, 256, (2_345, 2, 3, 3), dtype=np.uint8)
    dataset = describe(images, np.zeros(2_345, dtype=np.int64))
    assert dataset.mean == pytest.approx(images.mean(axis=(0, 2, 3)), rel=1e-6)
    assert dataset.std == pytest.approx(images.std(axis=(0, 2, 3)), rel=1e-6)


def test_normalized_images_have_zero_mean_and_unit_deviation():
    images = np.random.default_rng(0).normal(7, 3, (50, 2, 4, 4)).astype(np.float32)
    dataset = describe(images, np.zeros(50, dtype=np.int64))
    everything = dataset.normalized(np.arange(50))
    assert everything.dtype == np.float32
    assert everything.mean(axis=(0, 2, 3)) == pytest.approx([0, 0], abs=1e-5)
    assert everything.std(axis=(0, 2, 3)) == pytest.approx([1, 1], abs=1e-5)
    assert np.array_equal(dataset.normalized(np.array([4, 1])), everything[[4, 1]])


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (np.zeros((3, 8, 8), np.uint8), np.zeros(3, np.int64), "four axes"),
        (np.zeros((3, 1, 8, 8)), np.zeros(3, np.int64), "uint8 or float32"),
        (np.zeros((3, 1, 8, 8), np.uint8), np.zeros(2, np.int64), r"labels must be int64 \(3,\)"),
        (np.zeros((3, 1, 8, 8), np.uint8), np.zeros(3, np.uint8), "labels must be int64"),
        (np.zeros((3, 1, 8, 8), np.uint8), np.array([0, 1, 2]), "labels from 0 to 2 for 2 classes"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(images: np.ndarray, labels: np.ndarray, message: str):
    with pytest.raises(ValueError, match=message):
        describe(images, labels)


def test_digits_are_scikit_learns():
    dataset = load_dataset("digits")
    assert (len(dataset), dataset.shape, dataset.images.dtype) == (1_797, (1, 8, 8), np.uint8)
    assert dataset.images.max() == 16
    assert np.bincount(dataset.labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert dataset.classes == tuple("0123456789")
    assert dataset.flippable is False


def test_other_digits_than_the_known_ones_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(digits, "SHA256", "0" * 64)
    with pytest.raises(DataError, match="expected 0000"):
        load_dataset("digits")


def test_an_unknown_data_set_lists_the_known(tmp_path: Path):
    known = "cifar10, cifar10-16, digits, brain-template, camvid, nuclei, middlebury, ptb-characters, ptb-words"
    with pytest.raises(ValueError, match=f"unknown data set 'mnist'; known are {known}"):
        load_dataset("mnist", data_root=tmp_path)
    assert list(DATASETS) == known.split(", ")
