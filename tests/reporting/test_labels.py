"""The uses of labels, on results that nobody ran."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from landmark_studies import COUNTS, LABEL_USES, landmark_results
from scipy.stats import kendalltau, rankdata
from sklearn.linear_model import Ridge
from synthetic import invented_results, tau_alone, with_estimates

from nasrank.bench.analysis.frame import SECOND
from nasrank.bench.analysis.label_uses import ALONE, USES
from nasrank.bench.analysis.scores import Scored
from nasrank.bench.reporting import Summary, analyse
from nasrank.bench.reporting.figures import labels as figure
from nasrank.bench.reporting.label_table import STACKED, by_labels, labels_table, use
from nasrank.bench.reporting.printing import study_readme
from nasrank.bench.reporting.prose import paragraphs
from nasrank.bench.runner.label_sets import rows_by_labels
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.tasks import Trial
from nasrank.bench.runner.truth import Truth
from nasrank.predictors.encodings.choices import encode
from nasrank.predictors.labelled.label_matched import PENALTY
from nasrank.spaces import get_space

SPACE = get_space("nb201")
ROWS = {5: "landmarks-5", 12: "spos", 40: "landmarks-40"}


@pytest.fixture(autouse=True)
def _tau_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    tau_alone(monkeypatch)


def found(summary: Summary, row: str, name: str, stacked: str = "", base: str = "") -> float:
    """Tau of a use of a row's labels, or what it has more than another."""
    return use(summary, summary.pair(row), name, stacked, base).value


class TestUses:
    @pytest.mark.slow
    def test_rows_that_differ_in_more_than_the_number_are_left_out(
        self, landmark_summary: Summary, landmark_study: Results
    ) -> None:
        assert list(rows_by_labels(landmark_study.design).items()) == list(ROWS.items())
        assert {count: pair.name for count, pair in by_labels(landmark_summary).items()} == ROWS
        assert [one.name for one in landmark_summary.uses] == LABEL_USES
        for count in ROWS:
            lines = landmark_summary.frame.select(part=USES.format(count), base="")
            assert len(lines) == len(LABEL_USES) * len(STACKED)

    @pytest.mark.parametrize(("row", "count"), [("landmarks-5", 5), ("landmarks-40", 40)])
    @pytest.mark.parametrize("stacked", STACKED)
    def test_predictors_are_fitted_on_each_seeds_own_labels(
        self, landmark_summary: Summary, landmark_study: Results, truth: Truth, stacked: str, row: str, count: int
    ) -> None:
        """The ridge, done by hand: ranks of the scores among pool and landmarks are its further feature."""
        design = landmark_study.design
        pool, taus = list(design.pool), []
        for place, seed in enumerate(design.study.seeds):
            marks = list(design.landmarks_of(row, seed))
            assert len(marks) == count
            features = encode(SPACE, pool + marks)
            if stacked:
                arm = getattr(design.rows[row], stacked)
                trial = Trial(arm.name, seed)
                stored = landmark_study.trials[trial.name]["landmark_scores"]["accuracy"]
                of_mark = dict(zip(design.scored_landmarks(trial), stored, strict=True))
                of_pool = Scored(landmark_study).side(arm).scores[place]
                ranks = rankdata([*of_pool, *(of_mark[mark] for mark in marks)])
                features = np.column_stack([features, (ranks - ranks.mean()) / ranks.std()])
            model = Ridge(alpha=PENALTY).fit(features[len(pool) :], rankdata(truth.of(marks)))
            taus.append(kendalltau(model.predict(features[: len(pool)]), truth.of(pool)).statistic)
        assert found(landmark_summary, row, "label_matched", stacked) == pytest.approx(np.mean(taus))

    @pytest.mark.parametrize("row", ROWS.values())
    def test_differences_are_those_of_taus(self, landmark_summary: Summary, row: str) -> None:
        guided = landmark_summary.level(landmark_summary.pair(row), True)
        for name in LABEL_USES:
            alone = found(landmark_summary, row, name)
            for stacked in STACKED:
                tau = found(landmark_summary, row, name, stacked)
                assert found(landmark_summary, row, name, stacked, guided.arm) == pytest.approx(tau - guided.value)
                if stacked:
                    assert found(landmark_summary, row, name, stacked, ALONE) == pytest.approx(tau - alone)
            assert np.isnan(found(landmark_summary, row, name, "", ALONE))

    @pytest.mark.slow
    def test_labels_are_as_noisy_as_the_studys(
        self, landmark_summary: Summary, landmark_study: Results, truth: Truth
    ) -> None:
        """With noise far above the range of the truth, labels tell nothing."""
        design = landmark_study.design
        landmarks = design.study.landmarks.model_copy(update={"label_noise": 1e6})
        few = {"few": {"strategy": "spos", "label": "few", "landmarks": {"count": 5}}}
        content = {**design.study.model_dump(), "variants": few, "landmarks": landmarks.model_dump()}
        own = {"few": design.own_landmarks["landmarks-5"]}
        noisy = replace(design, study=type(design.study).model_validate(content), own_landmarks=own)
        trials = {}
        for trial in noisy.trials:
            marks = {"accuracy": truth.of(noisy.scored_landmarks(trial)).tolist()}
            stored = landmark_study.trials[trial.name.replace("few", "landmarks-5")]
            trials[trial.name] = {**stored, "landmark_scores": {**marks, "negative_loss": marks["accuracy"]}}
        blind = analyse(with_estimates(Results(noisy, trials), truth), truth)
        assert found(blind, "spos", "label_matched") < found(landmark_summary, "spos", "label_matched") - 0.2

    @pytest.mark.slow
    def test_a_failed_trial_leaves_only_what_needs_it_without_a_value(self, truth: Truth) -> None:
        results = landmark_results(truth, failed=("spos-plain-seed1", "landmarks-40-landmark-seed0"))
        summary = analyse(results, truth)
        missing = {
            (name, stacked, count)
            for name in LABEL_USES
            for stacked in STACKED
            for count, row in ROWS.items()
            if np.isnan(found(summary, row, name, stacked))
        }
        every = {(name, "before", count) for name in LABEL_USES for count in ROWS}
        assert missing == every | {(name, "after", 40) for name in LABEL_USES}
        assert figure.draw(summary).startswith("<svg")
        cells = dict(labels_table(summary).lines)
        assert cells["landmark super-net"][2] == "n/a"
        assert cells["ridge + super-net"] == ("n/a",) * 3
        assert "n/a" not in cells["ridge"]
        best = dict(paragraphs("findings.j2", summary))["Best use of the labels"]
        assert "super-net for 40" not in best


class TestTable:
    def test_a_line_a_use_and_a_column_a_number_of_labels(self, landmark_summary: Summary) -> None:
        table = labels_table(landmark_summary)
        assert table.head == ("5 labels", "12 labels", "40 labels")
        lines = dict(table.lines)
        assert list(lines)[:2] == ["landmark super-net", "ridge"]
        assert len(lines) == 1 + len(LABEL_USES) * len(STACKED)
        for label, stacked in (("ridge", ""), ("ridge + super-net", "before"), ("ridge + landmark super-net", "after")):
            taus = [f"{found(landmark_summary, row, 'label_matched', stacked):.3f}" for row in ROWS.values()]
            assert [cell.rstrip(" ↑↓") for cell in lines[label]] == taus
        assert len(set(lines["ridge + super-net"])) == 3, "the same super-net, other labels"

    def test_marks_are_against_the_landmark_super_net(self, landmark_summary: Summary) -> None:
        lines = dict(labels_table(landmark_summary).lines)
        for one in landmark_summary.uses:
            for cell, pair in zip(lines[one.label], by_labels(landmark_summary).values(), strict=True):
                status = use(landmark_summary, pair, one.name, "", pair.after).status
                assert cell.endswith(" ↑") == (status == "better")
                assert cell.endswith(" ↓") == (status == "worse")

    def test_references_need_no_labels(self, landmark_summary: Summary, landmark_study: Results, truth: Truth) -> None:
        pool = list(landmark_study.design.pool)
        parameters = [SPACE.cost(architecture).parameters for architecture in pool]
        plain = Scored(landmark_study).side(landmark_study.design.rows["spos"].before).scores
        references = dict(labels_table(landmark_summary).references)
        taus = {
            "parameter count": kendalltau(parameters, truth.of(pool)).statistic,
            "super-net without labels": np.mean([kendalltau(row, truth.of(pool)).statistic for row in plain]),
        }
        for label, tau in taus.items():
            assert references[label] == (f"{tau:.3f}",) * 3
        assert not any(label.startswith("ridge") for label in references)
        assert landmark_summary.frame.select(estimator=SECOND, metric="tau")[0].value == 0.926


@pytest.fixture(scope="module")
def said(truth: Truth) -> dict[float, dict[str, str]]:
    """Findings of guided super-nets that know everything, and of those that know it the wrong way round."""
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        tau_alone(patch)
        for after in (0.999, -0.9):
            likeness = {name: {"after": after} for name in COUNTS}
            results = landmark_results(truth, likeness, after=after, seeds=(0, 1, 2))
            found[after] = dict(paragraphs("findings.j2", analyse(results, truth)))
    return found


class TestSentences:
    @pytest.mark.slow
    def test_a_super_net_that_knows_everything_is_the_best_use(self, said: dict[float, dict[str, str]]) -> None:
        knows = said[0.999]
        assert knows["Best use of the labels"] == "By mean tau: landmark super-net for 5, 12 and 40 labels."
        assert (
            "ridge better with none, worse with none; Gaussian process better with none"
            in knows["Against the landmark super-net"]
        )
        assert "; on the landmark super-net, whose scores of the landmarks flatter it" in knows["What stacking adds"]

    @pytest.mark.slow
    def test_one_that_knows_nothing_is_not(self, said: dict[float, dict[str, str]]) -> None:
        blind = said[-0.9]
        assert "landmark super-net for" not in blind["Best use of the labels"].replace("+ landmark super-net", "")
        against = blind["Against the landmark super-net"]
        assert "ridge better with 12 and 40, worse with none; " in against
        assert against.endswith("random forest better with 5, 12 and 40, worse with none.")
        added = re.search(r"their labels: .* in (\d) of 9 cases, worse in (\d)\.$", blind["What stacking adds"])
        assert added is not None
        assert (added[1], int(added[2]) > 0) == ("0", True)

    def test_from_how_many_labels_on_predictors_are_above_what_needs_none(self, landmark_summary: Summary) -> None:
        text = dict(paragraphs("findings.j2", landmark_summary))["How many labels are enough?"]
        alone = landmark_summary.reference("parameters").value
        assert f"The parameter count needs none and has {alone:.2f}." in text
        for one in landmark_summary.uses:
            above = [count for count, row in ROWS.items() if found(landmark_summary, row, one.name) > alone]
            enough = next((count for count in ROWS if set(above) >= {other for other in ROWS if other >= count}), None)
            words = f"from {enough} labels on" if enough else "at no number of labels tried"
            assert f"with {one.label} {words}" in text

    def test_a_study_without_them_says_nothing_of_them(self, summary: Summary, landmark_summary: Summary) -> None:
        assert "Best use of the labels" not in dict(paragraphs("findings.j2", summary))
        assert "labels.svg" not in study_readme(summary)
        assert "](labels.svg)" in study_readme(landmark_summary)

    def test_predictors_are_pointed_to_where_they_are_not_compared(
        self, summary: Summary, landmark_summary: Summary
    ) -> None:
        said = [dict(paragraphs("notes.j2", one))["Same labels"] for one in (summary, landmark_summary)]
        assert ["Other predictors fitted on labels" in text for text in said] == [True, False]


class TestFigure:
    def test_every_use_has_its_line(self, landmark_summary: Summary) -> None:
        panels = figure.lines(landmark_summary)
        for panel, stacked in figure.PANELS.items():
            guided, *others = panels[panel]
            assert [tau.value for tau in guided.taus] == [
                landmark_summary.level(landmark_summary.pair(row), True).value for row in ROWS.values()
            ]
            for name, line in zip(LABEL_USES, others, strict=True):
                taus = [found(landmark_summary, row, name, stacked) for row in ROWS.values()]
                assert [tau.value for tau in line.taus] == taus

    def test_every_predictor_has_a_look_of_its_own(self, landmark_summary: Summary) -> None:
        looks = [line.look for line in figure.lines(landmark_summary)[figure.ALONE]]
        assert [look.name for look in looks[1:]] == [one.label for one in landmark_summary.uses]
        for part in ("name", "colour", "mark"):
            assert len({getattr(look, part) for look in looks}) == len(looks)

    def test_more_predictors_than_looks_can_be_drawn(self, landmark_summary: Summary) -> None:
        many = replace(landmark_summary, uses=landmark_summary.uses * 4)
        assert len(figure.lines(many)[figure.ALONE]) == 13
        assert figure.draw(many).startswith("<svg")

    @pytest.mark.slow
    def test_one_number_of_labels_can_be_drawn(self, truth: Truth) -> None:
        soft = {"soft": {"strategy": "spos", "label": "soft", "terms": {"landmark": {"loss": "softplus"}}}}
        uses = {"label_uses": LABEL_USES}
        summary = analyse(invented_results(truth, strategies=("spos",), variants=soft, estimators=uses), truth)
        assert list(by_labels(summary)) == [12]
        assert figure.draw(summary).startswith("<svg")
