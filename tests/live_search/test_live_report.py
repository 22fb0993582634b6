"""The command: a study in, networks trained, the report out; and its numbers by independent definitions."""

from __future__ import annotations

import csv
import dataclasses
import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from documentation import blocks
from scipy import stats
from small_live import TEXT, invented, small_study

from nasrank.bench.analysis.live_summary import LiveSummary
from nasrank.bench.foundation.files import DataError
from nasrank.bench.live_search.folder import LiveFolder
from nasrank.bench.live_search.grammar import AGAIN_FROM
from nasrank.bench.live_search.play import ALL_TRAINED, NOTHING_NEW, play
from nasrank.bench.live_search.run import Task, tasks_of
from nasrank.bench.reporting.kinds import kind_of_report
from nasrank.bench.reporting.live_search import report_texts
from nasrank.bench.tabulation.standalone import StandaloneRun

Command = Callable[..., tuple[int, str, str]]
FILES = {"README.md", "index.html", "table.csv", "summary.json", "search.svg", "results"}


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.mark.slow
def test_a_study_is_run_and_its_report_is_made_anew(
    command: Command, study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "report"
    code, said, complained = command("run", str(study), "--out", str(out), "--jobs", "1")
    assert code == 0, complained
    assert "24 networks to train at most, about" in " ".join(said.split())
    assert "Evolution finds better cells [X]: holds, with " in " ".join(said.split())
    assert {path.name for path in out.iterdir()} == FILES
    before = {name: (out / name).read_bytes() for name in FILES - {"results"}}
    text = before["summary.json"].decode()
    table = pd.read_parquet(out / "results" / "searches.parquet")
    assert len(table) == 2 * 2 * (4 + 2)
    again = table[table["number"] == 0]
    assert set(again["seed"]) == set(range(AGAIN_FROM, AGAIN_FROM + 4))
    means = again[again["searcher"] == "random"].groupby("run")["value"].mean()
    row = json.loads(text)["rows"][0]
    assert row["mean"] == pytest.approx(means.mean(), abs=1e-6)
    lines = list(csv.DictReader((out / "table.csv").open(encoding="utf-8")))
    assert [line["what"] for line in lines if line["kind"] == "claim"] == ["holds"]
    assert len([line for line in lines if line["what"] == "best so far"]) == 8
    (out / "README.md").unlink()
    assert command("report", str(out))[0] == 0
    assert {name: (out / name).read_bytes() for name in FILES - {"results"}} == before
    kind = kind_of_report(text)
    assert kind is not None
    assert kind.texts(text) == {name: content.decode() for name, content in before.items()}
    code, said, _ = command("run", str(study), "--out", str(out), "--jobs", "1")
    assert code == 0
    assert "all 4 searches are finished" in said


@pytest.mark.slow
def test_the_example_of_the_documentation(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (text,) = (one.text for one in blocks("docs/how-to/search-spaces.md") if 'kind = "live"' in one.text)
    (tmp_path / "cells.toml").write_text(text, encoding="utf-8")
    code, said, complained = command("run", "cells.toml", "--out", "out", "--jobs", "1")
    assert code == 0, complained
    assert "Evolution finds better cells than random search: " in " ".join(said.split())


def summary_of(folder: Path, text: str = TEXT, **values: float) -> tuple[LiveSummary, dict]:
    study = small_study(folder, text.replace("runs = 2", "runs = 4"))
    train = invented(values or None)
    searches = {task: play(study, task.searcher, task.run, train) for task in tasks_of(study)}
    return LiveSummary.of(study, searches, {"python": "3"}), searches


def test_a_row_is_the_mean_of_what_was_trained_anew_with_students_interval(tmp_path: Path) -> None:
    summary, searches = summary_of(tmp_path)
    for name in ("random", "evolution"):
        worth = np.array([np.mean(one.again) for task, one in searches.items() if task.searcher == name])
        row = summary.row(name)
        low, high = stats.ttest_1samp(worth, 0).confidence_interval(0.95)
        assert (row.mean, row.low, row.high) == pytest.approx((worth.mean(), low, high), abs=1e-5)
        best = [max(one.values) for task, one in searches.items() if task.searcher == name]
        assert row.told == pytest.approx(np.mean(best), abs=1e-5)
        assert row.curve[-1] == pytest.approx(np.mean(best), abs=1e-5)
        firsts = [one.values[0] for task, one in searches.items() if task.searcher == name]
        assert row.curve[0] == pytest.approx(np.mean(firsts), abs=1e-5)
        assert (row.searches, row.failed, row.networks, row.diverged) == (4, 0, 4, 0)


def test_a_claim_is_welchs_difference(tmp_path: Path) -> None:
    summary, searches = summary_of(tmp_path, TEXT.replace("at_least = -90.0", "at_least = 90.0"))
    one, other = (
        [np.mean(found.again) for task, found in searches.items() if task.searcher == name]
        for name in ("evolution", "random")
    )
    claim = summary.claim("evolution")
    interval = stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    assert claim.value == pytest.approx(np.mean(one) - np.mean(other), abs=1e-5)
    assert (claim.low, claim.high) == pytest.approx((interval.low, interval.high), abs=1e-5)
    assert (claim.searches, claim.status) == (4, "does not hold" if interval.high < 90 else "open")
    ranked = [row.mean for row in summary.ranked]
    assert ranked == sorted(ranked, reverse=True)


def test_searches_that_found_nothing_are_counted_and_named(tmp_path: Path) -> None:
    study = small_study(tmp_path)
    searches = {task: play(study, task.searcher, task.run, invented()) for task in tasks_of(study)}
    nothing = [architecture for task, one in searches.items() for architecture in one.architectures]
    broken = {
        task: play(study, task.searcher, task.run, invented(dict.fromkeys(nothing, math.nan)))
        for task in tasks_of(study)
        if task.searcher == "random"
    }
    summary = LiveSummary.of(study, searches | broken, {"python": "3"})
    row = summary.row("random")
    assert (row.searches, row.failed, row.diverged) == (0, 2, 1.0)
    assert math.isnan(row.mean)
    assert summary.claim("evolution").status == "needs two searches of each"
    text = report_texts(summary)["README.md"]
    assert "0 (and 2 without a value)" in text
    assert text.count("n/a |") >= 4
    assert row.failures == {"diverged": 8}
    assert "random search: networks worth nothing.** 8: diverged." in text
    assert "regularized evolution: networks" not in text
    assert summary.ranked[-1].name == "random"


def test_a_first_network_that_diverges_leaves_the_curve_to_the_other_searches(tmp_path: Path) -> None:
    study = small_study(tmp_path)
    searches = {task: play(study, task.searcher, task.run, invented()) for task in tasks_of(study)}
    first, other = (searches[Task("random", run)] for run in range(2))
    broken = play(study, "random", 0, invented({first.architectures[0]: math.nan}))
    row = LiveSummary.of(study, searches | {Task("random", 0): broken}, {"python": "3"}).row("random")
    assert row.curve[0] == pytest.approx(other.values[0], abs=1e-5)
    assert row.curve[1] == pytest.approx((10.0 + max(other.values[:2])) / 2, abs=1e-5)


def test_a_search_that_ends_early_says_why(tmp_path: Path) -> None:
    study = small_study(tmp_path)
    searches = {task: play(study, task.searcher, task.run, invented()) for task in tasks_of(study)}
    early = dataclasses.replace(searches[Task("evolution", 1)], ended=NOTHING_NEW)
    summary = LiveSummary.of(study, searches | {Task("evolution", 1): early}, {"python": "3"})
    assert summary.row("evolution").ended == (ALL_TRAINED, NOTHING_NEW)
    text = report_texts(summary)["README.md"]
    assert text.count("searches that ended before all networks") == 1
    assert (
        "regularized evolution: searches that ended before all networks.** 1: it asks for nothing new any more." in text
    )


def test_a_folder_of_something_else_is_left_alone(command: Command, study: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    (out / "README.md").write_text("mine")
    code, _, complained = command("run", str(study), "--out", str(out))
    assert code == 2
    assert "holds README.md of something else" in complained
    assert (out / "README.md").read_text() == "mine"


def test_what_is_damaged_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"study\.json does not exist"):
        LiveFolder(tmp_path).read()
    summary, _ = summary_of(tmp_path)
    with pytest.raises(DataError, match=r"summary\.json is not as this version writes it"):
        LiveSummary.from_text(summary.to_text().replace('"curve"', '"curves"'))


def test_searches_that_find_the_same_decide_nothing(tmp_path: Path) -> None:
    """Their interval is empty, and no sign of certainty."""
    summary, _ = summary_of(tmp_path, TEXT, **{"nothing has this text": 1.0})
    assert {row.mean for row in summary.rows} == {10.0}
    claim = summary.claim("evolution")
    assert (claim.value, claim.status) == (0.0, "all searches of each are worth the same")
    assert math.isnan(claim.low)


def test_where_lower_is_better_the_lower_mean_is_the_better_one(tmp_path: Path) -> None:
    text = TEXT.replace('"nb201"', '"recurrent"').replace('"digits"', '"ptb-characters"').replace("padding = 1\n", "")
    study = small_study(tmp_path, text.replace("network = { channels = 4 }\n", "").replace("runs = 2", "runs = 3"))

    def train(worth: float) -> Callable[[object, int], StandaloneRun]:
        return lambda _, seed: StandaloneRun({"perplexity": (worth + seed % 3,)}, 1.0)

    level = {"random": 20.0, "evolution": 9.0}
    searches = {task: play(study, task.searcher, task.run, train(level[task.searcher])) for task in tasks_of(study)}
    summary = LiveSummary.of(study, searches, {"python": "3"})
    assert [row.name for row in summary.ranked] == ["evolution", "random"]
    assert summary.claim("evolution").value == pytest.approx(11.0)
    assert summary.row("random").curve[0] == pytest.approx(21.0)
