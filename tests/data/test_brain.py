"""The average brain in nilearn: slices, labels and slabs, against voxels that are looked up one by one."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path
from types import SimpleNamespace

import nibabel
import numpy as np
import pytest

from nasrank.bench.data import DATASETS, load_dataset, stratified_pair
from nasrank.bench.data.segmented import brain
from nasrank.bench.foundation.files import DataError


@pytest.fixture(scope="module")
def template():
    return load_dataset("brain-template")


@pytest.mark.slow
def test_it_is_eighty_slices_in_ten_slabs(template):
    source = DATASETS["brain-template"]
    assert len(template) == source.count == 80
    assert template.shape == (1, source.side, source.side) == (1, 64, 64)
    assert template.images.dtype == np.uint8
    assert template.classes == ("background", "grey", "white")
    assert np.bincount(template.samples.groups).tolist() == [8] * 10
    assert (template.kind, source.kind, source.task) == (*["segmented images"] * 2, "segmentation")
    assert source.folder == "", "it comes with a package"
    assert "one average brain" in template.provenance


@pytest.mark.slow
def test_each_pixel_is_nine_voxels_of_its_slice(template):
    t1, grey, white = (brain._volume(part) for part in ("t1", "gm", "wm"))
    draw = np.random.default_rng(0)
    for number in draw.integers(80, size=40):
        slab, place = divmod(int(number), 8)
        back = 16 + 20 * slab + 2 * (1 + place)
        row, column = draw.integers(64, size=2)
        voxels = [
            (2 + 3 * column + right, back, 188 - (3 * row + down - 3))
            for right in range(3) for down in range(3) if 3 * row + down >= 3
        ]  # fmt: skip
        values = [int(t1[voxel]) for voxel in voxels]
        assert template.images[number, 0, row, column] == (2 * sum(values) + 9) // 18
        classes = [1 if grey[one] / 255 > 0.5 else 2 if white[one] / 255 > 0.5 else 0 for one in voxels]
        classes += [0] * (9 - len(voxels))
        counts = np.bincount(classes, minlength=3)
        assert template.samples.targets[number, row, column] == counts.argmax()


def test_what_is_left_out_above_and_beside_is_empty():
    t1 = brain._volume("t1")
    assert not t1[:2].any()
    assert not t1[194:].any()
    assert not t1[:, :, 186:].any(), "so are the three rows that are added above"


def test_its_mirror_image_is_itself_so_that_it_is_not_mirrored(template):
    t1 = brain._volume("t1")
    assert np.array_equal(t1, t1[::-1])
    assert not template.flippable


def test_white_is_brighter_than_grey_and_grey_than_background(template):
    means = [template.images[:, 0][template.samples.targets == number].mean() for number in range(3)]
    assert means[0] < means[1] < means[2]
    shares = np.bincount(template.samples.targets.ravel()) / template.samples.targets.size
    assert shares == pytest.approx([0.766, 0.149, 0.085], abs=0.001)


def test_halves_cut_no_slab_and_have_no_neighbours_in_common(template):
    samples = template.samples
    parts = stratified_pair(samples.strata, np.random.default_rng(0), training=40, test=40, groups=samples.groups)
    slabs = [set(samples.groups[part].tolist()) for part in parts]
    assert [len(some) for some in slabs] == [5, 5]
    assert not slabs[0] & slabs[1]
    places = [16 + 20 * (number // 8) + 2 * (1 + number % 8) for number in range(80)]
    assert min(abs(places[one] - places[other]) for one in parts[0] for other in parts[1]) >= 6


def test_another_template_than_the_known_one_is_refused(monkeypatch):
    monkeypatch.setattr(brain, "SHA256", "0" * 64)
    with pytest.raises(DataError, match=r"the template of the installed nilearn has sha256 a60955.*expected 0000"):
        load_dataset("brain-template")


@pytest.mark.parametrize("package", ["nilearn", "nibabel"])
def test_without_the_extra_it_says_what_to_install(package, monkeypatch):
    if package == "nilearn":
        monkeypatch.setattr(brain, "find_spec", lambda _: None)
    else:
        monkeypatch.setitem(sys.modules, "nibabel", None)
    with pytest.raises(DataError, match=rf"{package}, which is not installed: pip install 'nasrank\[brain\]'"):
        load_dataset("brain-template")


def another(folder: Path) -> Path:
    path = folder / brain.FILE.format("t1")
    path.parent.mkdir(parents=True)
    return path


class TestFiles:
    @pytest.fixture(autouse=True)
    def nilearn(self, monkeypatch, tmp_path):
        monkeypatch.setattr(brain, "find_spec", lambda _: SimpleNamespace(submodule_search_locations=[str(tmp_path)]))

    @pytest.mark.parametrize(
        "content", [None, b"", gzip.compress(b"no image")], ids=["missing", "empty", "of something else"]
    )
    def test_one_that_is_missing_or_damaged_is_named(self, content, tmp_path):
        if content is not None:
            another(tmp_path).write_bytes(content)
        with pytest.raises(DataError, match=r"mni_icbm152_t1.*is missing or damaged .*install nilearn again"):
            load_dataset("brain-template")

    def test_one_of_another_size_is_told(self, tmp_path):
        nibabel.Nifti1Image(np.zeros((2, 3, 4), np.uint8), np.eye(4)).to_filename(another(tmp_path))
        with pytest.raises(DataError, match=r"uint8 \(2, 3, 4\), and should have uint8 \(197, 233, 189\)"):
            load_dataset("brain-template")
