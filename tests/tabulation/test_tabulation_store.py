"""The folder of finished networks: whole lines are kept, torn ones are not, damage is named."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from nasrank.bench.foundation.files import DataError
from nasrank.bench.foundation.locks import HeldError
from nasrank.bench.tabulation.standalone import StandaloneRun
from nasrank.bench.tabulation.store import NETWORKS_FILE, SETTINGS_FILE, Store

RUN = StandaloneRun((10.0, 20.0, 30.0), (2.0, 1.5, 1.0), 0.25)
FAILED = StandaloneRun((), (), 0.0, "the loss is nan")


@pytest.fixture
def store(training, tmp_path) -> Store:
    store = Store(tmp_path / "work", training)
    with store.writing() as put:
        put("a", 0, RUN)
        put("b", 3, FAILED)
    return store


def test_what_was_written_is_read(store: Store, training):
    assert Store(store.folder, training).runs == store.runs == {("a", 0): RUN, ("b", 3): FAILED}


def test_a_torn_last_line_is_no_network_and_goes(store: Store, training):
    path = store.folder / NETWORKS_FILE
    whole = path.read_bytes()
    for length in range(1, 60, 7):
        path.write_bytes(whole + whole[:length])
        again = Store(store.folder, training)
        assert again.runs == store.runs
        assert len(path.read_bytes()) == len(whole) + length, "who only reads removes nothing"
        with again.writing() as put:
            put("c", 0, RUN)
        assert Store(store.folder, training).runs == {**store.runs, ("c", 0): RUN}
        path.write_bytes(whole)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "[]",
        "null",
        '{"architecture": "a"}',
        json.dumps({"architecture": 1, "seed": 0, "accuracy": [1, 2, 3], "loss": [1, 2, 3], "seconds": 1}),
        json.dumps({"architecture": "a", "seed": 0, "accuracy": [1, 2], "loss": [1, 2, 3], "seconds": 1}),
        json.dumps({"architecture": "a", "seed": 0, "accuracy": [1, 2, float("nan")], "loss": [1, 2, 3], "seconds": 1}),
        json.dumps({"architecture": "a", "seed": 0, "accuracy": [1, 2, "3"], "loss": [1, 2, 3], "seconds": 1}),
        json.dumps({"architecture": "a", "seed": 0, "accuracy": [], "loss": [], "seconds": 0, "failure": "x", "y": 1}),
    ],
)
def test_a_damaged_line_is_named(store: Store, training, line: str):
    path = store.folder / NETWORKS_FILE
    path.write_text(path.read_text().replace("\n", f"\n{line}\n", 1))
    with pytest.raises(DataError, match=r"networks\.jsonl: line 2 is damaged"):
        Store(store.folder, training)


def test_bytes_that_are_no_text_are_damage_too(store: Store, training):
    path = store.folder / NETWORKS_FILE
    path.write_bytes(b"\xff\xfe\n" + path.read_bytes())
    with pytest.raises(DataError, match="line 1 is damaged"):
        Store(store.folder, training)


def test_networks_of_other_settings_are_not_continued(store: Store, training):
    with pytest.raises(DataError, match="other settings"):
        Store(store.folder, replace(training, epochs=6))
    (store.folder / SETTINGS_FILE).write_text("{")
    with pytest.raises(ValueError, match=r"settings\.json is damaged"):
        Store(store.folder, training)


def test_two_runs_do_not_write_at_once(store: Store, training):
    other = Store(store.folder, training)
    with store.writing(), pytest.raises(HeldError, match="another run is writing"), other.writing():
        pass
    with other.writing() as put:
        put("c", 0, RUN)
    with store.writing():
        assert ("c", 0) in store.runs, "it takes in what another run has added"
