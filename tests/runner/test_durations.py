"""Finished trials tell how long others take; a few steps are measured of what they do not tell."""

from __future__ import annotations

import pytest

from nasrank.bench.execution import Watch
from nasrank.bench.foundation.environment import processor
from nasrank.bench.runner import durations
from nasrank.bench.runner.durations import expected_durations
from nasrank.bench.runner.results import Store


class Notes(Watch):
    def __init__(self) -> None:
        self.heard: list[str] = []

    def note(self, text: str) -> None:
        self.heard.append(text)


@pytest.fixture
def expect(design, truth, tmp_path, monkeypatch):
    """Durations of all trials that are not among the given results, and what was probed and said."""

    def expected(results, **options):
        probed: list[str] = []

        def probe(_design, _truth, trials, _data_root):
            probed.extend(trial.name for trial in trials)
            return {trial.name: 1000.0 for trial in trials}

        monkeypatch.setattr(durations, "estimate_seconds", probe)
        store, watch = Store(tmp_path / "results"), Notes()
        store.begin(design)
        for trial in design.trials:
            if trial.name in results:
                store.put(trial, result_of(trial, design, **results[trial.name]))
        pending = [trial for trial in design.trials if not store.has(trial, design)]
        found = expected_durations(design, truth, pending, store, watch, **options)
        assert list(found.seconds) == [trial.name for trial in pending]
        return found, probed, watch.heard

    return expected


def result_of(trial, design, **given):
    scores = {} if given.get("failure") else {"accuracy": [0.5] * len(design.pool)}
    rest = {"steps": 1, "record": [], "landmark_scores": {}, "curve": [], "settings": design.settings(trial)}
    rest |= {"format": 2, "lookalike_scores": {}, "derived": None, "parts": None, "failure": None, "versions": {}}
    here = {"processor": processor(), "seconds": {"training": 10.0}}
    return {"trial": trial.name, "scores": scores, **rest, **here, **given}


def test_nothing_is_finished(expect, design):
    found, probed, heard = expect({})
    assert probed == [trial.name for trial in design.trials]
    assert set(found.seconds.values()) == {1000.0}
    assert (found.trials, found.in_words, heard) == (0, "", ["measuring a few steps"])


def test_another_seed_of_the_same_arm_tells(expect, design):
    done = {trial.name: {} for trial in design.trials if trial.seed == 0}
    done["spos-plain-seed0"] = {"seconds": {"training": 20.0, "scoring": 5.0}}
    found, probed, heard = expect(done)
    assert (probed, heard) == ([], [])
    assert found.seconds["spos-plain-seed1"] == 25
    assert found.seconds["gdas-plain-seed1"] == 10
    assert found.in_words == f", by {len(done)} trials that are finished"


def test_only_what_they_do_not_tell_is_probed(expect):
    found, probed, heard = expect({"gdas-plain-seed1": {}})
    assert "gdas-plain-seed0" not in probed
    assert "gdas-landmark-seed0" in probed
    assert found.seconds["gdas-plain-seed0"] == 10
    assert found.in_words == ", by 1 trial that is finished"
    assert heard == ["measuring a few steps"]


def phases(on):
    moment = "2026-01-31T12:30:00+00:00"
    both = (("preparing", processor()), ("training", on))
    return [{"phase": name, "started": moment, "seconds": 1.0, "on": one} for name, one in both]


@pytest.mark.parametrize(
    "other",
    [
        {"processor": "abacus"},
        {"failure": "it diverged"},
        {"seconds": {}},
        {"phases": phases("cuda: a fast one")},
    ],
    ids=["another processor", "failed", "untimed", "another device"],
)
def test_what_tells_nothing_of_this_machine_is_not_asked(expect, other):
    found, probed, _ = expect({"gdas-plain-seed0": other})
    assert "gdas-plain-seed1" in probed
    assert found.trials == 0


def test_what_was_trained_on_this_device_tells(expect):
    found, _, _ = expect({"gdas-plain-seed0": {"phases": phases("cuda: a fast one")}}, on="cuda: a fast one")
    assert found.seconds["gdas-plain-seed1"] == 10
