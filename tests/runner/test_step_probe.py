"""What a step takes, measured: what a pass keeps, what an optimizer keeps, and how a part of a batch stands for it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from nasrank.bench.runner import probe as module
from nasrank.bench.runner.probe import ENOUGH_STEPS, FEWEST_IMAGES, STEPS, Probe, kind_of_step, probe


def kept_by(network, inputs, passes=1):
    saved = module._Saved(network)
    with torch.autograd.graph.saved_tensors_hooks(saved.keep, saved.give_back):
        for _ in range(passes):
            network(inputs).sum().backward()
    return saved.most


def test_what_a_pass_keeps_is_counted_once_and_without_weights():
    """Two layers keep what enters them, and a rectifier what leaves it, which is what enters the second layer."""
    network = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2))
    assert kept_by(network, torch.randn(7, 3)) == 4 * 7 * (3 + 5)


def test_passes_one_after_the_other_do_not_add_up():
    network = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2))
    assert kept_by(network, torch.randn(7, 3), passes=3) == kept_by(network, torch.randn(7, 3))


@pytest.mark.parametrize(
    ("make", "states"),
    [
        (lambda weights: torch.optim.SGD(weights, lr=0.1), 0),
        (lambda weights: torch.optim.SGD(weights, lr=0.1, momentum=0.9), 1),
        (lambda weights: torch.optim.Adam(weights, lr=0.1), 2),
    ],
)
def test_numbers_that_an_optimizer_keeps_for_each_weight(make, states):
    layer = nn.Linear(3, 5)
    optimizer = make(layer.parameters())
    layer(torch.randn(7, 3)).sum().backward()
    optimizer.step()
    assert module._states(optimizer) == states


def test_arms_that_differ_in_how_long_or_by_what_rate_they_train_have_a_step_in_common(design):
    arm = design.rows["spos"].before

    def changed(**training):
        study = arm.study.model_copy(update={"training": arm.study.training.model_copy(update=training)})
        return kind_of_step(replace(arm, study=study))

    assert changed(passes=100, learning_rate=1.0, weight_decay=0.0) == kind_of_step(arm)
    others = [kind_of_step(design.rows["gdas"].before), changed(batch_size=8), changed(optimizer="adam")]
    assert len({kind_of_step(arm), *others}) == 4
    assert kind_of_step(design.rows["spos"].after) == kind_of_step(arm), "a step without terms is what is measured"


def test_a_part_of_a_batch_stands_for_all_of_it(design, resolved, monkeypatch):
    """With the clock taken away: an image takes a second."""
    seen = []

    def measured(_design, _arm, _data, images, seconds):
        seen.append((images, seconds))
        return Probe(seconds=images, parameters=5, states=1, activations=100 * images, steps=9, images=images)

    monkeypatch.setattr(module, "_measure", measured)
    arm = design.rows["spos"].before
    assert probe(design, arm, resolved[2], 4.0 * ENOUGH_STEPS) == Probe(16, 5, 1, 1600, 9, 4)
    assert probe(design, arm, resolved[2], 1.0) == Probe(16, 5, 1, 1600, 9, FEWEST_IMAGES)
    assert probe(design, arm, resolved[2], 1e6) == Probe(16, 5, 1, 1600, 9, 16), "all of it where there is time"
    assert [images for images, _ in seen] == [2, 4, 4, 2, 2, 2, 4, 8, 16]


def test_a_network_whose_steps_cost_the_same_with_any_images_is_measured_with_all(design, resolved, monkeypatch):
    """In proportion of the two images of the first measurement, 16 would take four times the seconds that there are."""

    def measured(_design, _arm, _data, images, _seconds):
        return Probe(seconds=1 + images / 100, parameters=5, states=1, activations=images, steps=9, images=images)

    monkeypatch.setattr(module, "_measure", measured)
    found = probe(design, design.rows["spos"].before, resolved[2], 2.2 * ENOUGH_STEPS)
    assert (found.images, found.seconds) == (16, 1.16)


def test_a_real_one(design, resolved):
    arm = design.rows["gdas"].before
    threads = torch.get_num_threads()
    found = probe(design, arm, resolved[2], 0.2)
    assert torch.get_num_threads() == threads
    assert found.states == 1
    assert 2 <= found.images <= 16
    assert 0 < found.steps <= STEPS
    assert 0 < found.seconds < 10
    assert found.activations > 16 * 2 * 8 * 8 * 4, "at least what leaves the stem: two channels of 8x8 for 16 images"


def test_one_that_diverges_is_measured_until_then(design, resolved):
    training = {"learning_rate": 1e30, "clip": 1e30}
    arm = design.rows["spos"].before
    study = arm.study.model_copy(update={"training": arm.study.training.model_copy(update=training)})
    diverging = replace(design, study=study.model_copy(update={"strategies": ("spos",)}))
    assert 0 <= module._measure(diverging, diverging.rows["spos"].before, resolved[2], 4, 5.0).steps < STEPS
