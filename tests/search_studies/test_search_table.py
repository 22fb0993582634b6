"""The table of a study's runs: a line for every change, looked up in the sources, and fronts measured from outside."""

from __future__ import annotations

import json
from pathlib import Path

import moocore
import numpy as np
import pandas as pd
import pytest
from tiny_search import changed, curves, final_accuracies, tiny_study

from nasrank.bench.execution import EXECUTORS
from nasrank.bench.foundation.files import DataError
from nasrank.bench.search_studies.folder import SearchFolder
from nasrank.bench.search_studies.fronts import FrontScale
from nasrank.bench.search_studies.grammar import SearchStudy
from nasrank.bench.search_studies.play import play
from nasrank.bench.search_studies.run import play_all, subject_of
from nasrank.bench.search_studies.store import RunStore
from nasrank.bench.search_studies.subject import Subject
from nasrank.bench.search_studies.tasks import tasks_of
from nasrank.spaces import get_enumerated

SPACE = get_enumerated("nb201")

SEVERAL = changed(
    ("runs = 3", "runs = 2"),
    ("seconds = 3000", 'queries = 60\nfront = { accuracy = "test", cost = "flops" }'),
    ('searcher = "random"', 'searcher = "random"\nobjectives = ["validation", "flops"]'),
    ("[searchers.rea]", '[searchers.bohb]\nsearcher = "bohb"\n\n[searchers.rea]'),
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[SearchStudy, Subject, Path]:
    """A study of one and of two objectives that was run, and its folder."""
    folder = tmp_path_factory.mktemp("table")
    study = tiny_study(folder, SEVERAL)
    play_all(study, RunStore(folder / "work"), EXECUTORS["here"]())
    subject = subject_of(study, "cells")
    SearchFolder(folder / "out").keep(study, RunStore(folder / "work"), {"cells": subject})
    return study, subject, folder


@pytest.fixture(scope="module")
def table(made: tuple[SearchStudy, Subject, Path]) -> pd.DataFrame:
    return SearchFolder(made[2] / "out").read()[1]


def lines(table: pd.DataFrame, searcher: str, run: int) -> pd.DataFrame:
    return table[(table["searcher"] == searcher) & (table["run"] == run)]


@pytest.mark.parametrize("searcher", ["rea", "bohb"])
@pytest.mark.parametrize("run", [0, 1])
def test_a_line_is_a_change_and_the_last_is_the_end(
    made: tuple[SearchStudy, Subject, Path], table: pd.DataFrame, searcher: str, run: int
) -> None:
    played, found = play(made[0], made[1], searcher, run), lines(table, searcher, run)
    steps = [*played.steps, (played.queries, played.seconds, *played.steps[-1][2:])]
    assert list(zip(found["queries"], found["seconds"], found["architecture"], found["told"], strict=True)) == [
        (queries, seconds, str(SPACE.at(at)), told) for queries, seconds, at, told in steps
    ]
    places = [at for _, _, at, _ in steps]
    assert found["test"].tolist() == final_accuracies()[places].tolist()
    assert found["flops"].tolist() == [SPACE.cost(SPACE.at(at)).multiply_adds for at in places]
    assert found["final"].tolist() == [False] * (len(steps) - 1) + [True]
    assert found["ended"].iloc[-1] == "budget"
    assert set(found["unit"]) == {run}
    assert found["hypervolume"].isna().all()


def test_what_bohb_was_told_is_that_of_fewer_epochs_first(table: pd.DataFrame) -> None:
    found = lines(table, "bohb", 0)
    first, last = (SPACE.position(SPACE.parse(found["architecture"].iloc[at])) for at in (0, -1))
    assert found["told"].iloc[0] == curves()[first, 0] != curves()[first, -1]
    assert found["told"].iloc[-1] == curves()[last, -1]


def normal(places: list[int]) -> np.ndarray:
    """Error and scaled cost of these, worked out anew."""
    costs = SPACE.costs(np.arange(len(SPACE)))[1]
    error = 1 - final_accuracies()[places] / 100
    return np.stack([error, (costs[places] - costs.min()) / (costs.max() - costs.min())], axis=1)


@pytest.mark.slow
def test_fronts_are_measured_as_moocore_measures_them(
    made: tuple[SearchStudy, Subject, Path], table: pd.DataFrame
) -> None:
    true = normal(list(range(len(SPACE))))
    true = true[moocore.is_nondominated(true, keep_weakly=True)]
    np.testing.assert_allclose(FrontScale.of(made[1]).front, np.unique(true, axis=0))
    for run in (0, 1):
        played, found = play(made[0], made[1], "random", run), lines(table, "random", run)
        assert found["queries"].tolist() == [20, 50, 60]
        assert found["front_size"].tolist() == [len(places) for _, places in played.fronts]
        for (_, places), (_, line) in zip(played.fronts, found.iterrows(), strict=True):
            points = normal(places)
            assert line["hypervolume"] == pytest.approx(moocore.hypervolume(points, ref=[1.05, 1.05]))
            assert line["igd"] == pytest.approx(moocore.igd(points, true))
            assert line["igd_plus"] == pytest.approx(moocore.igd_plus(points, true))
        stored = np.array(json.loads(found["front"].iloc[-1]))
        np.testing.assert_allclose(stored, normal(played.fronts[-1][1]), atol=1e-6)
        assert moocore.hypervolume(stored, ref=[1.05, 1.05]) == pytest.approx(found["hypervolume"].iloc[-1], abs=1e-5)
        assert found["seconds"].isna().tolist() == [True, True, False]


@pytest.mark.slow
def test_only_what_keeps_the_limits_is_on_the_true_front(made: tuple[SearchStudy, Subject, Path]) -> None:
    study = made[0]
    limit = {"few": {"cost": "multiply_adds", "most": 50_000_000}}
    part = study.parts["cells"].model_dump(mode="json") | {"limits": limit}
    subject = Subject("cells", type(study.parts["cells"]).model_validate(part))
    costs = SPACE.costs(np.arange(len(SPACE)))[1]
    most = (50_000_000 - costs.min()) / (costs.max() - costs.min())
    assert 0 < FrontScale.of(subject).front[:, 1].max() <= most < FrontScale.of(made[1]).front[:, 1].max()


@pytest.mark.slow
def test_the_best_there_is(made: tuple[SearchStudy, Subject, Path]) -> None:
    _, _, known = SearchFolder(made[2] / "out").read()
    costs = SPACE.costs(np.arange(len(SPACE)))[1]
    assert known["best"] == {"cells": {"test": final_accuracies().max(), "flops": costs.min()}}
    assert known["sources"] == {"tiny-search": "0" * 64}
    assert "nasrank" in known["versions"]


def test_a_table_survives_its_file(made: tuple[SearchStudy, Subject, Path], table: pd.DataFrame) -> None:
    study, subject, folder = made
    pd.testing.assert_frame_equal(RunStore(folder / "work").table(study, "cells", subject), table)


@pytest.fixture
def broken(made: tuple[SearchStudy, Subject, Path], tmp_path: Path) -> Path:
    """A copy of the folder, to be damaged."""
    results = tmp_path / "out" / "results"
    results.mkdir(parents=True)
    for path in (made[2] / "out" / "results").iterdir():
        (results / path.name).write_bytes(path.read_bytes())
    assert SearchFolder(tmp_path / "out").is_there
    return tmp_path / "out"


@pytest.mark.parametrize(
    ("name", "content"), [("study.json", "{}"), ("study.json", "[]"), ("study.json", "no"), ("runs.parquet", "no")]
)
def test_what_is_damaged_is_named(broken: Path, name: str, content: str) -> None:
    (broken / "results" / name).write_text(content)
    with pytest.raises(ValueError, match=name.replace(".", r"\.")) as error:
        SearchFolder(broken).read()
    assert len(str(error.value)) < 2000


def test_missing_columns_are_named(broken: Path, table: pd.DataFrame) -> None:
    table.drop(columns=["unit"]).to_parquet(broken / "results" / "runs.parquet")
    with pytest.raises(DataError, match="lacks the columns unit"):
        SearchFolder(broken).read()


def test_an_unfinished_study_has_no_table(made: tuple[SearchStudy, Subject, Path], tmp_path: Path) -> None:
    study, subject, folder = made
    with pytest.raises(DataError, match=r"cells\.random\.runs0-0 is missing: run the study to its end"):
        RunStore(tmp_path / "none").table(study, "cells", subject)
    store = RunStore(folder / "work")
    first = next(iter(tasks_of(study)))
    other = RunStore(tmp_path / "other")
    other.put(first, "settings", store.runs(first) * 2)
    with pytest.raises(DataError, match=r"is damaged; remove it"):
        other.runs(first)
