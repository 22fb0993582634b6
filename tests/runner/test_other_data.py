"""A trial's samples need not be images: windows of a text, and a task that learns from them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scores_that_are_no_means import Perplexity

from nasrank.bench.data import DATASETS, Dataset, DataSource, Samples
from nasrank.bench.runner.images import prepare_images
from nasrank.bench.studies.sections import AnalysisSection, ImagesSection
from nasrank.bench.studies.study import Study
from nasrank.bench.tasks import TASKS

WINDOWS = np.random.default_rng(0).integers(4, size=(60, 8))
SAMPLES = Samples.alone(WINDOWS, WINDOWS[:, 0].copy(), np.zeros(60, np.int64))


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    def source(name, classes):
        return DataSource(name, lambda *_: Dataset(name, SAMPLES, classes, "drawn at random", "0" * 64), count=60)

    monkeypatch.setitem(DATASETS, "letters", source("letters", tuple("abcd")))
    monkeypatch.setitem(DATASETS, "distances", source("distances", ()))
    monkeypatch.setitem(TASKS, "perplexity", Perplexity)


def prepared(design, strategy, dataset="letters"):
    images = ImagesSection(dataset=dataset, task="perplexity", weights=30, held_out=15, scoring=15)
    study = design.study.model_copy(update={"images": images, "strategies": (strategy,)})
    changed = replace(design, study=study)
    return prepare_images(changed, changed.rows[strategy].after, seed=0)


def test_a_text_is_split_as_images_are(design):
    splits = prepared(design, "spos")
    parts = [splits.weights, splits.held_out, splits.scoring]
    assert [tuple(inputs.shape) for inputs, _ in parts] == [(30, 8), (15, 8), (15, 8)]
    for inputs, targets in parts:
        assert inputs.dtype == torch.int64
        assert torch.equal(inputs[:, 0], targets)
    assert splits.augment is None
    assert TASKS["perplexity"].of(splits.description) == Perplexity(4)


def test_random_labels_need_classes_to_be_drawn_from(design):
    drawn = prepared(design, "rlnas")
    assert not torch.equal(drawn.weights[0][:, 0], drawn.weights[1])
    assert torch.equal(drawn.scoring[0][:, 0], drawn.scoring[1])
    with pytest.raises(ValueError, match="random labels are drawn from classes; distances has none"):
        prepared(design, "rlnas", "distances")


def test_a_study_is_checked_against_the_task_before_anything_is_loaded(design):
    content = design.study.model_dump(mode="json")
    content["images"] |= {"dataset": "letters", "task": "perplexity", "weights": 30, "held_out": 15, "scoring": 15}
    content["training"] |= {"batch_size": 4}
    with pytest.raises(ValueError, match="unknown score 'accuracy'; known are negative_perplexity"):
        Study.model_validate(content, strict=False)
    del content["analysis"]
    with pytest.raises(ValueError, match="unknown score 'accuracy'; known are negative_perplexity"):
        Study.model_validate(content, strict=False)
    content["analysis"] = AnalysisSection(score="negative_perplexity").model_dump()
    assert Study.model_validate(content, strict=False).analysis.score == "negative_perplexity"
    content["images"]["padding"] = 1
    with pytest.raises(ValueError, match="padding = 1 shifts images; letters has none"):
        Study.model_validate(content, strict=False)


def test_networks_of_images_take_no_text(design, monkeypatch):
    monkeypatch.setitem(DATASETS, "letters", replace(DATASETS["letters"], kind="text"))
    content = design.study.model_dump(mode="json")
    content["images"] |= {"dataset": "letters", "weights": 30, "held_out": 15, "scoring": 15}
    with pytest.raises(ValueError, match="networks of nb201 take images, and letters is text") as error:
        Study.model_validate(content)
    assert "images.dataset" in str(error.value)
