"""First-order DARTS: logits descend the held-out loss, weights the training loss, and neither sees the other's."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
import torch
from toy import (
    CLASSES,
    CONSTRAINED,
    DECISIONS,
    TOY,
    ToySuperNet,
    endless,
    gradients,
    make_step,
    random_batch,
    stream,
)

from nasrank.bench.tasks.classification import Classification
from nasrank.bench.training.strategies.darts import Darts
from nasrank.bench.training.strategies.logits import ArchitectureLogits
from nasrank.bench.training.trainer import Optimization, train


def copies(tensors):
    return [tensor.detach().clone() for tensor in tensors]


def test_logits_start_near_zero_and_differ_by_seed():
    one, two = Darts(TOY, stream(0)), Darts(TOY, stream(1))
    for logits, decision in zip(one.logits.values, DECISIONS, strict=True):
        assert logits.shape == (len(decision.options),)
        assert logits.abs().max() < 0.01
    assert not torch.equal(one.logits.values[1], two.logits.values[1])


@pytest.mark.slow
def test_the_logits_descend_the_held_out_loss():
    supernet, strategy = ToySuperNet(), Darts(TOY, stream())
    step = make_step(supernet)
    losses = []
    for _ in range(200):
        losses.append(float(step.loss(strategy.logits.probabilities(), step.held_out()).detach()))
        strategy.update_architecture(step)
    assert losses[-1] < losses[0] - 1e-3
    assert sum(after < before for before, after in pairwise(losses)) > 190


def test_the_first_update_moves_each_logit_against_its_held_out_gradient():
    """Adam's first step is the sign of the gradient times its learning rate."""
    supernet, strategy = ToySuperNet(), Darts(TOY, stream())
    step = make_step(supernet)
    before = copies(strategy.logits.values)
    loss = step.loss(strategy.logits.probabilities(), step.held_out())
    expected = torch.autograd.grad(loss, strategy.logits.values)
    strategy.update_architecture(step)
    for logits, start, gradient in zip(strategy.logits.values, before, expected, strict=True):
        decayed = gradient + 1e-3 * start
        torch.testing.assert_close(logits.detach() - start, -3e-4 * decayed.sign(), atol=2e-6, rtol=1e-2)


def test_the_logits_optimizer_is_the_papers():
    """Adam by hand: learning rate 3e-4, betas (0.5, 0.999), weight decay 1e-3 added to the gradient."""
    logits = ArchitectureLogits(DECISIONS[:1], stream())
    with torch.no_grad():
        logits.values[0].copy_(torch.tensor([2.0, -1.0]))
    expected = np.array([2.0, -1.0])
    first, second = np.zeros(2), np.zeros(2)
    for step, gradient in enumerate(stream(5).normal(size=(8, 2)), start=1):
        logits.descend(logits.values[0] @ torch.tensor(gradient, dtype=torch.float32))
        decayed = gradient + 1e-3 * expected
        first, second = 0.5 * first + 0.5 * decayed, 0.999 * second + 0.001 * decayed**2
        expected = expected - 3e-4 * (first / (1 - 0.5**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    np.testing.assert_allclose(logits.values[0].detach().numpy(), expected, atol=1e-6)


def test_the_weights_see_the_mixture_but_not_through_the_logits():
    supernet, strategy = ToySuperNet(), Darts(TOY, stream())
    step = make_step(supernet)
    before = copies(strategy.logits.values)
    strategy.accumulate(step)
    assert all(logits.grad is None for logits in strategy.logits.values)
    assert all(torch.equal(now, start) for now, start in zip(strategy.logits.values, before, strict=True))
    found = gradients(supernet)

    supernet.zero_grad()
    weights = [logits.softmax(0) for logits in before]
    step.loss(weights).backward()
    assert found.keys() == dict(supernet.named_parameters()).keys(), "every option is trained"
    for name, gradient in gradients(supernet).items():
        torch.testing.assert_close(found[name], gradient)


def test_an_architecture_update_leaves_nothing_in_the_weights_update():
    """A step of the trainer is plain SGD on the training gradient at the updated logits."""
    rate, batch, held_out = 0.1, random_batch(8, seed=1), random_batch(8, seed=2)
    supernet, strategy = ToySuperNet(), Darts(TOY, stream())
    settings = Optimization(strategy.passes_per_step, 8, learning_rate=rate, momentum=0.0, weight_decay=0.0, clip=1e9)
    train(supernet, Classification(CLASSES), strategy, [], settings, endless(batch), {"strategy": endless(held_out)})

    expected, twin = ToySuperNet(), Darts(TOY, stream())
    step = make_step(expected, 0.0, batch, lambda: held_out)
    twin.update_architecture(step)
    expected.zero_grad()
    step.loss(copies(twin.logits.probabilities())).backward()
    for weights, reference in zip(supernet.parameters(), expected.parameters(), strict=True):
        torch.testing.assert_close(weights.detach(), reference.detach() - rate * reference.grad)
    assert all(torch.equal(a, b) for a, b in zip(strategy.logits.values, twin.logits.values, strict=True))


def test_an_architecture_update_gives_the_weights_no_gradient():
    supernet = ToySuperNet()
    Darts(TOY, stream()).update_architecture(make_step(supernet))
    assert not gradients(supernet)


def with_logits(space, seed=4):
    """A DARTS with logits far from zero."""
    strategy = Darts(space, stream())
    with torch.no_grad():
        for logits, values in zip(strategy.logits.values, random_logits(seed), strict=True):
            logits.copy_(values)
    return strategy


def random_logits(seed):
    generator = stream(seed)
    return [torch.tensor(generator.normal(size=len(decision.options))) for decision in DECISIONS]


def test_the_derived_architecture_has_the_best_option_of_every_free_decision():
    assert with_logits(TOY).derive() == [int(values.argmax()) for values in random_logits(4)]


def test_the_derived_architecture_is_the_likeliest_that_is_allowed():
    """The softmax over all combinations, restricted to architectures."""
    for seed in range(5):
        probabilities = [values.softmax(0) for values in random_logits(seed)]
        every = filter(CONSTRAINED.allows, product(range(2), range(5), range(3)))
        best = max(every, key=lambda path: np.prod([p[i] for p, i in zip(probabilities, path, strict=True)]))
        assert with_logits(CONSTRAINED, seed).derive() == list(best)


def test_deriving_changes_nothing():
    strategy, twin = with_logits(CONSTRAINED), with_logits(CONSTRAINED)
    strategy.derive()
    assert strategy.generator.random() == twin.generator.random()
    assert all(torch.equal(a, b) for a, b in zip(strategy.logits.values, twin.logits.values, strict=True))


def test_it_prefers_what_its_mixture_weighs_most():
    strategy = with_logits(TOY)
    weights = [values.detach().numpy() for values in strategy.mixture()]
    paths = list(product(range(2), range(5), range(3)))
    products = [np.prod([table[choice] for table, choice in zip(weights, path, strict=True)]) for path in paths]
    np.testing.assert_allclose(np.exp(strategy.preference(paths)), products, rtol=1e-5)
    assert np.sum(products) == pytest.approx(1, rel=1e-5)
