"""Searchers that super-nets help: by landmarks, by scores to be guided by, and by scores that a predictor knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_search import PASS, changed, curves, tiny_study, tiny_subject, training_seconds

from nasrank.bench.search.searcher import SEARCHERS
from nasrank.bench.search_studies import subject as subjects
from nasrank.bench.search_studies.play import play
from nasrank.bench.search_studies.run import check
from nasrank.bench.search_studies.store import RunStore
from nasrank.bench.search_studies.subject import Subject
from nasrank.bench.search_studies.tasks import tasks_of
from nasrank.predictors.known_scores import KnownScores
from nasrank.spaces import get_enumerated

SPACE = get_enumerated("nb201")

SEEDS = (4, 9)

POOL = range(0, 15_000, 50)
"""Positions that the super-nets have ranked."""

LANDMARKS = {4: [11, 12, 13], 9: [8001, 8002, 8003]}


KNOWN = (*POOL, *LANDMARKS[4], *LANDMARKS[9])


def scores(seed: int) -> np.ndarray:
    """Of the pool and all landmarks; NaN for the landmarks of another seed."""
    found = np.random.default_rng(seed).normal(size=len(KNOWN)) + curves()[list(KNOWN), -1] / 10
    found[-3:] = np.where(seed == 9, found[-3:], np.nan)
    found[-6:-3] = np.where(seed == 4, found[-6:-3], np.nan)
    return np.asarray(found)


class InventedSuperNets:
    """As much of `SuperNetScores` as a search asks for, of a study that nobody ran."""

    seeds, checksum = SEEDS, "invented"
    architectures = tuple(map(SPACE.at, KNOWN))

    @classmethod
    def read(cls, folder: Path, *, space: str, score: str) -> InventedSuperNets:
        assert (str(folder), space, score) == ("reports/invented", "nb201", "negative_loss")
        return cls()

    def landmarks(self, seed: int) -> Sequence[Any]:
        return [SPACE.at(at) for at in LANDMARKS[seed]]

    def feature(self, row: str, seed: int, *, guided: bool) -> dict[str, np.ndarray]:
        assert (row, guided) == ("spos", True)
        return {"spos-landmark": scores(seed)}


@pytest.fixture(autouse=True)
def _super_nets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subjects, "SuperNetScores", InventedSuperNets)


NETS = """[parts.cells.objectives.nets]
supernet = { study = "reports/invented", row = "spos", guided = true }

[parts.cells.price]"""


def helped(folder: Path, *keys: str, searcher: str = "random") -> tuple[Any, Subject]:
    """A study whose random search has these keys instead."""
    lines = "\n".join((f'searcher = "{searcher}"', *keys))
    return tiny_subject(folder, changed(("[parts.cells.price]", NETS), ('searcher = "random"', lines)))


def price(at: int) -> float:
    return float(training_seconds()[at]) + PASS


@pytest.mark.parametrize("run", [0, 1, 2])
def test_landmarks_are_paid_for_and_told_before_all_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: int
) -> None:
    told: list[Any] = []

    class Noting(SEARCHERS["random"]):  # type: ignore[misc]
        def tell(self, choices: Any, values: Any) -> None:
            told.append((list(choices), np.array(values).ravel().tolist()))
            super().tell(choices, values)

    monkeypatch.setitem(SEARCHERS, "random", Noting)
    study, subject = helped(tmp_path, 'landmarks = "nets"')
    found = play(study, subject, "random", run)
    marks = LANDMARKS[SEEDS[run % 2]]
    assert told[0] == ([SPACE.to_choices(SPACE.at(at)) for at in marks], curves()[marks, -1].tolist())
    assert [at for _, _, at, _ in found.steps[:1]] == marks[:1]
    assert found.steps[0][:2] == (1, price(marks[0]))
    assert found.queries == sum(len(choices) for choices, _ in told)
    assert found.seconds == pytest.approx(
        sum(price(SPACE.position(SPACE.from_choices(one))) for choices, _ in told for one in choices)
    )


@pytest.mark.parametrize("run", [0, 1])
def test_a_guided_search_asks_for_what_scores_highest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: int
) -> None:
    looked: list[int] = []

    class Noting(SEARCHERS["random"]):  # type: ignore[misc]
        def tell(self, choices: Any, values: Any) -> None:
            looked.extend(SPACE.position(SPACE.from_choices(one)) for one in choices)
            super().tell(choices, values)

    monkeypatch.setitem(SEARCHERS, "random", Noting)
    study, subject = helped(tmp_path, 'guide = { scores = "nets", evaluations = 3000 }')
    found = play(study, subject, "random", run)
    assert len(looked) == 3000
    values = dict(zip(KNOWN, scores(SEEDS[run]), strict=True))
    best = sorted((at for at in looked if np.isfinite(values.get(at, np.nan))), key=lambda at: -values[at])
    spent = np.cumsum([price(at) for at in best])
    assert found.queries == int(np.sum(spent <= 3000))
    assert found.seconds == pytest.approx(spent[found.queries - 1])
    incumbent = max(best[: found.queries], key=lambda at: curves()[at, -1])
    assert found.steps[-1][2:] == (incumbent, curves()[incumbent, -1])
    assert found.ended == "budget"


@pytest.mark.slow
def test_a_guided_search_ends_when_all_that_it_looked_at_was_asked_for(tmp_path: Path) -> None:
    study, subject = helped(tmp_path, 'guide = { scores = "flops", evaluations = 5 }')
    found = play(study, subject, "random", 0)
    assert (found.queries, found.ended) == (5, "all that it looked at was asked for")


@pytest.mark.slow
def test_a_guide_may_precede_a_front(tmp_path: Path) -> None:
    keys = ('guide = { scores = "nets", evaluations = 400 }', 'objectives = ["validation", "flops"]')
    study, subject = helped(tmp_path, *keys, searcher="rea")
    check(study)
    found = play(study, subject, "random", 0)
    assert found.fronts[-1][0] == found.queries > 0


@pytest.mark.slow
def test_a_predictor_knows_the_scores_of_the_runs_own_super_net(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: list[KnownScores] = []
    monkeypatch.setattr(SEARCHERS["predicted"], "know", lambda self, scores: known.extend(scores))
    study, subject = helped(tmp_path, 'known = ["nets", "flops"]', searcher="predicted")
    play(study, subject, "random", 1)
    assert [one.name for one in known] == ["nets", "flops"]
    places, values = [*LANDMARKS[9], *POOL[:30]], dict(zip(KNOWN, scores(9), strict=True))
    found = known[0].score([SPACE.at(at) for at in places])
    assert np.argsort(found).tolist() == np.argsort([values[at] for at in places]).tolist()
    unranked = known[0].score([SPACE.at(at) for at in (1, LANDMARKS[4][0])])
    assert (unranked < found.min()).all()
    few, many = known[1].score([SPACE.from_choices((0,) * 6), SPACE.from_choices((3,) * 6)])
    assert few > many


@pytest.mark.parametrize(
    ("searcher", "key", "words"),
    [
        ("random", 'known = ["nets"]', "searchers.random: random has no predictor that could know nets"),
        ("bohb", 'landmarks = "nets"', "searchers.random: bohb trains for fewer epochs first"),
        ("random", "epochs_charged = 1000", r"searchers.random: epochs_charged = 1000 are .* s, and parts.cells.sec"),
        ("random", 'objectives = ["nets"]', "searchers.random: nets cost no seconds, so that cells needs a budget in"),
        ("random", 'landmarks = "flops"', "searchers.random.landmarks: flops is no score of super-nets on cells"),
        ("bohb", 'objectives = ["validation", "flops"]', "searchers.random: bohb searches by at most 1 objective"),
    ],
)
def test_help_that_cannot_be_given_is_refused_before_anything_is_run(
    tmp_path: Path, searcher: str, key: str, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        check(helped(tmp_path, key, searcher=searcher)[0])


REPORTED = """[parts.cells.reported.nets]
supernet = { study = "reports/invented", row = "spos", guided = true }

[searchers.random]"""


@pytest.mark.slow
def test_scores_of_super_nets_are_told_and_nothing_else(tmp_path: Path) -> None:
    text = changed(("[parts.cells.price]", NETS), ("[searchers.random]", REPORTED))
    with pytest.raises(ValueError, match=r"parts\.cells\.reported\.nets: scores of super-nets differ from run to run"):
        check(tiny_study(tmp_path, text))


@pytest.mark.slow
def test_runs_that_share_a_super_net_are_of_one_unit(tmp_path: Path) -> None:
    study, subject = helped(tmp_path, 'guide = { scores = "nets", evaluations = 300 }')
    store = RunStore(tmp_path / "work")
    for task in tasks_of(study):
        store.put(task, "", [asdict(play(study, subject, task.searcher, task.first))])
    table = store.table(study, "cells", subject)
    units = {(line.searcher, line.run): line.unit for line in table.itertuples()}
    assert {units["random", run] for run in (0, 2)} == {0}
    assert [units["random", 1], *(units["rea", run] for run in range(3))] == [1, 0, 1, 2]
