"""A trial is a function of the design, and before and after share everything but the landmark term."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest
import torch

import nasrank.bench.runner.trial
from nasrank.bench.foundation.environment import processor
from nasrank.bench.runner.design import Trial
from nasrank.bench.runner.parts import assemble
from nasrank.bench.runner.resolve import resolve
from nasrank.bench.runner.trial import run_trial
from nasrank.bench.studies.study import Study
from nasrank.bench.studies.study_file import find_study, load_study
from nasrank.bench.training.generations import Generations
from nasrank.bench.training.strategies import STRATEGIES, Strategy
from nasrank.spaces import get_space

SPACE = get_space("nb201")
PLAIN, GUIDED = Trial("spos-plain", 0), Trial("spos-landmark", 0)


def with_study(design, **sections):
    """The design with some keys of its study's sections changed."""
    content = design.study.model_dump(mode="json")
    for section, changes in sections.items():
        content[section] |= changes
    return replace(design, study=Study.model_validate(content))


def run(design, truth, trial, **options):
    """What comes of it, apart from how long it took."""
    result = run_trial(design, trial, design.labels_for(trial, truth), **options)
    return {name: value for name, value in result.items() if name not in ("seconds", "phases")}


@pytest.mark.slow
def test_a_trial_gives_the_same_result_again_and_plain_values_only(design, truth):
    result = run(design, truth, GUIDED)
    assert result == run(design, truth, GUIDED)
    assert json.loads(json.dumps(result)) == result
    assert result["trial"] == "spos-landmark-seed0"
    assert result["processor"] == processor()
    assert result["failure"] is None
    assert result["steps"] == 12


def test_every_phase_is_timed(design, truth):
    seconds = run_trial(design, GUIDED, truth.of(design.landmarks[GUIDED.seed]))["seconds"]
    assert seconds.keys() == {"preparing", "training", "scoring"}
    assert min(seconds.values()) >= 0
    assert sum(seconds.values()) > 0


def test_scores_are_of_the_pool_the_landmarks_and_the_lookalikes(design, truth):
    design = replace(design, lookalikes=design.landmarks[1][:2])
    result = run(design, truth, GUIDED)
    groups = ("scores", design.pool), ("landmark_scores", design.landmarks[0]), ("lookalike_scores", design.lookalikes)
    for scores, architectures in groups:
        assert architectures
        assert set(result[scores]) == {"accuracy", "negative_loss", "angle", "kernel_angle"}
        assert all(len(values) == len(architectures) for values in result[scores].values())
    accuracy = np.array(result["scores"]["accuracy"])
    assert ((accuracy >= 0) & (accuracy <= 1)).all()
    np.testing.assert_allclose(accuracy * 40, np.round(accuracy * 40), atol=1e-4)  # of 40 scoring images
    assert max(result["scores"]["negative_loss"]) < 0


def test_the_curve_is_scored_at_the_checkpoints_and_ends_with_the_final_scores(design, truth):
    result = run(design, truth, PLAIN)
    assert [point["fraction"] for point in result["curve"]] == [0.5, 1.0]
    assert result["curve"][-1]["scores"] == result["scores"]["accuracy"][:3]


@pytest.mark.slow
@pytest.mark.parametrize("statistics", ["batch", "tracked", "recalibrated"])
def test_checkpoints_do_not_change_training(design, truth, statistics):
    """With re-calibrated statistics, training used to go on in evaluation mode after the first checkpoint."""
    measured = with_study(design, supernet={"statistics": statistics})
    alone = with_study(measured, pool={"checkpoints": 0})
    with_curve, without = run(measured, truth, GUIDED), run(alone, truth, GUIDED)
    assert with_curve["record"] == without["record"]
    assert with_curve["scores"] == without["scores"]
    assert len(with_curve["curve"]) == 2
    assert without["curve"] == []


def test_before_and_after_start_alike(design, truth):
    one, two = (assemble(design, trial, truth.of(design.landmarks[0])) for trial in (PLAIN, GUIDED))
    assert (len(one.terms), len(two.terms)) == (0, 1)
    for a, b in zip(one.supernet.parameters(), two.supernet.parameters(), strict=True):
        assert torch.equal(a, b)
    assert (one.held_out.keys(), two.held_out.keys()) == ({"strategy"}, {"strategy", "landmark"})
    assert torch.equal(next(one.held_out["strategy"])[0], next(two.held_out["strategy"])[0])
    assert torch.equal(next(one.batches)[0], next(two.batches)[0])
    assert torch.equal(one.scoring[0], two.scoring[0])
    assert one.strategy.generator.bit_generator.state == two.strategy.generator.bit_generator.state


def test_the_strategy_and_the_landmark_term_see_other_held_out_batches(design, truth):
    """Else the landmark term would look at what a differentiable strategy has just fitted."""
    parts = assemble(design, GUIDED, truth.of(design.landmarks[0]))
    one, two = (next(parts.held_out[stream])[0] for stream in ("strategy", "landmark"))
    assert not torch.equal(one, two)


def test_the_split_is_the_common_seeds_alone(design, truth):
    def scoring_images(**changes):
        content = {**design.study.model_dump(mode="json"), **changes}
        other = replace(design, study=Study.model_validate(content), landmarks={5: design.landmarks[0]})
        return assemble(other, Trial("spos-plain", 5), truth.of(design.landmarks[0])).scoring[0]

    images = assemble(design, PLAIN, truth.of(design.landmarks[0])).scoring[0]
    assert torch.equal(scoring_images(seeds=[5]), images)
    assert not torch.equal(scoring_images(seeds=[5], common_seed=1), images)


def test_seeds_differ_in_everything_but_the_images_that_score(design, truth):
    one, two = (assemble(design, Trial("spos-plain", s), truth.of(design.landmarks[s])) for s in (0, 1))
    assert torch.equal(one.scoring[0], two.scoring[0])
    assert not torch.equal(next(one.batches)[0], next(two.batches)[0])
    assert not torch.equal(next(iter(one.supernet.parameters())), next(iter(two.supernet.parameters())))


def test_the_three_parts_of_the_images_are_disjoint(design, truth):
    """Every image is a fingerprint of itself: digits hardly repeat."""
    parts = assemble(design, GUIDED, truth.of(design.landmarks[0]))

    def seen(batches, count):
        return {image.numpy().tobytes() for _ in range(count) for image in next(batches)[0]}

    weights, scoring = seen(parts.batches, 20), {image.numpy().tobytes() for image in parts.scoring[0]}
    held_out = seen(parts.held_out["strategy"], 20)
    assert held_out == seen(parts.held_out["landmark"], 20), "one split, two streams"
    assert (len(weights), len(held_out), len(scoring)) == (64, 32, 40)
    assert not weights & held_out
    assert not weights & scoring
    assert not held_out & scoring


def test_landmarks_meet_their_own_accuracies(design, truth):
    parts = assemble(design, GUIDED, truth.of(design.landmarks[0]))
    (term,) = parts.terms
    for path, accuracy in zip(term.landmarks, term.accuracies, strict=True):
        architecture = SPACE.from_choices(path)
        assert architecture in design.landmarks[0]
        assert truth.of([architecture]) == accuracy


def test_assembling_leaves_the_global_random_state_alone(design, truth):
    torch.manual_seed(5)
    state = torch.get_rng_state()
    run(design, truth, GUIDED)
    assert torch.equal(torch.get_rng_state(), state)


def test_a_trial_that_diverges_is_a_failure_with_a_reason(design, truth):
    beyond_bounds = {"learning_rate": 1e30, "clip": 1e30, "passes": 40}
    training = design.study.training.model_copy(update=beyond_bounds)
    diverging = replace(design, study=design.study.model_copy(update={"training": training}))
    result = run(diverging, truth, PLAIN)
    assert "SPOS" in result["failure"]
    assert "of 40" in result["failure"]
    assert (result["scores"], result["landmark_scores"], result["curve"], result["steps"]) == ({}, {}, [], 0)
    assert json.loads(json.dumps(result, allow_nan=False)) == result


def test_a_supernet_that_diverged_in_part_is_a_failure_too(design, truth, monkeypatch):
    """A regression test: NaN outputs were scored as class 0, so diverged architectures had a plausible accuracy."""

    def diverging(supernet, *words, on_leaf, **options):
        def poisoned(trained, part):
            with torch.no_grad():
                trained.get_parameter("stages.0.0.conv_3x3.0.conv.weight").fill_(torch.nan)
            on_leaf(trained, part)

        return Generations(supernet, *words, on_leaf=poisoned, **options)

    monkeypatch.setattr(nasrank.bench.runner.trial, "Generations", diverging)
    result = run(design, truth, PLAIN)
    assert re.fullmatch(r"the outputs of ([1-9]|1\d) of 20 scored architectures are not finite", result["failure"])
    assert result["scores"] == {}


def test_progress_rises_to_one(design, truth):
    shares = []
    run(design, truth, PLAIN, progress=shares.append)
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)


def test_progress_tells_the_loss_and_at_checkpoints_the_scores(design, truth):
    told = []
    result = run(design, truth, PLAIN, progress=lambda share, figures={}: told.append(figures))
    assert [one["scores"] for one in told if "scores" in one] == [point["scores"] for point in result["curve"]]
    losses = [one["loss"] for one in told if "loss" in one]
    assert losses == pytest.approx([row["loss"] for row in result["record"]], abs=1e-6)
    assert any(told)


@pytest.fixture(scope="module")
def small_nb101():
    """The study of NAS-Bench-101 that comes with nasrank, as small as the tiny one; its truth has gaps."""
    content = load_study(find_study("nb101")).model_dump(mode="json")
    content["images"] |= {"weights": 64, "held_out": 32, "scoring": 40}
    content["supernet"] |= {"channels": 6}
    content["training"] |= {"passes": 1000, "batch_size": 16}  # enough for all
    content["landmarks"] |= {"count": 5}
    content["pool"] |= {"size": 20, "curve": 3, "checkpoints": 2}
    return resolve(Study.model_validate({**content, "strategies": list(STRATEGIES), "seeds": [0]}))[:2]


def slow_where_long(name):
    return pytest.param(name, marks=pytest.mark.slow) if name in ("gm_nas", "rlnas") else name


@pytest.mark.slow
@pytest.mark.parametrize("strategy", [slow_where_long(name) for name in STRATEGIES])
def test_every_strategy_trains_and_ranks_a_space_with_constraints(small_nb101, strategy):
    design, truth = small_nb101
    kind = STRATEGIES[strategy]
    built = kind(get_space("nb101"), np.random.default_rng(0))
    one_generation = built.generations == (1.0,)
    passes = max(12, built.least_passes)
    result = run(with_study(design, training={"passes": passes}), truth, Trial(f"{strategy}-landmark", 0))
    assert result["failure"] is None
    assert len(result["scores"]["accuracy"]) == 20
    assert np.isfinite(list(result["scores"].values())).all()
    assert ("preference" in result["scores"]) == (kind.preference is not Strategy.preference)
    assert (result["parts"] is None) == one_generation
    assert one_generation or len(set(result["parts"])) > 1
    assert 0 < result["steps"] <= passes // built.passes_per_step
    assert (result["derived"] is None) == (kind.derive is Strategy.derive and kind.score is None)
    assert result["derived"] is None or get_space("nb101").allows(result["derived"])


def test_choices_of_the_super_net_reach_it(small_nb101):
    design, truth = small_nb101

    def weights(**choices):
        parts = assemble(with_study(design, supernet=choices), PLAIN, truth.of(design.landmarks[0]))
        return sum(weight.numel() for weight in parts.supernet.parameters())

    assert weights(channel_sharing="separate") > weights(channel_sharing="fixed_chunk") == weights()


@pytest.mark.slow
def test_augmented_images_still_train(design, truth):
    result = run(with_study(design, images={"padding": 1}), truth, GUIDED)
    assert result["failure"] is None
    assert result["record"] != run(design, truth, GUIDED)["record"]
