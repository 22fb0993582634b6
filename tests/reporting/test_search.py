"""What a search finds, each number against a loop over the space."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from synthetic import invented_results, store_first, tau_alone

from nasrank.bench.analysis.during_training import ACCURACY, SKIPS
from nasrank.bench.analysis.frame import TRUTH, Finding, Frame
from nasrank.bench.analysis.search import BEST_OF_POOL, CONTRAST, DERIVED, FOUND, HIGHEST, ORACLE, PREFERRED, WAYS
from nasrank.bench.publishing import write_report
from nasrank.bench.reporting import Summary, analyse
from nasrank.bench.reporting.figures import derivations
from nasrank.bench.reporting.figures.curves import curves
from nasrank.bench.reporting.prose import paragraphs
from nasrank.bench.reporting.search_table import search_table
from nasrank.bench.runner.results import Results, Store
from nasrank.bench.runner.run import completed
from nasrank.bench.runner.truth import Truth
from nasrank.spaces import get_space

SPACE = get_space("nb201")


@pytest.fixture(autouse=True)
def _tau_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    tau_alone(monkeypatch)


@pytest.fixture(scope="module")
def plain(truth: Truth) -> Summary:
    """By tau alone."""
    with pytest.MonkeyPatch.context() as patch:
        tau_alone(patch)
        return analyse(invented_results(truth), truth)


def find(summary: Summary, row: str, way: str, after: bool, seed: int | None = None) -> list[Finding]:
    """What a row found, in the order of `FOUND`; the mean unless of a seed."""
    return [summary.level(summary.pair(row), after, metric, part=way, seed=seed) for metric in FOUND]


def ways_of(summary: Summary) -> list[tuple[str, str]]:
    return [
        (pair.name, way)
        for pair in summary.pairs
        for way in WAYS
        if summary.level(pair, True, FOUND[0], part=way).status != "not measured"
    ]


def notes(summary: Summary) -> list[str]:
    return [one.text for one in paragraphs("sections/search.j2", summary)]


def without(truth: Truth, choices: list[int]) -> Truth:
    """One that does not know the architecture of these choices."""
    place = SPACE.position(SPACE.from_choices(choices))
    return Truth(SPACE, np.where(np.arange(len(truth)) == place, np.nan, truth.values))


def _assert_is(found: list[Finding], value: float, truth: Truth) -> None:
    known = truth.values[np.isfinite(truth.values)]
    surpasses = (sum(other <= value for other in known) / len(known)) ** 10
    expected = [value, max(known) - value, 1 + sum(other > value for other in known), surpasses]
    assert [one.value for one in found] == pytest.approx(expected)


def test_the_derived_architecture_is_looked_up(summary: Summary, results: Results, truth: Truth) -> None:
    for after, arm in enumerate(results.design.rows["gdas"].arms):
        every = []
        for seed, trial in zip(results.design.study.seeds, results.of(arm), strict=True):
            cell, found = SPACE.from_choices(trial["derived"]), find(summary, "gdas", DERIVED, bool(after), seed)
            assert {one.status for one in found} == {str(cell)}
            _assert_is(found, truth.of([cell])[0], truth)
            every.append([one.value for one in found])
        means = find(summary, "gdas", DERIVED, bool(after))
        assert [one.value for one in means] == pytest.approx(np.mean(every, axis=0))
        assert {one.n for one in means} == {len(truth)}


def test_only_arms_that_derive_have_that_row(summary: Summary) -> None:
    assert ways_of(summary) == [("spos", HIGHEST), ("gdas", DERIVED), ("gdas", PREFERRED), ("gdas", HIGHEST)]


def test_the_best_of_the_pool_by_its_own_parameters(summary: Summary, results: Results, truth: Truth) -> None:
    for after, arm in enumerate(results.design.rows["gdas"].arms):
        for seed, trial in zip(results.design.study.seeds, results.of(arm), strict=True):
            place = int(np.argmax(trial["scores"]["preference"]))
            found = find(summary, "gdas", PREFERRED, bool(after), seed)
            _assert_is(found, truth.of(results.design.pool)[place], truth)


@pytest.mark.slow
def test_how_far_apart_own_parameters_hold_the_pool(truth: Truth) -> None:
    """The most preferred weighs 8 times as much as the least in one seed, 2 in the other: 4 in the geometric mean."""
    results = invented_results(truth)
    for trial, ratio in zip(results.of(results.design.rows["gdas"].before), (8.0, 2.0), strict=True):
        preference = np.linspace(-3.0, -3.0 + np.log(ratio), len(results.design.pool))
        trial["scores"]["preference"] = np.random.default_rng(0).permutation(preference).tolist()
    summary = analyse(results, truth)
    weights = [np.exp(trial["scores"]["preference"]) for trial in results.of(results.design.rows["gdas"].after)]
    before, after = (summary.level(summary.pair("gdas"), one, CONTRAST).value for one in (False, True))
    assert before == pytest.approx(4.0)
    assert after == pytest.approx(np.prod([max(one) / min(one) for one in weights]) ** (1 / 2))
    assert any(f"GDAS 4 → {after:.3g};" in note for note in notes(summary))

    for trial in results.of(results.design.rows["gdas"].after):
        del trial["scores"]["preference"]
    summary = analyse(results, truth)
    after = summary.level(summary.pair("gdas"), True, CONTRAST).value
    assert np.isnan(after), "no mean over the seeds that happened to have one"
    assert any("GDAS 4 → n/a;" in note for note in notes(summary))


@pytest.mark.slow
def test_nothing_is_said_of_parameters_where_no_strategy_has_any(truth: Truth) -> None:
    summary = analyse(invented_results(truth, strategies=("spos",)), truth)
    assert not summary.frame.select(metric=CONTRAST)
    assert not any("own parameters hold" in note for note in notes(summary))


def test_rows_say_what_they_pick_from(summary: Summary) -> None:
    table = search_table(summary)
    picks = {label: cells[0] for label, cells in (*table.lines, *table.references)}
    assert picks["GDAS, derived"] == "the whole space"
    assert picks["GDAS, highest score"] == picks["SPOS, highest score"] == picks["best of the pool"] == "the pool"
    floor = summary.frame.find(metric="found_regret", estimator=TRUTH, part=BEST_OF_POOL).value
    assert any(f"best of the pool, {floor:.2f}, and no landmark" in note for note in notes(summary))


@pytest.mark.slow
def test_who_is_guided_by_even_landmarks_has_been_told_the_best(summary: Summary, truth: Truth) -> None:
    assert not any("told the best" in note for note in notes(summary))
    even = {"evenly": {"strategy": "spos", "label": "even in rank", "landmarks": {"choice": "even"}}}
    said = notes(analyse(invented_results(truth, variants=even), truth))
    assert any(note.startswith("even in rank: ") and "told the best" in note for note in said)


class TestOracleSelection:
    @pytest.fixture
    def divided(self, truth: Truth) -> Results:
        """Three super-nets, one of which scores all its architectures alike."""
        results = invented_results(truth, strategies=("few_shot", "spos"), analysis={"oracle_selection": True})
        for arm in results.design.rows["few_shot"].arms:
            for trial in results.of(arm):
                trial["parts"] = [place % 3 for place in range(60)]
                scores = trial["scores"]["accuracy"]
                trial["scores"]["accuracy"] = [0.5 if place % 3 == 1 else scores[place] for place in range(60)]
        return results

    @pytest.mark.slow
    def test_of_what_each_super_net_scores_highest_the_best_in_truth(self, divided: Results, truth: Truth) -> None:
        pool = truth.of(divided.design.pool)
        summary = analyse(divided, truth)
        guided = divided.of(divided.design.rows["few_shot"].after)
        for seed, trial in enumerate(guided):
            best = []
            for part in range(3):
                scores = trial["scores"]["accuracy"][part::3]
                best += [pool[part::3][place] for place, score in enumerate(scores) if score == max(scores)]
            assert len(best) >= 22
            _assert_is(find(summary, "few_shot", ORACLE, True, seed), max(best), truth)
        assert [row for row, way in ways_of(summary) if way == ORACLE] == ["few_shot"]
        assert "(oracle selection)" in ORACLE
        assert any("uses the table to choose" in note for note in notes(summary))

    @pytest.mark.slow
    def test_never_without_being_asked(self, divided: Results, truth: Truth) -> None:
        study = divided.design.study
        silent = study.model_copy(update={"analysis": study.analysis.model_copy(update={"oracle_selection": False})})
        summary = analyse(replace(divided, design=replace(divided.design, study=silent)), truth)
        assert not summary.frame.select(part=ORACLE)
        assert not any("oracle selection" in note.lower() for note in notes(summary))
        assert not any("oracle selection" in label for label, _ in search_table(summary).lines)

    @pytest.mark.slow
    def test_a_failed_trial_is_said_so(self, divided: Results, truth: Truth) -> None:
        trial = divided.of(divided.design.rows["few_shot"].after)[0]
        trial.update(failure="it diverged", scores={}, landmark_scores={}, curve=[], parts=None)
        summary = analyse(divided, truth)
        assert {one.status for one in find(summary, "few_shot", ORACLE, True)} == {"failed (1 of 2)"}
        assert all(one.known for one in find(summary, "few_shot", ORACLE, False))


def test_the_highest_score_is_of_the_pool(summary: Summary, results: Results, truth: Truth) -> None:
    scores = np.array(results.of(results.design.rows["spos"].after)[1]["scores"]["accuracy"])
    (place,) = np.flatnonzero(scores == scores.max())
    cell = results.design.pool[place]
    found = find(summary, "spos", HIGHEST, True, 1)
    _assert_is(found, truth.of([cell])[0], truth)
    assert found[0].status == str(cell)


@pytest.mark.slow
def test_equal_highest_scores_are_an_expectation(truth: Truth) -> None:
    results = invented_results(truth, constant=("spos-plain-seed0",))
    value, _, rank, _ = find(analyse(results, truth), "spos", HIGHEST, False, 0)
    pool = truth.of(results.design.pool)
    assert value.value == pytest.approx(pool.mean())
    assert rank.value == pytest.approx(np.mean([1 + np.sum(truth.values > one) for one in pool]))
    assert value.status == "60 with equal scores"


@pytest.mark.slow
def test_a_derived_architecture_whose_truth_is_not_known_is_said_so(truth: Truth) -> None:
    results = invented_results(truth)
    trial = results.of(results.design.rows["gdas"].before)[1]
    gaps = without(truth, trial["derived"])
    assert np.isfinite(gaps.of(results.design.pool)).all()
    summary = analyse(results, gaps)
    derived = SPACE.from_choices(trial["derived"])
    first, second = (find(summary, "gdas", DERIVED, False, seed) for seed in (0, 1))
    _assert_is(first, first[0].value, gaps)
    assert {(one.known, one.status) for one in second} == {(False, f"truth not known of {derived}")}
    mean = find(summary, "gdas", DERIVED, False)[0]
    assert (mean.known, mean.status) == (False, f"truth not known of {derived} (1 of 2)")
    cells = dict(search_table(summary).lines)["GDAS, derived"]
    assert cells[-1].startswith(f"{first[0].value:.2f}, truth not known → ")
    assert cells[1].startswith("n/a: truth not known")


@pytest.mark.slow
def test_failed_trials_are_named(truth: Truth) -> None:
    summary = analyse(invented_results(truth, failed=("gdas-plain-seed0", "spos-landmark-seed1")), truth)
    assert find(summary, "gdas", DERIVED, False)[0].status == "failed (1 of 2)"
    assert find(summary, "spos", HIGHEST, True, 1)[0].status == "failed"
    assert find(summary, "spos", HIGHEST, False)[0].known
    assert dict(search_table(summary).lines)["GDAS, derived"][1].startswith("n/a: failed (1 of 2) → ")


@pytest.mark.slow
def test_a_trial_that_derives_nothing_is_said_so(truth: Truth) -> None:
    results = invented_results(truth)
    for trial in results.of(results.design.rows["gdas"].after):
        trial["derived"] = None
    summary = analyse(results, truth)
    found = [one for seed in (0, 1) for one in find(summary, "gdas", DERIVED, True, seed)]
    assert {(one.known, one.status) for one in found} == {(False, "nothing derived")}


def test_references_are_what_the_baselines_score_highest_and_the_best(
    summary: Summary, results: Results, truth: Truth
) -> None:
    pool = truth.of(results.design.pool)
    costs = np.array([SPACE.cost(cell).parameters for cell in results.design.pool])
    lines = [label for label, _ in search_table(summary).references]
    assert lines == [*(one.label for one in summary.references), "best of the pool"]
    found = summary.frame.find(metric=FOUND[0], estimator="parameters", part=HIGHEST)
    assert found.value == pytest.approx(pool[costs == costs.max()].mean())
    best = [summary.frame.find(metric=metric, estimator=TRUTH, part=BEST_OF_POOL) for metric in FOUND]
    _assert_is(best, pool.max(), truth)


@pytest.mark.slow
def test_older_results_have_a_report_without_derived_architectures(truth: Truth, tmp_path: Path) -> None:
    results = invented_results(truth, older=True)
    later = ("settings", "derived", "parts", "lookalike_scores")
    with completed(Store(store_first(results, tmp_path / "results", without=later)), truth) as whole:
        summary = write_report(whole.folder, tmp_path, truth)
    assert {way for _, way in ways_of(summary)} == {HIGHEST}
    assert not summary.frame.select(metric=ACCURACY)
    assert not (tmp_path / "derivations.svg").exists()
    assert summary.scores() == ("accuracy", "negative_loss")


def with_truths(summary: Summary, change: Callable[[Finding], float]) -> Summary:
    """The same, but for the truth of what would be derived during training."""
    lines = (one._replace(value=change(one)) if one.metric == ACCURACY else one for one in summary.frame)
    return replace(summary, frame=Frame(tuple(lines)))


class TestDerivations:
    def test_truth_and_skip_connections_of_every_point(self, summary: Summary, results: Results, truth: Truth) -> None:
        found, skips = curves(summary, ACCURACY), curves(summary, SKIPS)
        assert list(found) == list(skips) == ["gdas-plain", "gdas-landmark"]
        for arm in results.design.rows["gdas"].arms:
            for place, trial in enumerate(results.of(arm)):
                cells = [SPACE.from_choices(point["derived"]) for point in trial["curve"]]
                fractions = [point["fraction"] for point in trial["curve"]]
                assert found[arm.name].fractions == pytest.approx(fractions, abs=1e-6)
                assert found[arm.name].values[place].tolist() == truth.of(cells).tolist()
                assert skips[arm.name].values[place].tolist() == [str(cell).count("skip_connect") for cell in cells]

    @pytest.mark.slow
    def test_before_there_is_an_architecture_the_curve_has_a_gap(self, truth: Truth) -> None:
        results = invented_results(truth)
        results.of(results.design.rows["gdas"].after)[0]["curve"][0].pop("derived")
        summary = analyse(results, truth)
        found, skips = (curves(summary, metric)["gdas-landmark"] for metric in (ACCURACY, SKIPS))
        assert np.isnan([found.values[0, 0], skips.values[0, 0]]).all()
        assert np.isfinite(found.values[1]).all()
        assert found.measured == 5
        svg = derivations.draw(summary)
        assert "nan" not in svg
        assert "truth known of" not in svg

    @pytest.mark.slow
    def test_it_is_said_of_how_many_the_truth_is_unknown(self, truth: Truth) -> None:
        results = invented_results(truth)
        choices = results.of(results.design.rows["gdas"].after)[0]["curve"][0]["derived"]
        summary = analyse(results, without(truth, choices))
        values = [one.value for one in summary.frame.select(metric=ACCURACY)]
        known = np.count_nonzero(~np.isnan(values))
        assert 0 < known < len(values)
        assert f"truth known of {known} of {len(values)}" in derivations.draw(summary)

    @pytest.mark.slow
    def test_where_hardly_any_is_known_only_the_connections_are_shown(self, plain: Summary) -> None:
        svg = derivations.draw(with_truths(plain, lambda _: np.nan))
        assert "the truth of hardly any is known" in svg
        assert "accuracy, %" not in svg
        assert "accuracy, %" in derivations.draw(plain)

    @pytest.mark.slow
    def test_a_space_without_skip_connections_says_what_is_unknown(self, plain: Summary) -> None:
        """On NAS-Bench-101 panels were empty: nothing was counted as derived but what has a known truth."""
        unknown = with_truths(plain, lambda _: np.nan)
        lines = tuple(one for one in unknown.frame if one.metric != SKIPS)
        derived = len(unknown.frame.select(metric=ACCURACY))
        svg = derivations.draw(replace(unknown, frame=Frame(lines)))
        assert "accuracy, %" in svg, "there is nothing else"
        assert f"truth known of 0 of {derived}" in svg

    @pytest.mark.slow
    def test_a_value_far_below_the_others_stands_at_the_foot(self, truth: Truth) -> None:
        summary = analyse(invented_results(truth, seeds=tuple(range(10))), truth)
        assert "↓" not in derivations.draw(with_truths(summary, lambda one: 92.0 + one.seed / 10))
        first = summary.frame.select(metric=ACCURACY)[1]
        fallen = with_truths(summary, lambda one: 10.0 if one == first else 92.0 + one.seed / 10)
        assert "10 ↓" in derivations.draw(fallen)

    @pytest.mark.slow
    @pytest.mark.parametrize(("split", "drawn"), [("test_50k_augmented", True), ("valid_25k", False)])
    def test_the_published_end_is_drawn_where_the_truth_is_of_test_images(
        self, split: str, drawn: bool, truth: Truth
    ) -> None:
        summary = analyse(invented_results(truth, strategies=("darts",)), truth)
        header = {**summary.header, "truth": {**summary.header["truth"], "split": split}}
        svg = derivations.draw(replace(summary, header=header))
        assert ("published" in svg) == drawn
        assert "published" not in derivations.draw(replace(summary, header=header, published=()))
