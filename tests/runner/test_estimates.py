"""Estimators that share no weights: which a study has, what they are prepared with, and what is stored of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from estimate_studies import made, result_of, with_trials

from nasrank.bench.execution.here import Here
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.runner.chosen import with_chosen_landmarks
from nasrank.bench.runner.estimates import run_estimate
from nasrank.bench.runner.execute import execute
from nasrank.bench.runner.label_sets import estimates_of, first_with_labels_of
from nasrank.bench.runner.results import Store
from nasrank.bench.runner.tasks import Estimate, Trial
from nasrank.predictors import ESTIMATORS, Context, Estimator, Labels
from nasrank.predictors.costs import ParameterCount
from nasrank.predictors.known_scores import KnownScores
from nasrank.predictors.labelled.label_matched import LabelMatchedRidge


@pytest.fixture
def store(waiting, tmp_path):
    return with_trials(Store(tmp_path / "results"), waiting[0])


def rows(estimates, name):
    """Labels and super-net of those of this name, for the first seed."""
    return [(one.row, one.stacked_on) for one in estimates if one.estimator == name and one.seed == 0]


class TestWhichThereAre:
    def test_one_without_needs_is_prepared_once(self, waiting):
        found = [one for one in estimates_of(waiting[0]) if one.estimator == "parameters"]
        assert found == [Estimate("parameters", 0)]
        assert found[0].name == "estimate.parameters.seed0"

    def test_one_that_needs_no_labels_is_prepared_for_each_seed(self, waiting):
        found = [one for one in estimates_of(waiting[0]) if one.estimator == "steepness"]
        assert found == [Estimate("steepness", 0), Estimate("steepness", 1)]

    def test_one_with_labels_is_prepared_for_each_set_of_them_alone_and_stacked(self, waiting):
        """Rows that differ in the options of the term share it; noise and random order make other labels."""
        estimates = estimates_of(waiting[0])
        alone = [(row, "") for row in ("spos", "noisy", "random", "few")]
        stacked = [("few", "spos-plain"), ("few", "few-landmark"), ("spos", "spos-plain"), ("spos", "spos-landmark")]
        assert rows(estimates, "label_matched") == [*alone, *stacked]
        assert {one.seed for one in estimates if one.row == "few"} == {0, 1}
        assert len(set(estimates)) == len(estimates) == len({one.name for one in estimates})

    def test_a_use_of_labels_that_is_no_baseline_has_the_numbers_of_landmarks_alone(self, waiting):
        stacked = [("few", "spos-plain"), ("few", "few-landmark"), ("spos", "spos-plain"), ("spos", "spos-landmark")]
        assert sorted(rows(estimates_of(waiting[0]), "random_forest")) == sorted([("few", ""), ("spos", ""), *stacked])
        assert Estimate("random_forest", 1, "few", "spos-plain").name == "estimate.random_forest.spos-plain.few.seed1"

    def test_rows_with_the_same_labels_share_the_first(self, waiting):
        design, _ = waiting
        shared = {row: first_with_labels_of(design, row) for row in design.rows if row not in design.waiting}
        assert shared == {"spos": "spos", "soft": "spos", "noisy": "noisy", "random": "random", "few": "few"}

    def test_a_row_that_waits_has_none_before_its_landmarks_are_chosen(self, waiting, store):
        design, _ = waiting
        assert design.waiting == ["chosen"]
        assert "chosen" not in {one.row for one in estimates_of(design)}
        known = with_chosen_landmarks(design, store)
        found = [one for one in estimates_of(known) if one.row == "chosen"]
        assert found == [Estimate("label_matched", seed, "chosen") for seed in (0, 1)]


class TestScores:
    """They are those of the estimator, prepared by hand."""

    def test_of_a_cost(self, waiting):
        design, truth = waiting
        result = made(Estimate("parameters", 0), design, truth)
        expected = ParameterCount().prepared(Context(design.space)).score(design.ranked)
        assert result["scores"] == {"parameters": expected.tolist()}
        assert (result["label"], result["labels"], result["failure"]) == ("parameter count", 0, None)
        assert result["settings"].keys() == {"estimator", "ranked", "revision"}
        assert result["seconds"].keys() == {"preparing", "scoring"}

    @pytest.mark.parametrize(("row", "noise"), [("spos", 0.0), ("noisy", 1.0), ("random", 1000.0), ("few", 0.0)])
    def test_of_a_ridge(self, waiting, row, noise):
        design, truth = waiting
        marks = design.landmarks_of(row, 1)
        said = truth.of(marks) + noise * generator(1, Purpose.LABEL_NOISE).standard_normal(len(marks))
        expected = LabelMatchedRidge().prepared(Context(design.space, labels=Labels(marks, said))).score(design.ranked)
        result = made(Estimate("label_matched", 1, row), design, truth)
        assert result["scores"]["label_matched"] == expected.tolist()
        assert result["labels"] == len(marks)

    @pytest.mark.parametrize("arm", ["spos-plain", "few-landmark"])
    def test_of_a_ridge_that_is_stacked(self, waiting, store, arm):
        """Ranked among all that the super-net scored of the ranked pool and the row's own landmarks."""
        design, truth = waiting
        trial, marks = Trial(arm, 1), design.landmarks_of("few", 1)
        stored = store.get(trial, design)
        of_pool = dict(zip(design.pool, stored["scores"]["accuracy"], strict=True))
        of_mark = dict(zip(design.scored_landmarks(trial), stored["landmark_scores"]["accuracy"], strict=True))
        everyone = [*design.ranked, *marks]
        known = KnownScores(everyone, [{**of_pool, **of_mark}[one] for one in everyone])
        context = Context(design.space, labels=Labels(marks, truth.of(marks)), known=(known,))
        expected = LabelMatchedRidge().prepared(context).score(design.ranked)
        result = made(Estimate("label_matched", 1, "few", arm), design, truth, store)
        assert result["scores"]["label_matched"] == expected.tolist()
        alone = made(Estimate("label_matched", 1, "few"), design, truth)
        assert result["scores"] != alone["scores"]
        assert result["settings"]["stacked_on"] == trial.name

    def test_are_of_the_ranked_alone(self, waiting):
        """Without the pool's twins of landmarks, here of one that is in the pool itself."""
        design, truth = waiting
        twin = replace(design, landmarks={**design.landmarks, 0: (design.pool[3], *design.landmarks[0][1:])})
        assert 0 < len(twin.ranked) < len(design.ranked)
        assert len(made(Estimate("parameters", 0), twin, truth)["scores"]["parameters"]) == len(twin.ranked)


class TestFailures:
    """They are values: the run goes on, and what failed is not repeated."""

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("scores", "reason"),
        [
            (ValueError("no such thing"), "no such thing"),
            (ZeroDivisionError(), "ZeroDivisionError"),
            ([np.nan, np.inf, 1.0], "2 of 20 scores are not finite"),
            ([1.0, 2.0], "it gives 2 scores for 20 architectures"),
        ],
        ids=["raises", "without words", "not finite", "another number"],
    )
    def test_of_an_estimator(self, waiting, tmp_path, monkeypatch, scores, reason):
        class Wrong(Estimator):
            name, label = "steepness", "wrong"

            def score(self, architectures):
                if isinstance(scores, Exception):
                    raise scores
                last = len(architectures) - len(scores) if len(scores) > 2 else 0
                return np.array([*scores, *([0.0] * last)])

        design, truth = waiting
        assert len(design.ranked) == 20
        monkeypatch.setitem(ESTIMATORS, "steepness", Wrong)
        store = with_trials(Store(tmp_path / "wrong"), design)
        execute(design, truth, store, Here())
        failed = Estimate("steepness", 0)
        result = store.estimate(failed, design)
        assert (result["failure"], result["scores"], result["label"]) == (reason, {}, "wrong")
        assert store.due(design) == [], "the others are there, and a failure is not repeated"

    @pytest.mark.slow
    def test_of_the_super_net_that_was_to_choose_the_labels(self, waiting, store):
        design, truth = waiting
        store.put(Trial("spos-landmark", 1), result_of(Trial("spos-landmark", 1), design, failure="the loss is nan"))
        known = with_chosen_landmarks(design, store)
        store.begin(known)
        store.put(Trial("chosen-landmark", 1), result_of(Trial("chosen-landmark", 1), known, failure="none chosen"))
        store.put(Trial("chosen-landmark", 0), result_of(Trial("chosen-landmark", 0), known))
        execute(known, truth, store, Here(), trials=False)
        found = store.read().estimates
        without = found["estimate.label_matched.chosen.seed1"]
        assert without["failure"] == "it has no labels: the super-net that was to choose the landmarks failed"
        assert (without["labels"], without["scores"]) == (0, {})
        assert found["estimate.label_matched.chosen.seed0"]["labels"] == 7
        stacked = found["estimate.random_forest.spos-landmark.spos.seed1"]
        assert stacked["failure"] == "spos-landmark-seed1 failed"
        assert found["estimate.random_forest.spos-plain.spos.seed1"]["failure"] is None

    def test_what_is_missing_here_is_none(self, waiting):
        """Data that are not at hand would be a failure for ever, where they may be there tomorrow."""
        design, _ = waiting
        beyond = design.study.images.model_copy(update={"scoring": 1_000_000})
        absent = replace(design, study=design.study.model_copy(update={"images": beyond, "variants": {}}))
        with pytest.raises(ValueError, match="cannot draw 64"):
            run_estimate(absent, Estimate("steepness", 0), np.empty(0))
