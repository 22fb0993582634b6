"""Averages of weights, moved only where a step changes a weight, are those that a sum over all steps would give."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from toy import CLASSES, TOY, ToySuperNet, random_batch, stream

from nasrank.bench.tasks.classification import Classification
from nasrank.bench.training.averaging import Average, Averages
from nasrank.bench.training.batches import EndlessBatches
from nasrank.bench.training.optimizers import OPTIMIZERS
from nasrank.bench.training.strategies import STRATEGIES
from nasrank.bench.training.trainer import Optimization, train

EMA, SLOW, THIRD = Average("ema", 0.1), Average("ema", 1.0), Average("last_third")
STEPS = 50


def trained(averages, *, optimizer="sgd", after=lambda net: None, steps=STEPS):
    """A super-net trained along single paths, its averages, and what `after` gives after each step and at the start."""
    torch.manual_seed(0)
    net = ToySuperNet()
    kept, seen = Averages(net, averages), []
    images, targets = random_batch(40, 1)
    train(
        net,
        Classification(CLASSES),
        STRATEGIES["spos"](TOY, stream(5)),
        (),
        Optimization(steps, batch_size=8, learning_rate=0.1, optimizer=optimizer),
        EndlessBatches(images, targets, 8, torch.Generator().manual_seed(2)),
        {"strategy": iter(())},
        lambda done, total: seen.append(after(net)),
        before_update=kept.before_update,
    )
    return net, kept, seen


def copies(net):
    return [weight.detach().clone().double() for weight in net.parameters()]


def averaged(net, kept, average):
    with kept.in_place(average):
        return copies(net)


def moving(history, horizon):
    value, decay = history[0], np.exp(-1 / (horizon * STEPS))
    for step, weights in enumerate(history[1:], 1):
        now = min(decay, (1 + step) / (10 + step))
        value = [now * one + (1 - now) * other for one, other in zip(value, weights, strict=True)]
    return value


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_they_are_those_over_all_steps(optimizer):
    net, kept, history = trained([EMA, SLOW, THIRD], optimizer=optimizer, after=copies)
    assert len(history) == STEPS + 1
    third = [torch.stack(steps).mean(0) for steps in zip(*history[-17:], strict=True)]  # 50 / 3, rounded
    expected = {EMA: moving(history, 0.1), SLOW: moving(history, 1.0), THIRD: third}
    for average, weights in expected.items():
        for one, other in zip(averaged(net, kept, average), weights, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)
    assert any(not torch.equal(*pair) for pair in zip(averaged(net, kept, EMA), copies(net), strict=True))


def test_training_and_the_weights_are_as_without_them():
    plain, _, _ = trained([])
    net, kept, _ = trained([EMA, THIRD])
    for one, other in zip(plain.parameters(), net.parameters(), strict=True):
        assert torch.equal(one, other)
    before = copies(net)
    with pytest.raises(RuntimeError, match="on the way"), kept.in_place(EMA):
        raise RuntimeError("on the way")
    assert all(torch.equal(one, other) for one, other in zip(before, copies(net), strict=True))


def test_reading_one_changes_nothing_that_comes_after():
    _, read, _ = pair = trained([EMA, THIRD])
    torch.manual_seed(0)
    looked = [averaged(pair[0], read, average) for average in (EMA, THIRD, EMA, THIRD)]
    for first, again in zip(looked[:2], looked[2:], strict=True):
        assert all(torch.equal(one, other) for one, other in zip(first, again, strict=True))


def test_before_its_third_begins_it_is_the_weights_as_they_are():
    class EnoughError(Exception):
        """Ends training."""

    torch.manual_seed(0)
    net = ToySuperNet()
    kept = Averages(net, [THIRD])
    images, targets = random_batch(40, 1)

    def look(done, _total):
        if done == 10:
            assert all(torch.equal(*pair) for pair in zip(averaged(net, kept, THIRD), copies(net), strict=True))
            raise EnoughError

    with pytest.raises(EnoughError):
        train(
            net,
            Classification(CLASSES),
            STRATEGIES["spos"](TOY, stream(5)),
            (),
            Optimization(30, batch_size=8),
            EndlessBatches(images, targets, 8, torch.Generator().manual_seed(2)),
            {"strategy": iter(())},
            look,
            before_update=kept.before_update,
        )


def test_the_shares_of_all_values_sum_to_one():
    for average in (EMA, SLOW, THIRD):
        left = 1.0
        for since, upto in ((41, 49), (12, 40), (3, 11), (1, 2), (0, 0)):
            share = average.share(since, upto, 49)
            assert 0 <= share <= 1 or upto < average.begins(49)
            left -= left * share if upto >= average.begins(49) else 0
        assert left == pytest.approx(0, abs=1e-12)


def test_one_that_is_not_kept_is_refused():
    net, kept, _ = trained([EMA], steps=3)
    with pytest.raises(ValueError, match="no average 'last_third' of these weights is kept"), kept.in_place(THIRD):
        pass
    with kept.in_place(None):
        assert len(copies(net)) == len(list(net.parameters()))
