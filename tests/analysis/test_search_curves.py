"""Curves of search studies against the step function that every run is."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pandas as pd
import pytest
from invented_searches import BEST, front_lines, invented_study, invented_table, known, run_lines

from nasrank.bench.analysis.search_curves import POINTS, Curve, curves
from nasrank.bench.search_studies.grammar import SearchStudy
from nasrank.bench.search_studies.store import COLUMNS

TABLE = invented_table()


def found(table: pd.DataFrame = TABLE, study: SearchStudy | None = None) -> dict[tuple[str, str], Curve]:
    return {(one.searcher, one.axis): one for one in curves(study or invented_study(), table, known()["best"])}


def incumbent(lines: pd.DataFrame, axis: str, at: float, figure: str = "test") -> float:
    """What a run has at a time, looked for from its beginning."""
    value = np.nan
    for _, line in lines.iterrows():
        if line[axis] <= at * (1 + 1e-9):
            value = line[figure]
    return float(value)


@pytest.mark.parametrize("axis", ["seconds", "queries"])
@pytest.mark.parametrize("searcher", ["random", "helped"])
def test_a_curve_has_the_quartiles_of_steps(searcher: str, axis: str) -> None:
    curve = found()[searcher, axis]
    runs = [lines for _, lines in TABLE[TABLE["searcher"] == searcher].groupby("run")]
    assert curve.figure == "test"
    assert len(curve.at) == POINTS
    assert list(curve.at) == sorted(curve.at)
    assert curve.at[-1] == pytest.approx(max(lines[axis].max() for lines in runs))
    assert curve.at[0] == pytest.approx(np.median([lines[axis].iloc[0] for lines in runs]), rel=1e-4)
    for place, at in enumerate(curve.at[1:-1], start=1):  # the ends are rounded
        regrets = np.array([BEST["test"] - incumbent(lines, axis, at) for lines in runs])
        quartiles = np.nanpercentile(regrets, (25, 50, 75))
        assert (curve.low[place], curve.median[place], curve.high[place]) == pytest.approx(quartiles, abs=1e-5)


def test_a_run_that_has_ended_keeps_what_it_has() -> None:
    short = run_lines("rea", 0, [(1, 10.0, 90.0, 5.0), (4, 40.0, 94.0, 5.0), (5, 50.0, 94.0, 5.0)])
    long = run_lines("rea", 1, [(1, 10.0, 90.0, 5.0), (90, 900.0, 91.0, 5.0), (100, 1000.0, 91.0, 5.0)])
    curve = found(pd.DataFrame([*short, *long]).assign(hypervolume=np.nan))["rea", "seconds"]
    assert curve.at[-1] == 1000.0
    assert curve.median[-1] == pytest.approx(np.mean([1.0, 4.0]))


def test_regret_of_what_is_better_when_low() -> None:
    content = invented_study().model_dump(mode="json")
    content["parts"]["one"]["reported"] = dict(reversed(content["parts"]["one"]["reported"].items()))
    curve = found(study=SearchStudy.model_validate(content))["rea", "queries"]
    last = [lines["latency"].iloc[-1] for _, lines in TABLE[TABLE["searcher"] == "rea"].groupby("run")]
    assert curve.figure == "latency"
    assert curve.median[-1] == pytest.approx(np.median(last) - BEST["latency"])
    assert min(curve.low) > 0


def test_without_a_price_there_are_queries_alone() -> None:
    content = invented_study().model_dump(mode="json")
    for part in content["parts"].values():
        part["price"] = None
    assert {axis for _, axis in found(study=SearchStudy.model_validate(content))} == {"queries"}


def test_fronts_grow_where_half_of_the_runs_have_one() -> None:
    curve = found()["moenas", "queries"]
    by_run = TABLE[TABLE["searcher"] == "moenas"]
    assert (curve.figure, curve.at) == ("hypervolume", (20.0, 100.0))
    for place, at in enumerate((20, 100)):
        values = by_run[by_run["queries"] == at]["hypervolume"]
        quartiles = np.percentile(values, (25, 50, 75))
        assert (curve.low[place], curve.median[place], curve.high[place]) == pytest.approx(quartiles, abs=1e-5)


def test_runs_of_different_lengths_share_their_first_fronts() -> None:
    points = [[0.1, 0.2]]
    lines = [front_lines("nsga2", run, {20: 0.8, 50: 0.9, 60 + run: 0.95 + run / 100}, points) for run in range(4)]
    curve = found(pd.DataFrame([*chain(*lines)], columns=[*COLUMNS, "test", "latency"]))["nsga2", "queries"]
    assert curve.at[:2] == (20.0, 50.0)
    assert curve.at[-1] == 63.0
    assert curve.median[-1] == pytest.approx(np.median([0.95, 0.96, 0.97, 0.98]))


def test_runs_that_end_before_any_shared_count_have_a_curve_all_the_same() -> None:
    lines = [front_lines("nsga2", run, {9 + run: 0.9 + run / 100}, [[0.1, 0.2]]) for run in range(4)]
    curve = found(pd.DataFrame([*chain(*lines)], columns=[*COLUMNS, "test", "latency"]))["nsga2", "queries"]
    assert curve.at[-1] == 12.0
    assert curve.median[-1] == pytest.approx(np.median([0.9, 0.91, 0.92, 0.93]))


def test_who_found_nothing_has_no_curve() -> None:
    assert {searcher for searcher, _ in found(TABLE[TABLE["searcher"] == "rea"])} == {"rea"}
