"""The gate against real training: it must notice what breaks guidance or mixes scores up, and not mind other seeds.

Of what trains four super-nets or more one is tried by default, the others before a release.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nasrank.bench.analysis.gate import compare, read_reference
from nasrank.bench.foundation.json_files import read_json
from nasrank.bench.runner.design import Trial
from nasrank.bench.runner.resolve import resolve
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.trial import run_trial
from nasrank.bench.training.terms import landmark
from nasrank.bench.training.terms.schedule import Schedule

REFERENCE = Path(__file__).parents[2] / "reports" / "baselines" / "nb201-smoke.json"


@pytest.fixture(scope="module")
def reference() -> Results:
    """The committed reference, of single path one-shot only."""
    whole = read_reference(read_json(REFERENCE))
    return Results(_only_spos(whole.design), whole.trials)


@pytest.fixture(scope="module")
def truth(reference):
    return resolve(reference.design.study)[1]


def _run(arm, design, truth, seeds=None):
    trials = [Trial(arm, seed) for seed in seeds or design.study.seeds]
    return {trial.name: run_trial(design, trial, truth.of(design.landmarks[trial.seed])) for trial in trials}


def _only_spos(design):
    return replace(design, study=design.study.model_copy(update={"strategies": ("spos",)}))


def _flip_the_sign(monkeypatch):
    hinge = landmark.LOSSES["hinge"]
    monkeypatch.setitem(landmark.LOSSES, "hinge", lambda difference, gap: hinge(-difference, gap))


def _draw_pairs_in_random_order(monkeypatch):
    drawn = landmark.LandmarkTerm.pairs
    coin = np.random.default_rng(0)

    def pairs(self):
        return [pair if coin.random() < 0.5 else pair[::-1] for pair in drawn(self)]

    monkeypatch.setattr(landmark.LandmarkTerm, "pairs", pairs)


@pytest.mark.parametrize(
    "break_it",
    [
        pytest.param(_flip_the_sign, marks=pytest.mark.slow),
        pytest.param(_draw_pairs_in_random_order, marks=pytest.mark.exhaustive),
    ],
)
def test_a_broken_landmark_term_fails_the_gate(break_it, reference, truth, monkeypatch):
    break_it(monkeypatch)
    broken = reference.trials | _run("spos-landmark", reference.design, truth)
    assert failing(Results(reference.design, broken), reference, truth) == {"collapse", "guidance"}


@pytest.mark.slow
def test_a_landmark_term_without_its_coefficient_trains_as_if_it_were_not_there(reference, truth, monkeypatch):
    """So that nothing is gained, which fails the gate; whether it is a collapse, too, depends on the seeds' luck."""
    monkeypatch.setattr(Schedule, "factor", lambda self, fraction: 0.0)
    plain, guided = (_run(arm, reference.design, truth, seeds=[1]) for arm in ("spos-plain", "spos-landmark"))
    assert [trial["scores"] for trial in guided.values()] == [trial["scores"] for trial in plain.values()]
    trials = reference.trials
    as_plain = {name: trials[name.replace("landmark", "plain")] for name in trials if name.startswith("spos-landmark")}
    assert "guidance" in failing(Results(reference.design, trials | as_plain), reference, truth)


def failing(current, reference, truth):
    """Kinds of the checks that do not pass; all of the one strategy there is."""
    checks = [check for check in compare(current, reference, truth) if not check.passed]
    assert {check.strategy for check in checks} <= {"spos"}
    return {check.kind for check in checks}


@pytest.mark.slow
@pytest.mark.parametrize("mixed_up", ["of the next cell", "of another order"])
def test_scores_of_other_cells_fail_the_gate(mixed_up, reference, truth):
    """Whichever trials it concerns: all of them, or those with landmarks alone."""
    places = np.arange(len(reference.design.pool))
    order = np.roll(places, 1) if mixed_up == "of the next cell" else np.random.default_rng(0).permutation(places)
    for concerned in ("plain", "landmark", "seed"):
        trials = {
            name: {**trial, "scores": {score: _ordered(values, order) for score, values in trial["scores"].items()}}
            if concerned in name
            else trial
            for name, trial in reference.trials.items()
        }
        assert "collapse" in failing(Results(reference.design, trials), reference, truth), concerned


def _ordered(values, order):
    return [values[place] for place in order]


@pytest.mark.exhaustive
def test_a_rerun_with_other_seeds_passes(reference):
    design, truth, _ = resolve(reference.design.study.model_copy(update={"seeds": (4, 5, 6, 7)}))
    trials = {trial.name: run_trial(design, trial, truth.of(design.landmarks[trial.seed])) for trial in design.trials}
    checks = compare(Results(design, trials), reference, truth)
    assert all(check.passed for check in checks), [check.text for check in checks]
