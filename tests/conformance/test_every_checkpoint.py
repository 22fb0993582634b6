"""Killed after any step, and continued from what was kept then, training ends with the same bits as if it was not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, product

import numpy as np
import pytest
import torch
from safetensors.torch import load, save
from small import batch_of, small_supernet, task_of, told_apart, trains
from toy import CLASSES, CONSTRAINED, TOY, ToySuperNet, random_batch, stream
from turns import in_turn

from nasrank.bench.tasks.classification import Classification
from nasrank.bench.training.averaging import Average
from nasrank.bench.training.batches import EndlessBatches
from nasrank.bench.training.generations import Generations
from nasrank.bench.training.optimizers import OPTIMIZERS
from nasrank.bench.training.strategies import STRATEGIES, gm_nas
from nasrank.bench.training.terms import TERMS, Term, TermContext
from nasrank.bench.training.trainer import Optimization
from nasrank.spaces import SPACES
from nasrank.spaces.placing import channels_last
from nasrank.spaces.subspace import options_left, whole_decisions

SWITCHED = [
    (name, dict(zip(strategy.switches, choices, strict=True)))
    for name, strategy in STRATEGIES.items()
    for choices in product(*strategy.switches.values())
]
"""Every strategy with every combination of its switches."""


@pytest.fixture(autouse=True)
def _cheap_divisions(monkeypatch):
    monkeypatch.setattr(gm_nas, "BATCHES", 1)


@dataclass
class Training:
    """Generations made anew, what came of them, and snapshots as files hold them, by the steps that were done."""

    generations: Generations
    strategy: object
    leaves: list = field(default_factory=list)
    record: object = None
    snapshots: dict = field(default_factory=dict)

    def run(self):
        self.record = self.generations.run()
        return self

    def keep(self):
        tensors = {}
        plain = self.generations.take(tensors)
        self.snapshots[self.generations.steps] = json.dumps(plain), save(tensors)


def shifted(inputs, targets, generator):
    """Draws anew for every batch, as an augmentation does; of text, which token takes the place of the first."""
    if inputs.dtype == torch.int64:
        drawn = torch.randint(CLASSES, (len(inputs), 1), generator=generator)
        return torch.cat([drawn, inputs[:, 1:]], dim=1), targets
    return inputs + 0.1 * torch.randn(inputs.shape, generator=generator), targets


def batches(seed, space=None) -> Iterator:
    inputs, targets = random_batch(20, seed) if space is None else batch_of(space, 20, seed, CLASSES)
    return EndlessBatches(inputs, targets, 8, torch.Generator().manual_seed(seed), shifted)


def paths_of(space, count=8):
    drawn = stream(7)
    return [space.random_choices(drawn) for _ in range(count)]


def terms_on(space) -> list[Term]:
    """Every term there is, from the first step on."""
    paths = paths_of(space)
    labels = np.arange(len(paths), dtype=float)
    return [
        kind(kind.Settings().always(), TermContext(kind.stream(3), paths if "labels" in kind.needs else (), labels))
        for kind in TERMS.values()
    ]


def make(name, switches, *, space=TOY, build=ToySuperNet, steps=7, optimizer="sgd", of=None, terms=True, averages=()):
    strategy = STRATEGIES[name](space, stream(5), **switches)
    guiding = terms_on(space) if terms else []
    passes = max(strategy.least_passes, steps * strategy.passes_per_step)
    training = Training(None, strategy)
    training.generations = Generations(
        build(),
        Classification(CLASSES) if of is None else task_of(of, CLASSES),
        strategy,
        guiding,
        Optimization(passes, batch_size=8, learning_rate=0.1, optimizer=optimizer),
        batches(1, of),
        {"strategy": batches(2, of), **{term.name: batches(3 + place, of) for place, term in enumerate(guiding)}},
        on_leaf=lambda net, part: training.leaves.append((options_left(part), weights_of(net, training.generations))),
        on_step=training.keep,
        averages=averages,
    )
    return training


def weights_of(net, generations):
    """Copies of all weights, the last ones and averages of them."""
    found = {key: one.clone() for key, one in net.state_dict().items()}
    for average in generations.averages.asked:
        with generations.averages.in_place(average):
            found |= {f"{average.name}.{key}": one.clone() for key, one in net.state_dict().items()}
    return found


def assert_the_same(whole, continued, step):
    """Of leaves that were trained before the kill, nothing is known here: whoever scores keeps their scores."""
    assert continued.record == whole.record, step
    kept = whole.leaves[len(whole.leaves) - len(continued.leaves) :]
    for (options, weights), (own_options, own) in zip(kept, continued.leaves, strict=True):
        assert options == own_options
        assert all(torch.equal(weights[key], own[key]) for key in weights), step
    paths = paths_of(whole.strategy.space)
    for one, other in zip((whole.strategy.preference(paths),), (continued.strategy.preference(paths),), strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            np.testing.assert_array_equal(one, other)
    assert continued.strategy.derive() == whole.strategy.derive()


def continue_from(whole, made, step):
    plain, tensors = whole.snapshots[step]
    made.generations.put(json.loads(plain), load(tensors))
    return made.run()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "switches", "space"),
    [
        pytest.param(*switched, space, marks=in_turn(i, j, of=2))
        for i, switched in enumerate(SWITCHED)
        for j, space in enumerate((TOY, CONSTRAINED))
    ],
)
def test_every_strategy_goes_on_from_any_step(name, switches, space):
    def fresh():
        return make(name, switches, space=space, build=lambda: ToySuperNet(space.decisions))

    needed = len(STRATEGIES[name](space, stream(), **switches).generations) - 1
    if len(whole_decisions(space)) < needed * switches.get("split_decisions", 1):
        with pytest.raises(ValueError, match="free decision"):
            fresh().run()
        return
    whole = fresh().run()
    steps = sorted(whole.snapshots)
    assert steps == list(range(1, whole.record.steps + 1))
    for step in [*steps[:: 1 + len(steps) // 10], steps[-1]]:
        assert_the_same(whole, continue_from(whole, fresh(), step), step)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "optimizer"),
    [
        pytest.param(name, optimizer, marks=in_turn(i, j, of=len(OPTIMIZERS)))
        for i, name in enumerate(("spos", "few_shot", "gm_nas", "darts"))
        for j, optimizer in enumerate(OPTIMIZERS)
    ],
)
def test_every_optimizer_goes_on(name, optimizer):
    def fresh():
        return make(name, {}, optimizer=optimizer, terms=False)

    whole = fresh().run()
    for step in islice(whole.snapshots, 0, None, 3):
        assert_the_same(whole, continue_from(whole, fresh(), step), step)


AVERAGES = Average("ema", 0.1), Average("ema", 0.5), Average("last_third")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "optimizer"),
    [
        pytest.param(name, optimizer, marks=in_turn(i, j, of=2))
        for i, name in enumerate(("spos", "few_shot", "gm_nas"))
        for j, optimizer in enumerate(("sgd", "adam"))
    ],
)
def test_averages_of_weights_go_on_too_within_the_training_of_a_part(name, optimizer):
    """Each part has several steps, so that its momentum and its averages are of more than one."""

    def fresh():
        return make(name, {}, steps=60, optimizer=optimizer, terms=False, averages=AVERAGES)

    whole = fresh().run()
    for step in islice(whole.snapshots, 0, None, 7):
        assert_the_same(whole, continue_from(whole, fresh(), step), step)


DROPOUT = {"path_dropout": 0.2, "operation_dropout": 0.2}


@pytest.mark.parametrize(
    ("space_name", "options", "name"),
    [
        pytest.param(
            space_name,
            options,
            name,
            id=f"{space_name}-{kind}-{name}",
            marks=in_turn(i, j, k, of=3) or pytest.mark.slow,
        )
        for i, (space_name, space) in enumerate(SPACES.items())
        for j, (kind, options) in enumerate((("plain", {}), ("dropout", DROPOUT)))
        for k, name in enumerate(("spos", "few_shot", "gdas"))
        if trains(STRATEGIES[name], space) and options.keys() <= space.options.model_fields.keys()
    ],
)
def test_every_super_net_goes_on_with_its_layout_and_its_own_stream(space_name, options, name):
    space = SPACES[space_name]

    def build():
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(5)
            made = space.supernet(
                **small_supernet(space, channels=8),
                **told_apart(space, CLASSES),
                **options,
                **STRATEGIES[name].supernet_options,
            )
        return channels_last(made)

    def fresh():
        return make(name, {}, space=space, build=build, steps=4, of=space)

    whole = fresh().run()
    for step in list(whole.snapshots)[1::4]:
        assert_the_same(whole, continue_from(whole, fresh(), step), step)
