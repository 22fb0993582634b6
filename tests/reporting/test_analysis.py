"""The numbers of a summary, each against an independent computation."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from synthetic import RECORDED, WARM_UP, invented_results, tau_alone

from nasrank.bench.analysis.comparison import Comparison
from nasrank.bench.analysis.frame import SUPERNET, TIES
from nasrank.bench.analysis.header import header
from nasrank.bench.analysis.landmarks import ADDED, LANDMARKS, STEPS, VIOLATED, WRONG, on_landmarks
from nasrank.bench.analysis.pairs import pairs_of
from nasrank.bench.analysis.ranked import Ranked
from nasrank.bench.analysis.scores import Scored, landmark_scores, pool_truth
from nasrank.bench.analysis.summary import Reference
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.ranking import METRICS, get_metric, paired_bootstrap
from nasrank.bench.reporting import Summary, analyse
from nasrank.bench.reporting.figures import training
from nasrank.bench.reporting.figures.curves import curves
from nasrank.bench.reporting.prose import paragraphs
from nasrank.bench.runner.arms import Arm
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth
from nasrank.predictors import Context, Labels
from nasrank.predictors.labelled.label_matched import LabelMatchedRidge
from nasrank.spaces import get_enumerated, get_space


def _scores(results: Results, arm: Arm) -> np.ndarray:
    return np.array([trial["scores"]["accuracy"] for trial in results.of(arm)])


@pytest.mark.slow
def test_every_metric_of_every_arm_and_gain(summary: Summary) -> None:
    reported = [name for name, metric in METRICS.items() if not metric.scores_in_truth_units]
    assert list(summary.metrics) == reported
    for pair in summary.pairs:
        for metric in reported:
            for one in (summary.level(pair, False, metric), summary.level(pair, True, metric)):
                assert one.low < one.high
            assert summary.gain(pair, metric).status


@pytest.mark.slow
def test_no_line_is_there_twice(summary: Summary, landmark_summary: Summary) -> None:
    for one in (summary, landmark_summary):
        assert len({line.key for line in one.frame}) == len(one.frame)


def test_tau_is_the_mean_over_seeds_of_scipys(summary: Summary, results: Results, truth: Truth) -> None:
    pool = truth.of(results.design.pool)
    pair = summary.pair("gdas")
    for after, arm in enumerate(results.design.rows["gdas"].arms):
        taus = [stats.kendalltau(scores, pool).statistic for scores in _scores(results, arm)]
        assert summary.by_seed(pair, bool(after)) == pytest.approx(taus)
        found = summary.level(pair, bool(after))
        assert found.value == pytest.approx(np.mean(taus))
        assert found.low < found.value < found.high
        assert (found.n, found.status, found.estimator) == (60, "", SUPERNET)
    before, after = (summary.level(pair, one).value for one in (False, True))
    assert summary.gain(pair).value == pytest.approx(after - before)


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
    gain, after = (
        summary.gain(summary.pair("spos"), "spearman"),
        summary.level(summary.pair("spos"), True, "spearman"),
    )
    assert (gain.low, gain.high) == (expected.delta.low, expected.delta.high)
    assert (after.low, after.high) == (expected.after.low, expected.after.high)


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
    assert summary.reference("label_matched").value == pytest.approx(np.mean(taus))
    assert summary.references[0] == Reference("label_matched", "ridge on the same labels", 12)


def test_cost_baselines_have_no_seeds(summary: Summary, results: Results, truth: Truth) -> None:
    space = get_space("nb201")
    costs = [space.cost(architecture).parameters for architecture in results.design.pool]
    tau = stats.kendalltau(costs, truth.of(results.design.pool)).statistic
    assert summary.reference("parameters").value == pytest.approx(tau)
    assert {one.name: one.labels for one in summary.references}["parameters"] == 0
    values, counts = np.unique(costs, return_counts=True)
    assert len(values) > 1
    assert summary.reference("parameters", TIES).value == pytest.approx(np.sum(counts * (counts - 1)) / (60 * 59))


def test_what_is_better_than_a_row_follows_the_direction_of_the_metric(summary: Summary) -> None:
    seen = set()
    for pair in summary.pairs:
        for name in summary.metrics:
            ours, metric = summary.level(pair, True, name).value, get_metric(name)
            for one in summary.references:
                value = summary.reference(one.name, name).value
                better = value > ours if metric.higher_is_better else value < ours
                assert (one.name in summary.beaten_by(pair, name)) == better
                seen.add((metric.higher_is_better, better))
    assert len(seen) == 4, "the invented study should hold rows above and below for both directions"


def test_margins_compare_the_guided_super_net_with_each_baseline(summary: Summary) -> None:
    for pair in summary.pairs:
        for one in summary.references:
            margin = summary.margin(pair, one.name)
            after = summary.level(pair, True).value
            assert margin.value == pytest.approx(after - summary.reference(one.name).value)
            assert margin.low < margin.value < margin.high


def test_landmarks_and_curves(summary: Summary, results: Results, truth: Truth) -> None:
    landmarks = [truth.of(marks) for marks in results.design.landmarks.values()]
    trials = results.of(results.design.rows["spos"].after)
    scores = [trial["landmark_scores"]["accuracy"] for trial in trials]
    pairs = list(zip(scores, landmarks, strict=True))
    spos, part = summary.pair("spos"), f"{LANDMARKS} of spos"
    found = summary.level(spos, True, part=part)
    assert found.value == pytest.approx(np.mean([stats.kendalltau(*pair).statistic for pair in pairs]))
    assert found.n == 12
    wrong = [
        np.mean([s[i] <= s[j] for i in range(12) for j in range(12) if accuracy[i] > accuracy[j]])
        for s, accuracy in pairs
    ]
    assert summary.level(spos, True, WRONG, part=part).value == pytest.approx(np.mean(wrong))
    assert summary.level(spos, True, STEPS).value == 1500

    taus, violated = curves(summary, "tau"), curves(summary, VIOLATED)
    assert taus[spos.after].fractions == pytest.approx((1 / 3, 2 / 3, 1), abs=1e-6)
    first = truth.of(results.design.pool[:20])
    tau = stats.kendalltau(trials[1]["curve"][2]["scores"], first).statistic
    assert taus[spos.after].values[1, 2] == pytest.approx(tau)
    assert not violated[spos.before].measured
    assert violated[spos.after].fractions == pytest.approx(np.arange(4, 11) / 10)
    assert violated[spos.after].values[1, 0] == pytest.approx(0.5 - 0.3 * 0.1 + 0.01)


@pytest.mark.slow
def test_seeds_may_compare_landmark_pairs_in_other_stretches_of_training(
    truth: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the parts of a divided space that hold two landmarks are others."""
    results = invented_results(truth)
    first, second = (trial["record"] for trial in results.of(results.design.rows["spos"].after))
    for row, lacking in ((first[3], first), (second[-1], second)):
        assert row in lacking
        del row[RECORDED]
    tau_alone(monkeypatch)
    summary = analyse(results, truth)
    found = curves(summary, VIOLATED)["spos-landmark"]
    assert found.fractions == pytest.approx(np.arange(4, 11) / 10)
    expected = [[row.get(RECORDED, math.nan) for row in record[3:]] for record in (first, second)]
    assert found.values == pytest.approx(np.array(expected), nan_ok=True)
    assert np.isnan(found.values).sum() == 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "nan" not in training.draw(summary)
    for row in (*first, *second):
        row.pop(RECORDED, None)
    assert training.draw(analyse(results, truth)).startswith("<svg")


@pytest.mark.slow
def test_where_a_super_net_divides_the_figure_says_why_its_curve_ends(
    truth: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    tau_alone(monkeypatch)
    results = invented_results(truth)
    assert "several" not in training.draw(analyse(results, truth))
    for arm in results.design.rows["gdas"].arms:
        for trial in results.of(arm):
            trial["curve"] = trial["curve"][:2]
    assert training.draw(analyse(results, truth)).count("several") == 1


@pytest.mark.slow
def test_a_study_of_one_processor_names_it_and_one_of_several_counts_and_says_what_it_means(
    truth: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    tau_alone(monkeypatch)
    results = invented_results(truth)
    assert dict(paragraphs("facts.j2", analyse(results, truth)))["Hardware"] == "abacus, Linux"
    first = results.design.trials[0].name
    trials = {**results.trials, first: {**results.trials[first], "processor": "quipu"}}
    others = len(trials) - 1
    said = dict(paragraphs("facts.j2", analyse(replace(results, trials=trials), truth)))["Hardware"]
    assert said.startswith(f"abacus ({others} super-nets), quipu (1 super-net), Linux; processors round differently")
    assert said.endswith("Not paired seed by seed, as they are of different ones: before and after of SPOS")


@pytest.mark.slow
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
    found = header(replace(results, trials=trials), 0, truth)["hardware"]["unpaired"]
    assert found == {"arms": arms, "changes": changed}


def on_devices(results: Results, devices: Mapping[str, str]) -> Results:
    """Trained on these, by the beginning of the trial's name; the others on the first."""
    first, *_ = devices.values()
    trials = {
        name: {**trial, "device": next((device for start, device in devices.items() if name.startswith(start)), first)}
        for name, trial in results.trials.items()
    }
    return replace(results, trials=trials)


@pytest.mark.slow
def test_a_study_that_was_trained_on_a_gpu_names_it(truth: Truth, monkeypatch: pytest.MonkeyPatch) -> None:
    tau_alone(monkeypatch)
    results = on_devices(invented_results(truth), {"spos": "cuda: Zuse"})
    said = dict(paragraphs("facts.j2", analyse(results, truth)))["Hardware"]
    assert said == "abacus, Linux; trained on cuda: Zuse"


@pytest.mark.slow
def test_models_of_gpus_are_counted_and_what_crosses_them_is_named(
    truth: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    tau_alone(monkeypatch)
    results = invented_results(truth)
    results = on_devices(results, {"spos-landmark": "cuda: Zuse", "spos-plain": "cuda: Leibniz"})
    said = dict(paragraphs("facts.j2", analyse(results, truth)))["Hardware"]
    seeds = len(results.design.study.seeds)
    assert f"cuda: Leibniz ({seeds} super-nets); devices round differently" in said
    assert said.endswith("Not paired seed by seed, as they are of different ones: before and after of SPOS")


def test_before_and_after_of_different_kinds_of_devices_are_not_compared(truth: Truth) -> None:
    results = invented_results(truth)
    results = on_devices(results, {"spos-landmark": "cuda: Zuse", "spos-plain": "cpu"})
    with pytest.raises(ValueError, match="before and after of SPOS, seed 0, cannot be compared"):
        analyse(results, truth)


@pytest.mark.slow
def test_a_report_of_the_cpu_says_nothing_of_devices(truth: Truth) -> None:
    results = invented_results(truth)
    named = on_devices(results, {"": "cpu"})
    assert header(named, 0, truth) == header(results, 0, truth)
    assert "devices" not in header(results, 0, truth)["hardware"]


@pytest.mark.slow
def test_steps_of_divided_strategies_are_said_to_be_of_all_super_nets(
    truth: Truth, summary: Summary, monkeypatch: pytest.MonkeyPatch
) -> None:
    tau_alone(monkeypatch)
    divided = analyse(invented_results(truth, strategies=("spos", "few_shot")), truth)
    assert [pair.generations for pair in divided.pairs] == [1, 2]
    notes = [one.text for one in paragraphs("sections/landmarks.j2", divided)]
    assert any(note.startswith("few-shot: steps are summed over all super-nets") for note in notes)
    assert not any("steps are summed" in one.text for one in paragraphs("sections/landmarks.j2", summary))


def _added(results: Results, truth: Truth) -> dict[str, float]:
    """What the term of each row adds, as the frame has it."""
    pairs = pairs_of(results.design)
    compare = Comparison(results.design.study, pool_truth(results.design, truth))
    ranked = Ranked(pairs, results.design.arms, Scored(results), {}, compare)
    lines = [one for one in on_landmarks(ranked, truth) if one.metric == ADDED]
    return {pair.name: next(one.value for one in lines if one.arm == pair.after) for pair in pairs}


@pytest.mark.slow
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
    added = _added(results, truth)[name]
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


@pytest.mark.slow
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
    added = _added(results, truth)
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


@pytest.mark.slow
def test_a_failed_trial_has_no_value_but_a_reason_and_leaves_the_rest(
    truth: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    tau_alone(monkeypatch)
    summary = analyse(invented_results(truth, failed=("spos-landmark-seed1",)), truth)
    spos, gdas = summary.pairs
    after = summary.level(spos, True)
    assert not after.known
    assert after.status == "spos-landmark-seed1 failed: the training loss is nan at step 7 of 1500"
    assert (summary.gain(spos).known, summary.gain(spos).status) == (False, "a trial failed")
    assert summary.level(spos, False).known
    assert [one == one for one in summary.by_seed(spos, True)] == [True, False]
    assert summary.failures == {"spos-landmark-seed1": "the training loss is nan at step 7 of 1500"}
    assert summary.gain(gdas).known
    assert summary.header["n"]["failed_trials"] == 1


@pytest.mark.slow
def test_equal_scores_are_undefined_with_a_reason(truth: Truth, monkeypatch: pytest.MonkeyPatch) -> None:
    tau_alone(monkeypatch)
    summary = analyse(invented_results(truth, constant=("gdas-plain-seed0",)), truth)
    gdas = summary.pair("gdas")
    before = summary.level(gdas, False)
    assert (before.known, before.status) == (False, "undefined for seed 0: equal scores")
    assert not summary.gain(gdas).known
    assert any("GDAS: undefined for seed 0: equal scores." in note.text for note in paragraphs("notes.j2", summary))


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
