"""Stereo pairs: what a shift does to them, and Middlebury's scenes of invented files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nasrank.bench.data import DATASETS, load_dataset, stratified_pair
from nasrank.bench.data.description import UNKNOWN
from nasrank.bench.data.stereo import middlebury
from nasrank.bench.data.stereo.dataset import StereoDataset
from nasrank.bench.foundation.files import DataError


def described(pairs: np.ndarray, disparities: np.ndarray) -> StereoDataset:
    groups = np.arange(len(pairs))
    return StereoDataset.describe("invented", pairs, disparities, groups=groups, provenance="invented")


def drawn(count: int = 40) -> StereoDataset:
    """Pairs of which one channel of the left view says the disparity of each pixel."""
    disparities = np.random.default_rng(0).integers(0, 3, (count, 5, 7)).astype(np.float32)
    disparities[:, :, :2], disparities[:, 0, 6] = UNKNOWN, 1
    return described(np.repeat(disparities[:, None] + 1, 6, axis=1), disparities)


def test_disparities_move_with_both_views_and_count_only_in_sight() -> None:
    data = drawn()
    images, targets = torch.from_numpy(data.images), torch.from_numpy(data.samples.targets)
    moved, disparities = data.perturbation(2)(images, targets, torch.Generator().manual_seed(0))
    assert torch.equal(moved[:, :3], moved[:, 3:])
    counted = disparities != UNKNOWN
    assert torch.equal(disparities[counted], moved[:, 0][counted] - 1)
    columns = torch.arange(7).expand(40, 5, 7)
    assert (disparities[counted] <= columns[counted]).all()
    hidden = (moved[:, 0] > 1) & ~counted
    assert hidden.any(), "some counterparts moved out of sight"
    assert (moved[:, 0][hidden] - 1 > columns[hidden]).all()


def test_it_is_never_mirrored_and_noise_differs_between_views() -> None:
    data = drawn()
    inputs, targets = data.samples.tensors(np.arange(40))
    noisy, disparities = data.perturbation(0, noise=0.5)(inputs.clone(), targets, torch.Generator().manual_seed(0))
    assert torch.equal(disparities, targets)
    difference = noisy - inputs
    assert float(difference.std()) == pytest.approx(0.5, rel=0.1)
    assert not torch.allclose(difference[:, :3], difference[:, 3:])
    assert data.augmentation(0) is None


def test_it_says_what_it_is() -> None:
    description = drawn().description
    assert (description.kind, description.classes, description.shape) == ("stereo pairs", (), (6, 5, 7))
    assert description.network_sizes == {"image_channels": 3}
    assert description.cost_sizes == {"image_channels": 3, "height": 5, "width": 7}


@pytest.mark.parametrize(
    ("pairs", "disparities", "message"),
    [
        (np.zeros((2, 3, 5, 7), np.uint8), np.ones((2, 5, 7), np.float32), "twice as many channels as one, not 3"),
        (np.zeros((2, 6, 5, 7), np.uint8), np.ones((2, 5, 6), np.float32), r"must be float32 \(2, 5, 7\)"),
        (np.zeros((2, 6, 5, 7), np.uint8), np.ones((2, 5, 7)), "must be float32"),
        (np.zeros((2, 6, 5, 7), np.uint8), np.full((2, 5, 7), -1, np.float32), "must be numbers from 0 on"),
        (np.zeros((2, 6, 5, 7), np.uint8), np.full((2, 5, 7), np.nan, np.float32), "must be numbers from 0 on"),
        (np.zeros((2, 6, 5, 7), np.uint8), np.zeros((2, 5, 7), np.float32), "no pixel of pair 0 has a disparity"),
    ],
)
def test_what_does_not_fit_is_refused(pairs: np.ndarray, disparities: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        described(pairs, disparities)


def scenes() -> dict[str, Any]:
    """Invented ones, of a plane that is eight pixels nearer in each."""
    draw, found = np.random.default_rng(0), {}
    for name in middlebury.SCENES:
        wide = draw.integers(0, 256, (80, 138, 3), dtype=np.uint8)
        found |= {f"{name}_left": wide[:, :130], f"{name}_right": wide[:, 8:]}
        found |= {f"{name}_{part}": np.full((80, 130), 8, np.float16) for part in ("disp", "disp_right")}
    return found


def test_parts_of_a_scene_and_of_its_mirror_image_show_their_disparities() -> None:
    pairs, disparities = middlebury.samples_of(scenes())
    assert pairs.shape == (8 * 12, 6, 72, 120)
    assert (disparities[:, :, :40] == UNKNOWN).all()
    assert (disparities[:, :, 40:] == 8).all()
    for pair in pairs:
        assert np.array_equal(pair[:3, :, 40:], pair[3:, :, 32:-8])


def kept(folder: Path, **changed: Any) -> Path:
    (folder / middlebury.FOLDER).mkdir(parents=True)
    arrays = {name: array for name, array in (scenes() | changed).items() if array is not None}
    np.savez(folder / middlebury.FOLDER / "stereo_middlebury_half.npz", **arrays)
    return folder


def test_the_file_is_read_and_known_by_its_arrays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = kept(tmp_path)
    with pytest.raises(DataError, match=r"have sha256 .*, expected"):
        middlebury.load(folder, None)
    known = described(*middlebury.samples_of(scenes())).sha256
    monkeypatch.setattr(middlebury, "SHA256", known)
    data = middlebury.load(folder, None)
    assert (len(data), data.shape) == (96, (6, 72, 120))
    assert np.bincount(data.samples.groups).tolist() == [12] * 8


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"Teddy_disp": None}, "Teddy_disp"),
        ({"Art_left": np.zeros((80, 130), np.uint8)}, "Art_left is uint8"),
        ({"Art_right": np.zeros((80, 131, 3), np.uint8)}, "Art_right is uint8"),
        ({"Art_disp": np.zeros((80, 130), np.float32)}, "Art_disp is float32"),
        ({"Art_left": np.zeros((60, 130, 3), np.uint8)}, "Art_left is uint8"),
    ],
)
def test_another_file_is_told(changed: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"{message}.*Put stereo/stereo_middlebury_half.npz into the data folder"):
        middlebury.load(kept(tmp_path, **changed), None)


def test_a_missing_or_damaged_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"Put stereo/stereo_middlebury_half\.npz into the data folder"):
        middlebury.load(tmp_path, None)
    (kept(tmp_path) / middlebury.FOLDER / "stereo_middlebury_half.npz").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(DataError, match="missing, damaged or of something else"):
        middlebury.load(tmp_path, None)


@pytest.mark.data
def test_middlebury() -> None:
    data = load_dataset("middlebury")
    assert (len(data), data.shape) == (96, (6, 72, 120))
    assert len(data) == DATASETS["middlebury"].count
    targets = data.samples.targets
    assert 30 < targets.max() < 39 < middlebury.OUT_OF_SIGHT
    assert 0.95 < np.mean(targets[:, :, 40:] > 0) <= 1
    images, (samples, rows, columns) = data.images.astype(np.int64), np.nonzero(targets > 0)
    there = np.rint(columns - targets[samples, rows, columns]).astype(np.int64)
    left, right = images[samples, :3, rows, columns], images[samples, 3:, rows, there]
    alone = images[samples, 3:, rows, columns]
    assert np.median(np.abs(left - right)) < 5 < 20 < np.median(np.abs(left - alone)), "the counterpart looks alike"
    draw, samples_ = np.random.default_rng(0), data.samples
    parts = stratified_pair(samples_.strata, draw, training=60, test=36, groups=samples_.groups)
    assert not np.isin(samples_.groups[parts[0]], samples_.groups[parts[1]]).any()
