"""The report of a label study: its rows, intervals and files."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from small_study import TEXT, small_study

from nasrank.bench.analysis.compared_rows import ComparedRow, decide, estimate
from nasrank.bench.analysis.label_values import groups_of, label_rows
from nasrank.bench.label_studies.folder import LabelFolder
from nasrank.bench.reporting.kinds import kind_of_report

Command = Callable[..., tuple[int, str, str]]


def test_a_mean_over_draws_has_students_interval() -> None:
    values = [0.1, 0.3, 0.2, 0.5]
    found = estimate(values, [0, 1, 2, 3], 0.95)
    low, high = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (found.mean, found.low, found.high) == pytest.approx((0.275, low, high))
    assert found.p == pytest.approx(stats.ttest_1samp(values, 0).pvalue)


def test_draws_of_one_unit_count_once() -> None:
    several = estimate([0.1, 0.3, 0.2, 0.4, 0.3, 0.5], [0, 0, 1, 1, 2, 2], 0.95)
    means = estimate([0.2, 0.3, 0.4], [0, 1, 2], 0.95)
    assert (several.low, several.high) == pytest.approx((means.low, means.high))


@pytest.mark.parametrize(("values", "units"), [([], []), ([0.1, math.nan], [0, 1])])
def test_what_is_not_known_has_no_mean(values: list[float], units: list[int]) -> None:
    assert math.isnan(estimate(values, units, 0.95).mean)


def test_one_unit_has_a_mean_and_no_interval() -> None:
    found = estimate([0.2, 0.4], [7, 7], 0.95)
    assert found.mean == pytest.approx(0.3)
    assert math.isnan(found.low)


def row(gain: float, metric: str = "tau") -> ComparedRow:
    level = ComparedRow("a", "b", "c", "", 10, metric, 0.5, 0.4, 0.6, draws=3, seconds=1.0, units=3, base="ridge")
    return replace(level, gain=gain, gain_low=gain - 0.1, gain_high=gain + 0.1)


def test_decisions_are_holms_and_know_the_direction() -> None:
    rows = [row(0.2), row(0.1), row(-0.2), row(0.2, "regret_at1")]
    found = decide(rows, [0.001, 0.04, 0.002, 0.003], 0.95)
    assert [one.status for one in found] == ["better", "better", "worse", "worse"]
    found = decide(rows, [0.02, 0.04, 0.03, math.nan], 0.95)
    assert [one.status for one in found] == ["undecided", "undecided", "undecided", ""]


def test_gains_are_paired_by_draw(tmp_path: Path) -> None:
    study = small_study(tmp_path)
    taus = {"ridge": [0.1, 0.5, 0.3], "process": [0.2, 0.7, 0.3]}
    lines = [
        ("cells", "cifar10", 12, draw, name, draw, 108, 0.5, 0.1, "", "", tau, tau, tau)
        for name, values in taus.items()
        for draw, tau in enumerate(values)
    ]
    columns = "part truth labels draw row unit ranked fit_seconds score_seconds chosen failure tau tau_top10 regret_at1"
    found = label_rows(study, groups_of(pd.DataFrame(lines, columns=columns.split())))
    process = next(one for one in found if one.predictor == "process" and one.metric == "tau")
    low, high = stats.ttest_1samp(np.subtract(taus["process"], taus["ridge"]), 0).confidence_interval(0.95)
    assert (process.gain, process.gain_low, process.gain_high) == pytest.approx((0.1, low, high))
    assert process.base == "ridge"
    assert process.seconds == pytest.approx(0.6)


@pytest.fixture
def reported(tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    small_study(tmp_path)
    code, _, errors = command("run", "small.toml", "--executor", "here", "--out", "out")
    assert code == 0, errors
    return tmp_path / "out"


@pytest.mark.slow
def test_the_command_writes_a_whole_report(reported: Path, command: Command) -> None:
    content = json.loads((reported / "summary.json").read_text())
    wanted = {"space", "predictor", "features", "labels", "metric", "mean", "ci_low", "ci_high", "draws", "seconds"}
    assert len(content["rows"]) == 3 * (1 + 2)
    assert all(wanted <= one.keys() for one in content["rows"])
    assert "Is a process better?" in (reported / "README.md").read_text()
    page = (reported / "index.html").read_text()
    assert "http" not in page.replace("http-equiv", "").replace("http://www.w3.org", "")
    texts = {path.name: path.read_bytes() for path in reported.iterdir() if path.is_file()}
    code, _, errors = command("report", reported)
    assert code == 0, errors
    assert {path.name: path.read_bytes() for path in reported.iterdir() if path.is_file()} == texts


@pytest.mark.slow
def test_the_report_is_made_of_its_summary(reported: Path) -> None:
    summary = (reported / "summary.json").read_text()
    kind = kind_of_report(summary)
    assert kind is not None
    assert {name: (reported / name).read_text() for name in kind.texts(summary)} == kind.texts(summary)
    assert kind.answer(summary) in (reported / "README.md").read_text()
    with pytest.raises(ValueError, match="not as this version writes it"):
        kind.answer(summary.replace('"mean"', '"average"'))


def test_another_folder_is_left_alone(tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    small_study(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "README.md").write_text("mine")
    code, _, errors = command("run", "small.toml", "--executor", "here", "--out", "mine")
    assert code == 2
    assert "holds README.md of something else" in errors
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["README.md"]


def test_an_unfinished_study_has_no_table(tmp_path: Path) -> None:
    from nasrank.bench.label_studies.store import DrawStore

    with pytest.raises(ValueError, match="lacks the row ridge: run the study to its end"):
        DrawStore(tmp_path / "draws").table(small_study(tmp_path, TEXT))


@pytest.mark.slow
def test_damaged_results_are_named(reported: Path) -> None:
    (reported / "results" / "study.json").write_text("{}")
    with pytest.raises(ValueError, match=r"study\.json"):
        LabelFolder(reported).read()
