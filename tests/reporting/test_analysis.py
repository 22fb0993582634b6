"""The numbers of a summary, each against an independent computation."""

from __future__ import annotations

import json
import math
import re
import warnings
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from synthetic import WARM_UP, invented_results

from nasrank.bench.analysis.during_training import VIOLATED, landmark_rows
from nasrank.bench.analysis.scores import landmark_scores
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.ranking import METRICS, get_metric, paired_bootstrap
from nasrank.bench.reporting import Summary, analyse, explanations, section_notes
from nasrank.bench.reporting.figures import training
from nasrank.bench.reporting.markdown import markdown
from nasrank.bench.runner.arms import Arm
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth
from nasrank.predictors import Context, Labels
from nasrank.predictors.labelled.label_matched import LabelMatchedRidge
from nasrank.spaces import get_enumerated, get_space


def _scores(results: Results, arm: Arm) -> np.ndarray:
    return np.array([trial["scores"]["accuracy"] for trial in results.of(arm)])


def test_a_row_for_every_strategy_and_metric(summary: Summary) -> None:
    reported = [name for name, metric in METRICS.items() if not metric.scores_in_truth_units]
    assert [(row.metric, row.strategy) for row in summary.rows] == [
        (name, strategy) for name in reported for strategy in ("spos", "gdas")
    ]


def test_tau_is_the_mean_over_seeds_of_scipys(summary: Summary, results: Results, truth: Truth) -> None:
    pool = truth.of(results.design.pool)
    row = summary.row("gdas", "tau")
    before, after = results.design.rows["gdas"].arms
    for arm, value, by_seed in ((before, row.before, row.before_by_seed), (after, row.after, row.after_by_seed)):
        taus = [stats.kendalltau(scores, pool).statistic for scores in _scores(results, arm)]
        assert by_seed == pytest.approx(taus)
        assert value == pytest.approx(np.mean(taus))
    assert row.delta == pytest.approx(row.after - row.before)
    assert row.before_low < row.before < row.before_high
    assert (row.n_seeds, row.pool_size, row.reason) == (2, 60, "")


def test_intervals_are_the_paired_bootstrap_of_the_studys_stream(
    summary: Summary, results: Results, truth: Truth
) -> None:
    expected = paired_bootstrap(
        _scores(results, results.design.rows["spos"].before),
        _scores(results, results.design.rows["spos"].after),
        truth.of(results.design.pool),
        get_metric("spearman"),
        draws=100,
        confidence=0.95,
        generator=generator(0, Purpose.BOOTSTRAP),
    )
    row = summary.row("spos", "spearman")
    assert (row.ci_low, row.ci_high) == (expected.delta.low, expected.delta.high)
    assert (row.after_low, row.after_high) == (expected.after.low, expected.after.high)


def test_label_matched_baseline_is_fitted_on_each_seeds_own_landmarks(
    summary: Summary, results: Results, truth: Truth
) -> None:
    space = get_space("nb201")
    design = results.design
    taus = []
    for landmarks in design.landmarks.values():
        labels = Labels(landmarks, truth.of(landmarks))
        model = LabelMatchedRidge().prepared(Context(space, labels=labels))
        taus.append(stats.kendalltau(model.score(design.pool), truth.of(design.pool)).statistic)
    baseline = summary.baselines["label_matched"]
    assert baseline.metrics["tau"].value == pytest.approx(np.mean(taus))
    assert (baseline.labels, baseline.seeds) == (12, 2)


def test_cost_baselines_have_no_seeds(summary: Summary, results: Results, truth: Truth) -> None:
    space = get_space("nb201")
    costs = [space.cost(architecture).parameters for architecture in results.design.pool]
    baseline = summary.baselines["parameters"]
    tau = stats.kendalltau(costs, truth.of(results.design.pool)).statistic
    assert baseline.metrics["tau"].value == pytest.approx(tau)
    assert (baseline.labels, baseline.seeds) == (0, 1)
    values, counts = np.unique(costs, return_counts=True)
    assert len(values) > 1
    assert baseline.ties == pytest.approx(np.sum(counts * (counts - 1)) / (60 * 59))


def test_below_baseline_follows_the_direction_of_the_metric(summary: Summary) -> None:
    seen = set()
    for row in summary.rows:
        metric = get_metric(row.metric)
        for name, baseline in summary.baselines.items():
            value = baseline.metrics[row.metric].value
            better = value > row.after if metric.higher_is_better else value < row.after
            assert (name in row.below_baseline) == better
            seen.add((metric.higher_is_better, better))
    assert len(seen) == 4, "the invented study should hold rows above and below for both directions"


def test_margins_compare_the_guided_super_net_with_each_baseline(summary: Summary) -> None:
    for margin in summary.margins:
        after = summary.row(margin.strategy, "tau").after
        assert margin.margin == pytest.approx(after - summary.baselines[margin.baseline].metrics["tau"].value)
        assert margin.ci_low < margin.margin < margin.ci_high


def test_landmarks_and_curves(summary: Summary, results: Results, truth: Truth) -> None:
    landmarks = [truth.of(marks) for marks in results.design.landmarks.values()]
    trials = results.of(results.design.rows["spos"].after)
    scores = [trial["landmark_scores"]["accuracy"] for trial in trials]
    row = summary.landmarks[0]
    pairs = list(zip(scores, landmarks, strict=True))
    assert row.after == pytest.approx(np.mean([stats.kendalltau(*pair).statistic for pair in pairs]))
    wrong = [
        np.mean([s[i] <= s[j] for i in range(12) for j in range(12) if accuracy[i] > accuracy[j]])
        for s, accuracy in pairs
    ]
    assert row.wrong_after == pytest.approx(np.mean(wrong))

    before, after = summary.curves[:2]
    assert (before.after, after.after) == (False, True)
    assert after.fractions == pytest.approx((1 / 3, 2 / 3, 1))
    first = truth.of(results.design.pool[:20])
    assert after.tau[1][2] == pytest.approx(stats.kendalltau(trials[1]["curve"][2]["scores"], first).statistic)
    assert before.violated == ()
    assert after.violated_at == pytest.approx(np.arange(4, 11) / 10)
    assert after.violated[1][0] == pytest.approx(0.5 - 0.3 * 0.1 + 0.01)


@pytest.mark.slow
def test_seeds_may_compare_landmark_pairs_in_other_stretches_of_training(truth: Truth) -> None:
    """As when the parts of a divided space that hold two landmarks are others."""
    results = invented_results(truth)
    first, second = (trial["record"] for trial in results.of(results.design.rows["spos"].after))
    for row, lacking in ((first[3], first), (second[-1], second)):
        assert row in lacking
        del row[VIOLATED]
    summary = analyse(results, truth)
    curve = next(curve for curve in summary.curves if (curve.strategy, curve.after) == ("spos", True))
    assert curve.violated_at == pytest.approx(np.arange(4, 11) / 10)
    expected = [[row.get(VIOLATED, math.nan) for row in record[3:]] for record in (first, second)]
    assert np.array(curve.violated) == pytest.approx(np.array(expected), nan_ok=True)
    assert np.isnan(curve.violated).sum() == 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "nan" not in training.draw(summary)
    assert json.loads(summary.to_text())["curves"][1]["violated"][0][0] is None
    for row in (*first, *second):
        row.pop(VIOLATED, None)
    assert training.draw(analyse(results, truth)).startswith("<svg")


@pytest.mark.slow
def test_where_a_super_net_divides_the_figure_says_why_its_curve_ends(truth: Truth) -> None:
    results = invented_results(truth)
    assert "several" not in training.draw(analyse(results, truth))
    for arm in results.design.rows["gdas"].arms:
        for trial in results.of(arm):
            trial["curve"] = trial["curve"][:2]
    assert training.draw(analyse(results, truth)).count("<!-- several -->") == 1


def test_a_study_of_one_processor_names_it_and_one_of_several_counts_and_says_what_it_means(truth: Truth) -> None:
    results = invented_results(truth)
    assert dict(explanations.facts(analyse(results, truth)))["Hardware"] == "abacus, Linux"
    first = results.design.trials[0].name
    trials = {**results.trials, first: {**results.trials[first], "processor": "quipu"}}
    others = len(trials) - 1
    said = dict(explanations.facts(analyse(replace(results, trials=trials), truth)))["Hardware"]
    assert said.startswith(f"abacus ({others} super-nets), quipu (1 super-net), Linux; processors round differently")
    assert said.endswith("Not paired seed by seed, as they are of different ones: before and after of SPOS")


@pytest.mark.parametrize(
    ("moved", "arms", "changed"),
    [
        ((), [], []),
        (("spos-plain", "spos-landmark", "other-landmark"), [], []),
        (("other-landmark",), ["other"], [["other", "spos"]]),
        (("spos-plain",), ["spos", "other"], []),
        (("spos-plain", "spos-landmark"), ["other"], [["other", "spos"]]),
    ],
)
def test_differences_across_processors_are_named(truth: Truth, moved: tuple, arms: list, changed: list) -> None:
    variants = {"other": {"strategy": "spos", "label": "other", "terms": {"landmark": {"coefficient": 1.0}}}}
    results = invented_results(truth, strategies=("spos",), variants=variants)
    trials = {
        name: {**trial, "processor": "quipu"} if name.startswith(tuple(moved)) and moved else trial
        for name, trial in results.trials.items()
    }
    found = analyse(replace(results, trials=trials), truth).header["hardware"]["unpaired"]
    assert found == {"arms": arms, "changes": changed}


def test_steps_of_divided_strategies_are_said_to_be_of_all_super_nets(truth: Truth) -> None:
    summary = analyse(invented_results(truth, strategies=("spos", "few_shot")), truth)
    assert [row.generations for row in summary.landmarks] == [1, 2]
    _, note = section_notes.landmark_notes(summary)
    assert note.startswith("few-shot: steps are summed over all super-nets")
    assert note in markdown(summary)
    assert len(section_notes.landmark_notes(analyse(invented_results(truth), truth))) == 1


@pytest.mark.parametrize(
    ("term", "landmarks", "pair_passes", "pairs"),
    [
        ({}, {}, lambda violated: (2 + 4 * violated) / 3, 1),
        ({"pairs_per_step": 4}, {}, lambda violated: (2 + 4 * violated) / 3, 4),
        ({"loss": "softplus"}, {}, lambda violated: 2.0, 1),
        ({"pair_sampling": "all"}, {"count": 5}, lambda violated: (2 + 4 * violated) / 3, 10),
    ],
)
def test_what_the_term_adds_is_counted_in_passes(
    truth: Truth, term: dict, landmarks: dict, pair_passes, pairs: int
) -> None:
    """Two forward passes a pair, a third of a pass each, and where it has a gradient two backward ones."""
    variants = {"other": {"strategy": "spos", "label": "other", "landmarks": landmarks, "terms": {"landmark": term}}}
    results = invented_results(truth, strategies=("spos",), variants=variants)
    name = "other" if term else "spos"
    added = {row.strategy: row.added for row in landmark_rows(results, truth)}[name]
    study, expected = results.design.study, []
    for trial in results.of(results.design.rows[name].after):
        fractions = [0.0, *(row["fraction"] for row in trial["record"])]
        spans = zip(fractions, trial["record"], strict=False)
        active = [
            (min(max(row["fraction"] - WARM_UP, 0), row["fraction"] - start), row)
            for start, row in spans
            if "landmark.violated" in row
        ]
        passes = sum(length * pairs * pair_passes(row["landmark.violated"]) for length, row in active)
        expected.append(passes * trial["steps"] / study.training.passes)
    assert added == pytest.approx(np.mean(expected), rel=0.02)


@pytest.mark.parametrize(
    ("term", "begins"),
    [({"warm_up": 0.35}, 0.35), ({"warm_up": 0.68}, 0.68), ({"schedule": "linear_step_increase"}, 0.3 + 0.7 / 4)],
    ids=["in half a tenth", "late", "a quarter after warm-up"],
)
def test_the_term_adds_nothing_while_it_is_off(truth: Truth, term: dict, begins: float) -> None:
    """A stretch of the record in which it was on for a part of the time counts as that part."""
    variants = {"other": {"strategy": "spos", "label": "other", "terms": {"landmark": term}}}
    results = invented_results(truth, strategies=("spos",), variants=variants)
    expected = []
    for trial in results.of(results.design.rows["other"].after):
        passes = 0.0
        for row in (row for row in trial["record"] if "landmark.violated" in row):
            on = min(max(row["fraction"] - begins, 0.0), 0.1)
            passes += on * trial["steps"] * (2 + 4 * row["landmark.violated"]) / 3
        expected.append(passes / results.design.study.training.passes)
    added = {row.strategy: row.added for row in landmark_rows(results, truth)}
    assert added["other"] == pytest.approx(np.mean(expected), rel=0.01)
    assert added["other"] < added["spos"]


def test_a_landmark_that_was_not_scored_is_refused(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that lies between others that were."""
    scored = {trial: results.design.scored_landmarks(trial) for trial in results.design.trials}
    known, space = results.design.landmarks[0], get_space("nb201")
    between = range(space.position(known[0]), space.position(known[-1]))
    absent = next(one for one in map(space.at, between) if one not in known)
    row = results.design.rows["spos"]
    monkeypatch.setattr(Design, "scored_landmarks", lambda _, trial: scored[trial])
    monkeypatch.setattr(Design, "landmarks_of", lambda *_: (known[0], absent, known[-1]))
    message = f"spos-landmark-seed0 did not score 1 landmarks of spos, first {absent}"
    with pytest.raises(ValueError, match=re.escape(message)):
        landmark_scores(results, row, row.after)


def test_a_failed_trial_is_null_with_a_reason_and_leaves_the_rest(truth: Truth) -> None:
    summary = analyse(invented_results(truth, failed=("spos-landmark-seed1",)), truth)
    row = summary.row("spos", "tau")
    assert math.isnan(row.after)
    assert math.isnan(row.delta)
    assert math.isfinite(row.before)
    assert row.n_seeds == 1
    assert row.reason == "spos-landmark-seed1 failed: the training loss is nan at step 7 of 1500"
    assert [failure.trial for failure in summary.failures] == ["spos-landmark-seed1"]
    assert math.isfinite(summary.row("gdas", "tau").delta)
    stored = json.loads(summary.to_text())
    assert next(line for line in stored["rows"] if line["strategy"] == "spos")["after"] is None
    assert stored["failures"][0]["reason"].startswith("the training loss is nan")
    assert stored["header"]["n"]["failed_trials"] == 1


def test_equal_scores_are_undefined_with_a_reason(truth: Truth) -> None:
    row = analyse(invented_results(truth, constant=("gdas-plain-seed0",)), truth).row("gdas", "tau")
    assert math.isnan(row.before)
    assert math.isnan(row.delta)
    assert row.reason == "undefined before for seed 0: equal scores"


def test_truth_that_lacks_architectures_of_the_pool_is_refused(results: Results, truth: Truth) -> None:
    values = truth.values.copy()
    values[truth.places(results.design.pool[:3])] = np.nan
    with pytest.raises(ValueError, match="the truth lacks 3 of the 60 architectures of the pool"):
        analyse(results, Truth(truth.space, values))


def test_truth_of_another_space_is_refused(results: Results, truth: Truth) -> None:
    with pytest.raises(ValueError, match="a truth of nb201 is 15625 values, not of shape"):
        Truth(truth.space, truth.values[:-1])
    other = get_enumerated("nb201-activations")
    with pytest.raises(ValueError, match="the study is about nb201, but its truth is one of nb201-activations"):
        analyse(results, Truth(other, np.full(len(other), 90.0)))
