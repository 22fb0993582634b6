"""Every arm is held against a predictor that was given exactly its labels."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from synthetic import invented_results, with_estimates

from nasrank.bench.analysis import analyse as analysis
from nasrank.bench.analysis import wording
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.ranking import METRICS
from nasrank.bench.reporting import Summary, analyse, explanations, section_notes
from nasrank.bench.reporting.markdown import markdown
from nasrank.bench.runner.landmarks import labels
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth
from nasrank.predictors import Context, Labels
from nasrank.predictors.labelled.label_matched import LabelMatchedRidge
from nasrank.spaces import get_space

SPACE = get_space("nb201")
NOISE = 30.0
SOFTPLUS = {"landmark": {"loss": "softplus"}}
VARIANTS = {
    "few": {"strategy": "spos", "label": "4 landmarks", "landmarks": {"count": 4}},
    "soft-few": {"strategy": "spos", "label": "softplus, 4", "landmarks": {"count": 4}, "terms": SOFTPLUS},
    "noisy": {"strategy": "spos", "label": "noisy labels", "landmarks": {"label_noise": NOISE}, "after": 0.6},
    "softplus": {"strategy": "spos", "label": "softplus", "terms": SOFTPLUS},
}


@pytest.fixture(autouse=True)
def _tau_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "reported", lambda: {"tau": METRICS["tau"]})


@pytest.fixture(scope="module")
def varied(truth: Truth) -> Results:
    return invented_results(truth, strategies=("spos",), pool=150, variants=VARIANTS)


@pytest.fixture(scope="module")
def found(varied: Results, truth: Truth) -> Summary:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("NASRANK_DATA", raising=False)
        patch.setattr(analysis, "reported", lambda: {"tau": METRICS["tau"]})
        return analyse(varied, truth)


def ridge_scores(results: Results, arm: str, truth: Truth, noise: float = 0.0) -> list[np.ndarray]:
    """Of the pool, a row a seed."""
    design = results.design
    rows = []
    for seed in design.study.seeds:
        marks = design.landmarks_of(arm, seed)
        said = labels(truth.of(marks), "truth", noise, generator(seed, Purpose.LABEL_NOISE))
        ridge = LabelMatchedRidge().prepared(Context(SPACE, labels=Labels(marks, said)))
        rows.append(ridge.score(design.pool))
    return rows


@pytest.mark.parametrize(("arm", "noise", "count"), [("few", 0.0, 4), ("noisy", NOISE, 12)])
def test_an_arm_with_other_labels_has_a_ridge_of_its_own(
    arm: str, noise: float, count: int, found: Summary, varied: Results, truth: Truth
) -> None:
    pool = truth.of(varied.design.pool)
    own = found.own_baselines[arm]
    tau = np.mean([stats.kendalltau(row, pool).statistic for row in ridge_scores(varied, arm, truth, noise)])
    assert own.metrics["tau"].value == pytest.approx(tau)
    assert own.labels == count
    row = found.row(arm, "tau")
    (margin,) = (one for one in found.margins if (one.strategy, one.baseline) == (arm, "label_matched"))
    assert margin.margin == pytest.approx(row.after - tau)
    assert margin.ci_low < margin.margin < margin.ci_high
    assert ("label_matched" in row.below_baseline) == (row.after < tau)
    assert f"{tau:.3f} ({count})" in next(
        line for line in markdown(found).splitlines() if line.startswith(f"| {found.labels[arm]} |")
    )


def test_noise_decides_what_an_arm_stays_below(found: Summary) -> None:
    """Noise costs the ridge more than half of its tau here, so that this arm beats its own but not the study's."""
    noisy = found.row("noisy", "tau")
    assert found.own_baselines["noisy"].metrics["tau"].value < noisy.after
    assert noisy.after < found.baselines["label_matched"].metrics["tau"].value
    assert "label_matched" not in noisy.below_baseline


def test_how_far_noisy_labels_are_from_the_truth_is_said(varied: Results, found: Summary, truth: Truth) -> None:
    design = varied.design
    taus = []
    for seed in design.study.seeds:
        of_landmarks = truth.of(design.landmarks[seed])
        said = labels(of_landmarks, "truth", NOISE, generator(seed, Purpose.LABEL_NOISE))
        taus.append(stats.kendalltau(said, of_landmarks).statistic)
    assert found.header["noisy_labels"] == {"noisy": pytest.approx(taus)}
    note = "noisy labels: the labels agree with the truth of the same landmarks with a tau of "
    note += ", ".join(wording.number(METRICS["tau"], tau) for tau in taus)
    assert any(line.startswith(note) for line in section_notes.landmark_notes(found))


def test_arms_with_the_same_labels_share_it(found: Summary, varied: Results, truth: Truth) -> None:
    assert list(found.own_baselines) == ["few", "soft-few", "noisy"]
    assert found.own_baselines["few"] is found.own_baselines["soft-few"]
    pool = truth.of(varied.design.pool)
    taus = [stats.kendalltau(row, pool).statistic for row in ridge_scores(varied, "spos", truth)]
    assert found.baselines["label_matched"].metrics["tau"].value == pytest.approx(np.mean(taus))


def test_searches_are_read_against_each(found: Summary, varied: Results, truth: Truth) -> None:
    names = ["ridge on the same labels", "parameter count", "FLOPs"]
    names += [f"ridge on the same labels: {label}" for label in ("4 landmarks", "noisy labels")]
    assert list(found.search_references) == [*names, "best of the pool"]
    best = [varied.design.pool[int(row.argmax())] for row in ridge_scores(varied, "few", truth)]
    assert found.search_references["ridge on the same labels: 4 landmarks"].accuracy == pytest.approx(
        truth.of(best).mean()
    )


def test_words_say_whose_labels_they_are(found: Summary, summary: Summary) -> None:
    assert any("3 of 5 rows have landmarks or labels of their own" in note for note in explanations.notes(found))
    assert any("for rows with labels of their own, fitted on these: tau" in sentence for sentence in found.verdict)
    assert wording.OWN_RIDGE in markdown(found)
    assert wording.OWN_RIDGE not in markdown(summary)
    assert summary.own_baselines == {}
    assert not any("labels of their own" in text for text in (*explanations.notes(summary), *summary.verdict))


def test_settings_of_predictors_are_said_to_be_chosen_with_these_truths(summary: Summary) -> None:
    assert any("chosen with truths of NAS-Bench-201 and NAS-Bench-101" in note for note in explanations.notes(summary))


def test_a_seed_without_landmarks_has_no_ridge(truth: Truth) -> None:
    """A super-net that was to choose them failed, and so does the trial that lacks them."""
    results = invented_results(truth, strategies=("spos",), variants=VARIANTS, failed=("few-landmark-seed1",))
    results.design.own_landmarks["few"][1] = ()
    summary = analyse(with_estimates(results, truth), truth)
    assert np.isnan(summary.own_baselines["few"].metrics["tau"].value)
    assert np.isfinite(summary.own_baselines["soft-few"].metrics["tau"].value)
    assert summary.search_references["ridge on the same labels: 4 landmarks"].missing
    row = next(row for row in summary.landmarks if row.strategy == "few")
    assert np.isnan([row.before, row.after]).all()
    assert "| n/a (4) |" in markdown(summary)
