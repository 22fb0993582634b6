"""What a study would take is added up from a step of each kind, and nothing is trained for it."""

from __future__ import annotations

import pytest

from nasrank.bench.runner import forecast as module
from nasrank.bench.runner.forecast import forecast
from nasrank.bench.runner.probe import Probe
from nasrank.bench.studies.study_file import load_study

VARIANTS = """
[variants.longer]
strategy = "spos"
label = "more passes"
training = { passes = 24 }

[variants.few-shot]
strategy = "few_shot"
label = "few-shot"
training = { passes = 24 }

[variants.recalibrated]
strategy = "spos"
label = "re-calibrated"
supernet = { statistics = "recalibrated" }
"""
STEP = Probe(seconds=4.0, parameters=1000, states=1, activations=50_000, steps=30, images=16)


@pytest.fixture
def study(study_text, tmp_path):
    path = tmp_path / "foreseen.toml"
    path.write_text(study_text + VARIANTS)
    return load_study(path)


@pytest.fixture
def foreseen(study, monkeypatch):
    """Of a machine on which every step takes four seconds; and the arms that were measured."""
    probed = []

    def measured(_design, arm, _data, seconds):
        probed.append((arm.name, seconds))
        return STEP

    monkeypatch.setattr(module, "probe", measured)
    found = forecast(study, seconds=40.0)
    return found, probed, {one.arm.name: one for one in found.arms}


def test_what_has_a_step_in_common_is_measured_once(foreseen):
    _, probed, arms = foreseen
    assert sorted(probed) == [(f"{row}-plain", 10.0) for row in ("few-shot", "gdas", "recalibrated", "spos")]
    rows = ("spos", "gdas", "longer", "few-shot", "recalibrated")
    assert list(arms) == [f"{row}-{arm}" for row in rows for arm in ("plain", "landmark")]


def test_steps_and_passes_are_those_of_the_study(foreseen):
    found, _, arms = foreseen
    assert found.trials == 2 * len(arms) == 20
    assert {name: (arms[name].passes, arms[name].steps) for name in ("spos-plain", "gdas-plain", "longer-plain")} == {
        "spos-plain": (12, 12),
        "gdas-plain": (12, 6),
        "longer-plain": (24, 24),
    }
    assert arms["spos-plain"].added == arms["gdas-plain"].added == 0
    on = 0.8 * (2 * (1 + 2 * 0.25) / 3)  # of a pair, after a fifth of training; a quarter of them in the wrong order
    assert arms["spos-landmark"].added == round(12 * on)
    assert arms["gdas-landmark"].added == round(6 * on)


def test_seconds_are_of_training_and_of_scoring(foreseen):
    found, _, arms = foreseen
    scored = 20 + 3 * 2 + 5 + len(found.design.lookalikes)  # pool, curve at two points, landmarks
    scoring = scored * 40 / 16 / 3  # in passes of 16 images
    assert arms["spos-plain"].seconds == pytest.approx(4 * (12 + scoring))
    assert arms["gdas-plain"].seconds == pytest.approx(2 * (12 + scoring)), "its step is of two passes"
    assert arms["recalibrated-plain"].seconds == pytest.approx(4 * (12 + scored * (40 + 4 * 16) / 16 / 3))
    assert found.seconds == pytest.approx(2 * sum(one.seconds for one in arms.values()))


def test_memory_is_of_weights_images_and_what_a_step_keeps(foreseen):
    _, _, arms = foreseen
    images = (64 + 32 + 40) * 8 * 8
    assert arms["spos-plain"].memory == 50_000 + 4 * images + 4 * 1000 * 4  # also gradients, momentum and the start
    assert arms["few-shot-plain"].memory == arms["spos-plain"].memory + 4 * 1000, "one that waits for its parts"
    assert arms["spos-plain"].checkpoint == 4 * 2 * 1000
    assert arms["few-shot-plain"].checkpoint == 2 * arms["spos-plain"].checkpoint


def test_rows_that_wait_for_a_super_net_are_foreseen_too(study_text, tmp_path, monkeypatch):
    path = tmp_path / "waiting.toml"
    chosen = 'landmarks = { count = 8, choice = "super_net", after = "spos" }'
    path.write_text(f'{study_text}\n[variants.chosen]\nstrategy = "spos"\nlabel = "chosen"\n{chosen}\n')
    monkeypatch.setattr(module, "probe", lambda *_: STEP)
    arms = {one.arm.name: one for one in forecast(load_study(path)).arms}
    assert arms["chosen-landmark"].figures > 0
    assert arms["chosen-landmark"].added == arms["spos-landmark"].added
