"""NAO: a pool that is trained and evaluated in turn, and gets better from stage to stage."""

from __future__ import annotations

from collections import Counter
from itertools import cycle

import numpy as np
import pytest
from scipy.stats import chisquare
from toy import CONSTRAINED, DECISIONS, LossTable, MeanOutput, ToySpace, make_step, random_batch, stream

from nasrank.bench.training.strategies.nao import Nao, Stage
from nasrank.predictors import nao
from nasrank.spaces.decisions import Decision

SPACE = ToySpace(
    [Decision(str(place), tuple("abcd"[:size])) for place, size in enumerate((4, 3, 4, 2, 4, 3))],
    rule=lambda choices: choices[0] != choices[2],
)
"""864 architectures: one combination in four is none."""


def goodness(choices):
    return sum(choices) / 14


class Goodness(LossTable):
    """The score of a path is how good it is, plus an amount by which the images differ; keeps the paths."""

    def __init__(self):
        super().__init__([0.0])
        self.paths = []

    def forward(self, images, path):
        self.paths.append(tuple(path))
        return self.values - goodness(path) - images.mean()


def train(strategy, fractions, supernet=None):
    """Updates of the architecture at these fractions of training; the paths that were evaluated."""
    supernet = supernet or Goodness()
    for number, fraction in enumerate(fractions):
        strategy.update_architecture(
            make_step(supernet, fraction, task=MeanOutput(), held_out=lambda number=number: random_batch(seed=number))
        )
    return supernet.paths


def test_every_member_has_its_turn_and_the_score_is_a_moving_average():
    strategy = Nao(SPACE, stream())
    seeds = list(strategy.pool)
    assert 90 < len(seeds) <= 100
    assert len(set(seeds)) == len(seeds)
    steps = 70
    paths = train(strategy, np.linspace(0, 0.3, steps))
    turns = cycle(seeds)
    assert paths == [next(turns) for _ in range(3 * steps)], "one after the other, over and over"
    assert strategy.pool == seeds

    averages = {}
    for evaluation, path in enumerate(paths):
        score = goodness(path) + float(random_batch(seed=evaluation // 3)[0].mean())
        averages[path] = averages.get(path, score) + 0.2 * (score - averages.get(path, score))
    assert strategy.scores == pytest.approx(averages, abs=1e-5)
    assert strategy.derive() == list(max(averages, key=averages.get))


def test_the_weights_are_trained_along_members_drawn_uniformly():
    strategy, supernet, draws = Nao(SPACE, stream()), Goodness(), 3000
    step = make_step(supernet, task=MeanOutput())
    for _ in range(draws):
        strategy.accumulate(step)
    drawn = Counter(supernet.paths)
    assert set(drawn) <= set(strategy.pool)
    assert chisquare([drawn[member] for member in strategy.pool]).pvalue > 1e-3


@pytest.mark.slow
def test_stages_keep_the_best_and_add_random_then_proposed_architectures():
    strategy = Nao(SPACE, stream())
    pools = [strategy.pool]
    for boundary in (1 / 3, 2 / 3):
        train(strategy, [boundary - 0.01] * 100)
        assert strategy.pool == pools[-1], "a stage lasts a third of training"
        best = sorted(strategy.scores, key=strategy.scores.get)[-50:]
        train(strategy, [boundary + 0.01])
        pools.append(strategy.pool)
        assert set(best) <= set(pools[-1])
        assert all(SPACE.allows(member) for member in pools[-1])
    train(strategy, [0.99] * 100)
    assert strategy.pool == pools[-1], "the last stage lasts until the end"

    seeds, randoms, proposed = ([goodness(member) for member in pool] for pool in pools)
    assert len(seeds) <= 100 < 200 < len(randoms) <= 250
    assert 200 < len(proposed) <= 250
    assert np.mean(sorted(proposed)[-150:]) > np.mean(sorted(randoms)[-150:]) + 0.05


def test_a_pool_is_not_judged_before_every_member_has_a_score():
    strategy = Nao(SPACE, stream())
    seeds = list(strategy.pool)
    needed = -(-len(seeds) // 3)
    train(strategy, [0.5] * needed)
    assert strategy.pool == seeds
    train(strategy, [0.5])
    assert strategy.pool != seeds
    assert strategy.stage == 1


def test_a_space_smaller_than_the_pool_is_trained_whole(monkeypatch):
    monkeypatch.setattr(nao, "UPDATES", 3)
    strategy = Nao(CONSTRAINED, stream())
    everything = [(0, 3, 0), (0, 3, 1), (0, 3, 2), (1, 2, 0), (1, 2, 1), (1, 2, 2)]
    assert strategy.pool == everything
    train(strategy, np.linspace(0, 0.99, 12))
    assert strategy.stage == 2
    assert strategy.pool == everything


@pytest.mark.slow
def test_what_it_proposes_is_new_whatever_choices_make_it(monkeypatch):
    """Where the last decision makes no difference, its proposals differ in the others, and from the pool."""
    monkeypatch.setattr("nasrank.bench.training.strategies.nao.STAGES", (Stage(0, 0, 60), Stage(20, 30, 10)))

    class Redundant(ToySpace):
        def representative(self, choices):
            return (*choices[:-1], 0)

        def random_choices(self, generator):
            return list(self.representative(super().random_choices(generator)))

    strategy = Nao(Redundant(SPACE.decisions), stream())
    first = set(strategy.pool)
    train(strategy, [0.1] * 40)
    best = set(strategy._best(20))
    proposed = strategy._propose(strategy._best(20), 30)
    assert len(proposed) > 10
    assert {choices[-1] for choices in proposed} == {0}
    assert not proposed & (first | best)


def test_steps_of_up_to_fifty_are_tried_where_shorter_ones_find_nothing_new(monkeypatch):
    lengths = []

    class Stubborn:
        """Proposes what it is given."""

        def __init__(self, sizes, generator):
            del sizes, generator

        def fit(self, choices, scores):
            del choices, scores

        def improve(self, choices, length):
            lengths.append(length)
            return choices

    monkeypatch.setattr("nasrank.bench.training.strategies.nao.EncoderPredictorDecoder", Stubborn)
    strategy = Nao(SPACE, stream())
    train(strategy, [0.1] * 40)
    assert strategy._propose(strategy._best(50), 100) == set()
    assert lengths == list(range(1, 51))


def test_nothing_is_derived_before_anything_is_evaluated():
    assert Nao(SPACE, stream()).derive() is None


def test_a_score_that_is_no_number_ends_the_training():
    strategy = Nao(ToySpace(DECISIONS[1:2]), stream())
    with pytest.raises(FloatingPointError, match=r"NAO finds that the negative_loss of .* is nan"):
        train(strategy, [0.0], supernet=LossTable([float("nan")] * 5))
