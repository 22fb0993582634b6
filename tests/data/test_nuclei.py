"""Nuclei in StarDist's archive: tiles, rows and outlines, on an archive that is made up, pixel by pixel."""

from __future__ import annotations

import hashlib
from io import BytesIO
from zipfile import ZipFile

import numpy as np
import pytest
from PIL import Image

from nasrank.bench.data import DATASETS, load_dataset, stratified_pair
from nasrank.bench.data.segmented import nuclei
from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.imports.addresses import find_source
from nasrank.bench.oracles.imports.sources import Download

DRAW = np.random.default_rng(0)
BRIGHTNESS = DRAW.integers(0, 256, size=(512, 512)).astype(np.uint16)
OUTLINES = np.maximum(DRAW.integers(-200, 184, size=(512, 512)), 0).astype(np.uint16)


def tiff(pixels):
    content = BytesIO()
    Image.fromarray(pixels).save(content, "TIFF")
    return content.getvalue()


@pytest.fixture
def keep(tmp_path, monkeypatch):
    """Puts an archive of these members into the data folder, and takes its checksum for the known one."""
    monkeypatch.setenv("NASRANK_DATA", str(tmp_path))

    def kept(**members):
        path = tmp_path / nuclei.FOLDER / nuclei.FILE
        path.parent.mkdir()
        with ZipFile(path, "w") as archive:
            for name, content in members.items():
                archive.writestr(f"stardist/data/images/{name}.tif", content)
        monkeypatch.setattr(nuclei, "SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
        return path

    return kept


@pytest.fixture
def dataset(keep):
    keep(img2d=tiff(BRIGHTNESS), mask2d=tiff(OUTLINES))
    return load_dataset("nuclei")


def test_it_is_sixty_four_tiles_in_eight_rows(dataset):
    source = DATASETS["nuclei"]
    assert len(dataset) == source.count == 64
    assert dataset.shape == (1, source.side, source.side) == (1, 64, 64)
    assert dataset.images.dtype == np.uint8
    assert dataset.classes == ("background", "nucleus")
    assert np.bincount(dataset.samples.groups).tolist() == [8] * 8
    assert (dataset.kind, source.kind, source.task) == (*["segmented images"] * 2, "segmentation")
    assert dataset.flippable


def test_each_pixel_is_that_of_its_place_in_the_image(dataset):
    for row, column in np.random.default_rng(1).integers(512, size=(200, 2)):
        place = (row // 64 * 8 + column // 64, row % 64, column % 64)
        assert dataset.images[place[0], 0, place[1], place[2]] == BRIGHTNESS[row, column]
        assert dataset.samples.targets[place] == (OUTLINES[row, column] > 0)


def test_halves_cut_no_row(dataset):
    samples = dataset.samples
    parts = stratified_pair(samples.strata, np.random.default_rng(0), training=32, test=32, groups=samples.groups)
    rows = [set(samples.groups[part].tolist()) for part in parts]
    assert [len(some) for some in rows] == [4, 4]
    assert not rows[0] & rows[1]


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"img2d": tiff(BRIGHTNESS)}, r"mask2d\.tif of .* is missing or damaged"),
        ({"img2d": b"no image", "mask2d": tiff(OUTLINES)}, r"img2d\.tif of .* is missing or damaged"),
        ({"img2d": tiff(BRIGHTNESS)[:-900], "mask2d": tiff(OUTLINES)}, r"img2d\.tif of .* is missing or damaged"),
        (
            {"img2d": tiff(BRIGHTNESS), "mask2d": tiff(OUTLINES[:500])},
            r"mask2d\.tif of .*\(500, 512\), and should have",
        ),
        ({"img2d": tiff(BRIGHTNESS.astype(np.uint8)), "mask2d": tiff(OUTLINES)}, r"has uint8 .* should have uint16"),
    ],
    ids=["a member is missing", "of something else", "truncated", "of another size", "of another type"],
)
def test_what_is_missing_or_damaged_is_named(keep, members, message):
    keep(**members)
    with pytest.raises(DataError, match=message):
        load_dataset("nuclei")


def test_an_archive_that_is_none_is_told(keep, monkeypatch):
    path = keep()
    path.write_bytes(b"no archive")
    monkeypatch.setattr(nuclei, "SHA256", hashlib.sha256(b"no archive").hexdigest())
    with pytest.raises(DataError, match="is missing or damaged"):
        load_dataset("nuclei")


def test_another_archive_than_the_known_one_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("NASRANK_DATA", str(tmp_path))
    with pytest.raises(DataError, match="nasrank fetch nuclei"):
        load_dataset("nuclei")
    (tmp_path / "nuclei").mkdir()
    (tmp_path / "nuclei" / nuclei.FILE).write_bytes(b"another")
    with pytest.raises(DataError, match=r"sha256.*nasrank fetch nuclei"):
        load_dataset("nuclei")


def test_what_is_fetched_is_what_is_read():
    source = find_source("nuclei")
    assert isinstance(source, Download)
    (file,) = source.files
    assert (file.name, file.sha256) == (f"{nuclei.FOLDER}/{nuclei.FILE}", nuclei.SHA256)
