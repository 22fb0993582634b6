"""BOHB: brackets and densities worked by hand, promotions, and what it finds for the same training."""

from __future__ import annotations

import numpy as np
import pytest
from toy import CONSTRAINED, TOY, stream

from nasrank.bench.search.bohb import Bohb, BohbSettings
from nasrank.bench.search.brackets import brackets
from nasrank.bench.search.categorical_density import CategoricalDensity, fitted_density
from nasrank.spaces import get_space
from nasrank.spaces.subspace import SubSpace

SPACE = get_space("nb201")


def worth(paths):
    """Each decision adds what its option is worth."""
    values = stream(7).random((6, 5))
    return values[np.arange(6), np.array(paths)].sum(axis=1)


def after(epochs, paths):
    """As much, but the less is known of it the fewer the epochs; the same each time."""
    noise = [stream(hash((epochs, *path)) % 2**32).normal() for path in map(tuple, paths)]
    return worth(paths) + np.array(noise) * 0.5 * (1 - epochs / 12)


def play(searcher, epochs):
    """Train for so many epochs in all; what was asked for, with the epochs of each."""
    looked = []
    while sum(own * len(asked) for own, asked in looked) < epochs:
        asked = searcher.ask()
        searcher.tell(asked, after(searcher.epochs, asked))
        looked.append((searcher.epochs, asked))
    return looked


def test_brackets_are_those_of_the_papers_table():
    """Table 1 of [Li2017]: 81 epochs and eta = 3."""
    assert brackets(1, 81, 3) == [
        [(81, 1), (27, 3), (9, 9), (3, 27), (1, 81)],
        [(27, 3), (9, 9), (3, 27), (1, 81)],
        [(9, 9), (3, 27), (1, 81)],
        [(6, 27), (2, 81)],
        [(5, 81)],
    ]


def test_brackets_train_for_the_epochs_that_tables_have():
    assert brackets(1, 12, 3) == [[(9, 1), (3, 4), (1, 12)], [(3, 4), (1, 12)], [(3, 12)]]
    widest, *_, narrowest = brackets(4, 108, 3)
    assert widest == [(27, 4), (9, 12), (3, 36), (1, 108)]
    assert narrowest == [(4, 108)]
    assert brackets(12, 12, 3) == [[(1, 12)]]
    assert brackets(1, 8, 2) == [[(8, 1), (4, 2), (2, 4), (1, 8)], [(4, 2), (2, 4), (1, 8)], [(4, 4), (2, 8)], [(4, 8)]]


def test_rungs_follow_one_another_and_keep_the_best():
    looked = play(Bohb(SPACE, stream()), 9 + 3 * 4 + 12 + 3 * 4 + 12 + 3 * 12)
    sizes = [(epochs, len(asked)) for epochs, asked in looked]
    assert sizes == [(1, 1)] * 9 + [(4, 3), (12, 1)] + [(4, 1)] * 3 + [(12, 1)] + [(12, 1)] * 3
    first = [asked[0] for _, asked in looked[:9]]
    assert looked[9][1] == sorted(first, key=lambda path: after(1, [path])[0], reverse=True)[:3]
    assert looked[10][1] == [max(looked[9][1], key=lambda path: after(4, [path])[0])]
    assert looked[14][1] == [max((asked[0] for _, asked in looked[11:14]), key=lambda path: after(4, [path])[0])]


def test_it_asks_for_what_it_was_not_told():
    searcher = Bohb(SPACE, stream())
    play(searcher, 9)
    asked = searcher.ask()
    assert len(asked) == 3
    searcher.tell(asked[:1], [1.0])
    assert searcher.ask() == asked[1:]
    assert searcher.epochs == 4
    searcher.tell(asked[1:], [3.0, 2.0])
    assert searcher.ask() == [asked[1]]
    assert searcher.epochs == 12


def test_what_has_no_value_does_not_go_on_and_its_place_is_filled():
    searcher = Bohb(SPACE, stream())
    asked = [searcher.ask()[0]]
    searcher.tell(asked, [2.0])
    for _ in range(8):
        searcher.tell(one := searcher.ask(), [np.nan])
        assert one != asked
    assert searcher.ask() == asked
    searcher.tell(asked, [2.0])
    assert searcher.ask() not in (asked, [])
    assert searcher.epochs == 4, "a new one enters the second rung"


def test_the_best_is_the_best_of_those_that_were_trained_for_longest():
    searcher = Bohb(TOY, stream())
    looked = []
    while searcher.epochs < 12:
        looked.append((searcher.epochs, asked := searcher.ask()))
        searcher.tell(asked, np.full(len(asked), 100.0 / searcher.epochs) + np.arange(len(asked)))
    winner = next(iter(searcher.at[12]))
    assert searcher.best() == winner
    assert searcher.front() == [winner]
    assert searcher.seen[winner] == 100 / 12, "a value at fewer epochs is no longer what it is worth"
    assert max(float(value[0]) for value in searcher.seen.values()) == 100.0
    assert set(searcher.at) == {1, 4, 12}


@pytest.mark.slow
def test_it_finds_more_than_random_search_with_as_much_training():
    def chance(seed):
        generator = stream(seed)
        return worth([SPACE.random_choices(generator) for _ in range(900 // 12)]).max()

    def found(seed):
        searcher = Bohb(SPACE, stream(seed))
        play(searcher, 900)
        return worth([searcher.best()])[0]

    assert np.mean([found(seed) for seed in range(5)]) > np.mean([chance(seed) for seed in range(5)])


def test_a_kernel_keeps_an_option_or_takes_another():
    rows = np.array([[0, 0], [0, 2]])
    density = CategoricalDensity(rows, [(0, 1), (0, 1, 2)], np.array([0.25, 0.5]))
    points = np.array([[0, 0], [1, 2], [0, 1]])
    by_hand = [0.75 * (0.5 + 0.25) / 2, 0.25 * (0.25 + 0.5) / 2, 0.75 * 0.25]
    assert density(points) == pytest.approx(by_hand)
    every = np.array([[a, b] for a in range(2) for b in range(3)])
    assert density(every).sum() == pytest.approx(1.0)


def test_draws_are_near_rows_and_of_the_options():
    density = CategoricalDensity(np.array([[3, 1]]), [(1, 3), (0, 1, 4)], np.array([0.0, 0.6]))
    drawn = np.array([density.near(generator) for generator in [stream()] for _ in range(3_000)])
    assert (drawn[:, 0] == 3).all()
    assert set(drawn[:, 1]) == {0, 1, 4}
    assert (drawn[:, 1] == 1).mean() == pytest.approx(0.4 + 0.6 / 3, abs=0.03)


def test_bandwidths_are_as_wide_as_rows_differ_within_bounds():
    """Of 8 rows: the first decision never changes, the second takes two options equally often."""
    rows = np.array([[0, place % 2, 0] for place in range(8)])
    density = fitted_density(rows, [(0, 1), (0, 1, 2, 3), (0,)], 0.1)
    assert density.bandwidths == pytest.approx([0.1, 1.06 * 8 ** (-1 / 7) * 0.5, 0.0])
    assert density(rows[:1])[0] == pytest.approx(0.9 * np.mean([1 - density.bandwidths[1], density.bandwidths[1] / 3]))
    assert fitted_density(rows, [(0, 1), (0, 1, 2, 3), (0,)], 0.9).bandwidths == pytest.approx([0.5, 0.75, 0.0])


def test_there_is_a_model_once_there_are_more_good_and_bad_than_decisions():
    searcher = Bohb(SPACE, stream())
    known = [tuple(SPACE.random_choices(searcher.generator)) for _ in range(60)]
    searcher.tell(known[:13], worth(known[:13]))
    assert searcher._model() is None
    searcher.tell(known[13:14], worth(known[13:14]))
    good, bad = searcher._model()
    assert len(good.rows) == len(bad.rows) == 7
    assert worth(good.rows).min() > worth(bad.rows).max()
    searcher.tell(known, worth(known))
    good, bad = searcher._model()
    assert (len(good.rows), len(bad.rows)) == (9, 51), "fifteen per cent of sixty"


def test_what_the_space_forbids_or_a_part_lacks_is_never_asked_for():
    part = SubSpace(SPACE, {0: (1, 2), 1: (3,)})
    assert all(part.owns(path) for _, asked in play(Bohb(part, stream()), 400) for path in asked)
    searcher = Bohb(CONSTRAINED, stream())
    for _ in range(60):
        asked = searcher.ask()
        assert all(CONSTRAINED.allows(path) for path in asked)
        searcher.tell(asked, np.array(asked, dtype=float).sum(axis=1))


def test_settings_are_those_of_nats_bench():
    settings = BohbSettings()
    assert (settings.fewest_epochs, settings.most_epochs, settings.eta) == (1, 12, 3)
    assert (settings.candidates, settings.at_random, settings.narrowest) == (4, 0.0, 0.3)
    with pytest.raises(ValueError, match="fewest_epochs = 13 is more than most_epochs = 12"):
        BohbSettings(fewest_epochs=13)


@pytest.mark.parametrize(("fewest", "most", "epochs"), [(1, 12, (1, 4, 12)), (4, 108, (4, 12, 36, 108)), (5, 5, (5,))])
def test_its_schedule_is_all_that_it_asks_for(fewest, most, epochs):
    searcher = Bohb(TOY, np.random.default_rng(0), BohbSettings(fewest_epochs=fewest, most_epochs=most))
    assert searcher.schedule == epochs
    asked = set()
    for _ in range(200):
        choices = searcher.ask()
        asked.add(searcher.epochs)
        searcher.tell(choices, np.arange(len(choices), dtype=float))
    assert tuple(sorted(asked)) == epochs
