"""Measurements are kept once, added to, and measured anew only where something is missing."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from nasrank.bench.execution import EXECUTORS, Watch
from nasrank.bench.foundation.files import DataError
from nasrank.bench.scoring.cells import chosen
from nasrank.bench.scoring.classes import units_of
from nasrank.bench.scoring.execute import measure_pending, pending, probe_seconds
from nasrank.bench.scoring.measure import Job, measure, proxies_named, revisions
from nasrank.bench.scoring.setup import SetUp
from nasrank.bench.scoring.sheet import read_scores, write_sheet
from nasrank.bench.scoring.store import Measurement, Measurements
from nasrank.spaces import get_enumerated

NB201 = get_enumerated("nb201")
FIRST, WEIGHTS, NEVER = "test_first", "test_weights", "test_never"


def _fill(setup, store, units, seeds, names):
    todo = pending(store, units, seeds, revisions(proxies_named(names)))
    if todo:
        measure_pending(setup, todo, store, EXECUTORS["here"](), seconds_each=0.01)
    return todo


@pytest.mark.slow
def test_every_class_of_reduced_cells_is_measured_once():
    every = list(NB201)
    units = units_of("nb201", every, dead_branches=False)
    reduced = [NB201.functional(one, silence_is_zero=True) for one in every]
    assert [unit.key for unit in units] == [NB201.key(one) for one in reduced]
    measured = {unit.key: unit.architecture for unit in units}
    for key, architecture in list(measured.items())[::50]:
        assert NB201.functional(architecture, silence_is_zero=True) == architecture
        assert NB201.key(architecture) == key


def test_which_member_is_measured_depends_on_nothing_else():
    every = list(NB201)[::7]
    forwards = units_of("nb201", every, dead_branches=False)
    backwards = units_of("nb201", every[::-1], dead_branches=False)
    assert forwards == backwards[::-1]


def test_with_dead_branches_each_is_measured_for_itself():
    architectures = chosen("nb201", "300")
    units = units_of("nb201", architectures, dead_branches=True)
    assert [unit.architecture for unit in units] == architectures
    assert len({unit.key for unit in units}) == 300


def test_more_random_architectures_contain_fewer():
    assert chosen("nb201", "50")[:20] == chosen("nb201", "20") != chosen("nb201", "20", draw_seed=1)


@pytest.mark.slow
def test_what_is_there_is_not_measured_again(setup, tmp_path):
    units = units_of("nb201", chosen("nb201", "8"), dead_branches=False)
    classes = len({unit.key for unit in units})
    store = Measurements(tmp_path, setup)
    assert len(_fill(setup, store, units, 1, WEIGHTS)) == classes
    assert _fill(setup, store, units, 1, WEIGHTS) == []
    before = dict(store.found)
    again = _fill(setup, Measurements(tmp_path, setup), units, 2, [WEIGHTS, FIRST])
    assert {job.proxies for job in again if job.seed == 0} == {(FIRST,)}
    assert {job.proxies for job in again if job.seed == 1} == {(WEIGHTS, FIRST)}
    fresh = Measurements(tmp_path, setup)
    assert len(fresh.found) == 2 * classes
    for place, measured in before.items():
        assert fresh.found[place][WEIGHTS] == measured[WEIGHTS]


def test_another_revision_is_measured_anew(setup, tmp_path, monkeypatch):
    units = units_of("nb201", chosen("nb201", "3"), dead_branches=False)
    store = Measurements(tmp_path, setup)
    _fill(setup, store, units, 1, [WEIGHTS, FIRST])
    monkeypatch.setattr(proxies_named(WEIGHTS)[WEIGHTS], "revision", 7)
    todo = _fill(setup, store, units, 1, [WEIGHTS, FIRST])
    assert {job.proxies for job in todo} == {(WEIGHTS,)}
    assert all(measured[WEIGHTS].revision == 7 for measured in store.found.values())


@pytest.mark.slow
def test_values_are_as_measured_and_failures_have_reasons(setup, tmp_path):
    store = Measurements(tmp_path, setup)
    _fill(setup, store, units_of("nb201", chosen("nb201", "12"), dead_branches=False), 2, [FIRST, NEVER])
    found = list(store.found.values())
    values = [one[FIRST].value for one in found]
    assert np.nanmax(values) > 0.1
    assert np.nanmin(values) >= -0.1
    assert np.isnan(values).any()
    assert all(bool(one[FIRST].reason) == math.isnan(one[FIRST].value) for one in found)
    assert all(one[NEVER].reason == "there is nothing" for one in found)
    reread = Measurements(tmp_path, setup).found
    assert {place: str(one) for place, one in reread.items()} == {place: str(one) for place, one in store.found.items()}


def test_the_batch_is_as_large_as_asked(setup):
    job = Job(units_of("nb201", chosen("nb201", "1"), dead_branches=False)[0], 0, ("test_batch",))
    sizes = [int(measure(replace(setup, batch=size), job)["test_batch"].value) for size in (16, 100)]
    assert sizes == [16, 100]


@pytest.mark.slow
def test_seeds_differ_and_the_same_seed_gives_the_same(setup):
    unit = units_of("nb201", chosen("nb201", "5"), dead_branches=False)[4]
    first, again, other = (measure(setup, Job(unit, seed, ("test_batch", FIRST))) for seed in (0, 0, 1))
    assert [one.value for one in first.values()] == pytest.approx([one.value for one in again.values()], nan_ok=True)
    assert first["test_batch"].value != other["test_batch"].value


def test_another_set_up_does_not_take_over_a_folder(setup, tmp_path):
    Measurements(tmp_path, setup)
    with pytest.raises(DataError, match="another set-up"):
        Measurements(tmp_path, replace(setup, batch=32))


@pytest.mark.parametrize(
    "change", [('"revision"', '"revisio"'), ('"reason": ""', '"reason": "no"'), ('"seed": 0', '"seed": "0"')]
)
def test_a_damaged_file_is_named(setup, tmp_path, change):
    store = Measurements(tmp_path, setup)
    with store.writing() as put:
        put("a", 0, {WEIGHTS: Measurement(1.0, "", 0.1, 0, "here")})
    path = store.path("a seed 0")
    path.write_text(path.read_text().replace(*change))
    with pytest.raises(DataError, match="damaged"):
        Measurements(tmp_path, setup)


def test_a_run_that_ends_early_loses_only_what_was_in_flight(setup, tmp_path):
    class Stop(Watch):
        def done(self, *_):
            raise KeyboardInterrupt

    units = units_of("nb201", chosen("nb201", "6"), dead_branches=False)
    store = Measurements(tmp_path, setup)
    todo = pending(store, units, 1, revisions(proxies_named(WEIGHTS)))
    with pytest.raises(KeyboardInterrupt):
        measure_pending(setup, todo, store, EXECUTORS["here"](), seconds_each=1e9, watch=Stop())
    left = pending(Measurements(tmp_path, setup), units, 1, revisions(proxies_named(WEIGHTS)))
    assert left == todo[1:]


def test_the_probe_keeps_what_it_measures(setup, tmp_path):
    units = units_of("nb201", chosen("nb201", "9"), dead_branches=False)
    store = Measurements(tmp_path, setup)
    todo = pending(store, units, 1, revisions(proxies_named(WEIGHTS)))
    count, seconds = probe_seconds(setup, todo, store)
    assert 0 < seconds < 10
    assert pending(store, units, 1, revisions(proxies_named(WEIGHTS))) == todo[count:]


@pytest.mark.slow
def test_a_sheet_says_all_and_reads_back(setup, tmp_path):
    architectures = chosen("nb201", "10")
    units = units_of("nb201", architectures, dead_branches=False)
    store, names = Measurements(tmp_path / "store", setup), [WEIGHTS, FIRST, NEVER]
    _fill(setup, store, units, 2, names)
    path = tmp_path / "s.parquet"
    write_sheet(path, setup, architectures, units, 2, proxies_named(names), store, {"cells": "10"})
    sheet = read_scores(path)
    assert sheet.architectures == tuple(map(str, architectures))
    assert list(sheet.scores) == names
    for place, unit in enumerate(units):
        for seed in range(2):
            kept = [store.found[unit.key, seed][name].value for name in names]
            assert np.array_equal([sheet.scores[name][seed, place] for name in names], kept, equal_nan=True)
    assert not sheet.columns[FIRST].higher_is_better
    assert sheet.columns[WEIGHTS].higher_is_better
    assert sheet.columns[NEVER].missing == {"there is nothing": 20}
    assert sheet.about["set_up"]["network"] == {"channels": 2, "cells_per_stage": 1}


def test_settings_out_of_range_are_refused():
    with pytest.raises(ValueError, match="2 to 4,096"):
        SetUp.of(space="nb201", data="digits", batch=1)
    with pytest.raises(ValueError, match="there is no proxy 'nothing'"):
        proxies_named("test_weights,nothing")
