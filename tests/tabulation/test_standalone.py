"""One network, trained and measured."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from nasrank.bench.foundation.seeds import Purpose, torch_generator, torch_seed
from nasrank.bench.tabulation import settings
from nasrank.bench.tabulation.network import network_of
from nasrank.bench.tabulation.settings import TEST_COPIES, StandaloneTraining
from nasrank.bench.tabulation.standalone import prepare, run_alone
from nasrank.spaces import get_space
from nasrank.spaces.nb101 import cell as nb101


def by_hand(training: StandaloneTraining, architecture, seed: int):
    """Accuracy in percent and loss on the clean test images after one epoch, by a plain loop."""
    prepared = prepare(training)
    torch.manual_seed(torch_seed(seed, Purpose.INITIAL_WEIGHTS))
    network = get_space(training.space).network(
        architecture, **training.network.arguments, classes=10, image_channels=1
    )
    network = network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.0, momentum=0.9, weight_decay=5e-4, nesterov=True)
    images, labels = prepared.training
    stream = torch_generator(seed, Purpose.TRAINING_BATCHES)
    steps = len(images) // training.batch_size
    order = torch.randperm(len(images), generator=stream)
    for done, rows in enumerate(order.split(training.batch_size)[:steps]):
        optimizer.param_groups[0]["lr"] = training.learning_rate * (1 + math.cos(math.pi * done / steps)) / 2
        optimizer.zero_grad()
        F.cross_entropy(network(images[rows]), labels[rows]).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
    network.eval()
    with torch.no_grad():
        scores = network(prepared.first_copy[0])
    right = (scores.argmax(1) == prepared.first_copy[1]).double().mean()
    return 100 * float(right), float(F.cross_entropy(scores.double(), prepared.first_copy[1]))


@pytest.mark.parametrize("space", ["nb201", "nb101"])
def test_it_is_plain_training_with_running_statistics(training: StandaloneTraining, architectures, space: str):
    network = network_of(space, {"channels": 4})
    clean = replace(training, space=space, epochs=1, training_images=200, padding=0, noise=0.0, network=network)
    architecture = architectures[0] if space == "nb201" else nb101.parse("conv3x3(0)+maxpool3x3(0,1)+output(0,1,2)")
    run = run_alone(clean, architecture, 1)
    accuracy, loss = by_hand(clean, architecture, 1)
    assert run.curves["accuracy"][-1] == pytest.approx(accuracy)
    assert run.curves["loss"][-1] == pytest.approx(loss, rel=1e-4)
    assert run.seconds > 0
    assert not run.failure


@pytest.mark.slow
def test_it_depends_on_the_arguments_alone(training: StandaloneTraining, architectures):
    first = run_alone(training, architectures[0], 0)
    torch.manual_seed(1234)
    run_alone(training, architectures[1], 0)
    again = run_alone(training, architectures[0], 0)
    assert replace(again, seconds=first.seconds) == first
    assert run_alone(training, architectures[0], 1).curves != first.curves
    assert run_alone(replace(training, noise=0.6), architectures[0], 0).curves != first.curves


def test_the_caller_keeps_its_random_numbers(training: StandaloneTraining, architectures):
    state = torch.random.get_rng_state()
    run_alone(training, architectures[0], 0)
    assert torch.equal(torch.random.get_rng_state(), state)


def test_a_curve_has_its_points(training: StandaloneTraining, architectures):
    run = run_alone(training, architectures[0], 0)
    assert len(run.curves["accuracy"]) == len(run.curves["loss"]) == len(training.curve) == 3
    assert all(0 <= accuracy <= 100 for accuracy in run.curves["accuracy"])


def test_test_images_are_perturbed_once_for_all(training: StandaloneTraining):
    prepared, clean = prepare(training), prepare(replace(training, padding=0, noise=0.0))
    assert len(prepared.test[0]) == TEST_COPIES * training.test_images
    copies = prepared.test[0].split(training.test_images)
    assert torch.equal(copies[0], prepared.first_copy[0])
    assert not torch.equal(copies[0], copies[1])
    assert torch.equal(prepared.training[0], clean.training[0]), "training images are perturbed batch by batch"
    unmoved = prepare(replace(training, padding=0))
    noise = unmoved.test[0] - clean.test[0]
    assert float(noise.std()) == pytest.approx(training.noise, rel=0.05)
    assert abs(float(noise.mean())) < 0.03


def test_training_and_test_images_are_different_and_stratified(training: StandaloneTraining):
    half = replace(training, training_images=899, test_images=898, padding=0, noise=0.0)
    prepared = prepare(half)
    seen = {image.numpy().tobytes() for image in prepared.training[0]}
    met = sum(image.numpy().tobytes() in seen for image in prepared.first_copy[0])
    assert met == 0
    counts = np.bincount(prepared.training[1].numpy()), np.bincount(prepared.first_copy[1].numpy())
    assert np.abs(counts[0] - counts[1]).max() <= 2


def test_training_that_diverges_gives_a_reason_and_no_number(training: StandaloneTraining, architectures, monkeypatch):
    monkeypatch.setitem(settings.MOST, "learning_rate", 1e38)
    run = run_alone(replace(training, learning_rate=1e38), architectures[0], 0)
    assert (run.curves, run.seconds) == ({}, 0.0)
    assert "is nan at step" in run.failure or "has norm" in run.failure or "not finite" in run.failure
