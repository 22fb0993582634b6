"""Smoothed targets are of the loss that trains the shared weights, and of no other."""

from __future__ import annotations

import pytest
import torch
from scores_that_are_no_means import Perplexity
from toy import CLASSES, TOY, ToySuperNet, make_step, random_batch, stream

from nasrank.bench.studies.study_file import load_study
from nasrank.bench.tasks.classification import Classification

SMOOTHED = Classification(CLASSES).smoothed(0.2)


def test_a_share_of_the_target_is_spread_over_all_classes():
    outputs, targets = SMOOTHED.example(6, torch.Generator().manual_seed(0))
    spread = torch.full((6, CLASSES), 0.2 / CLASSES)
    spread[torch.arange(6), targets] += 0.8
    expected = -(spread * outputs.log_softmax(1)).sum(1).mean()
    torch.testing.assert_close(SMOOTHED.training_loss(outputs, targets), expected)
    plain = Classification(CLASSES)
    for task in (SMOOTHED, plain):
        assert torch.equal(task.loss(outputs, targets), plain.training_loss(outputs, targets))
        assert torch.equal(task.statistics(outputs, targets), plain.statistics(outputs, targets))


def test_other_batches_and_comparisons_have_the_loss_as_it_is():
    supernet, path, batch = ToySuperNet(), TOY.random_choices(stream()), random_batch(8, 1)
    smoothed, plain = (make_step(supernet, task=task) for task in (SMOOTHED, Classification(CLASSES)))
    assert smoothed.loss(path).item() != plain.loss(path).item()
    assert smoothed.loss(path, batch).item() == plain.loss(path, batch).item()
    assert [one.item() for one in smoothed.losses([path], batch)] == [one.item() for one in plain.losses([path], batch)]


def test_a_task_without_classes_refuses_it():
    with pytest.raises(ValueError, match="targets of perplexity cannot be smoothed"):
        Perplexity(4).smoothed(0.1)


def test_it_is_a_key_of_training(study_text, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(study_text.replace("batch_size = 16", "batch_size = 16\nlabel_smoothing = 0.1"))
    assert load_study(path).training.label_smoothing == 0.1
    path.write_text(study_text.replace("batch_size = 16", "batch_size = 16\nlabel_smoothing = 1.0"))
    with pytest.raises(ValueError, match=r"training.label_smoothing: Input should be less than 1"):
        load_study(path)
