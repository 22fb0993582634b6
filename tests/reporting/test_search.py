"""What a search finds, each number against a loop over the space."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from synthetic import invented_results, store_first

from nasrank.bench.analysis import analyse as analysis
from nasrank.bench.analysis import search, wording
from nasrank.bench.analysis.findings import Find, SearchRow
from nasrank.bench.publishing import write_report
from nasrank.bench.ranking import METRICS
from nasrank.bench.reporting import Summary, analyse, section_notes
from nasrank.bench.reporting.figures import derivations
from nasrank.bench.reporting.markdown import markdown
from nasrank.bench.runner.results import Results, Store
from nasrank.bench.runner.run import completed
from nasrank.bench.runner.truth import Truth
from nasrank.spaces import get_space

SPACE = get_space("nb201")


@pytest.fixture(autouse=True)
def _tau_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "reported", lambda: {"tau": METRICS["tau"]})


def _row(summary: Summary, arm: str, way: str) -> SearchRow:
    return next(row for row in summary.search if (row.strategy, row.way) == (arm, way))


def without(truth: Truth, choices: list[int]) -> Truth:
    """One that does not know the architecture of these choices."""
    place = SPACE.position(SPACE.from_choices(choices))
    return Truth(SPACE, np.where(np.arange(len(truth)) == place, np.nan, truth.values))


def _assert_is(found: Find, value: float, truth: Truth) -> None:
    known = truth.values[np.isfinite(truth.values)]
    assert found.accuracy == pytest.approx(value)
    assert found.regret == pytest.approx(max(known) - value)
    assert found.rank == 1 + sum(other > value for other in known)
    assert found.surpasses == pytest.approx((sum(other <= value for other in known) / len(known)) ** 10)


def test_the_derived_architecture_is_looked_up(summary: Summary, results: Results, truth: Truth) -> None:
    row = _row(summary, "gdas", "derived")
    arms = results.design.rows["gdas"].arms
    for arm, by_seed in zip(arms, (row.before_by_seed, row.after_by_seed), strict=True):
        for trial, found in zip(results.of(arm), by_seed, strict=True):
            cell = SPACE.from_choices(trial["derived"])
            assert found.architecture == str(cell)
            _assert_is(found, truth.of([cell])[0], truth)
    for name in ("accuracy", "regret", "rank", "surpasses"):
        assert getattr(row.after, name) == pytest.approx(np.mean([getattr(one, name) for one in row.after_by_seed]))


def test_only_arms_that_derive_have_that_row(summary: Summary) -> None:
    assert [(row.strategy, row.way) for row in summary.search] == [
        ("spos", "highest score"),
        ("gdas", "derived"),
        ("gdas", "best of the pool by its own parameters"),
        ("gdas", "highest score"),
    ]


def test_the_best_of_the_pool_by_its_own_parameters(summary: Summary, results: Results, truth: Truth) -> None:
    row = _row(summary, "gdas", search.PREFERRED)
    arms = results.design.rows["gdas"].arms
    for arm, by_seed in zip(arms, (row.before_by_seed, row.after_by_seed), strict=True):
        for trial, found in zip(results.of(arm), by_seed, strict=True):
            place = int(np.argmax(trial["scores"]["preference"]))
            _assert_is(found, truth.of(results.design.pool)[place], truth)


def test_how_far_apart_own_parameters_hold_the_pool(truth: Truth) -> None:
    """The most preferred weighs 8 times as much as the least in one seed, 2 in the other: 4 in the geometric mean."""
    results = invented_results(truth)
    for trial, ratio in zip(results.of(results.design.rows["gdas"].before), (8.0, 2.0), strict=True):
        preference = np.linspace(-3.0, -3.0 + np.log(ratio), len(results.design.pool))
        trial["scores"]["preference"] = np.random.default_rng(0).permutation(preference).tolist()
    summary = analyse(results, truth)
    (found,) = summary.contrasts
    weights = [np.exp(trial["scores"]["preference"]) for trial in results.of(results.design.rows["gdas"].after)]
    assert (found.strategy, found.before) == ("gdas", pytest.approx(4.0))
    assert found.after == pytest.approx(np.prod([max(one) / min(one) for one in weights]) ** (1 / 2))
    (note,) = (note for note in section_notes.search_notes(summary) if "How far apart" in note)
    assert f"GDAS 4 → {found.after:.3g}." in note

    for trial in results.of(results.design.rows["gdas"].after):
        del trial["scores"]["preference"]
    summary = analyse(results, truth)
    assert np.isnan(summary.contrasts[0].after), "no mean over the seeds that happened to have one"
    assert any("GDAS 4 → n/a." in note for note in section_notes.search_notes(summary))


def test_nothing_is_said_of_parameters_where_no_strategy_has_any(truth: Truth) -> None:
    summary = analyse(invented_results(truth, strategies=("spos",)), truth)
    assert summary.contrasts == ()
    assert not any("own parameters hold" in note for note in section_notes.search_notes(summary))


def test_rows_say_what_they_pick_from(summary: Summary) -> None:
    lines = markdown(summary).partition(wording.SEARCH_TITLE)[2].splitlines()
    picks = {line.split(" | ")[0].strip("| "): line.split(" | ")[1] for line in lines if line.count(" | ") == 6}
    assert picks["GDAS, derived"] == "the whole space"
    assert picks["GDAS, highest score"] == picks["SPOS, highest score"] == picks["*best of the pool*"] == "the pool"
    floor = f"best of the pool, {summary.search_references['best of the pool'].regret:.2f}, and no landmark"
    assert any(floor in note for note in section_notes.search_notes(summary))


def test_who_is_guided_by_even_landmarks_has_been_told_the_best(summary: Summary, truth: Truth) -> None:
    assert not any("told the best" in note for note in section_notes.search_notes(summary))
    even = {"evenly": {"strategy": "spos", "label": "even in rank", "landmarks": {"choice": "even"}}}
    notes = section_notes.search_notes(analyse(invented_results(truth, variants=even), truth))
    assert any(note.startswith("even in rank: ") and "told the best" in note for note in notes)


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

    def test_of_what_each_super_net_scores_highest_the_best_in_truth(self, divided: Results, truth: Truth) -> None:
        pool = truth.of(divided.design.pool)
        summary = analyse(divided, truth)
        guided = divided.of(divided.design.rows["few_shot"].after)
        for trial, found in zip(guided, _row(summary, "few_shot", search.ORACLE).after_by_seed, strict=True):
            best = []
            for part in range(3):
                scores = trial["scores"]["accuracy"][part::3]
                best += [pool[part::3][place] for place, score in enumerate(scores) if score == max(scores)]
            assert len(best) >= 22
            _assert_is(found, max(best), truth)
        assert [row.strategy for row in summary.search if row.way == search.ORACLE] == ["few_shot"]
        assert "(oracle selection)" in search.ORACLE
        assert any("uses the table to choose" in note for note in section_notes.search_notes(summary))

    def test_never_without_being_asked(self, divided: Results, truth: Truth) -> None:
        study = divided.design.study
        silent = study.model_copy(update={"analysis": study.analysis.model_copy(update={"oracle_selection": False})})
        summary = analyse(replace(divided, design=replace(divided.design, study=silent)), truth)
        assert not [row for row in summary.search if row.way == search.ORACLE]
        assert (
            "oracle selection" not in markdown(summary).partition(wording.SEARCH_TITLE)[2].partition("## ")[0].lower()
        )

    def test_a_failed_trial_is_said_so(self, divided: Results, truth: Truth) -> None:
        trial = divided.of(divided.design.rows["few_shot"].after)[0]
        trial.update(failure="it diverged", scores={}, landmark_scores={}, curve=[], parts=None)
        found = _row(analyse(divided, truth), "few_shot", search.ORACLE)
        assert found.after.missing == "failed (1 of 2)"
        assert np.isfinite(found.before.accuracy)


def test_the_highest_score_is_of_the_pool(summary: Summary, results: Results, truth: Truth) -> None:
    scores = np.array(results.of(results.design.rows["spos"].after)[1]["scores"]["accuracy"])
    (place,) = np.flatnonzero(scores == scores.max())
    cell = results.design.pool[place]
    found = _row(summary, "spos", "highest score").after_by_seed[1]
    _assert_is(found, truth.of([cell])[0], truth)
    assert found.architecture == str(cell)


def test_equal_highest_scores_are_an_expectation(truth: Truth) -> None:
    results = invented_results(truth, constant=("spos-plain-seed0",))
    found = _row(analyse(results, truth), "spos", "highest score").before_by_seed[0]
    pool = truth.of(results.design.pool)
    assert found.accuracy == pytest.approx(pool.mean())
    assert found.rank == pytest.approx(np.mean([1 + np.sum(truth.values > value) for value in pool]))
    assert found.architecture == ""


def test_a_derived_architecture_whose_truth_is_not_known_is_said_so(truth: Truth) -> None:
    results = invented_results(truth)
    trial = results.of(results.design.rows["gdas"].before)[1]
    gaps = without(truth, trial["derived"])
    assert np.isfinite(gaps.of(results.design.pool)).all()
    summary = analyse(results, gaps)
    row = _row(summary, "gdas", "derived")
    assert row.before_by_seed[1].missing == "truth not known"
    _assert_is(row.before_by_seed[0], row.before_by_seed[0].accuracy, gaps)
    assert np.isnan(row.before.accuracy)
    assert row.before.missing == "truth not known (1 of 2)"
    line = next(line for line in markdown(summary).splitlines() if line.startswith("| GDAS, derived"))
    assert f"{row.before_by_seed[0].accuracy:.2f}, truth not known → " in line


def test_failed_trials_are_named(truth: Truth) -> None:
    summary = analyse(invented_results(truth, failed=("gdas-plain-seed0", "spos-landmark-seed1")), truth)
    assert _row(summary, "gdas", "derived").before.missing == "failed (1 of 2)"
    assert _row(summary, "spos", "highest score").after_by_seed[1].missing == "failed"
    assert np.isfinite(_row(summary, "spos", "highest score").before.rank)


def test_references_are_what_the_baselines_score_highest_and_the_best(
    summary: Summary, results: Results, truth: Truth
) -> None:
    pool = truth.of(results.design.pool)
    costs = np.array([SPACE.cost(cell).parameters for cell in results.design.pool])
    assert list(summary.search_references) == [one.label for one in summary.baselines.values()] + ["best of the pool"]
    found = summary.search_references["parameter count"]
    assert found.accuracy == pytest.approx(pool[costs == costs.max()].mean())
    _assert_is(summary.search_references["best of the pool"], pool.max(), truth)


def test_older_results_have_a_report_without_derived_architectures(truth: Truth, tmp_path: Path) -> None:
    results = invented_results(truth, older=True)
    later = ("settings", "derived", "parts", "lookalike_scores")
    with completed(Store(store_first(results, tmp_path / "results", without=later)), truth) as whole:
        summary = write_report(whole.folder, tmp_path, truth)
    assert {row.way for row in summary.search} == {"highest score"}
    assert summary.derivations == ()
    assert not (tmp_path / "derivations.svg").exists()
    assert {row.score for row in summary.estimators} == {"accuracy", "negative_loss"}


class TestDerivations:
    def test_truth_and_skip_connections_of_every_point(self, summary: Summary, results: Results, truth: Truth) -> None:
        assert [(one.strategy, one.after) for one in summary.derivations] == [("gdas", False), ("gdas", True)]
        for one in summary.derivations:
            for place, trial in enumerate(results.of(results.design.rows["gdas"].arms[one.after])):
                derived = [point["derived"] for point in trial["curve"]]
                assert one.fractions == tuple(point["fraction"] for point in trial["curve"])
                assert one.accuracy[place] == tuple(truth.of([SPACE.from_choices(choices) for choices in derived]))
                assert one.skips[place] == tuple(
                    str(SPACE.from_choices(choices)).count("skip_connect") for choices in derived
                )

    def test_before_there_is_an_architecture_the_curve_has_a_gap(self, truth: Truth) -> None:
        results = invented_results(truth)
        results.of(results.design.rows["gdas"].after)[0]["curve"][0].pop("derived")
        summary = analyse(results, truth)
        curve = next(one for one in summary.derivations if one.after)
        assert np.isnan([curve.accuracy[0][0], curve.skips[0][0]]).all()
        assert np.isfinite(curve.accuracy[1]).all()
        svg = derivations.draw(summary)
        assert "nan" not in svg
        assert "truth known of" not in svg

    def test_it_is_said_of_how_many_the_truth_is_unknown(self, truth: Truth) -> None:
        results = invented_results(truth)
        choices = results.of(results.design.rows["gdas"].after)[0]["curve"][0]["derived"]
        summary = analyse(results, without(truth, choices))
        values = [value for one in summary.derivations for row in one.accuracy for value in row]
        known = np.count_nonzero(~np.isnan(values))
        assert 0 < known < len(values)
        assert f"truth known of {known} of {len(values)}" in derivations.draw(summary)

    def test_where_hardly_any_is_known_only_the_connections_are_shown(self, truth: Truth) -> None:
        summary = analyse(invented_results(truth), truth)
        nothing = tuple(
            replace(one, accuracy=tuple((np.nan,) * len(row) for row in one.accuracy)) for one in summary.derivations
        )
        svg = derivations.draw(replace(summary, derivations=nothing))
        assert "the truth of hardly any is known" in svg
        assert "accuracy, %" not in svg
        assert "accuracy, %" in derivations.draw(summary)

    def test_a_space_without_skip_connections_says_what_is_unknown(self, truth: Truth) -> None:
        """On NAS-Bench-101 panels were empty: nothing was counted as derived but what has a known truth."""
        summary = analyse(invented_results(truth), truth)
        without = tuple(
            replace(one, skips=(), accuracy=tuple((np.nan,) * len(row) for row in one.accuracy))
            for one in summary.derivations
        )
        derived = sum(len(row) for one in without for row in one.accuracy)
        svg = derivations.draw(replace(summary, derivations=without))
        assert "accuracy, %" in svg, "there is nothing else"
        assert f"truth known of 0 of {derived}" in svg

    def test_a_value_far_below_the_others_stands_at_the_foot(self, truth: Truth) -> None:
        summary = analyse(invented_results(truth, seeds=tuple(range(10))), truth)
        alike = [replace(one, accuracy=tuple((92.0, 93.0, 92.5) for _ in one.accuracy)) for one in summary.derivations]
        assert "↓" not in derivations.draw(replace(summary, derivations=tuple(alike)))
        fallen = replace(alike[0], accuracy=((92.0, 10.0, 92.5), *alike[0].accuracy[1:]))
        assert "10 ↓" in derivations.draw(replace(summary, derivations=(fallen, *alike[1:])))

    @pytest.mark.parametrize(("split", "drawn"), [("test_50k_augmented", True), ("valid_25k", False)])
    def test_the_published_end_is_drawn_where_the_truth_is_of_test_images(
        self, split: str, drawn: bool, truth: Truth
    ) -> None:
        summary = analyse(invented_results(truth, strategies=("darts",)), truth)
        header = {**summary.header, "truth": {**summary.header["truth"], "split": split}}
        svg = derivations.draw(replace(summary, header=header))
        assert ("#d55e00" in svg) == drawn
        other = derivations.draw(replace(summary, header=header, published=()))
        assert "#d55e00" not in other
