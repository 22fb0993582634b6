"""Further ways to score the same super-net: what they are called, what they see, and that they change nothing else."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch

from nasrank.bench.runner.checkpoints import Checkpoints
from nasrank.bench.runner.images import prepare_images
from nasrank.bench.runner.kept_supernets import SuperNetFolder, load_supernet
from nasrank.bench.runner.parts import assemble, paths_of
from nasrank.bench.runner.scored import last_points, score
from nasrank.bench.runner.tasks import Trial
from nasrank.bench.runner.trial import run_trial
from nasrank.bench.studies.study import Study
from nasrank.bench.training.strategies import gm_nas

ALSO = {
    "more": {"images": 90},
    "fewer": {"images": 20},
    "shifted": {"views": 5},
    "moving": {"weights": "ema"},
    "swa": {"weights": "last_third"},
    "points": {"checkpoints": 3},
    "all-of-it": {"images": 60, "views": 2, "weights": "ema", "horizon": 0.3, "checkpoints": 2},
}
PLAIN = Trial("spos-plain", 0)


class Killed(BaseException):
    """As a system kills: nothing is told, and nothing can be done about it."""


def with_study(design, **sections):
    content = design.study.model_dump(mode="json")
    for section, changes in sections.items():
        content[section] = {**content.get(section, {}), **changes} if isinstance(changes, dict) else changes
    return replace(design, study=Study.model_validate_json(json.dumps(content), strict=True))


def run(design, truth, trial=PLAIN, **options):
    result = run_trial(design, trial, design.labels_for(trial, truth), **options)
    assert result["failure"] is None, result["failure"]
    return result


def but_for_times(result):
    return {name: value for name, value in result.items() if name not in ("seconds", "phases")}


@pytest.fixture(scope="module")
def scored(design):
    """The tiny study, which mirrors no digits, with every kind of way."""
    also = {**ALSO, "all-of-it": {**ALSO["all-of-it"], "views": 3}}
    return with_study(design, training={"passes": 40}, scoring={"also": also})


@pytest.fixture(scope="module")
def result(scored, truth):
    return run(scored, truth)


@pytest.mark.slow
def test_each_has_columns_and_a_phase_of_its_own(result):
    for group in ("scores", "landmark_scores"):
        assert set(result[group]) == {
            *(
                f"{score}{way}"
                for score in ("accuracy", "negative_loss")
                for way in ("", *(f"@{name}" for name in ALSO))
            ),
            "angle",
            "kernel_angle",
        }
    phases = {one["phase"] for one in result["phases"]}
    assert phases == {"preparing", "training", "scoring", *(f"scoring {name}" for name in ALSO)}
    assert all(one["cpu_seconds"] >= 0 for one in result["phases"])
    differing = [
        name for name in ALSO if result["scores"][f"negative_loss@{name}"] != result["scores"]["negative_loss"]
    ]
    assert differing == list(ALSO)


@pytest.mark.slow
def test_the_study_own_scores_and_training_stay_as_they_are(design, truth, result):
    alone = run(with_study(design, training={"passes": 40}), truth)
    for group in ("scores", "landmark_scores", "lookalike_scores"):
        assert alone[group] == {name: values for name, values in result[group].items() if "@" not in name}
    assert (alone["record"], alone["curve"]) == (result["record"], result["curve"])


@pytest.mark.slow
def test_it_is_the_same_again(scored, truth, result):
    assert but_for_times(run(scored, truth)) == but_for_times(result)


def test_the_first_images_are_the_same_ones(design, scored):
    arm = next(iter(design.arms.values()))
    few, many = (prepare_images(one, arm, 0) for one in (design, scored))
    count = design.study.images.scoring
    assert (len(few.scoring[0]), len(many.scoring[0])) == (count, 90)
    for part in ("weights", "held_out"):
        assert torch.equal(getattr(few, part)[0], getattr(many, part)[0])
    for one, other in zip(few.scoring, many.scoring, strict=True):
        assert torch.equal(one, other[:count])
    seen = torch.cat([part[0].flatten(1) for part in (many.weights, many.held_out, many.scoring)])
    rows = {row.numpy().tobytes() for row in seen}
    assert len(rows) >= 0.99 * len(seen), "no image is there twice, but for digits that look the same"


def test_more_images_are_nested(design):
    arm = next(iter(design.arms.values()))
    both = prepare_images(with_study(design, scoring={"also": {"a": {"images": 60}, "b": {"images": 90}}}), arm, 0)
    one = prepare_images(with_study(design, scoring={"also": {"a": {"images": 60}}}), arm, 0)
    assert torch.equal(both.scoring[0][:60], one.scoring[0])


@pytest.mark.slow
@pytest.mark.parametrize(
    "strategy", ["spos", *(pytest.param(one, marks=pytest.mark.slow) for one in ("few_shot", "gm_nas"))]
)
def test_a_trial_that_is_killed_goes_on_bit_for_bit(strategy, design, truth, tmp_path, monkeypatch):
    """Also between two points over which a score is averaged, and within a part of the space."""
    monkeypatch.setattr(gm_nas, "BATCHES", 1)  # a division of the space costs as little as it can
    also = {name: ALSO[name] for name in ("moving", "swa", "points")}
    passes = {"spos": 40, "few_shot": 100, "gm_nas": 300}[strategy]
    changed = with_study(
        design, strategies=[strategy], training={"passes": passes}, pool={"curve": 0}, scoring={"also": also}
    )
    trial = Trial(f"{strategy}-plain", 0)
    whole = run(changed, truth, trial)
    steps = whole["steps"]
    for step in (3 * steps // 4, steps):

        def kill(_share, figures=None, /, step=step):
            if figures and figures.get("step") == step:
                raise Killed

        kept = Checkpoints(tmp_path / str(step), minutes=0)
        with pytest.raises(Killed):
            run(changed, truth, trial, progress=kill, checkpoints=kept)
        assert kept.of(changed, trial, np.empty(0)).step == step - 1
        assert but_for_times(run(changed, truth, trial, checkpoints=kept)) == but_for_times(whole)


@pytest.mark.slow
def test_rows_can_be_ranked_by_a_further_way(scored, truth, result):
    ranked = with_study(scored, analysis={"score": "accuracy@all-of-it"})
    again = run(ranked, truth)
    assert again["scores"] == result["scores"]
    assert again["curve"] != result["curve"]
    assert ranked.arms["spos-plain"].score == "accuracy@all-of-it"


@pytest.mark.slow
def test_the_study_own_scores_can_be_by_averages(design, truth, result):
    own = with_study(design, training={"passes": 40}, scoring={"weights": "ema"})
    found = run(own, truth)["scores"]
    assert found["accuracy"] == result["scores"]["accuracy@moving"]
    assert found["angle"] != result["scores"]["angle"]


@pytest.mark.slow
def test_points_are_averaged(truth, scored, result):
    """Against scores of trainings that are looked at on the way."""
    steps, points = 40, last_points(40, 3)
    assert points == [37, 39, 40]
    seen = []
    changed = with_study(scored, pool={"curve": 20, "checkpoints": 40})
    curve = run(changed, truth)["curve"]
    seen = [point["scores"] for point in curve if round(point["fraction"] * steps) in points]
    np.testing.assert_allclose(
        np.mean(seen, axis=0), np.array(result["scores"]["accuracy@points"])[: len(seen[0])], atol=1e-6
    )


@pytest.mark.slow
def test_kept_super_nets_score_by_averages_too(scored, truth, result, tmp_path):
    folder = SuperNetFolder(tmp_path / "supernets")
    run(scored, truth, supernets=folder)
    found = load_supernet(folder.path(PLAIN)).score(scored.pool)
    assert found.keys() == {name for name in result["scores"] if name.partition("@")[2] not in ("points", "all-of-it")}
    for name, values in found.items():
        np.testing.assert_allclose(values, result["scores"][name], atol=5e-7)
    own = with_study(scored, scoring={**scored.study.scoring.model_dump(mode="json"), "checkpoints": 2})
    run(own, truth, supernets=SuperNetFolder(tmp_path / "own"))
    with pytest.raises(ValueError, match="ranks by the mean over 2 points of training, of which only the last is kept"):
        load_supernet(tmp_path / "own" / "spos-plain-seed0.json")


@pytest.mark.slow
@pytest.mark.parametrize("statistics", ["batch", "recalibrated"])
def test_probabilities_are_averaged_over_views(design, statistics):
    changed = with_study(design, supernet={"statistics": statistics}, scoring={"also": {"shifted": {"views": 3}}})
    parts = assemble(changed, PLAIN, np.empty(0))
    arm, paths = changed.arms["spos-plain"], paths_of(changed, changed.pool[:4])
    found = score(arm, parts, deepcopy(parts.supernet), paths, "shifted")
    count = design.study.images.scoring
    images, targets = (part[:count] for part in parts.scoring)
    for path, accuracy in zip(paths, found["accuracy@shifted"], strict=True):
        net = deepcopy(parts.supernet)
        if statistics == "recalibrated":
            net.recalibrate(parts.calibration, path)
        net.eval()
        with torch.no_grad():
            probabilities = sum(net(view(images), path).softmax(1) for view in parts.views)
        assert accuracy == pytest.approx((probabilities.argmax(1) == targets).double().mean().item())


def test_as_many_points_as_there_are_steps():
    assert last_points(1000, 1) == [1000]
    assert last_points(1000, 5) == [920, 940, 960, 980, 1000]
    assert last_points(10, 5) == [9, 10]
