"""Second-order DARTS against the exact gradient through one training step, by autograd in double precision."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.func import functional_call
from toy import CLASSES, TOY, ToySuperNet, gradients, random_batch, stream
from toy import make_step as step_of_toy

from nasrank.bench.tasks.classification import Classification
from nasrank.bench.training.step import Step
from nasrank.bench.training.strategies.darts import Darts
from nasrank.bench.training.strategies.darts_second_order import DartsSecondOrder


def in_doubles(seed):
    images, targets = random_batch(seed=seed)
    return images.double(), targets


def make_step(*, nesterov=False, trained=3, learning_rate=0.3):
    """After some steps along random gradients, so that there is momentum."""
    supernet = ToySuperNet().double()
    optimizer = torch.optim.SGD(
        supernet.parameters(), learning_rate, momentum=0.9, weight_decay=0.05, nesterov=nesterov
    )
    generator = torch.Generator().manual_seed(6)
    for _ in range(trained):
        for weights in supernet.parameters():
            weights.grad = 0.02 * torch.randn(weights.shape, generator=generator, dtype=weights.dtype)
        optimizer.step()
        optimizer.zero_grad()
    return Step(supernet, Classification(CLASSES), 0.5, in_doubles(1), lambda: in_doubles(2), optimizer)


def exact_gradients(strategy, step):
    """Of the held-out loss at the weights after the optimizer's next step, differentiated through that step."""
    settings, state = step.optimizer.param_groups[0], step.optimizer.state
    mixture = strategy.mixture()
    names, weights = zip(*step.supernet.named_parameters(), strict=True)
    training = torch.autograd.grad(step.loss(mixture), weights, create_graph=True)
    ahead = {}
    for name, weight, gradient in zip(names, weights, training, strict=True):
        decayed = gradient + settings["weight_decay"] * weight
        buffer = decayed + settings["momentum"] * state[weight].get("momentum_buffer", 0.0)
        change = decayed + settings["momentum"] * buffer if settings["nesterov"] else buffer
        ahead[name] = weight - settings["lr"] * change
    images, targets = step.held_out()
    loss = step.task.loss(functional_call(step.supernet, ahead, (images, mixture)), targets)
    return torch.autograd.grad(loss, strategy.logits.values)


def found_gradients(strategy, step):
    return strategy.gradients_one_step_ahead(step, list(step.supernet.parameters()))


@pytest.mark.parametrize("trained", [0, 3], ids=["first step", "with momentum"])
@pytest.mark.parametrize("nesterov", [False, True], ids=["plain", "nesterov"])
def test_the_gradients_are_those_through_one_training_step(nesterov, trained):
    strategy, step = DartsSecondOrder(TOY, stream()), make_step(nesterov=nesterov, trained=trained)
    for one, other in zip(found_gradients(strategy, step), exact_gradients(strategy, step), strict=True):
        torch.testing.assert_close(one, other, rtol=2e-3, atol=2e-7)


def test_the_step_itself_depends_on_the_logits():
    """Without the mixed derivative the gradients would be off by far more than the tolerance above."""
    strategy, step = DartsSecondOrder(TOY, stream()), make_step()
    complete = torch.cat(found_gradients(strategy, step))
    step.optimizer.param_groups[0]["lr"] = 0.0
    assert (complete - torch.cat(found_gradients(strategy, step))).norm() > 0.05 * complete.norm()


def test_without_a_learning_rate_it_is_first_order():
    step = make_step(learning_rate=0.0)
    strategy, first = DartsSecondOrder(TOY, stream()), Darts(TOY, stream())
    strategy.update_architecture(step)
    first.update_architecture(step)
    assert all(torch.equal(a, b) for a, b in zip(strategy.logits.values, first.logits.values, strict=True))


def test_the_weights_and_the_optimizer_are_left_as_they_were():
    step = make_step()
    momenta = [dict(step.optimizer.state[weights]) for weights in step.supernet.parameters()]
    before = {name: weights.detach().clone() for name, weights in step.supernet.named_parameters()}
    copies = [state["momentum_buffer"].clone() for state in momenta]
    DartsSecondOrder(TOY, stream()).update_architecture(step)
    assert all(torch.equal(weights, before[name]) for name, weights in step.supernet.named_parameters())
    assert all(torch.equal(state["momentum_buffer"], copy) for state, copy in zip(momenta, copies, strict=True))
    assert not gradients(step.supernet)


def test_lower_precision_is_switched_off_for_the_difference():
    strategy, step = DartsSecondOrder(TOY, stream()), replace(step_of_toy(ToySuperNet()), mixed_precision=True)
    types = []
    step.supernet.register_forward_hook(lambda _, __, outputs: types.append(outputs.dtype))
    strategy.update_architecture(step)
    assert types == [torch.float32] * 4
    strategy.accumulate(step)
    assert types[4:] == [torch.bfloat16]


class Flat(Classification):
    """A loss without slope."""

    def loss(self, outputs, targets):
        return 0.0 * super().loss(outputs, targets)


def test_there_is_no_direction_to_look_along_where_nothing_slopes():
    strategy, step = DartsSecondOrder(TOY, stream()), replace(make_step(), task=Flat(CLASSES))
    assert all(torch.equal(gradient, torch.zeros_like(gradient)) for gradient in found_gradients(strategy, step))
