"""Training and scoring on a GPU, where there is one; the same tests on the CPU show that they test something.

Everything is computed as workers do, by deterministic algorithms and without TF32.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

import numpy as np
import pytest
import torch

from nasrank.bench.data.images.augment import Augmentation
from nasrank.bench.execution.process_pool import one_thread
from nasrank.bench.foundation.devices import device_name, moved, refuse_absent_device
from nasrank.bench.scores.shared_weights import score_paths
from nasrank.bench.tasks.classification import Classification
from nasrank.bench.training.batches import EndlessBatches
from nasrank.bench.training.step import Step
from nasrank.bench.training.strategies import STRATEGIES
from nasrank.bench.training.terms import TERMS, TermContext
from nasrank.bench.training.trainer import Optimization, train
from nasrank.spaces import get_space

CLASSES, BATCH, STEPS = 4, 8, 5
TASK = Classification(CLASSES)
CUDA = pytest.param("cuda", marks=pytest.mark.cuda)
EACH_DEVICE = pytest.mark.parametrize("device", ["cpu", CUDA])


@pytest.fixture(autouse=True)
def _as_workers_do() -> Iterator[None]:
    with one_thread():
        yield


def samples(device, count=8 * BATCH):
    stream = torch.Generator().manual_seed(0)
    images, targets = torch.randn(count, 3, 8, 8, generator=stream), torch.randint(CLASSES, (count,), generator=stream)
    return images.to(device).contiguous(memory_format=torch.channels_last), targets.to(device)


def built(device, space="nb201", **options):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        supernet = get_space(space).supernet(channels=8, cells_per_stage=1, classes=CLASSES, **options)
    return supernet.to(device).to(memory_format=torch.channels_last)


def batches(device, seed):
    augment = Augmentation(padding=1, flip=True, noise=0.1)
    return EndlessBatches(*samples(device), BATCH, torch.Generator().manual_seed(seed), augment)


def terms_of(space):
    landmarks = [space.to_choices(one) for one in space.sample(np.random.default_rng(3), 6)]

    def term(name, **options):
        kind = TERMS[name]
        return kind(
            kind.Settings(**options).always(), TermContext(np.random.default_rng(4), landmarks, np.arange(50.0, 56.0))
        )

    return [term("landmark", pairs_per_step=2), term("listwise"), term("orthogonality")]


def trained(kind, device, space="nb201", terms=(), mixed_precision=False, **options):
    """The super-net after a few steps, and the record of its training."""
    supernet = built(device, space, **kind.supernet_options, **options)
    strategy = kind(get_space(space), np.random.default_rng(1))
    optimization = Optimization(STEPS * strategy.passes_per_step, BATCH, mixed_precision=mixed_precision)
    held_out = {"strategy": batches(device, 1), **{term.name: batches(device, 2) for term in terms}}
    return supernet, train(supernet, TASK, strategy, terms, optimization, batches(device, 0), held_out)


@EACH_DEVICE
@pytest.mark.parametrize("mixed_precision", [False, True], ids=["single", "mixed"])
@pytest.mark.parametrize("kind", STRATEGIES.values(), ids=STRATEGIES)
def test_every_strategy_trains(kind, device, mixed_precision):
    supernet, record = trained(kind, device, mixed_precision=mixed_precision)
    assert np.isfinite([row["loss"] for row in record.rows]).all()
    start = built(device, **kind.supernet_options).state_dict()
    after = supernet.state_dict()
    assert any(not torch.equal(after[name], start[name]) for name in start)
    assert all(weights.device.type == device and torch.isfinite(weights).all() for weights in after.values())
    assert all(weights.dtype == torch.float32 for weights in supernet.parameters())


@EACH_DEVICE
@pytest.mark.parametrize(
    ("space", "name", "options"),
    [
        ("nb201", "spos", {}),
        ("nb201", "darts", {}),
        ("nb201", "gdas", {"path_dropout": 0.2}),
        ("nb101", "fairnas", {"channel_sharing": "random_channels"}),
        ("nb101", "spos", {"channel_sharing": "interpolation"}),
        ("nb201-activations", "darts", {}),
    ],
)
def test_a_seed_gives_the_same_bits_twice(space, name, options, device):
    first, second = (trained(STRATEGIES[name], device, space, terms_of(get_space(space)), **options) for _ in range(2))
    assert first[1] == second[1]
    assert all(torch.equal(one, two) for one, two in zip(first[0].parameters(), second[0].parameters(), strict=True))


@EACH_DEVICE
@pytest.mark.parametrize("mixed_precision", [False, True], ids=["single", "mixed"])
def test_losses_are_in_single_precision(device, mixed_precision):
    supernet, space = built(device), get_space("nb201")
    optimizer = torch.optim.SGD(supernet.parameters(), lr=0.1)
    step = Step(supernet, TASK, 0.5, samples(device, BATCH), lambda: samples(device, BATCH), optimizer, mixed_precision)
    paths = [space.to_choices(one) for one in space.sample(np.random.default_rng(0), 2)]
    assert {loss.dtype for loss in (step.loss(paths[0]), *step.losses(paths, step.batch))} == {torch.float32}


@EACH_DEVICE
def test_a_step_does_not_wait_for_the_device(device):
    """But for the first one, in which libraries are set up."""
    supernet, stream = built(device), batches(device, 0)
    strategy = STRATEGIES["spos"](get_space("nb201"), np.random.default_rng(1))
    optimizer = torch.optim.SGD(supernet.parameters(), lr=0.1, momentum=0.9)
    losses = []

    def run() -> None:
        step = Step(supernet, TASK, 0.5, next(stream), lambda: next(stream), optimizer)
        strategy.update_architecture(step)
        optimizer.zero_grad()
        losses.append(strategy.accumulate(step))
        torch.nn.utils.clip_grad_norm_(list(supernet.parameters()), 5.0)
        optimizer.step()

    run()
    before = torch.cuda.get_sync_debug_mode() if device == "cuda" else 0
    try:
        if device == "cuda":
            torch.cuda.set_sync_debug_mode("error")
        for _ in range(STEPS):
            run()
    finally:
        if device == "cuda":
            torch.cuda.set_sync_debug_mode(before)
    assert torch.isfinite(torch.stack(losses)).all()


@EACH_DEVICE
@pytest.mark.parametrize("space", ["nb201", "nb101", "nb201-activations"])
def test_scores_agree_with_those_of_the_cpu(space, device):
    supernet, _ = trained(STRATEGIES["spos"], "cpu", space)
    known = get_space(space)
    paths = [known.to_choices(one) for one in known.sample(np.random.default_rng(2), 10)]
    expected = score_paths(supernet, TASK, *samples("cpu"), paths)
    found = score_paths(deepcopy(supernet).to(device), TASK, *samples(device), paths)
    np.testing.assert_allclose(found["negative_loss"], expected["negative_loss"], atol=1e-4)
    near_ties = 2 / len(samples("cpu")[0])
    np.testing.assert_allclose(found["accuracy"], expected["accuracy"], atol=near_ties)


@EACH_DEVICE
def test_augmentation_is_that_of_the_cpu(device):
    augment, images = Augmentation(padding=2, flip=True, noise=0.1), samples("cpu")[0]
    ours, theirs = (augment.of_images(one, torch.Generator().manual_seed(3)) for one in (images.to(device), images))
    torch.testing.assert_close(ours.cpu(), theirs)
    assert ours.is_contiguous(memory_format=torch.channels_last)


@EACH_DEVICE
def test_an_update_of_the_architecture_is_that_of_the_cpu(device):
    def logits(name):
        strategy = STRATEGIES["darts"](get_space("nb201"), np.random.default_rng(1))
        supernet, drawn = built(name), iter(lambda: samples(name, BATCH), None)
        optimizer = torch.optim.SGD(supernet.parameters(), lr=0.1)
        step = Step(supernet, TASK, 0.5, next(drawn), drawn.__next__, optimizer)
        return torch.autograd.grad(step.loss(strategy.mixture(), step.held_out()), strategy.logits.values)

    for ours, theirs in zip(logits(device), logits("cpu"), strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-3)


@EACH_DEVICE
def test_what_moves_arrives_as_it_was(device):
    values = torch.randn(100, generator=torch.Generator().manual_seed(0))
    there = moved(values, torch.device(device))
    assert there.device.type == device
    assert torch.equal(there.cpu(), values)


@EACH_DEVICE
def test_a_device_has_a_name_and_is_there(device):
    assert device_name(device) == "cpu" if device == "cpu" else device_name(device).startswith("cuda: ")
    refuse_absent_device(device)
