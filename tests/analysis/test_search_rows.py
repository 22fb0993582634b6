"""Rows of search studies against scipy: means, intervals, differences, decisions, and published figures."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from invented_searches import BEST, invented_study, invented_table, known, run_lines
from scipy import stats

from nasrank.bench.analysis import search_rows
from nasrank.bench.analysis.search_published import MARKS, PublishedSearch, published_searches
from nasrank.bench.analysis.search_rows import (
    BesidePublished,
    FinalRow,
    SearchComparison,
    beside_published,
    comparisons,
    difference,
    final_rows,
)
from nasrank.bench.search_studies.grammar import SearchStudy

TABLE = invented_table()


def rows(study: SearchStudy | None = None, table: pd.DataFrame = TABLE) -> dict[tuple[str, str], FinalRow]:
    found = final_rows(study or invented_study(), table, known()["best"])
    return {(row.searcher, row.figure): row for row in found}


def finals(searcher: str, figure: str) -> np.ndarray:
    """Of each run, in order."""
    lines = TABLE[TABLE["final"] & (TABLE["searcher"] == searcher)]
    return lines.sort_values("run")[figure].to_numpy(dtype=float)


@pytest.mark.parametrize("searcher", ["random", "rea"])
@pytest.mark.parametrize("figure", ["test", "latency"])
def test_a_row_is_over_independent_runs(searcher: str, figure: str) -> None:
    row, values = rows()[searcher, figure], finals(searcher, figure)
    low, high = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (row.mean, row.sd) == pytest.approx((values.mean(), values.std(ddof=1)))
    assert (row.ci_low, row.ci_high) == pytest.approx((low, high))
    assert (row.runs, row.units, row.queries) == (6, 6, 100.0)
    assert row.seconds == pytest.approx(finals(searcher, "seconds").mean())


def test_regret_and_the_best_run_know_which_way_is_better() -> None:
    test, latency = rows()["rea", "test"], rows()["rea", "latency"]
    assert test.regret == pytest.approx(BEST["test"] - finals("rea", "test").mean())
    assert test.best == finals("rea", "test").max()
    assert latency.regret == pytest.approx(finals("rea", "latency").mean() - BEST["latency"])
    assert latency.best == finals("rea", "latency").min()
    assert test.regret > 0 < latency.regret


def test_runs_that_share_a_super_net_count_once() -> None:
    row, values = rows()["helped", "test"], finals("helped", "test")
    means = (values[:3] + values[3:]) / 2
    low, high = stats.ttest_1samp(means, 0).confidence_interval(0.95)
    assert (row.mean, row.ci_low, row.ci_high) == pytest.approx((means.mean(), low, high))
    assert (row.runs, row.units) == (6, 3)
    assert row.sd == pytest.approx(values.std(ddof=1))


def test_fronts_are_rows_of_their_own() -> None:
    found = rows()
    assert {figure for searcher, figure in found if searcher == "moenas"} == {"hypervolume", "igd", "igd_plus"}
    row = found["moenas", "igd"]
    assert row.best == finals("moenas", "igd").min()
    assert math.isnan(row.regret)
    assert found["moenas", "hypervolume"].best == finals("moenas", "hypervolume").max()
    assert found["moenas", "hypervolume"].seconds == pytest.approx(902.5)
    assert (row.dataset, row.split) == ("", "")


def test_one_run_has_a_mean_and_no_interval() -> None:
    table = pd.DataFrame(run_lines("rea", 0, [(1, 9.0, 90.0, 5.0), (9, 99.0, 90.0, 5.0)]))
    row = rows(table=table.assign(hypervolume=np.nan, igd=np.nan, igd_plus=np.nan))["rea", "test"]
    assert (row.mean, row.runs) == (90.0, 1)
    assert all(math.isnan(one) for one in (row.sd, row.ci_low, row.ci_high))


@pytest.mark.parametrize("confidence", [0.95, 0.8])
@pytest.mark.parametrize("figure", ["test", "latency"])
def test_differences_are_welchs(figure: str, confidence: float) -> None:
    study = invented_study(confidence=confidence)
    found = {(one.one, one.other): one for one in comparisons(study, TABLE) if one.figure == figure}
    assert set(found) == {("random", "rea"), ("random", "helped"), ("rea", "helped")}
    helped = (finals("helped", figure)[:3] + finals("helped", figure)[3:]) / 2
    values = {"random": finals("random", figure), "rea": finals("rea", figure), "helped": helped}
    for (one, other), comparison in found.items():
        reference = stats.ttest_ind(values[one], values[other], equal_var=False)
        low, high = reference.confidence_interval(confidence)
        assert comparison.difference == pytest.approx(values[one].mean() - values[other].mean())
        assert (comparison.low, comparison.high) == pytest.approx((low, high))
        assert comparison.p == pytest.approx(reference.pvalue)


@pytest.mark.slow
def test_every_two_are_decided_together() -> None:
    """By Holm's definition: of m p-values the k-th smallest is multiplied by m - k + 1, and stays in order."""
    for part, figure, pairs in (
        ("one", "test", 3),
        ("one", "latency", 3),
        ("two", "hypervolume", 1),
        ("two", "igd", 1),
    ):
        found = [one for one in comparisons(invented_study(), TABLE) if (one.part, one.figure) == (part, figure)]
        ordered = sorted(found, key=lambda one: one.p)
        adjusted = np.maximum.accumulate([(len(found) - place) * one.p for place, one in enumerate(ordered)])
        assert len(found) == pairs
        assert [one.decided for one in ordered] == [p <= 0.05 for p in adjusted]
    decided = [one.decided for one in comparisons(invented_study(), TABLE) if one.figure == "test"]
    assert True in decided


def test_holm_is_stricter_than_each_alone() -> None:
    level = np.array([0.0, 0.1, -0.1, 0.2, -0.2, 0.05])
    lines = []
    for searcher, mean in (("random", 90.0), ("rea", 90.18), ("helped", 90.2)):
        lines += [line for run in range(6) for line in run_lines(searcher, run, [(1, 1.0, mean + level[run], 1.0)])]
    found = list(comparisons(invented_study(), pd.DataFrame(lines)))
    alone = {(one.one, one.other): one for one in found if one.figure == "test"}
    assert 0.025 < alone["random", "rea"].p < 0.1 > alone["random", "helped"].p > 0.0167
    assert not any(one.decided for one in alone.values())


def test_a_difference_can_be_turned() -> None:
    one = SearchComparison("p", "f", "a", "b", 1.0, -0.5, 2.5, 0.1, decided=False)
    assert one.turned() == SearchComparison("p", "f", "b", "a", -1.0, -2.5, 0.5, 0.1, decided=False)
    assert one.turned().turned() == one


@pytest.mark.parametrize(("gap", "p"), [(0.0, 1.0), (0.5, 0.0)])
def test_runs_that_are_all_alike_have_no_width(gap: float, p: float) -> None:
    assert difference(1 + gap, 0.0, 5, 1.0, 0.0, 5, 0.95) == (gap, gap, gap, p)


def test_published_figures_stand_beside_ours() -> None:
    study = invented_study()
    found = list(beside_published(study, list(rows(study).values())))
    assert {(one.published.searcher, one.figure) for one in found} == {("random", "test"), ("rea", "test")}
    for one in found:
        theirs, values = one.published, finals(one.published.searcher, "test")
        assert (theirs.protocol, theirs.dataset, theirs.split) == ("nb201", "cifar10", "test")
        reference = stats.ttest_ind_from_stats(
            values.mean(), values.std(ddof=1), 6, theirs.mean, theirs.sd, theirs.runs, equal_var=False
        )
        variances = np.array([values.var(ddof=1) / 6, theirs.sd**2 / theirs.runs])
        degrees = variances.sum() ** 2 / (variances**2 / [5, theirs.runs - 1]).sum()
        reach = stats.t.ppf(0.975, degrees) * np.sqrt(variances.sum())
        gap = values.mean() - theirs.mean
        assert gap / np.sqrt(variances.sum()) == pytest.approx(reference.statistic)
        assert (one.difference, one.low, one.high) == pytest.approx((gap, gap - reach, gap + reach))
        assert one.agrees == (gap - reach <= 0 <= gap + reach)


def without_published(**changes: dict[str, object]) -> list[BesidePublished]:
    """What stands beside published figures where REA and the reported accuracy have these keys."""
    content = invented_study().model_dump(mode="json")
    content["searchers"]["rea"] |= changes.get("searcher", {})
    content["parts"]["one"]["reported"]["test"] |= changes.get("reported", {})
    content["parts"]["one"] |= changes.get("part", {})
    study = SearchStudy.model_validate(content)
    found = beside_published(study, list(final_rows(study, TABLE, known()["best"])))
    return [one for one in found if one.published.searcher == "rea"]


def test_what_is_another_figure_is_not_held_against_a_published_one() -> None:
    column = invented_study().parts["one"].reported["test"].model_dump(mode="json")["table"]
    assert without_published()
    assert not without_published(reported={"rank": True})
    assert not without_published(reported={"table": {**column, "epochs": 12}})
    assert not without_published(reported={"table": {**column, "metric": "loss"}})
    assert not without_published(part={"protocol": "another"})
    assert not without_published(searcher={"epochs_charged": 3.0})
    assert not without_published(searcher={"guide": {"scores": "cost"}})


def test_published_figures_say_how_they_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    for key, one in published_searches().items():
        assert key == (one.protocol, one.searcher, one.dataset, one.split)
        assert one.mark in MARKS
        assert one.split in ("valid", "test")
        assert 0 < one.sd < 5 < one.mean < 100
        assert one.runs > 1
        assert one.source
        assert one.set_up
    theirs = PublishedSearch("nb201", "rea", "cifar10", "test", 10.0, 0.1, 9, "V", "x", "y")
    monkeypatch.setattr(search_rows, "published_searches", lambda: {("nb201", "rea", "cifar10", "test"): theirs})
    (found,) = without_published()
    assert not found.agrees
    assert found.difference == pytest.approx(finals("rea", "test").mean() - 10)
