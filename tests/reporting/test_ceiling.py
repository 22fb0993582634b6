"""Noise ceilings: the recorded ones, and what happens when tables contradict them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from synthetic import invented_results, tau_alone

from nasrank.bench.analysis import ceiling
from nasrank.bench.analysis.frame import SECOND, Finding
from nasrank.bench.oracles.ask import agreements
from nasrank.bench.oracles.ask.agreements import AGREEMENTS, agreements_of
from nasrank.bench.ranking import METRICS
from nasrank.bench.reporting import Summary, analyse
from nasrank.bench.reporting.printing import markdown
from nasrank.bench.reporting.prose import paragraphs
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth, open_truth, truth_of


def test_the_embedded_oracle_has_the_published_ceiling(results: Results) -> None:
    (best,), lines = ceiling.ceilings(results.design.study)
    values = {one.metric: one.value for one in lines}
    assert (values["tau"], values[ceiling.DIFFERENCE]) == (0.926, 0.39)
    assert {(one.estimator, one.score, one.n) for one in lines} == {(SECOND, best.column, 15625)}
    assert "recorded" in best.status


@pytest.mark.slow
def test_the_best_agreement_comes_first(truth: Truth) -> None:
    study = invented_results(truth, oracle="nats-bench-extract").design.study
    found, lines = ceiling.ceilings(study)
    assert [one.value for one in lines if one.metric == "tau"] == [0.926, 0.899]
    assert "trained on 25,000 images" in found[1].second


def test_the_frame_has_it_and_words_say_it(summary: Summary) -> None:
    assert (summary.ceiling.value, summary.ceiling.n) == (0.926, 15625)
    said = dict(paragraphs("notes.j2", summary))["Noise ceiling"]
    assert "15,625 architectures" in said
    assert "tau-b 0.926 (mean absolute difference 0.39 points)" in said


def test_every_recorded_metric_is_one_of_ours() -> None:
    for agreement in AGREEMENTS:
        assert set(agreement.values) <= set(METRICS)
        assert agreements_of(agreement.first.oracle, agreement.first.column)


@pytest.mark.slow
def test_a_truth_without_a_second_measurement_says_so(results: Results, truth: Truth, monkeypatch) -> None:
    tau_alone(monkeypatch)
    monkeypatch.setattr(agreements, "AGREEMENTS", ())
    summary = analyse(results, truth)
    assert summary.ceilings == ()
    assert not summary.ceiling.known
    assert "No second measurement of this truth is recorded" in dict(paragraphs("notes.j2", summary))["Noise ceiling"]
    assert dict(paragraphs("findings.j2", summary))["Noise ceiling"].startswith("No second measurement")


NONE: tuple[tuple[()], list[Finding]] = ((), [])


class TestCeilingOfSeeds:
    """Of a truth that is the mean of two seeds in a table, and of which no other measurement is recorded."""

    @pytest.fixture
    def rows(self, truth: Truth, monkeypatch) -> np.ndarray:
        """Of each seed, in the order of the space."""
        monkeypatch.setattr(agreements, "AGREEMENTS", ())
        noise = np.random.default_rng(3).normal(scale=2.0, size=(2, 3000))
        rows = np.full((2, len(truth)), np.nan)
        rows[:, :3000] = truth.values[:3000] + noise
        rows[0, :4] = np.nan
        return rows

    @pytest.fixture
    def seeds(self, truth: Truth, rows: np.ndarray) -> list[Truth]:
        return [Truth(truth.space, row) for row in rows]

    def test_it_is_what_two_means_would_have_in_common(
        self, truth: Truth, seeds: list[Truth], rows: np.ndarray
    ) -> None:
        """A second pair of seeds, which no table has, agrees with the mean of the first as well as estimated."""
        mean = rows[:, 4:3000].mean(axis=0)
        again = truth.values[4:3000] + np.random.default_rng(8).normal(scale=2.0, size=(2, 2996)).mean(axis=0)
        (_,), (found,) = ceiling.ceilings(invented_results(truth, oracle="nats-bench-extract").design.study, seeds)
        assert found.value == pytest.approx(stats.kendalltau(mean, again).statistic, abs=0.02)
        assert (found.metric, found.n) == ("tau", 2996)

    @pytest.mark.slow
    def test_the_report_says_what_it_is(self, truth: Truth, seeds: list[Truth], rows: np.ndarray, monkeypatch) -> None:
        tau_alone(monkeypatch)
        summary = analyse(invented_results(truth, oracle="nats-bench-extract"), truth, seeds=seeds)
        tau = summary.ceiling.value
        line = next(line for line in markdown(summary).splitlines() if "noise ceiling: another mean of 2 seeds" in line)
        assert f"| {tau:.3f} |" in " ".join(line.split())
        note = dict(paragraphs("notes.j2", summary))["Noise ceiling"]
        between = stats.kendalltau(*rows[:, 4:3000]).statistic
        assert f"with a tau-b of {between:.3f} between single seeds" in note
        assert "nan" not in note
        assert "points" not in note
        assert note.endswith("Estimated from the seeds in the table.")

    def test_a_recorded_one_goes_first(self, truth: Truth, seeds: list[Truth], monkeypatch) -> None:
        monkeypatch.setattr(agreements, "AGREEMENTS", AGREEMENTS)
        study = invented_results(truth, oracle="nats-bench-extract").design.study
        assert ceiling.ceilings(study, seeds) == ceiling.ceilings(study)

    def test_too_few_architectures_with_all_seeds_are_no_ceiling(
        self, truth: Truth, seeds: list[Truth], rows: np.ndarray
    ) -> None:
        study = invented_results(truth, oracle="nats-bench-extract").design.study
        alternating = rows.copy()
        alternating[0, 9:] = np.nan  # five of the first nine rows are whole
        assert ceiling.ceilings(study, [Truth(truth.space, row) for row in alternating]) == NONE
        assert ceiling.ceilings(study, seeds * 7) == NONE

    def test_seeds_without_agreement_are_no_ceiling(self, truth: Truth, rows: np.ndarray) -> None:
        opposite = [Truth(truth.space, row) for row in (rows[1], -rows[1])]
        assert ceiling.ceilings(invented_results(truth, oracle="nats-bench-extract").design.study, opposite) == NONE


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.parametrize("oracle", ["analog-nasbench", "nats-bench-extract"])
def test_recorded_ceilings_are_those_of_the_tables(oracle: str, truth: Truth, nasrank_data: Path) -> None:
    design = invented_results(truth, oracle=oracle).design
    measured = truth_of(design.study, open_truth(design.study, nasrank_data))
    found = ceiling.recompute(design, measured, nasrank_data)
    assert len(found) == {"analog-nasbench": 1, "nats-bench-extract": 2}[oracle]
    for one in found:
        assert one.whole["tau"] == pytest.approx(0.91, abs=0.02)
        assert one.on_pool["tau"] == pytest.approx(one.whole["tau"], abs=0.05)


def test_a_second_measurement_of_some_architectures_is_compared_on_these(
    results: Results, truth: Truth, monkeypatch
) -> None:
    same = replace(AGREEMENTS[0], values={"tau": 1.0}, mean_absolute_difference=0.0)
    monkeypatch.setattr(agreements, "AGREEMENTS", (same,))
    of_pool = truth.places(results.design.pool)
    for left_out, on_pool in ((of_pool[::2], 1.0), (of_pool[1:], np.nan)):
        values = truth.values.copy()
        values[left_out] = np.nan
        monkeypatch.setattr(ceiling, "_second", lambda *_, values=values: Truth(truth.space, values))
        (found,) = ceiling.recompute(results.design, truth)
        assert found.whole == {"tau": pytest.approx(1.0)}
        assert found.on_pool == {"tau": pytest.approx(on_pool, nan_ok=True)}


@pytest.mark.data
def test_a_wrong_record_stops_the_report(results: Results, monkeypatch, nasrank_data: Path) -> None:
    first = AGREEMENTS[0]
    wrong = replace(first, values={**first.values, "tau": first.values["tau"] + 0.002})
    monkeypatch.setattr(agreements, "AGREEMENTS", (wrong,))
    study = results.design.study
    with pytest.raises(ValueError, match=r"recorded tau of NATS-Bench.* is 0\.928, but the tables at hand give 0\.925"):
        ceiling.recompute(results.design, truth_of(study, open_truth(study, nasrank_data)), nasrank_data)
