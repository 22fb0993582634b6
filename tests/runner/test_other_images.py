"""Variants that train on another data set or other numbers of images are scored on the study's images."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from nasrank.bench.data import DATASETS, DataSource, load_dataset
from nasrank.bench.data.images.augment import Augmentation
from nasrank.bench.data.images.dataset import ImageDataset
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.images import prepare_images
from nasrank.bench.runner.parts import assemble
from nasrank.bench.runner.resolve import resolve
from nasrank.bench.runner.tasks import Trial
from nasrank.bench.studies.study_file import load_study


def halved(labels=None):
    digits = load_dataset("digits")
    return ImageDataset.describe(
        "digits-4",
        digits.images.reshape(-1, 1, 4, 2, 4, 2).mean((3, 5)).astype(np.uint8),
        digits.labels if labels is None else labels,
        classes=digits.classes,
        flippable=False,
        provenance="2x2 means",
    )


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    """The digits at 4x4, the same with other labels, and fewer of them."""
    shuffled = np.roll(load_dataset("digits").labels, 1)
    monkeypatch.setitem(DATASETS, "digits-4", DataSource("digits-4", lambda *_: halved(), count=1_797, side=4))
    monkeypatch.setitem(DATASETS, "shuffled", DataSource("shuffled", lambda *_: halved(shuffled), count=1_797, side=4))
    monkeypatch.setitem(DATASETS, "few", DataSource("few", lambda *_: halved(), count=1_796, side=4))


def resolved_with(study_text, folder, images, also=""):
    path = folder / "varied.toml"
    path.write_text(
        study_text + f'\n{also}\n[variants.other]\nstrategy = "spos"\nlabel = "other images"\nimages = {images}\n'
    )
    return resolve(load_study(path))[0]


def rows_in(found, data):
    """Of each image of a part, its place in the data set."""
    place = {image.tobytes(): row for row, image in enumerate(data.normalized(np.arange(len(data))))}
    return [place[image.numpy().tobytes()] for image in found[0].contiguous()]


@pytest.fixture
def digits():
    """Without those that look like another, so that each can be told by its pixels."""
    return load_dataset("digits")


def splits_of(design, row):
    return prepare_images(design, design.rows[row].before, 0)


def test_numbers_of_images_change_who_trains_and_nothing_else(study_text, tmp_path, digits):
    also = "[scoring.also.more]\nimages = 100"
    design = resolved_with(study_text, tmp_path, "{ weights = 300, held_out = 20 }", also)
    own, other = splits_of(design, "spos"), splits_of(design, "other")
    assert [len(part[0]) for part in (own.weights, own.held_out, own.scoring)] == [64, 32, 100]
    assert [len(part[0]) for part in (other.weights, other.held_out, other.scoring)] == [300, 20, 100]
    assert all(torch.equal(one, two) for one, two in zip(own.scoring, other.scoring, strict=True))
    rows = {name: set(rows_in(getattr(other, name), digits)) for name in ("weights", "held_out", "scoring")}
    assert sum(map(len, rows.values())) == len(set.union(*rows.values())) == 420
    assert rows["weights"] > set(rows_in(own.weights, digits))
    assert rows["held_out"] < set(rows_in(own.held_out, digits))
    counts = np.bincount(other.weights[1].numpy())
    assert counts.max() - counts.min() <= 6, "all classes in proportion"


def test_fewer_that_train_are_some_of_the_studys(study_text, tmp_path, digits):
    design = resolved_with(study_text, tmp_path, "{ weights = 40, held_out = 50 }")
    own, other = splits_of(design, "spos"), splits_of(design, "other")
    assert set(rows_in(other.weights, digits)) < set(rows_in(own.weights, digits))
    assert set(rows_in(other.held_out, digits)) > set(rows_in(own.held_out, digits))


@pytest.mark.slow
def test_another_resolution_shows_the_same_images(study_text, tmp_path):
    design = resolved_with(study_text, tmp_path, '{ dataset = "digits-4" }')
    own, other = splits_of(design, "spos"), splits_of(design, "other")
    for part in ("weights", "held_out", "scoring"):
        one, two = getattr(own, part), getattr(other, part)
        assert torch.equal(one[1], two[1])
        assert (one[0].shape[2:], two[0].shape[2:]) == ((8, 8), (4, 4))
        means = one[0].mean((1, 2, 3)), two[0].mean((1, 2, 3))
        assert np.corrcoef(*(values.numpy() for values in means))[0, 1] > 0.98
    assert design.images["others"]["digits-4"]["sha256"] == halved().sha256
    assert design.settings(Trial("other-plain", 0))["images_sha256"] == halved().sha256
    assert "images_sha256" not in design.settings(Trial("spos-plain", 0))
    assert Design.from_json(json.loads(json.dumps(design.to_json()))) == design
    assert assemble(design, Trial("other-plain", 0), np.empty(0)).scoring[0].shape[2:] == (4, 4)


def test_results_of_the_other_rows_stay_what_they_are(study_text, tmp_path, design):
    varied = resolved_with(study_text, tmp_path, '{ dataset = "digits-4" }')
    assert varied.common == design.common
    assert varied.settings(Trial("spos-plain", 0)) == design.settings(Trial("spos-plain", 0))
    assert replace(varied, study=design.study, images=design.images).fingerprint == design.fingerprint


def test_other_images_are_refused(study_text, tmp_path):
    with pytest.raises(ValueError, match="a variant trains on shuffled, but rows are compared on the same images"):
        resolved_with(study_text, tmp_path, '{ dataset = "shuffled" }')
    with pytest.raises(ValueError, match=r"variants.other.images.dataset: dataset = 'few' has not the same images"):
        resolved_with(study_text, tmp_path, '{ dataset = "few" }')
    with pytest.raises(ValueError, match=r"are more than the 1797 images of digits"):
        resolved_with(study_text, tmp_path, "{ weights = 1_790 }")
    with pytest.raises(ValueError, match=r"images = 100, but beside 1700 for weights and 32 held out digits has 65"):
        resolved_with(study_text, tmp_path, "{ weights = 1_700 }", "[scoring.also.more]\nimages = 100")


def test_images_that_train_may_be_noisy(study_text, tmp_path):
    design = resolved_with(study_text, tmp_path, "{ noise = 0.5 }")
    assert splits_of(design, "other").augment == Augmentation(0, flip=False, noise=0.5)
    assert splits_of(design, "spos").augment is None
    assert "noise" not in design.study.images.model_dump(mode="json")


def test_mirror_images_can_be_left_out(monkeypatch, study_text, tmp_path):
    flippable = replace(load_dataset("digits"), flippable=True)
    monkeypatch.setitem(DATASETS, "digits", DataSource("digits", lambda *_: flippable, count=1_797, side=8))
    design = resolved_with(study_text, tmp_path, "{ padding = 2, mirror = false }")
    assert splits_of(design, "other").augment.flip is False
    design = resolved_with(study_text, tmp_path, "{ padding = 2 }")
    assert splits_of(design, "other").augment.flip is True
    assert "mirror" not in design.study.images.model_dump(mode="json")
