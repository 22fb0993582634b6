"""CTNAS: it asks for labels and finalists only, and what its controller is rewarded with is counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from toy import TOY, stream

from nasrank.bench.search import ctnas
from nasrank.bench.search.ctnas import CTNAS, Contest, CTNASSettings
from nasrank.bench.search.searcher import search
from nasrank.predictors.learned import training
from nasrank.predictors.learned.graph_batch import reduced
from nasrank.predictors.learned.growing_comparator import GrowingComparator
from nasrank.spaces import get_space
from nasrank.spaces.subspace import SubSpace

SPACE = get_space("nb201")


@pytest.fixture
def _hasty(monkeypatch):
    """A fit that is as good as none, where only what comes of it is looked at."""
    monkeypatch.setattr(training, "UPDATES", 5)


def settings(**others):
    return CTNASSettings(**({"labels": 12, "iterations": 6, "hidden": 8, "pairs": 4, "candidates": 5} | others))


def convolutions(paths):
    """How many edges have a convolution of 3x3."""
    return np.array([str(SPACE.from_choices(path)).count("conv_3x3") for path in paths], dtype=float)


def run(seed=0, objective=convolutions, **others):
    searcher = CTNAS(SPACE, stream(seed), settings(**others))
    return searcher, search(searcher, [objective], evaluations=10_000)


class Counting:
    """In place of a comparator: one with more convolutions wins, with certainty."""

    def __init__(self):
        self.kept, self.updates, self.comparisons = [], [], 0

    def wins(self, first, second):
        self.comparisons += len(first)
        return self.tournament([*first, *second])[0, 1:]

    def tournament(self, cells):
        worth = np.array([str(cell).count("conv_3x3") for cell in cells])
        return (1 + np.sign(worth[:, None] - worth[None, :])) / 2

    def add_pairs(self, first, second, *, keep):
        assert len(first) == len(second) == 2 * keep
        self.kept.append(keep)

    def learn_further(self, updates):
        self.updates.append(updates)


def counted(monkeypatch, **others):
    """A searcher with such a comparator, all that was drawn, and all rewards, in order."""
    comparator, drawn, rewards, contests = Counting(), [], [], []
    monkeypatch.setattr(CTNAS, "_fitted", lambda _: comparator)
    draw, reward, start = CTNAS._draw, Contest.reward, Contest.__init__

    def drawing(self, policy, count):
        pairs = draw(self, policy, count)
        drawn.append([architecture for _, architecture in pairs])
        return pairs

    def rewarding(self, choices):
        rewards.append((choices, self.baseline, value := reward(self, choices)))
        return value

    def starting(self, *arguments, **named):
        contests.append(self)
        start(self, *arguments, **named)

    monkeypatch.setattr(CTNAS, "_draw", drawing)
    monkeypatch.setattr(Contest, "reward", rewarding)
    monkeypatch.setattr(Contest, "__init__", starting)
    searcher, looked = run(**others)
    return searcher, looked, comparator, drawn, rewards


@pytest.mark.slow
def test_the_controller_learns_what_beats_the_baseline(monkeypatch):
    longer = {"iterations": 600, "hidden": 32, "learning_rate": 0.003, "baseline_every": 50, "pairs": 0}
    _, looked, _, drawn, _ = counted(monkeypatch, **longer)
    singles = convolutions([one[0] for one in drawn if len(one) == 1])
    assert singles[-100:].mean() > singles[:100].mean() + 1
    randoms = stream(9)
    random = [convolutions([SPACE.random_choices(randoms) for _ in range(17)]).max() for _ in range(20)]
    assert convolutions(looked[12:]).mean() > np.mean(random), "each finalist is worth a whole random search"


@pytest.mark.slow
def test_what_it_finds_is_better_than_random_search_of_the_same_size():
    """With its own comparator, by convolutions that do something: no comparator sees the others."""

    def effective(paths):
        graphs = [reduced(SPACE, SPACE.from_choices(path)) for path in paths]
        return np.array([graph.labels.count("nor_conv_3x3") for graph in graphs], dtype=float)

    longer = {"labels": 40, "iterations": 600, "hidden": 32, "learning_rate": 0.003, "pairs": 20, "baseline_every": 100}
    found = [effective(run(seed, effective, **longer)[1]) for seed in range(3)]
    randoms = stream(9)
    random = [effective([SPACE.random_choices(randoms) for _ in range(45)]).max() for _ in range(20)]
    assert np.mean([values.max() for values in found]) > np.mean(random)
    assert np.mean([values[40:].mean() for values in found]) > np.mean([values[:40].mean() for values in found]) + 1


@pytest.mark.usefixtures("_hasty")
def test_it_asks_for_the_labels_then_for_the_finalists_and_then_for_nothing():
    searcher = CTNAS(SPACE, stream(), settings(finalists=3))
    labels = searcher.ask()
    assert len(set(labels)) == 12
    searcher.tell(labels[:7], convolutions(labels[:7]))
    others = searcher.ask()
    assert len(set(others) - set(labels[:7])) == 5
    searcher.tell(others, convolutions(others))
    finalists = searcher.ask()
    assert len(set(finalists)) == 3
    assert not set(finalists) & set(searcher.seen)
    assert searcher.ask() == finalists, "until it is told of them"
    searcher.tell(finalists[:1], [1.0])
    assert searcher.ask() == finalists[1:]
    searcher.tell(finalists[1:], [1.0, 1.0])
    assert searcher.ask() == searcher.ask() == []


@pytest.mark.usefixtures("_hasty")
def test_what_it_was_told_besides_counts_as_labels(monkeypatch):
    fitted, prepare = [], GrowingComparator.prepare
    monkeypatch.setattr(GrowingComparator, "prepare", lambda self, one: fitted.append(one) or prepare(self, one))
    searcher = CTNAS(SPACE, stream(), settings())
    known = [SPACE.to_choices(cell) for cell in SPACE.sample(stream(), 20)]
    values = np.arange(20.0)
    values[[3, 5]] = np.nan, -np.inf
    searcher.tell(known, values)
    searcher.ask()
    (context,) = fitted
    assert list(context.labels.architectures) == list(map(SPACE.from_choices, known))
    expected = np.arange(20.0)
    expected[[3, 5]] = -1
    np.testing.assert_array_equal(context.labels.accuracies, expected)


def test_baselines_and_rewards_are_those_that_one_counts(monkeypatch):
    _, _, _, drawn, rewards = counted(monkeypatch, iterations=8, baseline_every=3, pairs=0)
    singles = [one[0] for one in drawn if len(one) == 1]
    assert [choices for choices, _, _ in rewards] == singles
    baselines = [baseline for _, baseline, _ in rewards]
    candidates = [one for one in drawn if len(one) == 5]
    assert len(candidates) == 4, "after the first iteration, the fourth, the seventh and the last"
    best = [one[int(np.argmax(convolutions(one)))] for one in candidates]
    assert baselines[1:4] == best[:1] * 3
    assert baselines[4:7] == best[1:2] * 3
    assert baselines[7] == best[2]
    for choices, baseline, reward in rewards:
        own, other = convolutions([choices, baseline])
        assert reward == (1 + np.sign(own - other)) / 2


def test_finalists_are_the_candidates_that_win_most_often(monkeypatch):
    searcher, looked, _, drawn, _ = counted(monkeypatch, iterations=8, baseline_every=3, pairs=0, finalists=4)
    candidates = list(dict.fromkeys(one for group in drawn if len(group) == 5 for one in group))
    new = [one for one in candidates if one not in looked[:12]]
    worth = convolutions(candidates)
    sums = {one: sum((1 + np.sign(own - worth)) / 2) for one, own in zip(candidates, worth, strict=True)}
    assert looked[12:] == sorted(new, key=lambda one: -sums[one])[:4]
    assert searcher.ask() == []


def test_pairs_get_labels_as_often_and_as_many_as_said(monkeypatch):
    _, _, comparator, drawn, _ = counted(monkeypatch, iterations=10, pairs_every=4, pairs=7, updates=3)
    assert comparator.kept == [7, 7, 7], "before the first iteration, the fifth and the ninth"
    assert comparator.updates == [3, 3, 3]
    assert [len(one) for one in drawn].count(28) == 3, "twice as many pairs are drawn as are kept"


def test_without_pairs_the_comparator_stays_as_it_was_fitted(monkeypatch):
    _, _, comparator, _, _ = counted(monkeypatch, pairs=0)
    assert comparator.kept == comparator.updates == []


def test_a_reward_is_computed_once_until_what_it_depends_on_changes():
    comparator = Counting()
    few, many = (0,) * 6, (3,) * 6
    assert convolutions([few, many]).tolist() == [0, 6]
    contest = Contest(SPACE, comparator, baseline=few)
    assert [contest.reward(many), contest.reward(many), contest.reward(few)] == [1, 1, 0.5]
    assert comparator.comparisons == 2
    contest.baseline = many
    assert [contest.reward(many), contest.reward(few)] == [0.5, 0]
    contest.learn([few, many, many, few], keep=1, updates=1)
    assert contest.reward(few) == 0
    assert comparator.comparisons == 5
    assert contest.ordered([few, many, few]) == [many, few, few]


@pytest.mark.usefixtures("_hasty")
def test_the_real_comparator_gets_the_pairs(monkeypatch):
    made = []
    fitted = CTNAS._fitted
    monkeypatch.setattr(CTNAS, "_fitted", lambda self: made.append(fitted(self)) or made[0])
    run(iterations=9, pairs_every=4, pairs=6)
    assert made[0].pairs == 18


@pytest.mark.slow
@pytest.mark.usefixtures("_hasty")
def test_the_generator_decides_and_global_states_do_not():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        first = run(0)[1]
        torch.manual_seed(2)
        assert run(0)[1] == first != run(1)[1]


@pytest.mark.slow
@pytest.mark.usefixtures("_hasty")
def test_equal_values_and_no_values_are_no_obstacle():
    for value in (0.0, np.nan):
        searcher, looked = run(objective=lambda paths, value=value: np.full(len(paths), value))
        assert len(looked) > 12
        assert searcher.ask() == []


def test_a_space_without_architectures_is_refused():
    for space in (TOY, SubSpace(SPACE, {0: (1, 2)})):
        name = type(space).__name__
        with pytest.raises(ValueError, match=f"ctnas compares architectures of a SearchSpace, which {name} is not"):
            CTNAS(space, stream())


def test_settings_are_the_published_ones():
    expected = {"labels": 423, "iterations": 10_000, "learning_rate": 2e-4, "hidden": 64, "entropy": 5e-4}
    expected |= {"baseline_every": 500, "candidates": 10, "pairs_every": 100, "pairs": 100, "updates": 2}
    expected |= {"temperature": 1.0, "tanh_constant": None}
    assert expected.items() <= CTNASSettings().model_dump().items()
    assert (ctnas.BETAS, ctnas.WEIGHT_DECAY) == ((0.5, 0.999), 5e-4)
