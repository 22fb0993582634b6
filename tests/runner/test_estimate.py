"""The estimate of a study's length."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nasrank.bench.runner import estimate
from nasrank.bench.runner.estimate import estimate_seconds


def test_nothing_to_do_takes_no_time(design, truth):
    assert estimate_seconds(design, truth, []) == {}


def test_it_covers_the_trials_it_is_given_and_probes_each_kind_once(design, truth, monkeypatch):
    """With the clock taken away: a training step takes 2 seconds, 7 when guided, scoring 100 in all."""
    probed = []

    def seconds_per_step(_design, _truth, trial, _data_root, *, with_terms):
        probed.append((trial.arm, with_terms))
        return 10, 7.0 if with_terms else 2.0

    monkeypatch.setattr(estimate, "_seconds_per_step", seconds_per_step)
    monkeypatch.setattr(estimate, "_scoring_seconds", lambda *_: 100.0)
    plain = [trial for trial in design.trials if not design.arms[trial.arm].study.terms]
    found = estimate_seconds(design, truth, plain)
    assert found == {trial.name: pytest.approx(10 * 2 + 100) for trial in plain}
    assert probed == [("spos-plain", False), ("gdas-plain", False)]
    warm_up = design.study.terms[0].settings.warm_up
    guided = 10 * (warm_up * 2 + (1 - warm_up) * 7) + 100
    every = estimate_seconds(design, truth, design.trials)
    assert list(every) == [trial.name for trial in design.trials]
    assert sum(every.values()) == pytest.approx(4 * 120 + 4 * guided, rel=0.01)


def test_a_study_that_diverges_at_once_is_still_estimated(design, truth):
    """The trial itself reports it."""
    beyond_bounds = {"learning_rate": 1e30, "clip": 1e30, "passes": 40}
    training = design.study.training.model_copy(update=beyond_bounds)
    diverging = replace(design, study=design.study.model_copy(update={"training": training}))
    assert min(estimate_seconds(diverging, truth, design.trials[:1]).values()) > 0


def test_measured_times_are_positive_and_the_same_for_each_seed(design, truth):
    one, other = estimate_seconds(design, truth, [t for t in design.trials if t.arm == "spos-plain"]).values()
    assert 0 < one == other < 60


def test_long_steps_are_measured_three_times_only(design, truth, monkeypatch):
    """With a machine on which every moment takes long."""
    seen = []
    monkeypatch.setattr(estimate, "LONG", 0.0)
    train = estimate.train

    def watched(*arguments, **options):
        *before, after_step = arguments
        train(*before, lambda done, total: (seen.append(done), after_step(done, total)), **options)

    monkeypatch.setattr(estimate, "train", watched)
    found = estimate_seconds(design, truth, [one for one in design.trials if one.name == "spos-plain-seed0"])
    assert seen == [0, 1, 2, 3]
    assert found["spos-plain-seed0"] > 0


def test_some_of_many_scoring_images_stand_for_all(design, truth, monkeypatch):
    looked_at = []
    monkeypatch.setattr(estimate, "_seconds_per_step", lambda *_, **__: (1, 0.0))
    monkeypatch.setattr(estimate, "MANY_IMAGES", 30)
    monkeypatch.setattr(estimate, "SOME_IMAGES", 10)
    monkeypatch.setattr(
        estimate, "score", lambda arm, parts, supernet, paths: looked_at.append((len(parts.scoring[0]), len(paths)))
    )
    estimate_seconds(design, truth, [one for one in design.trials if one.name == "spos-plain-seed0"])
    assert looked_at == [(10, 2)] * 10
