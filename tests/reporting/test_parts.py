"""Reports of studies with a truth of part of the space or of a loss, ranked in groups, beside published figures."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from synthetic import invented_results, tau_alone

from nasrank.bench.analysis import wording
from nasrank.bench.analysis.groups import FEWEST
from nasrank.bench.analysis.header import header
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.ranking import METRICS
from nasrank.bench.reporting import Summary, analyse, explanations
from nasrank.bench.reporting.latex import latex
from nasrank.bench.reporting.long_csv import long_csv
from nasrank.bench.reporting.markdown import markdown
from nasrank.bench.runner.identities import identities
from nasrank.bench.runner.pool import draw_pool
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth
from nasrank.predictors import Context, Labels
from nasrank.predictors.labelled.label_matched import LabelMatchedRidge
from nasrank.spaces import get_space
from nasrank.spaces.nb201.cell import Cell
from nasrank.spaces.nb201.space import NasBench201

SPACE = get_space("nb201")


def convolutions(cell: Cell) -> int:
    return sum(operation in (2, 3) for operation in cell.operations)


def fact(summary: Summary, term: str) -> str:
    return dict(explanations.facts(summary))[term]


@pytest.fixture(scope="module")
def larger(truth: Truth) -> Results:
    return invented_results(truth, pool=150)


@pytest.fixture(scope="module")
def numbers(larger: Results) -> np.ndarray:
    """Convolutions of every architecture of the pool."""
    return np.array([convolutions(cell) for cell in larger.design.pool])


@pytest.fixture(scope="module")
def grouped(larger: Results, truth: Truth) -> Summary:
    with pytest.MonkeyPatch.context() as patch:
        tau_alone(patch)
        patch.setattr(NasBench201, "traits", lambda _, cell: {"convolutions": convolutions(cell)})
        return analyse(larger, truth)


@pytest.fixture(scope="module")
def gaps(truth: Truth) -> Truth:
    """The truth of two of every three cells."""
    return Truth(SPACE, np.where(np.arange(len(truth)) % 3 == 0, np.nan, truth.values))


@pytest.fixture(scope="module")
def of_loss(truth: Truth) -> Summary:
    loss = Truth(SPACE, truth.values / 100 - 2)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("NASRANK_DATA", raising=False)
        return analyse(invented_results(loss, metric="loss"), loss)


class TestGroups:
    """A space whose cells have a trait: the number of their convolutions."""

    def test_every_architecture_of_the_pool_is_in_one(self, grouped: Summary, numbers: np.ndarray) -> None:
        found = [(group.trait, group.value, group.architectures) for group in grouped.groups]
        assert found == [("convolutions", value, (numbers == value).sum()) for value in range(7) if value in numbers]

    def test_tau_is_that_of_its_architectures_alone(
        self, grouped: Summary, larger: Results, truth: Truth, numbers: np.ndarray
    ) -> None:
        group = next(group for group in grouped.groups if group.value == 2)
        inside = np.flatnonzero(numbers == 2)
        pool = truth.of(larger.design.pool)
        row = next(row for row in group.rows if row.strategy == "gdas")
        taus = [
            stats.kendalltau(np.array(trial["scores"]["accuracy"])[inside], pool[inside]).statistic
            for trial in larger.of(larger.design.rows["gdas"].after)
        ]
        assert row.after == pytest.approx(np.mean(taus))
        assert (row.pool_size, row.metric) == (len(inside), "tau")
        assert row.ci_low < row.delta < row.ci_high
        assert [one.strategy for one in group.rows] == ["spos", "gdas"]

    def test_baselines_are_fitted_as_ever_and_scored_inside(
        self, grouped: Summary, larger: Results, truth: Truth, numbers: np.ndarray
    ) -> None:
        group = next(group for group in grouped.groups if group.value == 2)
        inside = [cell for cell, number in zip(larger.design.pool, numbers, strict=True) if number == 2]
        taus = []
        for landmarks in larger.design.landmarks.values():
            labels = Labels(landmarks, truth.of(landmarks))
            model = LabelMatchedRidge().prepared(Context(SPACE, labels=labels))
            taus.append(stats.kendalltau(model.score(inside), truth.of(inside)).statistic)
        assert group.baselines["label_matched"].metrics["tau"].value == pytest.approx(np.mean(taus))
        assert set(group.baselines) == set(grouped.baselines)

    def test_a_few_architectures_are_not_ranked(self, grouped: Summary) -> None:
        small = [group for group in grouped.groups if group.architectures < FEWEST]
        assert small
        assert all(group.rows == () and group.baselines == {} for group in small)
        assert all(group.rows for group in grouped.groups if group not in small)
        text = markdown(grouped)
        head = next(line for line in text.splitlines() if "convolutions: 2 (" in line)
        place = next(i for i, cell in enumerate(head.split("|")) if f"convolutions: {small[0].value} (" in cell)
        following = text.partition(head)[2].splitlines()[2:]
        for line in following[:5]:  # two strategies, three baselines
            assert line.count("|") == head.count("|")
            assert not line.split("|")[place].strip()

    def test_every_format_shows_them(self, grouped: Summary) -> None:
        row = next(group for group in grouped.groups if group.value == 2).rows[0]
        pair = f"{row.before:.3f} → {row.after:.3f}"
        assert wording.GROUPS_TITLE in markdown(grouped)
        assert pair in markdown(grouped)
        assert pair.replace("→", r"$\to$") in latex(grouped)
        lines = list(csv.DictReader(io.StringIO(long_csv(grouped))))
        inside = [line for line in lines if line["kind"] == "super-net (convolutions: 2)"]
        assert [line["side"] for line in inside] == 2 * ["before", "after", "delta"]
        assert float(inside[1]["value"]) == pytest.approx(row.after, abs=1e-6)
        assert {line["pool_size"] for line in inside} == {str(row.pool_size)}
        assert any(line["kind"] == "baseline (convolutions: 2)" for line in lines)

    def test_a_failed_trial_leaves_no_value_there(self, truth: Truth, monkeypatch) -> None:
        monkeypatch.setattr(NasBench201, "traits", lambda _, cell: {"convolutions": convolutions(cell)})
        tau_alone(monkeypatch)
        results = invented_results(truth, pool=150, failed=("spos-landmark-seed1",))
        group = next(group for group in analyse(results, truth).groups if group.value == 2)
        assert np.isnan(group.rows[0].after)
        assert np.isfinite(group.rows[1].after)


def test_a_space_without_traits_has_no_groups(summary: Summary) -> None:
    assert summary.groups == ()
    assert wording.GROUPS_TITLE not in markdown(summary)
    assert "convolutions" not in long_csv(summary)


class TestTruthOfPart:
    def test_the_header_says_what_the_pool_was_drawn_from(self, gaps: Truth, monkeypatch) -> None:
        tau_alone(monkeypatch)
        summary = analyse(invented_results(gaps, coverage="two of every three cells"), gaps)
        assert summary.header["space"] == {
            "name": "nb201",
            "architectures": 15625,
            "known": 10416,
            "coverage": "two of every three cells",
        }
        assert (
            "15,625 architectures; pool of 60 drawn at random from the 10,416 whose truth is known (two of every three "
            "cells), none isomorphic to a landmark"
        ) in fact(summary, "Space")

    def test_of_the_whole_space_nothing_is_said(self, summary: Summary) -> None:
        assert "drawn at random, none isomorphic" in fact(summary, "Space")

    def test_who_was_passed_over_is_said(self, truth: Truth, monkeypatch) -> None:
        """Found again by the definition, on a pool as studies draw it."""
        tau_alone(monkeypatch)
        results = invented_results(truth)
        design = results.design
        marks = [design.landmarks, *design.own_landmarks.values()]
        pool = draw_pool(design.study, marks, truth)
        design = replace(design, pool=pool)
        space = SPACE
        barred = {key for sets in marks for seed in sets.values() for one in seed for key in identities(space, one)}
        order = generator(design.study.common_seed, Purpose.POOL).permutation(len(space)).tolist()
        drawn = [space.at(place) for place in order[: order.index(space.position(pool[-1])) + 1]]
        over = [one for one in drawn if barred & identities(space, one)]
        assert sorted(map(str, [*over, *pool])) == sorted(map(str, drawn))
        assert header(Results(design, results.trials), (), truth)["passed_over"] == {
            "architectures": len(over),
            "median_truth": np.median(truth.of(over)),
            "median_truth_of_pool": np.median(truth.of(pool)),
        }

    def test_numbers_are_those_of_the_whole_truth(self, gaps: Truth, truth: Truth, monkeypatch) -> None:
        """What is not in the pool and no landmark does not matter."""
        tau_alone(monkeypatch)
        results = invented_results(gaps)
        assert analyse(results, gaps).rows == analyse(results, truth).rows


class TestTruthThatIsALoss:
    def test_metrics_in_points_are_left_out_and_named(self, of_loss: Summary) -> None:
        left_out = {name for name, metric in METRICS.items() if metric.unit == "points" or "sparse" in name}
        assert set(of_loss.metrics) == set(METRICS) - left_out
        notes = " ".join(explanations.notes(of_loss))
        assert "Not reported, for want of predicted accuracies: sparse tau (0.1 points, rounded prediction)." in notes
        assert "Not reported, as the truth is not in percent: sparse tau (0.1 points, official), regret of" in notes

    def test_it_is_called_a_loss(self, of_loss: Summary) -> None:
        assert "analog-nasbench: minus the loss on cifar10, test_50k_augmented, 200 epochs" in fact(of_loss, "Truth")
        assert "exactly the stand-alone losses that" in " ".join(explanations.notes(of_loss))

    def test_the_ceiling_of_the_accuracy_is_not_its_own(self, of_loss: Summary) -> None:
        assert of_loss.ceilings == ()


def test_choices_of_the_super_net_are_in_the_header(summary: Summary) -> None:
    assert "cells a stage: 1, batch statistics; 1,500 passes" in fact(summary, "Super-nets")
    chosen = {**summary.header["supernet"], "affine": True, "channel_sharing": "fixed_chunk"}
    text = dict(explanations.facts(_with_supernet(summary, chosen)))["Super-nets"]
    assert "cells a stage: 1, batch statistics, affine, channel sharing fixed_chunk; 1,500 passes" in text


def _with_supernet(summary: Summary, supernet: dict[str, object]) -> Summary:
    return replace(summary, header={**summary.header, "supernet": supernet})
