"""Arms: strategies and variants of a study, what their trials share, and what a changed one does to stored results."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from nasrank.bench.runner.arms import alike
from nasrank.bench.runner.design import Trial
from nasrank.bench.runner.images import prepare_images
from nasrank.bench.runner.parts import assemble
from nasrank.bench.runner.resolve import resolve
from nasrank.bench.runner.results import Store
from nasrank.bench.runner.trial import run_trial
from nasrank.bench.studies.study import Study
from nasrank.bench.studies.study_file import load_study

VARIANTS = """
[variants.wide]
strategy = "spos"
label = "4 channels"
supernet = { channels = 4 }

[variants.many]
strategy = "spos"
label = "7 landmarks"
landmarks = { count = 7 }

[variants.noisy]
strategy = "spos"
label = "noisy labels"
landmarks = { label_noise = 2.0 }

[variants.half]
strategy = "spos"
label = "half of the images"
images = { share = 0.5 }
"""


@pytest.fixture(scope="module")
def varied(study_text, tmp_path_factory):
    """The design of the tiny study with variants, and the truth."""
    path = tmp_path_factory.mktemp("varied") / "varied.toml"
    path.write_text(study_text.replace('["spos", "gdas"]', '["spos"]').replace("[0, 1]", "[0]") + VARIANTS)
    return resolve(load_study(path))[:2]


def test_every_strategy_and_every_variant_is_an_arm(varied):
    design, _ = varied
    assert [(arm.name, arm.label) for arm in design.rows.values()] == [
        ("spos", "SPOS"),
        ("wide", "4 channels"),
        ("many", "7 landmarks"),
        ("noisy", "noisy labels"),
        ("half", "half of the images"),
    ]
    assert design.rows["wide"].study.supernet.channels == 4
    assert design.rows["wide"].study.training == design.study.training
    assert design.rows["many"].changed == {"landmarks"}


def test_what_changes_the_landmarks_alone_shares_the_trials_without_them(varied):
    design, _ = varied
    names = [trial.name for trial in design.trials]
    assert names == [
        "spos-plain-seed0",
        "spos-landmark-seed0",
        "wide-plain-seed0",
        "wide-landmark-seed0",
        "many-landmark-seed0",
        "noisy-landmark-seed0",
        "half-plain-seed0",
        "half-landmark-seed0",
    ]
    assert design.rows["many"].before is design.rows["spos"].before


def test_landmarks_of_every_arm_stay_out_of_the_pool_and_are_scored_by_its_trials(varied):
    design, _ = varied
    assert len(design.landmarks_of("many", 0)) == 7
    assert len(design.landmarks_of("spos", 0)) == len(design.landmarks_of("noisy", 0)) == 5
    assert not set(design.pool) & {*design.landmarks_of("many", 0), *design.landmarks_of("spos", 0)}
    scored = design.scored_landmarks(Trial(design.rows["many"].before.name, 0))
    assert set(scored) == {*design.landmarks_of("many", 0), *design.landmarks_of("spos", 0)}
    assert design.scored_landmarks(Trial("many-landmark", 0)) == design.landmarks_of("many", 0)


def test_noise_is_in_the_labels_of_the_arm_that_asks_for_it_only(varied):
    design, truth = varied
    exact = truth.of(design.landmarks[0])
    np.testing.assert_array_equal(design.labels_of("spos", 0, truth), exact)
    noisy = design.labels_of("noisy", 0, truth)
    assert 0 < np.abs(noisy - exact).max() < 12
    np.testing.assert_array_equal(noisy, design.labels_of("noisy", 0, truth))


def test_a_share_of_the_images_trains_and_the_same_ones_score(varied):
    design, _ = varied
    whole, half = (prepare_images(design, design.rows[name].after, seed=0) for name in ("spos", "half"))
    assert (len(whole.weights[0]), len(half.weights[0])) == (64, 32)
    assert len({image.numpy().tobytes() for image in half.weights[0]}) == 32
    assert {i.numpy().tobytes() for i in half.weights[0]} <= {i.numpy().tobytes() for i in whole.weights[0]}
    assert (whole.scoring[0] == half.scoring[0]).all()


def test_random_labels_train_and_the_true_ones_score(design):
    def images(strategy, seed):
        study = design.study.model_copy(update={"strategies": (strategy,)})
        changed = replace(design, study=study)
        return prepare_images(changed, changed.rows[strategy].after, seed)

    true, drawn, other = images("spos", 0), images("rlnas", 0), images("rlnas", 1)
    assert (true.scoring[1] == drawn.scoring[1]).all()
    for part in ("weights", "held_out"):
        assert 0 < (getattr(true, part)[1] == getattr(drawn, part)[1]).float().mean() < 0.4, "a tenth by chance"
    assert (drawn.weights[1] != other.weights[1]).any()
    assert (true.weights[0] == drawn.weights[0]).all()


def test_the_settings_of_an_arm_reach_its_trial(varied):
    design, truth = varied
    wide, usual = (
        assemble(design, Trial(f"{name}-landmark", 0), design.labels_of(name, 0, truth)) for name in ("wide", "spos")
    )
    assert wide.supernet.classifier.in_features == 2 * usual.supernet.classifier.in_features
    many = assemble(design, Trial("many-landmark", 0), design.labels_of("many", 0, truth))
    assert len(many.terms[0].landmarks) == 7


@pytest.fixture(scope="module")
def widened(study_text, tmp_path_factory):
    """The tiny study before and after an arm was added that leaves the landmarks as they are, each resolved anew."""
    path = tmp_path_factory.mktemp("widened") / "widened.toml"
    text = study_text.replace('["spos", "gdas"]', '["spos"]').replace("[0, 1]", "[0]")
    designs = []
    for variants in ("", VARIANTS.partition("[variants.many]")[0]):
        path.write_text(text + variants)
        designs.append(resolve(load_study(path))[0])
    return designs


@pytest.mark.slow
def test_a_new_arm_continues_stored_results_and_a_changed_one_does_not_take_old_ones_for_its_own(
    varied, widened, tmp_path
):
    (fewer, design), (_, truth) = widened, varied
    alone, trial = Trial("wide-landmark", 0), fewer.trials[1]
    store = Store(tmp_path / "results")
    store.begin(fewer)
    store.put(trial, run_trial(fewer, trial, fewer.labels_for(trial, truth)))
    store.begin(design)
    assert store.has(trial, design)
    assert not store.has(alone, design)

    store.put(alone, run_trial(design, alone, design.labels_for(alone, truth)))
    assert store.has(alone, design)
    wider = design.study.variants["wide"].model_copy(update={"supernet": {"channels": 6}})
    changed = replace(
        design, study=design.study.model_copy(update={"variants": {**design.study.variants, "wide": wider}})
    )
    assert changed.common_fingerprint == design.common_fingerprint != changed.fingerprint
    assert not store.has(alone, changed)


@pytest.mark.slow
def test_a_copy_of_results_holds_this_design_and_no_other_trials(varied, tmp_path):
    design, truth = varied
    store = Store(tmp_path / "work")
    store.begin(design)
    for trial in design.trials:
        store.put(trial, run_trial(design, trial, design.labels_for(trial, truth)))
    fewer = replace(design, study=design.study.model_copy(update={"strategies": ("spos",), "variants": {}}))
    fewer = replace(fewer, own_landmarks={})
    with pytest.raises(ValueError, match=r"spos-plain-seed0.json is of an arm with other settings"):
        Store(store.folder).copy(fewer, tmp_path / "elsewhere")
    store.copy(design, tmp_path / "out" / "results")
    names = {path.name for path in (tmp_path / "out" / "results").iterdir()}
    assert names == {"design.json", *(f"{trial.name}.json" for trial in design.trials)}
    assert Store(tmp_path / "out" / "results").read().design == design


def test_the_quick_form_has_one_seed_and_a_fifth_of_training_and_pool(study_text, tmp_path):
    path = tmp_path / "varied.toml"
    path.write_text(study_text + '[variants.long]\nstrategy = "spos"\nlabel = "long"\ntraining = { passes = 25 }\n')
    study = load_study(path).quick()
    assert study.seeds == (0,)
    assert study.training.passes == 2
    assert study.variants["long"].training == {"passes": 5}
    assert (study.pool.size, study.pool.curve) == (20, 0), "of fewer, a tenth would be less than two"
    assert "quick" in study.title
    large = study_text.replace("size = 20", "size = 1000").replace("curve = 3", "curve = 100")
    path.write_text(large)
    assert (load_study(path).quick().pool.size, load_study(path).quick().pool.curve) == (200, 20)


@pytest.mark.parametrize(
    ("variant", "message"),
    [
        ({"strategy": "spo"}, r"variants\.x\.strategy\n +unknown strategy 'spo'; known are darts"),
        ({"training": {"passes": 0}}, r"variants\.x\.training\.passes\n.*greater than or equal to 1"),
        ({"training": {"rate": 1}}, r"variants\.x\.training\.rate\n +unknown key"),
        ({"training": {"batch_size": 33}}, "batch_size = 33 is more than the 32"),
        ({"images": {"share": 0.1}}, "batch_size = 16 is more than the 6 of images.weights"),
        ({"switches": {"depth": 3}}, r"variants\.x\.switches\n +spos has no switch 'depth'; those it has: paths"),
        ({"images": {"scoring": 10}}, "scoring"),
    ],
)
def test_a_wrong_variant_is_refused_by_name(design, variant, message):
    content = design.study.model_dump(mode="json")
    content["variants"] = {"x": {"strategy": "spos", "label": "x", **variant}}
    with pytest.raises(ValidationError, match=message):
        Study.model_validate(content)


@pytest.mark.parametrize("name", ["spos", "Wide", "a b", ""])
def test_a_variant_needs_a_name_of_its_own_that_files_can_have(design, name):
    content = design.study.model_dump(mode="json")
    content["variants"] = {name: {"strategy": "spos", "label": "x"}}
    with pytest.raises(ValidationError, match="a name is of"):
        Study.model_validate(content)


class TestAlike:
    """Arms whose trials come out identical are named; SPOS and RandomNAS were two rows on NAS-Bench-201."""

    def design_of(self, study_text, tmp_path, variants="", strategies='"spos", "gdas"'):
        path = tmp_path / "alike.toml"
        path.write_text(study_text.replace('["spos", "gdas"]', f"[{strategies}]") + variants)
        return resolve(load_study(path))

    def test_none_in_a_study_of_different_ones(self, varied):
        assert alike(varied[0].rows) == []

    @pytest.mark.slow
    def test_they_are_grouped(self, study_text, tmp_path):
        twice = "".join(
            f'[variants.{name}]\nstrategy = "{strategy}"\nlabel = "{name}"\n{change}\n'
            for name, strategy, change in [
                ("same", "spos", "training = { passes = 12 }"),
                ("longer", "random_nas", "training = { passes = 24 }"),
                ("as-long", "spos", "training = { passes = 24 }"),
            ]
        )
        design, truth, _ = self.design_of(study_text, tmp_path, twice, '"spos", "gdas", "random_nas"')
        groups = alike(design.rows)
        assert groups == [("spos", "random_nas", "same"), ("longer", "as-long")]
        for side in ("plain", "landmark"):
            trials = [Trial(f"{row}-{side}", 0) for row in ("spos", "random_nas")]
            results = [run_trial(design, trial, design.labels_for(trial, truth)) for trial in trials]
            assert results[0]["scores"] == results[1]["scores"]
            assert results[0]["landmark_scores"] == results[1]["landmark_scores"]
