"""Reports of studies with a truth of part of the space or of a loss, ranked in groups, beside published figures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from synthetic import invented_results, tau_alone

from nasrank.bench.analysis.frame import Finding
from nasrank.bench.analysis.header import header
from nasrank.bench.analysis.ranked import FEWEST
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.ranking import METRICS
from nasrank.bench.reporting import Summary, analyse
from nasrank.bench.reporting.prose import paragraphs
from nasrank.bench.reporting.sections import sections
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
    return dict(paragraphs("facts.j2", summary))[term]


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


PART = "convolutions: 2"


class TestGroups:
    """A space whose cells have a trait: the number of their convolutions."""

    @pytest.mark.slow
    def test_every_architecture_of_the_pool_is_in_one(self, grouped: Summary, numbers: np.ndarray) -> None:
        found = {one.part: (one.n, one.value) for one in grouped.frame.select(metric="architectures")}
        sizes = {f"convolutions: {value}": (numbers == value).sum() for value in range(7) if value in numbers}
        assert found == {part: (size, size) for part, size in sizes.items()}
        assert grouped.parts("convolutions: ") == tuple(sizes)

    @pytest.mark.slow
    def test_tau_is_that_of_its_architectures_alone(
        self, grouped: Summary, larger: Results, truth: Truth, numbers: np.ndarray
    ) -> None:
        inside = np.flatnonzero(numbers == 2)
        pool = truth.of(larger.design.pool)
        gdas = grouped.pair("gdas")
        taus = [
            stats.kendalltau(np.array(trial["scores"]["accuracy"])[inside], pool[inside]).statistic
            for trial in larger.of(larger.design.rows["gdas"].after)
        ]
        after, gain = grouped.level(gdas, True, part=PART), grouped.gain(gdas, part=PART)
        assert after.value == pytest.approx(np.mean(taus))
        assert after.n == gain.n == len(inside)
        assert gain.low < gain.value < gain.high

    def test_baselines_are_fitted_as_ever_and_scored_inside(
        self, grouped: Summary, larger: Results, truth: Truth, numbers: np.ndarray
    ) -> None:
        inside = [cell for cell, number in zip(larger.design.pool, numbers, strict=True) if number == 2]
        taus = []
        for landmarks in larger.design.landmarks.values():
            labels = Labels(landmarks, truth.of(landmarks))
            model = LabelMatchedRidge().prepared(Context(SPACE, labels=labels))
            taus.append(stats.kendalltau(model.score(inside), truth.of(inside)).statistic)
        assert grouped.reference("label_matched", part=PART).value == pytest.approx(np.mean(taus))
        assert all(grouped.reference(one.name, part=PART).known for one in grouped.references)

    def test_a_few_architectures_are_not_ranked(self, grouped: Summary) -> None:
        sizes = {one.part: one.n for one in grouped.frame.select(metric="architectures")}
        small = [part for part, size in sizes.items() if size < FEWEST]
        assert small
        ranked = {part for part in sizes if grouped.frame.select(part=part, metric="tau")}
        assert ranked == set(sizes) - set(small)
        (table,) = (one for one in sections(grouped) if one.key == "trait-convolutions")
        assert table.head == tuple(f"{part} ({size})" for part, size in sizes.items() if part in ranked)
        assert [label for label, _ in (*table.lines, *table.references)] == [
            *("SPOS", "GDAS"),
            *(one.label for one in grouped.references),
        ]

    def test_a_table_shows_them(self, grouped: Summary) -> None:
        (table,) = (one for one in sections(grouped) if one.key == "trait-convolutions")
        place = next(place for place, head in enumerate(table.head) if head.startswith(PART))
        spos = grouped.pair("spos")
        taus = " → ".join(f"{grouped.level(spos, after, part=PART).value:.3f}" for after in (False, True))
        gain = grouped.gain(spos, part=PART)
        assert dict(table.lines)["SPOS"][place].startswith(taus.replace("-", "−"))
        assert f"[{gain.low:.3f}, {gain.high:.3f}]".replace("-", "−") in dict(table.lines)["SPOS"][place]

    @pytest.mark.slow
    def test_a_failed_trial_leaves_no_value_there(self, truth: Truth, monkeypatch) -> None:
        monkeypatch.setattr(NasBench201, "traits", lambda _, cell: {"convolutions": convolutions(cell)})
        tau_alone(monkeypatch)
        results = invented_results(truth, pool=150, failed=("spos-landmark-seed1",))
        summary = analyse(results, truth)
        spos, gdas = (summary.level(pair, True, part=PART) for pair in summary.pairs)
        assert not spos.known
        assert gdas.known


def test_a_space_without_traits_has_no_groups(summary: Summary) -> None:
    assert not summary.frame.select(metric="architectures")
    assert not any(one.lead == "traits" for one in sections(summary))


class TestTruthOfPart:
    @pytest.mark.slow
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
        assert header(Results(design, results.trials), 0, truth)["passed_over"] == {
            "architectures": len(over),
            "median_truth": np.median(truth.of(over)),
            "median_truth_of_pool": np.median(truth.of(pool)),
        }

    @pytest.mark.slow
    def test_numbers_are_those_of_the_whole_truth(self, gaps: Truth, truth: Truth, monkeypatch) -> None:
        """What is not in the pool and no landmark does not matter."""
        tau_alone(monkeypatch)
        results = invented_results(gaps)

        def levels(known: Truth) -> list[Finding]:
            return [one for one in analyse(results, known).frame if not one.metric.startswith(("found", "derived"))]

        assert levels(gaps) == levels(truth)


class TestTruthThatIsALoss:
    @pytest.mark.slow
    def test_metrics_in_points_are_left_out_and_named(self, of_loss: Summary) -> None:
        left_out = {name for name, metric in METRICS.items() if metric.unit == "points" or "sparse" in name}
        assert set(of_loss.metrics) == set(METRICS) - left_out
        heads = [head for table in sections(of_loss) if table.key in ("metrics", "selection") for head in table.head]
        assert "rho" in heads
        assert not any("regret" in head or "sparse" in head for head in heads)
        said = [note.text for note in paragraphs("notes.j2", of_loss) if note.lead == "Not reported"]
        assert said[0] == "sparse tau (0.1 points, rounded prediction): super-nets predict no accuracies."
        assert said[1].startswith("sparse tau (0.1 points, official), regret of")
        assert said[1].endswith(": the truth is not in percent.")

    def test_of_an_accuracy_only_what_needs_predictions_is_left_out(self, summary: Summary) -> None:
        said = [note.text for note in paragraphs("notes.j2", summary) if note.lead == "Not reported"]
        assert said == ["sparse tau (0.1 points, rounded prediction): super-nets predict no accuracies."]

    @pytest.mark.slow
    def test_it_is_called_a_loss(self, of_loss: Summary) -> None:
        assert "analog-nasbench: minus the loss on cifar10, test_50k_augmented, 200 epochs" in fact(of_loss, "Truth")
        assert "exactly the stand-alone losses that" in dict(paragraphs("notes.j2", of_loss))["Same labels"]

    def test_the_ceiling_of_the_accuracy_is_not_its_own(self, of_loss: Summary) -> None:
        assert of_loss.ceilings == ()


def test_choices_of_the_super_net_are_in_the_header(summary: Summary) -> None:
    assert "cells a stage: 1, batch statistics; 1,500 passes" in fact(summary, "Super-nets")
    chosen = {**summary.header["supernet"], "affine": True, "channel_sharing": "fixed_chunk"}
    text = fact(_with_supernet(summary, chosen), "Super-nets")
    assert "cells a stage: 1, batch statistics, affine, channel sharing fixed_chunk; 1,500 passes" in text


def test_a_super_net_without_stages_has_what_was_chosen_in_the_header(summary: Summary) -> None:
    """The first report on a space of tokens ended in an error of the template."""
    chosen = {"width": 16, "affine": False, "statistics": "tracked"}
    text = fact(_with_supernet(summary, chosen), "Super-nets")
    assert "0 failed; tracked statistics, width 16; 1,500 passes" in text
    assert "stage" not in text


def _with_supernet(summary: Summary, supernet: dict[str, object]) -> Summary:
    return replace(summary, header={**summary.header, "supernet": supernet})
