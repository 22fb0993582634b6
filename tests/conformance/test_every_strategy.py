"""What every registered strategy owes the trainer, on every registered space and on toys with unequal decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import pytest
import torch
from small import batch_of, small_supernet, task_of, told_apart, trains
from toy import CLASSES, CONSTRAINED, TOY, ToySpace, ToySuperNet, endless, make_step, random_batch, stream
from turns import EXHAUSTIVE, turn

from nasrank.bench.tasks import Task
from nasrank.bench.tasks.classification import Classification
from nasrank.bench.training.generations import Generations
from nasrank.bench.training.step import Batch
from nasrank.bench.training.strategies import STRATEGIES, gm_nas
from nasrank.bench.training.trainer import Optimization, train
from nasrank.spaces import SPACES
from nasrank.spaces.decisions import Decision
from nasrank.spaces.subspace import Choosable, whole_decisions
from nasrank.spaces.supernet import SuperNet

STEPS = 3
BATCH = 8


@dataclass(frozen=True)
class Setting:
    """A space with a super-net for it, the same at each call of `build` with the same options, and batches of both."""

    space: Choosable
    build: Callable[..., SuperNet]
    batch: Callable[[int], Batch]
    task: Task


def on_space(space):
    def build(**options):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(5)
            return space.supernet(**small_supernet(space, channels=8), **told_apart(space, CLASSES), **options)

    def batch(seed):
        return batch_of(space, BATCH, seed, CLASSES)

    return Setting(space, build, batch, task_of(space, CLASSES))


def on_toy(space):
    build = partial(_toy_net, space)
    return Setting(space, build, partial(random_batch, BATCH), Classification(CLASSES))


def _toy_net(space, **_options):
    return ToySuperNet(space.decisions)


SETTINGS = {"toy": on_toy(TOY), "constrained": on_toy(CONSTRAINED)} | {
    name: on_space(space) for name, space in SPACES.items()
}


SLOW = tuple(name for name in SPACES if name not in ("nb101", "nb201", "recurrent"))
"""All but one with operations on nodes, one with them on edges, and one of text."""


def marks(law, i, j, name):
    """All strategies are trained on all spaces, and asked what they derive; other laws are tried in turn."""
    slow = (pytest.mark.slow,) if name in SLOW else ()
    everywhere = (
        test_training_is_finite_and_moves_the_weights,
        test_what_it_derives_is_allowed_and_what_its_own_parameters_prefer,
    )
    if name not in SPACES or law in everywhere:
        return slow
    of = 2 if name in ("nb101", "nb201") else 5
    return slow if turn(i, j, LAWS.index(law.__name__), of=of) else EXHAUSTIVE


def pytest_generate_tests(metafunc):
    """Every strategy, with every setting that a study may train it on where the test asks for one."""
    if "setting" in metafunc.fixturenames:
        pairs = [
            pytest.param(strategy, setting, id=f"{strategy.name}-{name}", marks=marks(metafunc.function, i, j, name))
            for i, strategy in enumerate(STRATEGIES.values())
            for j, (name, setting) in enumerate(SETTINGS.items())
            if name not in SPACES or trains(strategy, SPACES[name])
        ]
        metafunc.parametrize(("strategy_class", "setting"), pairs)
    elif "strategy_class" in metafunc.fixturenames:
        metafunc.parametrize("strategy_class", STRATEGIES.values(), ids=STRATEGIES)


def test_every_strategy_trains_a_space_of_cells():
    assert all(trains(strategy, SPACES["nb201"]) for strategy in STRATEGIES.values())


def run(strategy, setting, held_out_seed=2):
    supernet = setting.build(**strategy.supernet_options)
    record = train(
        supernet,
        setting.task,
        strategy,
        [],
        Optimization(passes=STEPS * strategy.passes_per_step, batch_size=BATCH),
        endless(setting.batch(1)),
        {"strategy": endless(setting.batch(held_out_seed))},
    )
    return supernet, record


@cache
def trained(strategy_class, setting):
    """What several tests ask of: a strategy with the super-net that it trained, and the record."""
    strategy = strategy_class(setting.space, stream(0))
    return strategy, *run(strategy, setting)


def test_it_is_registered_by_its_name_and_says_what_it_is(strategy_class):
    assert STRATEGIES[strategy_class.name] is strategy_class
    assert strategy_class.label
    module = __import__(strategy_class.__module__, fromlist=["x"])
    assert module.__doc__.count(f"[{strategy_class.reference}]") >= 2, "cited, and resolved in the references"


def test_labels_are_different():
    assert max(Counter(strategy.label for strategy in STRATEGIES.values()).values()) == 1


def at_the_end(supernet):
    """Name of weights that every path has: a classifier, what tells tokens apart, or the stem where heads differ."""
    known = dict(supernet.named_parameters())
    return next(
        name
        for name in ("classifier.weight", "decoder.weight", "embedding.weight", "stem_conv.weight")
        if name in known
    )


def test_training_is_finite_and_moves_the_weights(strategy_class, setting):
    _, supernet, record = trained(strategy_class, setting)
    assert record.steps == STEPS
    assert np.isfinite([row["loss"] for row in record.rows]).all()
    start = setting.build(**strategy_class.supernet_options).state_dict()
    moved = [name for name, weights in supernet.state_dict().items() if not torch.equal(weights, start[name])]
    assert at_the_end(supernet) in moved
    assert len(moved) > 2
    assert all(torch.isfinite(weights).all() for weights in supernet.state_dict().values())


def test_the_seed_decides_everything(strategy_class, setting):
    _, first, one = trained(strategy_class, setting)
    (second, two), (other, _) = (run(strategy_class(setting.space, stream(seed)), setting) for seed in (0, 1))
    assert one == two
    same = [torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True)]
    assert all(same)
    different = [not torch.equal(a, b) for a, b in zip(first.parameters(), other.parameters(), strict=True)]
    assert any(different)


def test_a_step_spends_the_passes_it_is_charged_for(strategy_class, setting):
    """Counted at the super-net: the dearest decision sets the charge, with all its options that of a mixture."""
    supernet, spent = setting.build(**strategy_class.supernet_options), []
    all_options = max(len(decision.options) for decision in setting.space.decisions)
    forward, backward = [], []

    def count(_module, arguments, outputs):
        if outputs.requires_grad:
            forward.append(1)
            outputs.register_hook(lambda _: backward.append(1))
        most = max(torch.count_nonzero(one).item() if isinstance(one, torch.Tensor) else 1 for one in arguments[1])
        passes = setting.space.passes_per_mixture if most == all_options else most
        spent.append(passes if outputs.requires_grad else passes / 3)

    supernet.register_forward_hook(count)
    strategy = strategy_class(setting.space, stream())
    for number in range(STEPS):
        step = make_step(supernet, number / STEPS, setting.batch(1), lambda: setting.batch(2), setting.task)
        strategy.update_architecture(step)
        strategy.accumulate(step)
    assert sum(spent) == pytest.approx(STEPS * strategy.passes_per_step)
    assert len(forward) == len(backward), "every forward pass that keeps what gradients need is one to learn from"


def test_a_step_adds_to_gradients_and_leaves_the_weights(strategy_class, setting):
    supernet = setting.build(**strategy_class.supernet_options)
    before = {name: value.clone() for name, value in supernet.state_dict().items()}
    step = make_step(supernet, 0.3, setting.batch(1), lambda: setting.batch(2), setting.task)
    strategy = strategy_class(setting.space, stream())
    strategy.update_architecture(step)
    supernet.zero_grad()
    loss = strategy.accumulate(step)
    assert loss.shape == ()
    assert not loss.requires_grad, "it is kept until it is read, and what it was computed from is not"
    weights = supernet.get_parameter(at_the_end(supernet))
    once = weights.grad.clone()
    strategy.accumulate(step)
    assert not torch.equal(weights.grad, once)
    assert all(torch.equal(value, before[name]) for name, value in supernet.state_dict().items())


def test_what_it_derives_is_allowed_and_what_its_own_parameters_prefer(strategy_class, setting):
    strategy, _, _ = trained(strategy_class, setting)
    state = strategy.generator.bit_generator.state
    derived = strategy.derive()
    assert strategy.generator.bit_generator.state == state, "asking changes nothing that is drawn later"
    if derived is not None:
        assert setting.space.allows(derived)
    generator = stream(1)
    random = [setting.space.random_choices(generator) for _ in range(100)]
    preferred = strategy.preference(random)
    if preferred is not None:
        assert preferred.shape == (100,)
        assert np.isfinite(preferred).all()
        assert strategy.preference([derived])[0] >= np.median(preferred)


def test_the_least_compute_that_it_names_gives_every_super_net_a_step(strategy_class, setting, monkeypatch):
    """Those of parts of the space, too: each is made of the whole one's, trained, and asked for what it owns."""
    monkeypatch.setattr(gm_nas, "BATCHES", 1)
    strategy, leaves = strategy_class(setting.space, stream()), []
    if len(strategy.generations) > len(whole_decisions(setting.space)):
        return  # there are not enough decisions to divide by

    def on_leaf(supernet, part):
        losses = supernet(setting.batch(3)[0], part.random_choices(stream(1)))
        leaves.append(bool(torch.isfinite(losses).all()))

    record = Generations(
        setting.build(**strategy.supernet_options),
        setting.task,
        strategy,
        [],
        Optimization(passes=strategy.least_passes, batch_size=BATCH),
        endless(setting.batch(1)),
        {"strategy": endless(setting.batch(2))},
        on_leaf=on_leaf,
    ).run()
    assert record.steps >= len(leaves) >= len(strategy.generations)
    assert all(leaves)


@pytest.mark.parametrize("options", [(2,), (2, 7), (5, 1, 3)], ids=str)
def test_any_numbers_of_options_will_do(strategy_class, options):
    space = ToySpace([Decision(str(place), tuple(map(str, range(count)))) for place, count in enumerate(options)])
    _, record = run(strategy_class(space, stream()), on_toy(space))
    assert np.isfinite(record.rows[-1]["loss"])


def sides(inputs):
    """Which marks there are in the first numbers, as signs."""
    return (inputs.flatten(1)[:, 0] - 1.5).sign().unique().tolist()


def test_weights_and_architecture_see_their_own_images_only(strategy_class, setting):
    """Training inputs are marked in their first number, held-out ones by another."""
    supernet, seen = setting.build(**strategy_class.supernet_options), []
    supernet.register_forward_pre_hook(lambda _, inputs: seen.append(sides(inputs[0])))
    marked = []
    for mark in (3, 0) if setting.batch(1)[0].dtype == torch.int64 else (100, -100):
        inputs, targets = setting.batch(1)
        inputs.flatten(1)[:, 0] = mark
        marked.append((inputs, targets))
    step = make_step(supernet, 0.5, marked[0], lambda: marked[1], setting.task)
    strategy = strategy_class(setting.space, stream())
    strategy.update_architecture(step)
    assert not seen or [-1.0] in seen, "an architecture update looks at held-out images, whatever else it looks at"
    seen.clear()
    strategy.accumulate(step)
    assert seen
    assert all(signs == [1.0] for signs in seen)


def optimizers(strategy):
    """Those of the architecture's parameters, which a strategy holds itself or in one of its attributes."""
    held = [vars(strategy), *(vars(part) for part in vars(strategy).values() if hasattr(part, "__dict__"))]
    return [value for values in held for value in values.values() if isinstance(value, torch.optim.Optimizer)]


def test_held_out_images_reach_the_weights_through_the_architecture_only(strategy_class, setting):
    """With the architecture's optimizer at rest, other held-out images give the same weights, bit for bit."""

    def weights(held_out_seed):
        strategy = strategy_class(setting.space, stream())
        for optimizer in optimizers(strategy):
            optimizer.param_groups[0]["lr"] = 0.0
        return run(strategy, setting, held_out_seed)[0].parameters()

    assert all(torch.equal(a, b) for a, b in zip(weights(2), weights(3), strict=True))


LAWS = [name for name in globals() if name.startswith("test_")]
