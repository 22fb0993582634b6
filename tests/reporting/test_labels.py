"""The uses of labels, on results that nobody ran."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
from landmark_studies import COUNTS, LABEL_USES, compare, landmark_results
from scipy.stats import kendalltau, rankdata
from sklearn.linear_model import Ridge
from synthetic import invented_results, with_estimates

from nasrank.bench.analysis.labels import LabelUses, label_uses
from nasrank.bench.analysis.scores import side
from nasrank.bench.reporting.figures import labels as figure
from nasrank.bench.reporting.label_words import labels_table, on_labels
from nasrank.bench.runner.label_sets import rows_by_labels
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.tasks import Trial
from nasrank.bench.runner.truth import Truth
from nasrank.predictors.labelled.label_matched import PENALTY, encode
from nasrank.spaces import get_space

SPACE = get_space("nb201")


pytestmark = pytest.mark.usefixtures("small_forests")


@pytest.fixture(scope="module")
def uses(landmark_study: Results, truth: Truth) -> LabelUses:
    return label_uses(landmark_study, compare(landmark_study, truth))


class TestUses:
    def test_arms_that_differ_in_more_than_the_number_are_left_out(self, landmark_study: Results) -> None:
        assert list(rows_by_labels(landmark_study.design).items()) == [
            (5, "landmarks-5"),
            (12, "spos"),
            (40, "landmarks-40"),
        ]

    def test_the_landmark_supernet_is_the_guided_arm(
        self, uses: LabelUses, landmark_study: Results, truth: Truth
    ) -> None:
        pool = truth.of(landmark_study.design.pool)
        for point, arm in zip(uses.use("").points, ("landmarks-5", "spos", "landmarks-40"), strict=True):
            rows = side(landmark_study, landmark_study.design.rows[arm].after).scores
            assert point.tau.value == pytest.approx(np.mean([kendalltau(row, pool).statistic for row in rows]))
            assert point.margin.value == 0

    @pytest.mark.parametrize(("stacked", "trained"), [("", None), ("plain", "before"), ("guided", "after")])
    def test_predictors_are_fitted_on_each_seeds_own_labels(
        self, uses: LabelUses, landmark_study: Results, truth: Truth, stacked: Any, trained: str | None
    ) -> None:
        """The ridge, done by hand: ranks of the scores among pool and landmarks are its further feature."""
        design = landmark_study.design
        pool, taus = list(design.pool), []
        for place, seed in enumerate(design.study.seeds):
            marks = list(design.landmarks_of("landmarks-40", seed))
            features = encode(SPACE, pool + marks)
            if trained is not None:
                arm = getattr(design.rows["landmarks-40"], trained)
                trial = Trial(arm.name, seed)
                stored = landmark_study.trials[trial.name]["landmark_scores"]["accuracy"]
                of_mark = dict(zip(design.scored_landmarks(trial), stored, strict=True))
                of_pool = side(landmark_study, arm).scores[place]
                ranks = rankdata([*of_pool, *(of_mark[mark] for mark in marks)])
                features = np.column_stack([features, (ranks - ranks.mean()) / ranks.std()])
            model = Ridge(alpha=PENALTY).fit(features[len(pool) :], rankdata(truth.of(marks)))
            taus.append(kendalltau(model.predict(features[: len(pool)]), truth.of(pool)).statistic)
        assert uses.use("label_matched", stacked).points[-1].tau.value == pytest.approx(np.mean(taus))

    def test_margins_and_gains_are_differences_of_taus(self, uses: LabelUses) -> None:
        for use in uses.uses:
            for place, point in enumerate(use.points):
                assert point.labels == uses.labels[place]
                beside = uses.use("").points[place].tau.value
                assert point.margin.value == pytest.approx(point.tau.value - beside)
                if use.stacked:
                    alone = uses.use(use.predictor).points[place].tau.value
                    assert point.gain.value == pytest.approx(point.tau.value - alone)
                else:
                    assert point.gain is None

    def test_references_need_no_labels(self, uses: LabelUses, landmark_study: Results, truth: Truth) -> None:
        pool = list(landmark_study.design.pool)
        parameters = [SPACE.cost(architecture).parameters for architecture in pool]
        assert uses.parameters.value == pytest.approx(kendalltau(parameters, truth.of(pool)).statistic)
        rows = side(landmark_study, landmark_study.design.rows["spos"].before).scores
        assert uses.without.value == pytest.approx(np.mean([kendalltau(row, truth.of(pool)).statistic for row in rows]))
        assert uses.ceiling == 0.926

    def test_labels_are_as_noisy_as_the_studys(self, uses: LabelUses, landmark_study: Results, truth: Truth) -> None:
        """With noise far above the range of the truth, labels tell nothing."""
        design = landmark_study.design
        landmarks = design.study.landmarks.model_copy(update={"label_noise": 1e6})
        noisy = replace(design, study=design.study.model_copy(update={"landmarks": landmarks, "variants": {}}))
        trials = {}
        for trial in noisy.trials:
            marks = {"accuracy": truth.of(noisy.scored_landmarks(trial)).tolist()}
            trials[trial.name] = {**landmark_study.trials[trial.name], "landmark_scores": marks}
        blind = with_estimates(Results(noisy, trials), truth)
        (found,) = label_uses(blind, compare(blind, truth)).use("label_matched").points
        sound = uses.use("label_matched").points[1]
        assert found.labels == sound.labels == 12
        assert found.tau.value < sound.tau.value - 0.2

    def test_a_failed_trial_leaves_only_what_needs_it_without_a_value(self, truth: Truth) -> None:
        results = landmark_results(truth, failed=("spos-plain-seed1", "landmarks-40-landmark-seed0"))
        found = label_uses(results, compare(results, truth))
        missing = {
            (use.name, point.labels) for use in found.uses for point in use.points if point.tau.value != point.tau.value
        }
        every = {(f"{name}+plain", labels) for name in LABEL_USES for labels in (5, 12, 40)}
        assert missing == every | {(f"{name}+guided", 40) for name in LABEL_USES} | {("landmark_supernet", 40)}
        assert found.best(-1).predictor
        assert not found.best(-1).stacked
        assert figure.draw(found, 80, 2).startswith("<svg")
        assert "n/a" in labels_table(found)
        assert on_labels(found)

    def test_it_is_plain_values(self, uses: LabelUses) -> None:
        assert json.loads(json.dumps(asdict(uses)))["labels"] == [5, 12, 40]

    def test_the_file_has_every_number(self, uses: LabelUses) -> None:
        lines = list(csv.DictReader(io.StringIO(uses.to_csv())))
        assert len(lines) == 2 + 3 * (1 + 3 * len(LABEL_USES))
        line = next(one for one in lines if (one["use"], one["labels"]) == ("gaussian_process+plain", "12"))
        point = uses.use("gaussian_process", "plain").points[1]
        for name, value in (("tau", point.tau), ("margin", point.margin), ("gain", point.gain)):
            cells = [float(line[f"{name}{end}"]) for end in ("", "_low", "_high")]
            assert cells == pytest.approx([value.value, value.low, value.high], abs=1e-6)


class TestWords:
    def test_the_best_is_bold_once_a_column(self, uses: LabelUses) -> None:
        cells = [line.split(" | ") for line in labels_table(uses).splitlines()]
        for place in range(len(uses.labels)):
            bold = [row[0].lstrip("| ") for row in cells if "**" in row[place + 1]]
            assert bold == [uses.best(place).label]

    def test_sentences_follow_the_numbers(self, truth: Truth) -> None:
        """A super-net that knows everything is best at every number of labels; one that knows nothing is not."""
        likeness = {name: {"after": 0.999} for name in COUNTS}
        oracle = landmark_results(truth, likeness, after=0.999, seeds=(0, 1, 2))
        best, against, _, parameters = on_labels(label_uses(oracle, compare(oracle, truth)))
        assert "landmark super-net for 5, 12 and 40 labels" in best
        assert "ridge: worse with 5, 12 and 40" in against
        assert "landmark super-net from 5 labels on" in parameters
        likeness = {name: {"after": -0.9} for name in COUNTS}
        blind = landmark_results(truth, likeness, after=-0.9, seeds=(0, 1, 2))
        best, against, stacking, parameters = on_labels(label_uses(blind, compare(blind, truth)))
        assert "landmark super-net for" not in best.replace("+ landmark super-net", "")
        assert "ridge: better with 5, 12 and 40" in against
        assert "landmark super-net at no number of labels" in parameters
        assert re.search(r"on the landmark super-net, .*: −0\.\d+ to .* [1-9] worse\)\.$", stacking)


class TestFigure:
    def test_every_predictor_has_a_look_of_its_own(self, uses: LabelUses) -> None:
        assert list(figure.predictor_looks(uses)) == LABEL_USES
        looks = [figure.SUPERNET, *figure.predictor_looks(uses).values()]
        for part in ("name", "colour", "mark"):
            assert len({getattr(look, part) for look in looks}) == len(looks)

    def test_more_predictors_than_looks_can_be_drawn(self, uses: LabelUses) -> None:
        alone = uses.use("label_matched")
        more = tuple(replace(alone, name=f"another{number}", predictor=f"another{number}") for number in range(9))
        many = replace(uses, uses=uses.uses + more)
        assert len(figure.predictor_looks(many)) == 12
        assert figure.draw(many, 80, 2).startswith("<svg")

    def test_one_number_of_labels_can_be_drawn(self, truth: Truth) -> None:
        results = invented_results(truth, strategies=("spos",), estimators={"label_uses": LABEL_USES})
        found = label_uses(results, compare(results, truth))
        assert found.labels == (12,)
        assert figure.draw(found, 60, 2).startswith("<svg")
