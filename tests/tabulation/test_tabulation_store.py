"""The folder of finished networks: whole ones are kept, torn ones are not, damage is named."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from nasrank.bench.foundation.files import DataError
from nasrank.bench.foundation.locks import HeldError
from nasrank.bench.tabulation.standalone import StandaloneRun
from nasrank.bench.tabulation.store import LINES_FILE, SETTINGS_FILE, Networks

RUN = StandaloneRun({"accuracy": (10.0, 20.0, 30.0), "loss": (2.0, 1.5, 1.0)}, 0.25)
FAILED = StandaloneRun({}, 0.0, "the loss is nan")


@pytest.fixture
def store(training, tmp_path) -> Networks:
    store = Networks(tmp_path / "work", training)
    with store.writing() as put:
        put("a", 0, RUN)
        put("|b~0|/..", 3, FAILED)
    return store


def test_what_was_written_is_read(store: Networks, training):
    assert Networks(store.folder, training).runs == store.runs == {("a", 0): RUN, ("|b~0|/..", 3): FAILED}
    assert len(list(store.folder.glob("*.json"))) == 3, "a file each, and the settings"


def test_a_network_that_is_half_written_is_none_and_goes(store: Networks, training):
    abandoned = store.folder / ".unfinished-00ff00ff"
    abandoned.mkdir()
    for name in ("unfinished.lock", "c.json"):
        (abandoned / name).write_text('{"architecture": ')
    assert Networks(store.folder, training).runs == store.runs
    assert abandoned.exists(), "who only reads removes nothing"
    with store.writing() as put:
        put("c", 0, RUN)
    assert not abandoned.exists()
    assert Networks(store.folder, training).runs == store.runs


DAMAGED = (
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
)


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_file_is_named(store: Networks, training, text: str):
    (store.folder / "d.json").write_text(text)
    with pytest.raises(DataError, match=r"d\.json is damaged"):
        Networks(store.folder, training)


class TestLinesOfBefore:
    """Networks were lines of one file once: they count, and nothing is added to them."""

    @pytest.fixture
    def lines(self, store: Networks) -> bytes:
        none: dict[str, tuple[float, ...]] = {"accuracy": (), "loss": ()}
        entries = [
            {"architecture": name, "seed": seed, **none, **run.curves, "seconds": run.seconds, "failure": run.failure}
            for (name, seed), run in store.runs.items()
        ]
        for path in store.folder.glob("*.json"):
            if path.name != SETTINGS_FILE:
                path.unlink()
        whole = "".join(f"{json.dumps(entry)}\n" for entry in entries).encode()
        (store.folder / LINES_FILE).write_bytes(whole)
        return whole

    def test_they_are_read_and_left_as_they_are(self, store: Networks, lines: bytes, training):
        again = Networks(store.folder, training)
        assert again.runs == store.runs
        with again.writing() as put:
            put("c", 0, RUN)
        assert Networks(store.folder, training).runs == {**store.runs, ("c", 0): RUN}
        assert (store.folder / LINES_FILE).read_bytes() == lines

    def test_a_torn_last_line_is_no_network(self, store: Networks, lines: bytes, training):
        for length in range(1, 60, 7):
            (store.folder / LINES_FILE).write_bytes(lines + lines[:length])
            assert Networks(store.folder, training).runs == store.runs

    @pytest.mark.parametrize("line", DAMAGED)
    def test_a_damaged_line_is_named(self, store: Networks, lines: bytes, training, line: str):
        (store.folder / LINES_FILE).write_bytes(lines.replace(b"\n", f"\n{line}\n".encode(), 1))
        with pytest.raises(DataError, match=r"networks\.jsonl: line 2 is damaged"):
            Networks(store.folder, training)

    def test_bytes_that_are_no_text_are_damage_too(self, store: Networks, lines: bytes, training):
        (store.folder / LINES_FILE).write_bytes(b"\xff\xfe\n" + lines)
        with pytest.raises(DataError, match="line 1 is damaged"):
            Networks(store.folder, training)


def test_networks_of_other_settings_are_not_continued(store: Networks, training):
    with pytest.raises(DataError, match="other settings"):
        Networks(store.folder, replace(training, epochs=6))
    (store.folder / SETTINGS_FILE).write_text("{")
    with pytest.raises(ValueError, match=r"settings\.json is damaged"):
        Networks(store.folder, training)


def test_two_runs_do_not_write_at_once(store: Networks, training):
    other = Networks(store.folder, training)
    with store.writing(), pytest.raises(HeldError, match="another run is writing"), other.writing():
        pass
    with other.writing() as put:
        put("c", 0, RUN)
    with store.writing():
        assert ("c", 0) in store.runs, "it takes in what another run has added"
