"""What a step of training reads of the device that it runs on: each read makes the CPU wait, and the device idle.

The device is a pretended one, so that what would wait, or would lie in the wrong place, is found without one.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from pretended import DEVICE, pretended, reads_of  # noqa: F401 - a fixture
from small import batch_of, normalizes, small_supernet, task_of, told_apart, trains
from turns import in_turn

from nasrank.bench.data.images.augment import Augmentation
from nasrank.bench.tasks.classification import Classification
from nasrank.bench.training.step import Step
from nasrank.bench.training.strategies import STRATEGIES
from nasrank.bench.training.terms import TERMS, TermContext
from nasrank.bench.training.trainer import READ_EVERY, Optimization, train
from nasrank.spaces import SPACES, get_space
from nasrank.spaces.placing import channels_last

CLASSES, BATCH = 4, 8

READS = {
    # gradients of the architecture's logits, in one transfer
    **dict.fromkeys(("darts", "factorized", "gdas", "pc_darts"), 1),
    "darts_prime": 2,  # and the squared norm of the weights' gradient
    "darts2": 4,  # gradients of the logits at three places, and the norm of the weights' gradient
    **dict.fromkeys(("enas", "nao"), 3),  # scores of three evaluations
}
"""Of a step of each strategy; none of those that are not here."""

KINDS = ("spos", "darts", "gdas")
"""Strategies of hard paths, soft ones and those between."""

CELLS = ("nb101", "nb201")


def batch(space, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    inputs, targets = (part.to(DEVICE, non_blocking=True) for part in batch_of(space, BATCH, seed, CLASSES))
    layout = torch.channels_last if inputs.ndim == 4 else torch.contiguous_format
    return inputs.contiguous(memory_format=layout), targets


def built(name, **options):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        supernet = SPACES[name].supernet(
            **small_supernet(SPACES[name], channels=8), **told_apart(SPACES[name], CLASSES), **options
        )
    return channels_last(supernet.to(DEVICE, non_blocking=True))


def step_of(supernet, name="nb201", fraction=0.5):
    space, optimizer = SPACES[name], torch.optim.SGD(supernet.parameters(), lr=0.1, momentum=0.9)
    return Step(supernet, task_of(space, CLASSES), fraction, batch(space, 1), lambda: batch(space, 2), optimizer)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "space"),
    [
        pytest.param(
            STRATEGIES[kind], name, id=f"{kind}-{name}", marks=() if name in CELLS else in_turn(i, j, of=len(there))
        )
        for j, (name, space) in enumerate(SPACES.items())
        for there in [[kind for kind in (STRATEGIES if name in CELLS else KINDS) if trains(STRATEGIES[kind], space)]]
        for i, kind in enumerate(there)
    ],
)
def test_a_step_reads_what_it_is_said_to_and_nothing_else(kind, space, pretended):  # noqa: F811
    """Of what a strategy does, super-nets of cells tell; of what theirs do, hard paths, soft ones and those between."""
    supernet = built(space, **kind.supernet_options)
    strategy = kind(get_space(space), np.random.default_rng(0))

    def run() -> None:
        step = step_of(supernet, space)
        strategy.update_architecture(step)
        supernet.zero_grad()
        assert strategy.accumulate(step).device == DEVICE
        torch.nn.utils.clip_grad_norm_(list(supernet.parameters()), 5.0)
        step.optimizer.step()

    assert [reads_of(pretended, run) for _ in range(2)] == [READS.get(kind.name, 0)] * 2


@pytest.mark.slow
@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("options", [{"path_dropout": 0.3}, {"operation_dropout": 0.3}, {"tracked": True}], ids=str)
def test_what_a_super_net_can_do_besides_reads_nothing(space, options, pretended):  # noqa: F811
    known = {*SPACES[space].options.model_fields} | ({"tracked"} if normalizes(SPACES[space]) else set())
    if not options.keys() <= known:
        return
    supernet, strategy = built(space, **options), STRATEGIES["spos"](get_space(space), np.random.default_rng(0))
    assert reads_of(pretended, lambda: [strategy.accumulate(step_of(supernet, space)) for _ in range(3)]) == 0


@pytest.mark.slow
@pytest.mark.parametrize("sharing", ["shuffled_chunk", "random_channels", "interpolation", "separate"])
@pytest.mark.parametrize("partial_channels", [1, 2])
def test_no_way_to_share_channels_reads_anything(sharing, partial_channels, pretended):  # noqa: F811
    supernet = built("nb101", channel_sharing=sharing, partial_channels=partial_channels, affine=True, tracked=True)
    strategy = STRATEGIES["spos"](get_space("nb101"), np.random.default_rng(0))
    assert reads_of(pretended, lambda: [strategy.accumulate(step_of(supernet, "nb101")) for _ in range(3)]) == 0


@pytest.mark.parametrize(
    ("name", "options", "reads"),
    [
        ("landmark", {"loss": "hinge", "pairs_per_step": 3}, 3),
        ("landmark", {"loss": "weighted_hinge"}, 1),
        ("landmark", {"loss": "softplus", "pairs_per_step": 3}, 0),
        ("landmark", {"loss": "cross_entropy"}, 0),
        ("landmark", {"loss": "weighted_softplus"}, 0),
        ("listwise", {}, 0),
        ("orthogonality", {}, 0),
    ],
)
def test_a_term_reads_what_decides_a_step_and_the_rest_when_it_is_recorded(
    name,
    options,
    reads,
    pretended,  # noqa: F811
):
    space, supernet = get_space("nb201"), built("nb201")
    landmarks = [space.to_choices(cell) for cell in space.sample(np.random.default_rng(0), 6)]
    context = TermContext(np.random.default_rng(1), landmarks, np.arange(50.0, 56.0))
    term = TERMS[name](TERMS[name].Settings(**options), context)
    step = step_of(supernet, fraction=0.9)
    STRATEGIES["spos"](space, np.random.default_rng(0)).accumulate(step)
    assert reads_of(pretended, lambda: term.accumulate(step)) == reads
    assert reads_of(pretended, term.record) == 1
    assert reads_of(pretended, term.record) == 0


def test_every_strategy_and_term_that_is_said_to_read_something_is_there():
    assert READS.keys() <= STRATEGIES.keys()
    assert TERMS.keys() == {"landmark", "listwise", "orthogonality"}, "a new term belongs into the test above"


def test_images_are_augmented_on_the_device(pretended):  # noqa: F811
    stream = torch.Generator().manual_seed(0)
    augment = Augmentation(padding=2, flip=True, noise=0.1)
    found = []
    assert reads_of(pretended, lambda: found.append(augment(*batch(get_space("nb201")), stream)[0])) == 0
    assert found[0].device == DEVICE
    assert found[0].is_contiguous(memory_format=torch.channels_last)


@pytest.mark.slow
def test_training_reads_losses_now_and_then(pretended):  # noqa: F811
    """Those of all steps since the last time, and the norms of their gradients, each in one transfer."""
    space, supernet = get_space("nb201"), built("nb201")
    batches, strategy = iter(lambda: batch(space), None), STRATEGIES["spos"](space, np.random.default_rng(0))
    steps, task = READ_EVERY + 10, Classification(CLASSES)
    times = {round(steps * tenth / 10) for tenth in range(1, 11)} | {READ_EVERY}

    def run() -> None:
        train(supernet, task, strategy, [], Optimization(steps, batch_size=BATCH), batches, {"strategy": batches})

    assert reads_of(pretended, run) == 2 * len(times)
