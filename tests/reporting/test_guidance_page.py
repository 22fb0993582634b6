"""What guidance did, arm by arm, and the page about it, on results that nobody ran."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from landmark_studies import compare, landmark_results
from scipy.stats import kendalltau
from synthetic import invented_results, store

from nasrank.bench.analysis.bootstraps import resampling
from nasrank.bench.analysis.findings import Value
from nasrank.bench.analysis.labels import label_uses
from nasrank.bench.analysis.landmark_arms import ArmRow, arm_rows
from nasrank.bench.analysis.scores import landmark_scores, side
from nasrank.bench.analysis.twins import without_twins
from nasrank.bench.publishing import write_report
from nasrank.bench.ranking import METRICS, excess_bootstrap
from nasrank.bench.reporting import analyse
from nasrank.bench.reporting.guidance_page import FEWEST_TO_CORRELATE, guidance_page, on_arms, on_choosers, on_settings
from nasrank.bench.reporting.label_words import labels_table, on_labels
from nasrank.bench.reporting.markdown import markdown
from nasrank.bench.reporting.page import chart_data
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth
from nasrank.bench.studies.study import Study
from nasrank.spaces import get_space

SPACE = get_space("nb201")


pytestmark = pytest.mark.usefixtures("small_forests")


class TestArms:
    def test_rows_name_what_is_varied(self, landmark_study: Results, truth: Truth) -> None:
        rows = arm_rows(landmark_study, truth, compare(landmark_study, truth))
        assert {row.name: (row.setting, row.landmarks) for row in rows} == {
            "spos": ("", 12),
            "landmarks-40": ("number of landmarks", 40),
            "landmarks-5": ("number of landmarks", 5),
            "softplus": ("loss", 12),
            "soft-5": ("loss, number of landmarks", 5),
            "noisy": ("label noise", 12),
        }

    def test_settings_and_words_are_against_the_base_that_a_variant_names(self, truth: Truth) -> None:
        arms = {
            "soft": {
                "strategy": "spos",
                "label": "softplus",
                "terms": {"landmark": {"loss": "softplus"}},
                "after": 0.1,
            },
            "soft-pairs": {
                "strategy": "spos",
                "base": "soft",
                "label": "softplus, 4 pairs",
                "terms": {"landmark": {"loss": "softplus", "pairs_per_step": 4}},
                "after": 0.99,
            },
        }
        results = invented_results(truth, strategies=("spos",), variants=arms, pool=200, seeds=(0, 1, 2))
        rows = arm_rows(results, truth, compare(results, truth))
        assert [row.setting for row in rows] == ["", "loss", "pairs per step"]
        assert rows[2].change is not None
        assert rows[2].change.value == pytest.approx(rows[2].after.value - rows[1].after.value)
        (sentence,) = on_settings(rows)
        assert sentence.count("(compared with softplus)") == 1

    def test_numbers_of_a_row(self, landmark_study: Results, truth: Truth) -> None:
        """Guided super-nets here know the order of their landmarks, and every one is violated alike."""
        base, *others = arm_rows(landmark_study, truth, compare(landmark_study, truth))
        design = landmark_study.design
        pool = truth.of(design.pool)
        for row in (base, *others):
            own = design.rows[row.name]
            rows = side(landmark_study, own.after).scores
            assert row.after.value == pytest.approx(np.mean([kendalltau(one, pool).statistic for one in rows]))
            assert row.landmarks_after == pytest.approx(1.0)
            marks = [truth.of(design.landmarks_of(row.name, seed)) for seed in design.study.seeds]
            unguided = landmark_scores(landmark_study, own, own.before)
            on_marks = np.array([kendalltau(*pair).statistic for pair in zip(unguided, marks, strict=True)])
            before, after = (
                np.array([kendalltau(one, pool).statistic for one in side(landmark_study, arm).scores])
                for arm in own.arms
            )
            leads = (1 - on_marks) - (after - before)
            assert row.lead.value == pytest.approx(np.mean(leads))
            sides = (side(landmark_study, arm).scores for arm in own.arms)
            stream = resampling(design.study, METRICS["tau"])
            lead = excess_bootstrap(1 - on_marks, *sides, pool, METRICS["tau"], **stream)
            assert (row.lead.low, row.lead.high) == pytest.approx((lead.low, lead.high))
            assert (row.violated_first, row.violated_last) == pytest.approx((0.475, 0.295))
        assert base.change is None
        assert all(row.change.value == pytest.approx(row.after.value - base.after.value) for row in others)

    @pytest.mark.parametrize(
        ("after", "verb"), [(0.95, "raises"), (-0.6, "lowers"), (0.2, "does not decidedly change")]
    )
    def test_the_verdict_follows_the_numbers(self, truth: Truth, after: float, verb: str) -> None:
        results = landmark_results(truth, {"softplus": {"after": 0.2}}, after=after, seeds=(0, 1, 2))
        rows = arm_rows(results, truth, compare(results, truth))
        (helps, violated, carries, *_), (settings,) = on_arms(rows), on_settings(rows)
        assert f"With 12 landmarks it {verb} tau of SPOS: " in helps
        assert "48 % are in the wrong order in its first stretch of training and 30 % in the last." in violated
        lead = rows[0].lead
        said = f"guidance adds {lead.value:+.3f} [{lead.low:.3f}, {lead.high:.3f}] more to the landmarks"
        assert said in carries.replace("−", "-")
        better, worse = settings.split("Worse: ")
        decided = {"better": "with softplus" in better, "worse": "with softplus" in worse.split(". ")[0]}
        assert decided == {"better": after == -0.6, "worse": after == 0.95}


def test_what_chosen_landmarks_cost_is_said(truth: Truth) -> None:
    after = {"count-8": None, "chosen-10": "count-8", "chosen-11": "chosen-10"}
    arms = {
        name: {
            "strategy": "spos",
            "label": name,
            "landmarks": {
                "count": int(name[-2:].strip("-")),
                **({"choice": "super_net", "after": before} if before else {}),
            },
        }
        for name, before in after.items()
    }
    design = invented_results(truth).design
    study = Study.model_validate({**design.study.model_dump(), "variants": arms})
    design = replace(design, study=study, candidates={0: truth.at([1, 2, 3]), 1: truth.at([4, 5, 6])})
    (sentence,) = on_choosers(design)
    assert "one after the other (chosen-10: 1; chosen-11: 2). Each chooses by its scores of 3 random" in sentence
    assert on_choosers(invented_results(truth).design) == []


def test_a_row_ranked_by_angle_shows_what_the_term_did_to_the_loss(truth: Truth) -> None:
    results = invented_results(truth, strategies=("spos", "rlnas"), seeds=(0, 1, 2))
    summary = analyse(results, truth)
    row = summary.landmarks[1]
    accuracies = [truth.of(results.design.landmarks_of("rlnas", seed)) for seed in (0, 1, 2)]
    for name, found in (("angle", row.after), ("negative_loss", row.loss_after)):
        scores = [trial["landmark_scores"][name] for trial in results.of(results.design.rows["rlnas"].after)]
        assert found == pytest.approx(
            np.mean([kendalltau(*pair).statistic for pair in zip(scores, accuracies, strict=True)])
        )
    assert row.after != pytest.approx(row.loss_after, abs=0.01)
    assert (row.violated_first, row.violated_last) == pytest.approx((0.48, 0.3))
    (line,) = (line for line in markdown(summary).splitlines() if line.startswith("| RLNAS | 1,500 |"))
    taus = ((row.loss_before, row.loss_after), (row.before, row.after))
    cells = " | ".join(f"{before:.3f} → {after:.3f}".replace("-", "−") for before, after in taus)
    assert f"| 48.0 % → 30.0 % | {cells} |" in line
    assert "RLNAS: the held-out images have random classes, too" in markdown(summary)
    assert "SPOS: the held-out images" not in markdown(summary)


@pytest.mark.slow
def test_the_page_holds_the_scores_of_super_nets_that_arms_share_once(landmark_study: Results, truth: Truth) -> None:
    data = chart_data(analyse(landmark_study, truth), landmark_study, truth)
    first = side(landmark_study, landmark_study.design.rows["spos"].before).scores.tolist()
    assert data["before"] == {"spos": first, **dict.fromkeys(landmark_study.design.study.variants, "spos")}
    for arm, scores in data["after"].items():
        assert scores == side(landmark_study, landmark_study.design.rows[arm].after).scores.tolist()


class TestWhyNot:
    """Of a row that is not helped it is said on what of landmarks and pool mean tau rises."""

    @pytest.fixture
    def row(self, landmark_study: Results, truth: Truth) -> ArmRow:
        (row, *_) = arm_rows(landmark_study, truth, compare(landmark_study, truth))
        undecided = Value(0.1, -0.1, 0.3)
        return replace(row, gain=undecided, landmarks_before=0.2, landmarks_after=0.6, lead=undecided)

    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            ({"landmarks_after": 0.2, "gain": Value(-0.2, -0.4, 0.1)}, "Mean tau rises on neither"),
            ({"landmarks_after": 0.2}, "on the pool alone"),
            ({"gain": Value(-0.2, -0.4, -0.1)}, "on the landmarks alone"),
            ({}, "on both, and the seeds are too few"),
            ({"lead": Value(0.3, 0.1, 0.5)}, "landmarks is learned, and other cells gain less"),
            ({"gain": Value(-0.2, -0.4, -0.1), "lead": Value(0.6, 0.1, 1.1)}, "landmarks is learned, and other cells"),
            ({"landmarks_after": 0.2, "gain": Value(-0.2, -0.4, -0.1), "lead": Value(0.2, 0.1, 0.3)}, "on neither"),
        ],
    )
    def test_what_rises_is_named(self, row: ArmRow, changed: dict[str, Any], said: str) -> None:
        row = replace(row, **changed)
        (sentence,) = (text for text in on_arms([row]) if text.startswith("**Why not"))
        taus = (row.landmarks_before, row.landmarks_after, row.before.value, row.after.value)
        one, other, before, after = (f"{tau:.3f}".replace("-", "−") for tau in taus)
        gain = f"{row.gain.value:+.3f} [{row.gain.low:.3f}, {row.gain.high:.3f}]".replace("-", "−")
        assert said in sentence
        assert f"SPOS ({one} → {other}, {before} → {after}, {gain})." in sentence

    def test_landmarks_and_pool_are_correlated_over_arms_that_are_many_enough(self, row: ArmRow) -> None:
        rows = [
            replace(row, landmarks_after=0.2 + 0.1 * place, after=Value(0.9 - 0.1 * place, 0.0, 1.0))
            for place in range(FEWEST_TO_CORRELATE)
        ]
        (carries,) = (text for text in on_arms(rows) if text.startswith("**How much carries"))
        assert carries.endswith(
            "Over 6 arms, tau on the landmarks and tau on the pool have a rank correlation of −1.000."
        )
        (carries,) = (text for text in on_arms(rows[:-1]) if text.startswith("**How much carries"))
        assert "rank correlation" not in carries

    def test_a_row_that_is_helped_is_not_named(self, row: ArmRow) -> None:
        helped = replace(row, gain=Value(0.2, 0.1, 0.3))
        assert not any(text.startswith("**Why not") for text in on_arms([helped]))


FILES = {"README.md", "guidance.svg", "guidance.csv", "labels.svg", "labels.csv"}


@pytest.fixture(scope="module")
def page(landmark_study: Results, truth: Truth) -> dict[str, str]:
    return guidance_page(landmark_study, truth)


class TestPage:
    def test_its_files_are_the_same_every_time(
        self, page: dict[str, str], landmark_study: Results, truth: Truth
    ) -> None:
        assert page.keys() == FILES
        assert guidance_page(landmark_study, truth) == page

    def test_it_is_a_page_with_what_it_points_to(
        self, page: dict[str, str], landmark_study: Results, truth: Truth
    ) -> None:
        text, uses = page["README.md"], label_uses(landmark_study, compare(landmark_study, truth))
        assert set(re.findall(r"\]\(([^)]+)\)", text)) == {*FILES, "table.md"} - {"README.md"}
        assert len(text) < 8000
        assert "Super-nets rank by accuracy on " in text
        for sentence in on_labels(uses):
            assert sentence in text
        assert labels_table(uses) in text
        assert "chosen with truths of NAS-Bench-201 and NAS-Bench-101" in text

    def test_no_accuracy_of_an_architecture_is_published(
        self, page: dict[str, str], landmark_study: Results, truth: Truth
    ) -> None:
        design = landmark_study.design
        shown = [
            *design.pool,
            *(one for row in design.rows for seed in (0, 1) for one in design.landmarks_of(row, seed)),
        ]
        for name in ("README.md", "guidance.csv", "labels.csv"):
            numbers = set(re.findall(r"\d+\.\d+", page[name]))
            for value in truth.of(shown):
                assert not numbers & {f"{value:.2f}", f"{value:.3f}", f"{value / 100:.4f}", f"{value / 100:.6f}"}

    def test_failures_are_named(self, truth: Truth) -> None:
        text = guidance_page(landmark_results(truth, failed=("spos-landmark-seed0",)), truth)["README.md"]
        assert "1 of 14 trials failed: spos-landmark-seed0 (the training loss is nan at step 7 of 1500)." in text
        assert "it has no known effect on tau of SPOS: 0." in text

    def test_a_study_of_strategies_has_one_without_the_use_of_labels(self, truth: Truth) -> None:
        control = {"strategy": "spos", "label": "a control", "terms": {"landmark": {"coefficient": 1.0}}, "after": 0.2}
        results = invented_results(truth, strategies=("spos", "rlnas"), variants={"control": control})
        files = guidance_page(results, truth)
        assert files.keys() == {"README.md", "guidance.svg", "guidance.csv"}
        assert "Super-nets rank by accuracy, RLNAS by angle on " in files["README.md"]
        assert "labels" not in files["README.md"]

    @pytest.mark.slow
    def test_it_comes_with_the_report(self, landmark_study: Results, truth: Truth, tmp_path: Path) -> None:
        write_report(store(landmark_study, tmp_path / "results"), tmp_path, truth)
        page = guidance_page(without_twins(landmark_study), truth)
        assert all((tmp_path / name).read_text(encoding="utf-8") == text for name, text in page.items())
