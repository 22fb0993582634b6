"""The ranking gate notices collapses and lost guidance, and nothing else."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from nasrank.bench.analysis.gate import compare, read_reference, reference_of
from nasrank.bench.runner.resolve import resolve
from nasrank.bench.runner.results import Results
from nasrank.bench.studies.study_file import find_study, load_study

GAIN = 0.8


@pytest.fixture(scope="module")
def resolved():
    study = load_study(find_study("nb201-smoke"))
    return resolve(study)[:2]


def results_of(design, truth, *, noise, gain=GAIN, seed=0) -> Results:
    """Scores that follow the truth's ranks through noise; landmarks reduce the noise by `gain`."""
    generator = np.random.default_rng(seed)
    ranks = np.argsort(np.argsort(truth.of(design.pool))) / len(design.pool)
    trials = {}
    for trial in design.trials:
        spread = noise * (1 - gain * bool(design.arms[trial.arm].study.terms)) * generator.uniform(0.95, 1.05)
        scores = ranks + spread * generator.standard_normal(len(ranks))
        accuracy = 1 / (1 + np.exp(-scores))  # in the same order
        trials[trial.name] = {"trial": trial.name, "failure": None, "scores": {"accuracy": accuracy.tolist()}}
    return Results(design, trials)


@pytest.fixture(scope="module")
def reference(resolved):
    return results_of(*resolved, noise=1.0)


def failed(checks):
    return {(check.strategy, check.kind) for check in checks if not check.passed}


@pytest.mark.slow
def test_a_run_passes_against_itself(reference, resolved):
    checks = compare(reference, reference, resolved[1])
    assert len(checks) == 6
    assert not failed(checks)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 6))
def test_other_noise_of_the_same_kind_passes(reference, resolved, seed):
    assert not failed(compare(results_of(*resolved, noise=1.0, seed=seed), reference, resolved[1]))


@pytest.mark.slow
def test_a_pool_drawn_beside_other_landmarks_is_compared_where_it_overlaps(reference):
    study = reference.design.study.model_copy(update={"seeds": (7, 8, 9)})
    design, truth, _ = resolve(study)
    assert set(design.pool) != set(reference.design.pool)
    assert not failed(compare(results_of(design, truth, noise=1.0, seed=3), reference, truth))


@pytest.mark.slow
def test_lost_guidance_fails_by_name(reference, resolved):
    current = results_of(*resolved, noise=1.0, gain=0.0, seed=1)
    assert failed(compare(current, reference, resolved[1])) == {
        (strategy, kind) for strategy in ("spos", "gdas") for kind in ("collapse", "guidance")
    }


@pytest.mark.slow
def test_a_collapse_of_one_strategy_names_it(reference, resolved):
    current = copy.deepcopy(reference)
    for name, trial in current.trials.items():
        if name.startswith("gdas"):
            trial["scores"]["accuracy"] = np.random.default_rng(0).permutation(trial["scores"]["accuracy"]).tolist()
    assert {strategy for strategy, _ in failed(compare(current, reference, resolved[1]))} == {"gdas"}


@pytest.mark.slow
def test_constant_scores_fail(reference, resolved):
    current = copy.deepcopy(reference)
    for trial in current.trials.values():
        trial["scores"]["accuracy"] = [0.1] * len(reference.design.pool)
    assert {kind for _, kind in failed(compare(current, reference, resolved[1]))} == {"collapse", "guidance"}


@pytest.mark.slow
def test_a_failed_trial_fails_with_its_reason(reference, resolved):
    current = copy.deepcopy(reference)
    current.trials["spos-landmark-seed0"] |= {"failure": "the loss is nan at step 7", "scores": {}}
    checks = compare(current, reference, resolved[1])
    assert ("spos", "collapse") in failed(checks)
    assert any("nan at step 7" in check.text for check in checks)


def test_a_reference_of_another_study_is_refused(reference):
    study = reference.design.study
    other = study.model_copy(update={"training": study.training.model_copy(update={"passes": 7})})
    design, truth, _ = resolve(other)
    with pytest.raises(ValueError, match="training"):
        compare(results_of(design, truth, noise=1.0), reference, truth)


def test_a_reference_round_trips_and_refuses_what_is_not_one(reference):
    again = read_reference(reference_of(reference))
    assert again.design.fingerprint == reference.design.fingerprint
    with pytest.raises(ValueError, match="not a reference"):
        read_reference({"scores": {}})
    content = reference_of(reference)
    content["scores"]["gdas-plain-seed0"] = [0.5]
    with pytest.raises(ValueError, match="gdas-plain-seed0"):
        read_reference(content)


def test_the_reference_holds_no_stand_alone_accuracy(reference, resolved):
    """The tables are not ours to publish."""
    _, truth = resolved
    numbers = {value for row in reference_of(reference)["scores"].values() for value in row}
    assert not numbers & set(truth.values.tolist())
