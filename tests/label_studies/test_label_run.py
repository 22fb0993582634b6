"""A label study is measured draw by draw, goes on where it stopped, and measures new rows alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kendalltau
from small_study import TEXT, small_study

from nasrank.bench.execution import EXECUTORS, Watch
from nasrank.bench.label_studies.draws import draw_labels
from nasrank.bench.label_studies.evaluate import subject_of
from nasrank.bench.label_studies.folder import LabelFolder
from nasrank.bench.label_studies.run import pending, run_draws
from nasrank.bench.label_studies.store import DrawStore
from nasrank.bench.label_studies.tasks import Task
from nasrank.predictors import ESTIMATORS, Context, Labels


class Notes(Watch):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.ended: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def done(self, task: str, text: str = "", units: int = 1) -> None:
        del text, units
        self.ended.append(task)


def run(folder: Path, text: str = TEXT, watch: Watch | None = None) -> DrawStore:
    store = DrawStore(folder / "draws")
    run_draws(small_study(folder, text), store, EXECUTORS["here"](), folder, watch=watch)
    return store


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("labels")
    run(folder)
    return folder


def test_a_figure_is_that_of_a_fit_by_hand(finished: Path) -> None:
    study = small_study(finished)
    subject = subject_of(study, "cells", finished, None)
    draw, truth = draw_labels(subject, "cells", "cifar10", 12, 1), subject.truths["cifar10"]
    labelled, ranked = ([subject.architectures[place] for place in places] for places in (draw.labelled, draw.ranked))
    ridge = ESTIMATORS["label_matched"]().prepared(
        Context(subject.space, labels=Labels(labelled, truth[draw.labelled]))
    )
    expected = kendalltau(ridge.score(ranked), truth[draw.ranked]).statistic
    found = DrawStore(finished / "draws").rows(Task("cells", "cifar10", 12, 1))["ridge"]
    assert found["metrics"]["tau"] == pytest.approx(expected, abs=1e-12)
    assert found["ranked"] == 108


def test_what_is_finished_is_not_done_again(finished: Path) -> None:
    watch = Notes()
    run(finished, watch=watch)
    assert watch.notes == ["all 6 draws are finished"]


def test_the_cost_is_said_before_it_is_paid(tmp_path: Path) -> None:
    watch = Notes()
    run(tmp_path, watch=watch)
    assert any("6 of 6 draws to do" in note for note in watch.notes)
    assert any(note.startswith("about ") for note in watch.notes)
    first = next(place for place, note in enumerate(watch.notes) if note.startswith("about "))
    assert first == len(watch.notes) - 1
    assert len(watch.ended) == 6


def test_a_new_row_is_measured_alone(finished: Path) -> None:
    more = TEXT.replace(
        "[[questions]]", '[rows.forest]\nlabel = "forest"\npredictor = "random_forest"\n\n[[questions]]'
    )
    study, store = small_study(finished, more), DrawStore(finished / "draws")
    todo = pending(study, store, finished)
    assert len(todo) == 6
    assert {tuple(rows) for rows in todo.values()} == {("forest",)}


def test_the_same_study_gives_the_same_figures(finished: Path, tmp_path: Path) -> None:
    again = run(tmp_path)
    study = small_study(tmp_path)
    ones, others = (store.table(study) for store in (DrawStore(finished / "draws"), again))
    np.testing.assert_array_equal(ones[["tau", "tau_top10", "regret_at1"]], others[["tau", "tau_top10", "regret_at1"]])


def test_the_table_survives_its_file(finished: Path, tmp_path: Path) -> None:
    study, store = small_study(finished), DrawStore(finished / "draws")
    table = store.table(study)
    assert len(table) == 3 * (1 + 2)
    LabelFolder(tmp_path).keep(study, table)
    assert LabelFolder(tmp_path).read()[1].equals(table)


class Refusing(ESTIMATORS["label_matched"]):  # type: ignore[misc]
    """A ridge that fits and then does not score."""

    name, label = "refusing", "one that refuses"

    def score(self, architectures: object) -> object:
        raise ValueError(f"it does not want to, with {type(architectures).__name__}")


def test_a_row_that_cannot_be_fitted_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ESTIMATORS, "refusing", Refusing)
    store = run(tmp_path, TEXT.replace('"gaussian_process"', '"refusing"'))
    found = store.rows(Task("cells", "cifar10", 12, 0))["process"]
    assert found["failure"] == "it does not want to, with list"
    assert found["metrics"] == {}
