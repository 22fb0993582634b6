"""Every arm is held against a predictor that was given exactly its labels."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from synthetic import invented_results, tau_alone, with_estimates

from nasrank.bench.analysis.search import FOUND
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.notebook import StudyResults
from nasrank.bench.reporting import Summary, analyse, words
from nasrank.bench.reporting.printing import markdown
from nasrank.bench.reporting.prose import paragraphs
from nasrank.bench.reporting.search_table import search_table
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


@pytest.fixture(scope="module")
def varied(truth: Truth) -> Results:
    return invented_results(truth, strategies=("spos",), pool=150, variants=VARIANTS)


@pytest.fixture(scope="module")
def found(varied: Results, truth: Truth) -> Summary:
    with pytest.MonkeyPatch.context() as patch:
        tau_alone(patch)
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


@pytest.mark.slow
@pytest.mark.parametrize(("arm", "noise", "count"), [("few", 0.0, 4), ("noisy", NOISE, 12)])
def test_an_arm_with_other_labels_has_a_ridge_of_its_own(
    arm: str, noise: float, count: int, found: Summary, varied: Results, truth: Truth
) -> None:
    pool = truth.of(varied.design.pool)
    tau = np.mean([stats.kendalltau(row, pool).statistic for row in ridge_scores(varied, arm, truth, noise)])
    row = found.pair(arm)
    assert (row.labels_of, row.labels) == (arm, count)
    assert found.reference("label_matched", pair=row).value == pytest.approx(tau)
    after, margin = found.level(row, True).value, found.margin(row, "label_matched")
    assert margin.value == pytest.approx(after - tau)
    assert margin.low < margin.value < margin.high
    assert ("label_matched" in found.beaten_by(row)) == (after < tau)
    printed = next(line for line in markdown(found).splitlines() if line.startswith(f"| {row.label} "))
    assert words.number(after - tau, signed=True) in printed


@pytest.mark.slow
def test_noise_decides_what_an_arm_stays_below(found: Summary) -> None:
    """Noise costs the ridge more than half of its tau here, so that this arm beats its own but not the study's."""
    noisy = found.pair("noisy")
    after = found.level(noisy, True).value
    assert found.reference("label_matched", pair=noisy).value < after < found.reference("label_matched").value
    assert "label_matched" not in found.beaten_by(noisy)


def test_how_far_noisy_labels_are_from_the_truth_is_said(varied: Results, found: Summary, truth: Truth) -> None:
    design = varied.design
    taus = []
    for seed in design.study.seeds:
        of_landmarks = truth.of(design.landmarks[seed])
        said = labels(of_landmarks, "truth", NOISE, generator(seed, Purpose.LABEL_NOISE))
        taus.append(stats.kendalltau(said, of_landmarks).statistic)
    assert found.header["noisy_labels"] == {"noisy": pytest.approx(taus)}
    note = "noisy labels: the labels agree with the truth of the same landmarks with a tau of "
    note += ", ".join(map(words.number, taus))
    assert any(one.text.startswith(note) for one in paragraphs("sections/landmarks.j2", found))


def test_arms_with_the_same_labels_share_it(found: Summary, varied: Results, truth: Truth) -> None:
    assert [(pair.name, pair.labels_of) for pair in found.pairs] == [
        ("spos", "spos"),
        ("few", "few"),
        ("soft-few", "few"),
        ("noisy", "noisy"),
        ("softplus", "spos"),
    ]
    pool = truth.of(varied.design.pool)
    taus = [stats.kendalltau(row, pool).statistic for row in ridge_scores(varied, "spos", truth)]
    assert found.reference("label_matched").value == pytest.approx(np.mean(taus))


def test_searches_are_read_against_each(found: Summary, varied: Results, truth: Truth) -> None:
    names = [
        f"{name} on the same labels{whose}"
        for name in ("ridge", "best regression")
        for whose in ("", ": 4 landmarks", ": noisy labels")
    ]
    lines = [label for label, _ in search_table(found).references]
    assert lines == [*names, "parameter count", "FLOPs", "best of the pool"]
    best = [varied.design.pool[int(row.argmax())] for row in ridge_scores(varied, "few", truth)]
    of_few = found.frame.find("few", FOUND[0], estimator="label_matched", part="highest score")
    assert of_few.value == pytest.approx(truth.of(best).mean())


def test_words_say_whose_labels_they_are(found: Summary, summary: Summary) -> None:
    said, unsaid = (dict(paragraphs("notes.j2", one))["Same labels"] for one in (found, summary))
    whose = "Rows with landmarks or labels of their own are held against one of their own"
    assert whose in said
    assert whose not in unsaid
    assert "chosen with truths of NAS-Bench-201 and NAS-Bench-101" in said
    assert "Other predictors fitted on labels (Gaussian process, random forest) are compared with it where" in said


@pytest.mark.slow
def test_a_seed_without_landmarks_has_no_ridge(truth: Truth, monkeypatch: pytest.MonkeyPatch) -> None:
    """A super-net that was to choose them failed, and so does the trial that lacks them."""
    results = invented_results(truth, strategies=("spos",), variants=VARIANTS, failed=("few-landmark-seed1",))
    results.design.own_landmarks["few"][1] = ()
    tau_alone(monkeypatch)
    summary = analyse(with_estimates(results, truth), truth)
    few, soft = summary.pair("few"), summary.pair("soft-few")
    assert (few.labels_of, soft.labels_of) == ("few", "soft-few")
    own = summary.reference("label_matched", pair=few)
    assert (own.known, own.status) == (
        False,
        "estimate.label_matched.few.seed1 failed: it has no scores of the pool",
    )
    assert summary.reference("label_matched", pair=soft).known
    assert not summary.margin(few, "label_matched").known
    found = summary.frame.find("few", FOUND[0], estimator="label_matched", part="highest score")
    assert (found.known, found.status) == (False, "no value (1 of 2)")
    assert not any(summary.level(few, after, part="landmarks of few").known for after in (False, True))
    assert "n/a" in next(line for line in markdown(summary).splitlines() if line.startswith("| 4 landmarks "))


@pytest.mark.slow
def test_a_notebook_shows_the_ridge_of_the_main_table(truth: Truth) -> None:
    """A newcomer's table averaged the ridge on the study's labels with that on a control's random ones."""
    variants = {"spos-shuffled": {"strategy": "spos", "label": "labels at random", "landmarks": {"order": "random"}}}
    with pytest.MonkeyPatch.context() as patch:
        tau_alone(patch)
        invented = invented_results(truth, variants=variants, seeds=(0, 1))
        summary = analyse(invented, truth)
    ridge, control = (
        summary.reference("label_matched", pair=pair).value for pair in (summary.pairs[0], summary.pairs[-1])
    )
    assert abs(ridge - control) > 0.01
    shown = StudyResults(invented.design, invented.trials, invented.estimates)
    shown.__dict__["truth"] = truth
    assert shown.table().loc["ridge on the same labels", "after"] == pytest.approx(ridge)
