"""Before and after differ by the landmark term and by nothing else, so their difference is a paired one."""

from __future__ import annotations

from functools import cache
from typing import get_args

import pytest
import torch
from toy import CLASSES, count_backward_passes, random_batch

from nasrank.bench.foundation.seeds import Purpose, generator, torch_generator, torch_seed
from nasrank.bench.tasks.classification import Classification
from nasrank.bench.training.batches import EndlessBatches
from nasrank.bench.training.strategies import STRATEGIES
from nasrank.bench.training.terms import TermContext
from nasrank.bench.training.terms.landmark import LandmarkTerm
from nasrank.bench.training.trainer import Optimization, train
from nasrank.spaces import get_space

SPACE, NB101 = get_space("nb201"), get_space("nb101")
STEPS = 4
CELLS = SPACE.sample(generator(9, Purpose.LANDMARK_CHOICE), 5)
PAIRS = 10


def run(name, seed=0, settings=None, backward=None, space=SPACE, cells=CELLS, **options):
    """Weights and record after a short training, built from the seed's streams as a trial is."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(torch_seed(seed, Purpose.INITIAL_WEIGHTS))
        supernet = space.supernet(**{"channels": 2, **options}, cells_per_stage=1, classes=CLASSES)
    if backward is not None:
        backward.append(count_backward_passes(supernet.classifier.weight))
    strategy = STRATEGIES[name](space, generator(seed, Purpose.STRATEGY))
    terms = []
    if settings is not None:
        paths = [space.to_choices(cell) for cell in cells]
        accuracies = generator(3, Purpose.POOL).uniform(50, 90, len(paths))
        terms.append(LandmarkTerm(settings, TermContext(LandmarkTerm.stream(seed), paths, accuracies)))

    def batches(purpose):
        return EndlessBatches(*random_batch(40, seed=7, shape=(3, 8, 8)), 8, torch_generator(seed, purpose))

    record = train(
        supernet,
        Classification(CLASSES),
        strategy,
        terms,
        Optimization(STEPS * strategy.passes_per_step, 8),
        batches(Purpose.TRAINING_BATCHES),
        {"strategy": batches(Purpose.STRATEGY_HELD_OUT), "landmark": batches(Purpose.LANDMARK_HELD_OUT)},
    )
    return {name: value.clone() for name, value in supernet.state_dict().items()}, record


@cache
def plain_run(name):
    """That with nothing but its name, which several tests compare with."""
    return run(name)


def equal(one, two):
    return one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)


NO_EFFECT = {
    "coefficient 0": LandmarkTerm.Settings(coefficient=0.0).always(),
    "still in warm-up": LandmarkTerm.Settings(warm_up=0.999),
    "still at factor 0": LandmarkTerm.Settings(schedule="linear_step_increase", warm_up=0.9),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "reason"),
    [*((name, "coefficient 0") for name in STRATEGIES), *(("spos", reason) for reason in [*NO_EFFECT][1:])],
)
def test_a_term_without_effect_changes_nothing_bit_for_bit(name, reason):
    plain, record = plain_run(name)
    guided, guided_record = run(name, settings=NO_EFFECT[reason])
    assert equal(plain, guided)
    assert [row["loss"] for row in record.rows] == [row["loss"] for row in guided_record.rows]


@pytest.mark.parametrize(
    ("option", "choice"),
    [
        *(("channel_sharing", form) for form in get_args(NB101.options.model_fields["channel_sharing"].annotation)),
        *((dropout, 0.3) for dropout in ("path_dropout", "operation_dropout")),
    ],
)
def test_whatever_super_nets_draw_stays_the_same(option, choice):
    """Channels, and what is left out: comparing landmarks must not move the stream that training draws them from."""
    cells = NB101.sample(generator(9, Purpose.LANDMARK_CHOICE), 5)
    options = {"space": NB101, "cells": cells, "channels": 6, option: choice}
    plain, _ = run("spos", **options)
    guided, _ = run("spos", settings=NO_EFFECT["coefficient 0"], **options)
    assert equal(plain, guided)


@pytest.mark.slow
@pytest.mark.parametrize("name", STRATEGIES)
def test_guidance_changes_the_weights_but_not_the_first_loss(name):
    plain, record = plain_run(name)
    settings = LandmarkTerm.Settings(pair_sampling="all").always()
    guided, guided_record = run(name, settings=settings)
    assert not equal(plain, guided)
    assert record.rows[0]["loss"] == guided_record.rows[0]["loss"], "same weights, batch, path, held-out images"


@pytest.mark.slow
@pytest.mark.parametrize("name", STRATEGIES)
def test_the_same_seed_gives_the_same_bytes(name):
    settings = LandmarkTerm.Settings().always()
    (one, first), (two, second), (other, _) = (run(name, seed, settings) for seed in (4, 4, 5))
    assert equal(one, two)
    assert first == second
    assert not equal(one, other)


def test_only_violated_pairs_cost_a_backward_pass():
    """All pairs at every step: the passes beyond the strategy's own are the violated ones."""
    counts = []
    settings = LandmarkTerm.Settings(pair_sampling="all").always()
    _, record = run("spos", settings=settings, backward=counts)
    violated = sum(row["landmark.violated"] for row in record.rows) * PAIRS
    assert 0 < violated < PAIRS * STEPS
    assert len(counts[0]) == STEPS + round(violated)


def test_with_running_statistics_the_weights_still_agree():
    """The pair's forward passes move the running statistics, which training never reads."""
    plain, _ = run("spos", tracked=True)
    guided, _ = run("spos", settings=NO_EFFECT["coefficient 0"], tracked=True)
    learned = [name for name in plain if "running" not in name and "tracked" not in name]
    assert all(torch.equal(plain[name], guided[name]) for name in learned)


def test_purposes_have_independent_streams_fixed_for_ever():
    """Stored results depend on these numbers."""
    assert [int(purpose) for purpose in Purpose] == list(range(len(Purpose)))
    draws = {int(generator(0, purpose).integers(2**62)) for purpose in Purpose}
    assert len(draws) == len(Purpose)
    assert len({int(generator(0, Purpose.TERM, name).integers(2**62)) for name in ("", "a", "b", "ab")}) == 4
    assert generator(0, Purpose.STRATEGY).integers(1000, size=4).tolist() == [656, 838, 462, 83]
    assert 0 <= torch_seed(1, Purpose.INITIAL_WEIGHTS) < 2**63
    one, two = (torch.rand(3, generator=torch_generator(seed, Purpose.TRAINING_BATCHES)) for seed in (0, 1))
    assert not torch.equal(one, two)
