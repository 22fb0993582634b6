"""Training in generations: who trains on what, from which weights, at what cost, and what is alive meanwhile."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass
from itertools import product
from weakref import WeakSet

import numpy as np
import pytest
import torch
from toy import CLASSES, TOY, ToySuperNet, endless, random_batch, stream

from nasrank.bench.tasks.classification import Classification
from nasrank.bench.training.generations import Generations
from nasrank.bench.training.strategies import STRATEGIES, gm_nas
from nasrank.bench.training.strategies.few_shot import FewShot
from nasrank.bench.training.strategies.gm_nas import GradientMatching
from nasrank.bench.training.strategies.spos import SinglePathOneShot
from nasrank.bench.training.terms import Term, TermContext
from nasrank.bench.training.terms.landmark import LandmarkTerm
from nasrank.bench.training.trainer import Optimization, train
from nasrank.spaces import get_space
from nasrank.spaces.subspace import options_left, owns

EVERY = list(product(*(range(len(decision.options)) for decision in TOY.decisions)))
SETTINGS = Optimization(100, batch_size=8, learning_rate=0.2)


@pytest.fixture(autouse=True)
def _cheap_divisions(monkeypatch):
    monkeypatch.setattr(gm_nas, "BATCHES", 1)


class Watch(Term):
    """Adds nothing, and keeps what it saw."""

    name, label = "watch", "watch"

    def __init__(self):
        self.steps = []

    def accumulate(self, step):
        self.steps.append((step.fraction, step.optimizer.param_groups[0]["lr"]))

    def record(self):
        return {"steps": float(len(self.steps))}


class CountedLosses(Classification):
    """Counts the forward passes that a task is asked to judge."""

    passes = 0

    def loss(self, outputs, targets):
        self.passes += 1
        return super().loss(outputs, targets)


def landmarks(count=12):
    """Landmarks all over the toy, as good as their choices are high."""
    paths = [EVERY[place] for place in stream(7).permutation(len(EVERY))[:count]]
    context = TermContext(stream(8), paths, np.array([sum(path) for path in paths]))
    return LandmarkTerm(LandmarkTerm.Settings(), context)


def streams(*terms):
    names = ("strategy", *(term.name for term in terms))
    return endless(random_batch(8, 1)), {name: endless(random_batch(8, 2)) for name in names}


@dataclass
class Trained:
    supernet: ToySuperNet
    record: object
    leaves: list
    marks: list


def run(strategy, terms=(), optimization=SETTINGS, supernet=None, task=None):
    supernet, leaves, marks = supernet or ToySuperNet(strategy.space.decisions), [], []

    def keep(network, part):
        leaves.append((part, {name: weights.clone() for name, weights in network.state_dict().items()}))

    record = Generations(
        supernet,
        task or Classification(CLASSES),
        strategy,
        terms,
        optimization,
        *streams(*terms),
        on_leaf=keep,
        after_step=lambda *mark: marks.append(mark),
    ).run()
    return Trained(supernet, record, leaves, marks)


def same(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("strategy", [s for s in STRATEGIES.values() if s(TOY, stream()).generations == (1.0,)])
def test_one_generation_is_plain_training(strategy):
    settings = Optimization(4 * strategy(TOY, stream()).passes_per_step, batch_size=8)
    done = run(strategy(TOY, stream()), [landmarks()], settings)
    plain, term, marks = ToySuperNet(), landmarks(), []
    task, spec = Classification(CLASSES), strategy(TOY, stream())
    record = train(plain, task, spec, [term], settings, *streams(term), lambda *mark: marks.append(mark))
    assert same(done.supernet.state_dict(), plain.state_dict())
    assert (done.record, done.marks) == (record, marks)
    ((part, weights),) = done.leaves
    assert part is TOY
    assert same(weights, plain.state_dict())


MANY = {
    "few-shot": (lambda space: FewShot(space, stream()), {5}),
    "few-shot twice": (lambda space: FewShot(space, stream(), split_decisions=2), {15}),
    "gradient matching": (lambda space: GradientMatching(space, stream()), {4}),
    "random": (lambda space: GradientMatching(space, stream(), split="random"), {4}),
    "exhaustive": (lambda space: GradientMatching(space, stream(), split="exhaustive"), {2, 3, 5}),
}


@pytest.fixture(params=MANY)
def many(request):
    """A strategy with several generations, and how many super-nets its last one can have."""
    build, leaves = MANY[request.param]
    return build(TOY), leaves


def test_every_architecture_is_scored_by_one_super_net(many):
    strategy, leaves = many
    done = run(strategy)
    assert len(done.leaves) in leaves
    owners = Counter(choices for part, _ in done.leaves for choices in EVERY if owns(part, choices))
    assert owners == dict.fromkeys(EVERY, 1)


def test_all_generations_together_spend_the_budget(many):
    strategy, _ = many
    task = CountedLosses(CLASSES)
    done = run(strategy, task=task)
    assert SETTINGS.passes - 2 * len(done.leaves) < task.passes <= SETTINGS.passes
    divisions = task.passes - done.record.steps
    assert (divisions > 0) == (strategy.passes_per_division > 0)
    first = round(SETTINGS.passes * strategy.generations[0])
    assert done.marks == [(step, SETTINGS.passes) for step in range(first + 1)]


@pytest.mark.parametrize("split_decisions", [1, 2])
def test_on_nb201_the_super_nets_of_few_shot_have_equal_parts_of_half_the_budget(split_decisions):
    space, parts = get_space("nb201"), 5**split_decisions
    task, settings = CountedLosses(CLASSES), Optimization(120, batch_size=8)
    done = run(FewShot(space, stream(), split_decisions=split_decisions), task=task, optimization=settings)
    assert len(done.leaves) == parts
    assert task.passes == 60 + parts * (60 // parts)


def test_the_first_generation_is_plain_training_and_is_left_alone():
    done = run(FewShot(TOY, stream()))
    plain = ToySuperNet()
    half = Optimization(50, batch_size=8, learning_rate=0.2)
    train(plain, Classification(CLASSES), SinglePathOneShot(TOY, stream()), [], half, *streams())
    assert same(done.supernet.state_dict(), plain.state_dict())


def test_a_part_goes_on_from_the_weights_of_the_whole_and_trains_what_it_owns():
    done = run(FewShot(TOY, stream()))
    for option, (_, weights) in enumerate(done.leaves):
        for other in range(5):
            name = f"options.1.{other}.weight"
            assert torch.equal(weights[name], done.supernet.state_dict()[name]) == (other != option)
        drift = weights["classifier.weight"] - done.supernet.classifier.weight
        assert 0 < drift.norm() < done.supernet.classifier.weight.norm()


@pytest.mark.parametrize("anew", [True, False])
def test_progress_goes_on_and_the_learning_rate_does_or_starts_anew(anew, monkeypatch):
    monkeypatch.setattr(GradientMatching, "anneals_anew", anew)
    watch = Watch()
    run(GradientMatching(TOY, stream(), split="random"), [watch])
    sizes = [40, *[10, 10, 10] * 2]
    spans = [(0, 0.4), *[(0.4, 0.6), (0.6, 1), (0.6, 1)] * 2]
    steps = iter(watch.steps)
    for size, (start, end) in zip(sizes, spans, strict=True):
        found = np.array([next(steps) for _ in range(size)])
        progress = np.linspace(start, end, size, endpoint=False)
        course = np.linspace(0, 1, size, endpoint=False) if anew else progress
        np.testing.assert_allclose(found[:, 0], progress)
        np.testing.assert_allclose(found[:, 1], [SETTINGS.learning_rate_at(fraction) for fraction in course])
    assert not list(steps)


@pytest.mark.parametrize("anew", [True, False])
def test_where_nothing_starts_anew_an_undivided_space_is_trained_as_in_one_generation(anew):
    """Learning rate, momentum, batches and paths all go on."""

    class Undivided(SinglePathOneShot):
        generations = (0.4, 0.2, 0.4)
        anneals_anew = anew

        def divide(self, step):
            del step
            return [self.space]

    plain = run(SinglePathOneShot(TOY, stream()))
    ((_, expected),), ((_, found),) = plain.leaves, run(Undivided(TOY, stream())).leaves
    assert same(found, expected) == (not anew)


def test_few_shot_starts_anew_and_gradient_matching_goes_on_as_their_authors_do():
    assert (FewShot.anneals_anew, GradientMatching.anneals_anew) == (True, False)


def test_rows_of_later_generations_are_averages_over_their_super_nets():
    done = run(FewShot(TOY, stream()), [landmarks(), Watch()])
    assert done.record.steps == 100
    np.testing.assert_allclose([row["fraction"] for row in done.record.rows], np.linspace(0.05, 1, 20))
    assert all(np.isfinite(row["loss"]) for row in done.record.rows)
    assert done.record.rows[-1]["watch.steps"] == 50 + np.mean([10, 20, 30, 40, 50])
    violated = [row.get("landmark.violated") for row in done.record.rows]
    assert violated[:6] == [None] * 6, "warm-up"
    assert all(0 <= share <= 1 for share in violated[6:])


def test_a_part_is_guided_by_its_own_landmarks(monkeypatch):
    pairs = []
    accumulate = LandmarkTerm.accumulate

    def spy(term, step):
        pairs.append({path[1] for path in term.landmarks})
        accumulate(term, step)

    monkeypatch.setattr(LandmarkTerm, "accumulate", spy)
    paths = [(0, 0, 0), (1, 0, 2), (0, 1, 1), (0, 2, 0), (1, 2, 0), (1, 4, 1), (1, 4, 2)]
    term = LandmarkTerm(LandmarkTerm.Settings(), TermContext(stream(8), paths, np.array([1, 2, 3, 4, 4, 5, 6])))
    run(FewShot(TOY, stream()), [term])
    assert pairs[:50] == [{0, 1, 2, 4}] * 50
    assert pairs[50:] == [{0}] * 10 + [{4}] * 10, "the others hold one landmark, two of equal accuracy, or none"


@pytest.mark.slow
@pytest.mark.parametrize("strategy", [FewShot, GradientMatching])
def test_the_seed_decides_everything(strategy):
    first, second, third = (run(strategy(TOY, stream(seed)), [landmarks()]) for seed in (0, 0, 1))
    assert first.record == second.record != third.record
    for (one, weights), (two, equals) in zip(first.leaves, second.leaves, strict=True):
        assert options_left(one) == options_left(two)
        assert same(weights, equals)


class Living(ToySuperNet):
    """Knows how many of its kind, and of their optimizers, are alive whenever one computes."""

    alive, optimizers, counts = WeakSet(), WeakSet(), []

    def forward(self, images, path):
        self.alive.add(self)
        waiting = [net for net in self.alive if net is not self]
        assert all(weights.grad is None for net in waiting for weights in net.parameters())
        self.counts.append((len(self.alive), len(self.optimizers)))
        return super().forward(images, path)


@pytest.mark.parametrize(("strategy", "most", "momenta"), [(FewShot, 2, {1}), (GradientMatching, 3, {1, 2, 3})])
def test_no_more_super_nets_are_alive_than_generations(strategy, most, momenta, monkeypatch):
    class Known(torch.optim.SGD):
        def step(self, closure=None):
            Living.optimizers.add(self)
            return super().step(closure)

    monkeypatch.setattr(torch.optim, "SGD", Known)
    Living.counts.clear()
    supernet = Living()
    run(strategy(TOY, stream()), supernet=supernet)
    assert max(alive for alive, _ in Living.counts) == most
    assert {optimizers for _, optimizers in Living.counts} - {0} == momenta, "with momentum: one trains, others wait"
    assert list(Living.alive) == [supernet]


@pytest.mark.parametrize("name", ["nb201", "nb101"])
def test_real_super_nets_can_be_copied(name):
    """That of NAS-Bench-101 holds a random stream, and both are laid out channels last."""
    supernet = get_space(name).supernet(channels=8, cells_per_stage=1).to(memory_format=torch.channels_last)
    copy, path = deepcopy(supernet), [1] * len(get_space(name).decisions)
    images, _ = random_batch(shape=(3, 8, 8))
    path = path if name == "nb201" else [0] * 15 + [1] + [0] * 10
    assert torch.equal(supernet(images, path), copy(images, path))
    for weights, copied in zip(supernet.parameters(), copy.parameters(), strict=True):
        assert weights.stride() == copied.stride()
        assert weights.data_ptr() != copied.data_ptr()


def test_too_little_compute_for_the_parts_is_said():
    with pytest.raises(ValueError, match=r"few-shot has 4 of 8 passes left for 5 super-nets: not a step of 1 for each"):
        run(FewShot(TOY, stream()), optimization=Optimization(8, batch_size=8))
    with pytest.raises(ValueError, match=r"GM-NAS has 4 of 20 passes left for 2 super-nets"):
        run(GradientMatching(TOY, stream()), optimization=Optimization(20, batch_size=8))
