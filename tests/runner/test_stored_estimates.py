"""Stored results of estimators that share no weights: checked when read, made again where they are another's."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from estimate_studies import STACKED, contents, made, result_of

from nasrank.bench.reporting import analyse
from nasrank.bench.runner.label_sets import estimates_of
from nasrank.bench.runner.results import Store
from nasrank.bench.runner.tasks import Estimate, Trial
from nasrank.predictors import ESTIMATORS

RIDGE = Estimate("label_matched", 1, "spos")


@pytest.mark.slow
def test_what_is_put_is_read(finished_store, varied):
    design, truth = varied
    found = finished_store.read().estimates
    assert found.keys() == {estimate.name for estimate in estimates_of(design)}
    again = made(STACKED, design, truth, finished_store)
    assert {**found[STACKED.name], "seconds": {}} == {**again, "seconds": {}}
    assert finished_store.due(design) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda result: result["scores"]["label_matched"].pop(), "scores.label_matched: 19 values; there are 20"),
        (lambda result: result.update(scores={"ridge": [0.5] * 20}), "scores: they are not of label_matched"),
        (lambda result: result.update(scores={}), "scores: they are not of label_matched"),
        (lambda result: result.update(scores=[]), "scores: Input should be a valid dictionary"),
        (lambda result: result["scores"]["label_matched"].__setitem__(3, float("nan")), "scores.label_matched.3: Inp"),
        (lambda result: result["scores"]["label_matched"].__setitem__(3, float("inf")), "scores.label_matched.3: Inp"),
        (lambda result: result["scores"]["label_matched"].__setitem__(3, "1"), "scores.label_matched.3: Input should"),
        (lambda result: result.update(failure="it diverged"), "scores: there are some, though it failed"),
        (lambda result: result.update(estimate="estimate.label_matched.few.seed1"), "estimate: another name"),
        (lambda result: result.update(mine=1), "mine: Extra inputs are not permitted"),
        (lambda result: result.pop("settings"), "settings: this key is missing"),
        (lambda result: result.update(settings=[]), "settings: Input should be a valid dictionary"),
        (lambda result: result.update(labels=-1), "labels: Input should be greater than or equal to 0"),
        (lambda result: result.update(label=None), "label: Input should be a valid string"),
        (lambda result: result.update(seconds={"scoring": -1.0}), "seconds.scoring: Input should be greater"),
    ],
)
def test_a_result_that_was_altered_is_refused_with_file_and_key(finished_store, varied, change, words):
    path = finished_store.folder / f"{RIDGE.name}.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    for read in (finished_store.read, lambda: finished_store.due(varied[0])):
        with pytest.raises(ValueError, match=rf"{RIDGE.name}\.json is not the result of {RIDGE.name}: ") as caught:
            read()
        assert words in str(caught.value)
        assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", '{"estimate": 1, "estimate": 2}'])
def test_a_file_that_is_none_is_refused_by_name(finished_store, text):
    (finished_store.folder / f"{RIDGE.name}.json").write_text(text)
    with pytest.raises(ValueError, match=rf"{RIDGE.name}\.json is "):
        finished_store.read()


class TestWhatCounts:
    """What is not of this design, or not of what is stored beside it, is due again."""

    def due(self, store, design):
        return {estimate.name for estimate in store.due(design)}

    @pytest.mark.parametrize("key", ["estimator", "ranked", "landmarks", "label_noise", "revision"])
    def test_altered_settings_are_anothers(self, finished_store, varied, key):
        result = finished_store.estimate(RIDGE, varied[0])
        finished_store.put(RIDGE, {**result, "settings": {**result["settings"], key: "another"}})
        if key == "label_noise":
            assert key not in result["settings"], "it is written where there is some"
        assert self.due(finished_store, varied[0]) == {RIDGE.name}
        assert RIDGE.name not in finished_store.read().estimates

    def test_other_landmarks_are_other_labels(self, finished_store, varied):
        design, _ = varied
        marks = {**design.own_landmarks, "few": {**design.own_landmarks["few"], 1: design.landmarks[0][:3]}}
        found = self.due(finished_store, replace(design, own_landmarks=marks))
        assert found == {f"estimate.{name}.few.seed1" for name in ("label_matched", "random_forest")}

    def test_noise_makes_other_labels(self, finished_store, varied):
        design, _ = varied
        variants = dict(design.study.variants)
        variants["noisy"] = variants["noisy"].model_copy(update={"landmarks": {"label_noise": 2.0}})
        found = self.due(finished_store, replace(design, study=design.study.model_copy(update={"variants": variants})))
        assert found == {f"estimate.label_matched.noisy.seed{seed}" for seed in (0, 1)}

    def test_another_revision_is_another_estimator(self, finished_store, varied, monkeypatch):
        monkeypatch.setattr(ESTIMATORS["parameters"], "revision", 1)
        assert self.due(finished_store, varied[0]) == {"estimate.parameters.seed0"}

    def test_scores_of_a_super_net_that_was_trained_anew(self, finished_store, varied):
        design, _ = varied
        trial = Trial("spos-plain", 1)
        finished_store.put(trial, result_of(trial, design, seed=1))
        assert self.due(finished_store, design) == {
            f"estimate.{name}.spos-plain.{row}.seed1"
            for name in ("label_matched", "random_forest")
            for row in ("few", "spos")
        }
        finished_store.put(trial, {**result_of(trial, design), "processor": "quipu"})
        assert self.due(finished_store, design) == set(), "the same scores, from another machine"

    def test_another_row_can_leave_fewer_to_rank(self, finished_store, varied):
        """A regression test: results of the larger pool were called damaged, and the study could not go on."""
        design, truth = varied
        marks = {**design.landmarks, 0: (design.pool[3], *design.landmarks[0][1:])}
        fewer = replace(design, own_landmarks={**design.own_landmarks, "soft": marks})
        assert len(fewer.ranked) < len(design.ranked)
        assert self.due(finished_store, fewer) >= {"estimate.parameters.seed0", STACKED.name}
        mine = Store(finished_store.folder.parent / "mine")
        mine.begin(fewer)
        mine.adopt(finished_store.folder, fewer)
        assert not list(mine.folder.glob("estimate.*"))
        finished_store.put(Estimate("parameters", 0), made(Estimate("parameters", 0), fewer, truth))
        assert "estimate.parameters.seed0" in self.due(finished_store, design)
        assert "estimate.parameters.seed0" not in self.due(finished_store, fewer)


def test_what_fits_of_another_run_is_taken_over(finished_store, varied, tmp_path):
    design, _ = varied
    mine = Store(tmp_path / "mine")
    mine.begin(design)
    assert mine.adopt(finished_store.folder, design) == len(design.trials)
    assert contents(mine.folder) == contents(finished_store.folder)
    trial = Trial("spos-plain", 1)
    finished_store.put(trial, result_of(trial, design, seed=1))
    (mine.folder / f"{STACKED.name}.json").unlink()
    assert mine.adopt(finished_store.folder, design) == 0
    assert [estimate.name for estimate in mine.due(design)] == [STACKED.name], "there it is of other scores"


@pytest.mark.slow
def test_a_failure_has_no_value_in_a_report(finished_store, varied):
    design, truth = varied
    proxy = Estimate("steepness", 1)
    finished_store.put(proxy, {**finished_store.estimate(proxy, design), "failure": "it is too steep", "scores": {}})
    summary = analyse(finished_store.read(), truth)
    assert not summary.reference("steepness").known
    assert -1 <= summary.reference("label_matched").value <= 1
