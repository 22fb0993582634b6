"""CIFAR-10 from files made up in the official binary layout; the real files in the tests marked `data`."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from nasrank.bench.data import load_dataset
from nasrank.bench.data.images import cifar10
from nasrank.bench.foundation.files import DataError

ROWS = 8


@pytest.fixture
def data_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Five small files of random images whose checksums are taken for the official ones."""
    folder = tmp_path / "data" / cifar10.FOLDER
    folder.mkdir(parents=True)
    generator = np.random.default_rng(3)
    known, small = {}, []
    for name in cifar10.FILES:
        rows = generator.integers(0, 256, (ROWS, 3_073), dtype=np.uint8)
        rows[:, 0] %= 10
        rows.tofile(folder / name)
        known[name] = hashlib.sha256(rows.tobytes()).hexdigest()
        small.append(rows)
    monkeypatch.setattr(cifar10, "FILES", known)
    every = np.concatenate(small)
    reduced = independent_halves(every[:, 1:].reshape(-1, 3, 32, 32))
    content = reduced.tobytes() + every[:, 0].astype(np.int64).tobytes()
    monkeypatch.setattr(cifar10, "SMALL_SHA256", hashlib.sha256(content).hexdigest())
    return tmp_path / "data"


def independent_halves(images: np.ndarray) -> np.ndarray:
    """The reduction by its definition, in floating point."""
    count, channels, height, width = images.shape
    blocks = images.reshape(count, channels, height // 2, 2, width // 2, 2).astype(np.float64)
    return np.floor(blocks.mean(axis=(3, 5)) + 0.5).astype(np.uint8)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def test_rows_are_a_label_and_three_planes(data_root: Path, cache: Path):
    dataset = load_dataset("cifar10", data_root=data_root, cache=cache)
    assert (len(dataset), dataset.shape) == (5 * ROWS, (3, 32, 32))
    second = np.fromfile(data_root / cifar10.FOLDER / "data_batch_2.bin", dtype=np.uint8)
    assert dataset.labels[ROWS] == second[0]
    assert dataset.images[ROWS, 0, 0, :3].tolist() == second[1:4].tolist()  # the red plane comes first, by rows
    assert dataset.images[ROWS, 2, 31, 31] == second[3_072]
    assert dataset.flippable
    assert not cache.exists()


def test_halving_rounds_halves_up():
    blocks = np.array([[[[0, 0], [0, 2]]], [[[0, 1], [0, 0]]], [[[255, 255], [255, 255]]], [[[1, 2], [1, 2]]]])
    assert cifar10.halve(blocks.astype(np.uint8)).ravel().tolist() == [1, 0, 255, 2]
    images = np.random.default_rng(4).integers(0, 256, (20, 3, 32, 32), dtype=np.uint8)
    assert np.array_equal(cifar10.halve(images), independent_halves(images))


def test_the_small_images_are_made_once_and_read_from_the_cache(data_root: Path, cache: Path):
    first = load_dataset("cifar10-16", data_root=data_root, cache=cache)
    full = load_dataset("cifar10", data_root=data_root, cache=cache)
    assert first.shape == (3, 16, 16)
    assert np.array_equal(first.images, independent_halves(full.images))
    assert np.array_equal(first.labels, full.labels)
    assert sorted(path.suffix for path in (cache / "datasets").iterdir()) == [".npy", ".npy"]
    again = load_dataset("cifar10-16", data_root=cache / "nowhere", cache=cache)
    assert np.array_equal(again.images, first.images)


def test_a_missing_file_says_which_where_and_how(data_root: Path, cache: Path):
    (data_root / cifar10.FOLDER / "data_batch_3.bin").unlink()
    with pytest.raises(DataError, match=rf"data_batch_3.bin is missing: looked for {data_root}.*cifar-10-binary"):
        load_dataset("cifar10", data_root=data_root, cache=cache)


def test_without_any_data_folder_the_variable_is_named(monkeypatch: pytest.MonkeyPatch, cache: Path):
    monkeypatch.delenv("NASRANK_DATA", raising=False)
    with pytest.raises(DataError, match=r"data_batch_1.bin is needed.*set NASRANK_DATA.*cifar-10-binary"):
        load_dataset("cifar10-16", cache=cache)


@pytest.mark.parametrize("name", ["cifar10", "cifar10-16"])
@pytest.mark.parametrize("damage", [lambda content: content[:-1], lambda content: content[:-1] + b"\x00\x00"])
def test_a_truncated_or_altered_file_is_refused(data_root: Path, cache: Path, name: str, damage):
    path = data_root / cifar10.FOLDER / "data_batch_5.bin"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match=r"data_batch_5.bin .* truncated, altered or another version"):
        load_dataset(name, data_root=data_root, cache=cache)
    assert not cache.exists()


def test_a_damaged_cache_is_refused(data_root: Path, cache: Path):
    load_dataset("cifar10-16", data_root=data_root, cache=cache)
    path = cache / "datasets" / "cifar10-16-images.npy"
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    with pytest.raises(DataError, match=r"images.npy is truncated or altered"):
        load_dataset("cifar10-16", data_root=data_root, cache=cache)
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(DataError, match=r"images.npy or cifar10-16-labels.npy was altered: delete both"):
        load_dataset("cifar10-16", data_root=data_root, cache=cache)
    path.unlink()
    load_dataset("cifar10-16", data_root=data_root, cache=cache)


def test_a_pickle_in_the_cache_is_not_run(data_root: Path, cache: Path):
    load_dataset("cifar10-16", data_root=data_root, cache=cache)
    np.save(cache / "datasets" / "cifar10-16-images.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match="truncated or altered"):
        load_dataset("cifar10-16", data_root=data_root, cache=cache)


@pytest.mark.slow
@pytest.mark.data
def test_the_official_images(nasrank_data: Path, tmp_path: Path):
    """Class sizes, and channel means and deviations as everyone quotes them (0.4914, 0.4822, 0.4465)."""
    full = load_dataset("cifar10", data_root=nasrank_data)
    assert (len(full), full.shape) == (50_000, (3, 32, 32))
    assert np.bincount(full.labels).tolist() == [5_000] * 10
    assert full.mean / 255 == pytest.approx([0.4914, 0.4822, 0.4465], abs=1e-4)
    assert full.std / 255 == pytest.approx([0.2470, 0.2435, 0.2616], abs=1e-4)
    small = load_dataset("cifar10-16", data_root=nasrank_data, cache=tmp_path)
    assert np.array_equal(small.labels, full.labels)
    assert small.mean / 255 == pytest.approx([0.491893, 0.482653, 0.447024], abs=1e-6)
    assert small.std / 255 == pytest.approx([0.238082, 0.234692, 0.253593], abs=1e-6)
