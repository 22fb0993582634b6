"""Laws of the super-net and the stand-alone networks of every registered search space."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from small import inputs_of, normalizes, outputs_of, small_network, small_supernet, told_apart

from nasrank.spaces import SPACES

NORMALIZED = pytest.mark.parametrize(
    "options", [{}, {"affine": True}, {"tracked": True}], ids=["batch", "affine", "tracked"]
)

pytestmark = pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)


def refused(space, options):
    """Whether these are of normalizations and it has none, so that its super-net takes no such keywords."""
    if not options or normalizes(space):
        return False
    with pytest.raises(TypeError, match=next(iter(options))):
        space.supernet(**small_supernet(space), **options)
    return True


@pytest.mark.slow
@NORMALIZED
def test_functionally_equal_architectures_have_equal_outputs(space, options):
    """With the super-net's own stand-alone path, so that sharing work between paths cannot hide a difference."""
    if refused(space, options):
        return
    torch.manual_seed(0)
    supernet = space.supernet(**small_supernet(space), **options)
    with torch.no_grad():
        for weights in supernet.parameters():
            weights.add_(0.3 * torch.randn_like(weights))  # normalizations away from the identity
    supernet.eval()
    inputs = inputs_of(space, 6)
    silence = not options
    one_hot = [torch.eye(len(decision.options)) for decision in space.decisions]
    with torch.inference_mode():
        for architecture in space.sample(np.random.default_rng(0), 25):
            reduced = space.functional(architecture, silence_is_zero=silence)
            full, less = (
                supernet(inputs, [table[choice] for table, choice in zip(one_hot, choices, strict=True)])
                if space.mixes
                else supernet(inputs, choices)
                for choices in (space.to_choices(architecture), space.to_choices(reduced))
            )
            torch.testing.assert_close(full, less, atol=1e-5, rtol=1e-4)
            torch.testing.assert_close(full, supernet(inputs, space.to_choices(architecture)), atol=1e-5, rtol=1e-4)


def takes_parts_of_channels(space):
    try:
        space.options.model_validate(small_supernet(space)).refuse_channels(2, "pc_darts")
    except ValueError:
        return False
    return True


def hard_samples(space, count=8):
    """Weights `(options,)` in float64 of one option of each decision, one, and of the others, zero; with gradients."""
    for architecture in space.sample(np.random.default_rng(1), count):
        choices = space.to_choices(architecture)
        yield [
            torch.eye(len(decision.options), dtype=torch.float64)[choice].requires_grad_()
            for decision, choice in zip(space.decisions, choices, strict=True)
        ]


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"partial_channels": 2}], ids=str)
def test_options_of_weight_zero_as_numbers_change_gradients_alone(space, options):
    """What GDAS trains by: the drawn options compute as ever, and the others' weights get gradients of their own."""
    torch.manual_seed(0)
    if options and not takes_parts_of_channels(space):
        with pytest.raises(TypeError, match="partial_channels"):
            space.supernet(**small_supernet(space), **options)
        return
    if not space.mixes:
        with pytest.raises(ValueError, match="mixture"):
            space.supernet(**small_supernet(space))(inputs_of(space, 2), next(hard_samples(space)))
        return
    supernet, inputs = (
        space.supernet(**small_supernet(space), **options).double(),
        inputs_of(space, 6, dtype=torch.float64),
    )
    more = 0
    for path in hard_samples(space):
        outputs = [supernet(inputs, path, numbers=numbers) for numbers in (False, True)]
        torch.testing.assert_close(*outputs)
        plain, numbered = (torch.autograd.grad(o.square().mean(), path, materialize_grads=True) for o in outputs)
        for weights, one, other in zip(path, plain, numbered, strict=True):
            torch.testing.assert_close(one[weights != 0], other[weights != 0])
            gained = (other - one)[weights == 0]
            torch.testing.assert_close(gained, gained.mean().expand_as(gained), msg="numbers of a decision are alike")
            more += int(gained.any())
    assert more > 8


@pytest.mark.slow
@NORMALIZED
def test_paths_that_share_weights_are_trained_in_one_step(space, options):
    """As the two of a landmark pair are: neither forward pass may spoil what the backward pass of the other needs."""
    if refused(space, options):
        return
    torch.manual_seed(0)
    supernet = space.supernet(**small_supernet(space), **options).train()
    inputs = inputs_of(space, 6)
    paths = [space.to_choices(architecture) for architecture in space.sample(np.random.default_rng(0), 2)]

    def gradients(groups):
        supernet.zero_grad()
        for group in groups:
            sum(supernet(inputs, path).square().mean() for path in group).backward()
        return {name: weights.grad.clone() for name, weights in supernet.named_parameters() if weights.grad is not None}

    together, alone = gradients([paths]), gradients([paths[:1], paths[1:]])
    assert together.keys() == alone.keys() != set()
    for name, gradient in together.items():
        torch.testing.assert_close(gradient, alone[name], atol=1e-6, rtol=1e-4)


def test_supernet_paths_of_wrong_form_are_refused(space):
    supernet = space.supernet(**small_supernet(space))
    inputs = inputs_of(space, 2)
    path = space.to_choices(space.at(0))
    with pytest.raises(ValueError, match=str(len(space.decisions))):
        supernet(inputs, path[:-1])
    with pytest.raises(ValueError, match="99"):
        supernet(inputs, (99, *path[1:]))


@pytest.mark.parametrize("wrong", [0.0, 1.7, True, "1", None], ids=repr)
def test_paths_are_of_integers(space, wrong):
    """Also where an equal path was computed before: 1.0 equals 1, and finds what is remembered of it."""
    supernet, inputs = space.supernet(**small_supernet(space)), inputs_of(space, 2)
    path = space.to_choices(space.at(0))
    expected = supernet(inputs, path)
    for ask in (lambda one: supernet(inputs, one), lambda one: list(supernet.each_path(inputs, [one]))):
        for place in (0, len(path) - 1):
            with pytest.raises(ValueError, match=r".{10,}"):
                ask([*path[:place], wrong, *path[place + 1 :]])
    torch.testing.assert_close(supernet(inputs, np.array(path)), expected)


@pytest.mark.slow
def test_each_path_covers_every_place_once(space):
    torch.manual_seed(0)
    supernet = space.supernet(**small_supernet(space)).eval()
    inputs = inputs_of(space, 4)
    paths = [space.to_choices(architecture) for architecture in space.sample(np.random.default_rng(0), 30)]
    paths += paths[:5]
    with torch.inference_mode():
        found = list(supernet.each_path(inputs, paths))
    assert sorted(place for places, _ in found for place in places) == list(range(35))
    for places, outputs in found:
        for place in places:
            torch.testing.assert_close(outputs, supernet(inputs, paths[place]), atol=1e-5, rtol=1e-4)


def test_a_network_has_the_parameters_that_its_cost_counts(space):
    inputs = inputs_of(space, 2)
    for architecture in space.sample(np.random.default_rng(0), 5):
        network = space.network(architecture, **told_apart(space, 60), **small_network(space))
        assert network(inputs).shape == outputs_of(space, inputs, 60)
        counted = sum(weights.numel() for weights in network.parameters() if weights.requires_grad)
        assert counted == space.cost(architecture, **told_apart(space, 60), **small_network(space)).parameters


def test_its_super_net_says_which_weights_lie_on_ways_as_every_trial_asks(space):
    supernet = space.supernet(**small_supernet(space))
    weights = dict(supernet.named_parameters())
    for architecture in space.sample(np.random.default_rng(0), 5):
        ways = supernet.weights_on_ways(space.to_choices(architecture))
        assert all(count >= 1 and part.of(weights).numel() for part, count in ways.counts.items())
    assert any(
        supernet.weights_on_ways(space.to_choices(one)).counts for one in space.sample(np.random.default_rng(0), 5)
    )
