"""The gate against real training: it must notice a landmark term of the wrong sign, and not mind other seeds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench.gate import compare, read_reference
from bench.runner.design import Trial
from bench.runner.resolve import resolve
from bench.runner.results import Results, read_json
from bench.runner.trial import run_trial
from bench.training.regularizers import landmark

pytestmark = pytest.mark.slow

REFERENCE = Path(__file__).parent.parent / "reports" / "baselines" / "nb201-smoke.json"


@pytest.fixture(scope="module")
def reference() -> Results:
    """The committed reference, of single path one-shot only."""
    whole = read_reference(read_json(REFERENCE))
    return Results(_only_spos(whole.design), whole.trials)


def _only_spos(design):
    return replace(design, study=design.study.model_copy(update={"strategies": ("spos",)}))


def test_a_flipped_sign_fails_the_gate(reference, monkeypatch):
    hinge = landmark.LOSSES["hinge"]
    monkeypatch.setitem(landmark.LOSSES, "hinge", lambda difference, gap: hinge(-difference, gap))
    design, truth = reference.design, resolve(reference.design.study)[1]
    broken = dict(reference.trials)
    for seed in design.study.seeds:
        trial = Trial("spos", guided=True, seed=seed)
        broken[trial.name] = run_trial(design, trial, truth[list(design.landmarks[seed])])
    checks = {check.kind: check for check in compare(Results(design, broken), reference, truth) if not check.passed}
    assert checks.keys() == {"collapse", "guidance"}
    assert all(check.strategy == "spos" for check in checks.values())


def test_a_rerun_with_other_seeds_passes(reference):
    design, truth, _ = resolve(reference.design.study.model_copy(update={"seeds": (4, 5, 6, 7)}))
    trials = {
        trial.name: run_trial(design, trial, truth[list(design.landmarks[trial.seed])]) for trial in design.trials
    }
    checks = compare(Results(design, trials), reference, truth)
    assert all(check.passed for check in checks), [check.text for check in checks]
