"""Scores come from sums over all batches: against independent computations, and whatever the batch size."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scores_that_are_no_means import IntersectionOverUnion, Perplexity
from sklearn.metrics import accuracy_score, jaccard_score, log_loss
from toy import CLASSES, DECISIONS, ToySuperNet, make_step, random_batch

from nasrank.bench.scores.shared_weights import score_paths
from nasrank.bench.tasks.classification import Classification

INPUTS, TARGETS = random_batch(53, seed=3)
PATHS = [[0, 1, 2], [1, 4, 0], [1, 0, 1]]

TASKS = [Classification(CLASSES), Perplexity(CLASSES), IntersectionOverUnion(CLASSES)]


def by_scikit_learn(outputs):
    """Every score of the three tasks on all samples at once, higher is better."""
    probabilities = outputs.double().softmax(1).numpy()
    predicted, right, classes = probabilities.argmax(1), TARGETS.numpy(), np.arange(CLASSES)
    loss = log_loss(right, probabilities, labels=classes)
    return {
        "accuracy": accuracy_score(right, predicted),
        "negative_loss": -loss,
        "negative_perplexity": -np.exp(loss),
        "miou": jaccard_score(right, predicted, labels=classes, average="macro"),
    }


@pytest.fixture(scope="module")
def supernet():
    """Its normalization is none, so that nothing but the sums could tell batches apart."""
    return ToySuperNet(DECISIONS)


@pytest.mark.parametrize("batch_size", [1000, 53, 20, 7, 1])
@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_scores_are_those_of_all_samples_at_once(supernet, task, batch_size):
    found = score_paths(supernet, task, INPUTS, TARGETS, PATHS, batch_size=batch_size)
    assert tuple(found) == task.score_names
    for place, path in enumerate(PATHS):
        with torch.no_grad():
            expected = by_scikit_learn(supernet(INPUTS, path))
        for name, values in found.items():
            assert values[place] == pytest.approx(expected[name], rel=1e-6)


@pytest.mark.parametrize("task", TASKS[1:], ids=lambda task: task.name)
def test_means_of_batches_would_be_others(supernet, task):
    """Or the test above would prove nothing."""
    (name,) = task.score_names
    whole = score_paths(supernet, task, INPUTS, TARGETS, PATHS)[name]
    cuts = zip(INPUTS.split(7), TARGETS.split(7), strict=True)
    means = np.mean([score_paths(supernet, task, *cut, PATHS)[name] for cut in cuts], axis=0)
    assert (np.abs(means - whole) > 1e-3).all()


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_strategies_are_told_the_same_of_a_batch(supernet, task):
    told = make_step(supernet, task=task).evaluate(PATHS[1], (INPUTS, TARGETS))
    found = score_paths(supernet, task, INPUTS, TARGETS, [PATHS[1]])
    assert told == pytest.approx({name: values[0] for name, values in found.items()}, rel=1e-6)


@pytest.mark.parametrize("samples", [299, 597, 1000])
def test_accuracies_are_stored_as_when_they_were_means(samples):
    """Of every number of right answers among as many samples as studies score by, to six decimals."""
    right = torch.zeros(samples, dtype=torch.float64)
    task = Classification(2)
    for count in range(samples + 1):
        mean = float(right.mean()) * samples / samples
        now = task.scores(torch.tensor([count, 0.0, samples], dtype=torch.float64))["accuracy"]
        assert round(now, 6) == round(mean, 6)
        right[count : count + 1] = 1.0
