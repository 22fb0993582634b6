"""One search, with invented networks: what is asked for, what is told, and what is trained anew."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from small_live import TEXT, invented, small_study

from nasrank.bench.live_search.grammar import AGAIN_FROM, LiveStudy
from nasrank.bench.live_search.play import NOTHING_NEW, play
from nasrank.bench.live_search.run import Task, searched
from nasrank.bench.search.regularized_evolution import RegularizedEvolution
from nasrank.bench.tabulation import standalone


@pytest.fixture
def study(tmp_path: Path) -> LiveStudy:
    return small_study(tmp_path, TEXT.replace("evaluations = 4", "evaluations = 12"))


def test_each_network_is_trained_once_with_the_number_of_the_search_and_the_best_anew(study: LiveStudy) -> None:
    asked: list[tuple[str, int]] = []
    search = play(study, "evolution", 3, invented(asked=asked))
    assert [seed for _, seed in asked] == [3] * 12 + [AGAIN_FROM + 6, AGAIN_FROM + 7]
    assert [text for text, _ in asked[:12]] == list(search.architectures)
    assert len(set(search.architectures)) == 12
    assert search.best == int(np.argmax(search.values))
    assert {text for text, _ in asked[12:]} == {search.architectures[search.best]}
    anew = [search.values[search.best] + (AGAIN_FROM + 6 + number - 3) / 1e4 for number in range(2)]
    assert search.again == pytest.approx(anew)
    assert search.seconds == 12.0


def test_a_search_is_decided_by_its_number_and_its_searcher(study: LiveStudy) -> None:
    first, again, other = (play(study, "evolution", run, invented()) for run in (0, 0, 1))
    assert first == again
    assert first.architectures != other.architectures
    assert play(study, "random", 0, invented()).architectures != first.architectures


def test_searchers_are_told_what_networks_are_worth(study: LiveStudy, monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[tuple[int, ...], float] = {}
    tell = RegularizedEvolution.tell

    def listen(self, choices, values):
        told.update(zip(map(tuple, choices), np.ravel(values), strict=True))
        tell(self, choices, values)

    monkeypatch.setattr(RegularizedEvolution, "tell", listen)
    search = play(study, "evolution", 0, invented())
    space = study.searched
    assert {str(space.from_choices(choices)): value for choices, value in told.items()} == dict(
        zip(search.architectures, search.values, strict=True)
    )


def test_networks_that_diverge_are_the_worst_and_a_search_of_such_alone_finds_nothing(study: LiveStudy) -> None:
    first = play(study, "random", 0, invented())
    best = first.architectures[first.best or 0]
    without = play(study, "random", 0, invented({best: math.nan}))
    assert without.architectures == first.architectures
    assert math.isnan(without.values[first.best or 0])
    assert without.best != first.best
    assert without.failures == tuple("diverged" if text == best else "" for text in without.architectures)
    nothing = play(study, "random", 0, invented(dict.fromkeys(first.architectures, math.nan)))
    assert (nothing.best, nothing.again) == (None, ())


@pytest.mark.slow
def test_a_searcher_that_comes_back_to_what_it_knows_ends_the_search(study: LiveStudy) -> None:
    """A policy asks for what it prefers again and again; that is told without training, but not for ever."""
    steady = study.model_copy(update={"evaluations": 16_000})
    space = steady.searched
    asked: list[tuple[str, int]] = []
    search = play(steady, "random", 0, invented(asked=asked))
    assert len(search.architectures) <= len(space) == 15_625
    assert search.ended == NOTHING_NEW == "it asks for nothing new any more"
    assert len(asked) == len(search.architectures) + 2


def test_where_lower_is_better_the_lowest_is_found(tmp_path: Path) -> None:
    text = TEXT.replace("nb201", "recurrent").replace('"digits"', '"ptb-characters"').replace("padding = 1\n", "")
    study = small_study(tmp_path, text.replace("network = { channels = 4 }\n", ""))
    assert (study.measured.name, study.higher_is_better, study.in_percent) == ("perplexity", False, False)

    def train(architecture, seed):
        run = invented()(architecture, seed)
        return standalone.StandaloneRun({"perplexity": run.curves["accuracy"]}, 1.0)

    search = play(study, "random", 0, train)
    assert search.best == int(np.argmin(search.values))


@pytest.mark.slow
def test_a_search_that_was_killed_goes_on_with_the_networks_that_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, trained = small_study(tmp_path), []
    whole = searched(study, Task("evolution", 1), tmp_path / "whole")

    def killed(training, architecture, seed, data_root=None):
        if len(trained) == 3:
            raise KeyboardInterrupt
        trained.append(str(architecture))
        return standalone.run_alone(training, architecture, seed, data_root)

    monkeypatch.setattr("nasrank.bench.live_search.run.run_alone", killed)
    with pytest.raises(KeyboardInterrupt):
        searched(study, Task("evolution", 1), tmp_path / "half")
    counted: list[str] = []

    def counting(training, architecture, seed, data_root=None):
        counted.append(str(architecture))
        return standalone.run_alone(training, architecture, seed, data_root)

    monkeypatch.setattr("nasrank.bench.live_search.run.run_alone", counting)
    again = searched(study, Task("evolution", 1), tmp_path / "half")
    assert (again.architectures, again.values, again.again) == (whole.architectures, whole.values, whole.again)
    assert len(counted) == study.evaluations + study.again - 3
    assert list(whole.architectures[:3]) == trained
