"""Every figure: small whatever the study, the same every time, with words for who does not see it."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from figure_summaries import pair_of, ranks_of, summary_of, variant_of

from nasrank.bench.analysis.costs import MINUTES
from nasrank.bench.analysis.frame import BETTER, WORSE, Finding, Frame
from nasrank.bench.analysis.label_uses import USES
from nasrank.bench.analysis.rank_table import rank_table
from nasrank.bench.analysis.summary import Reference, Summary
from nasrank.bench.reporting.figures import FIGURES, draw_all
from nasrank.bench.reporting.figures.labels import PINK, SKY, YELLOW
from nasrank.bench.reporting.figures.style import THEME
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth

MOST_BYTES = 150_000


@pytest.fixture(scope="module")
def many() -> Summary:
    """As large as a study is: 27 rows of 3 seeds that share no arm, and predictors of their labels."""
    pairs = [pair_of(0), *(variant_of(place, shares=False) for place in range(1, 27))]
    summary = summary_of(pairs, [BETTER, WORSE], points=12)
    uses = (Reference("ridge", "ridge", 0), Reference("forest", "random forest", 0))
    arms = ("row-0", "row-0-plain", "row-0-landmark")
    level = summary.level(summary.pairs[0], True)
    lines = [level._replace(arm=arm, estimator=one.name, score="", part=USES) for one in uses for arm in arms]
    costs = [
        Finding(arm, score=pair.score, metric=MINUTES, value=1.5 * place + after + 1, n=3)
        for place, pair in enumerate(pairs)
        for after, arm in enumerate((pair.before, pair.after))
    ]
    return replace(summary, uses=uses, frame=Frame((*summary.frame, *lines, *costs)))


@pytest.fixture(scope="module")
def drawn(many: Summary) -> dict[str, str]:
    return draw_all(many, ranks_of(many))


@pytest.mark.slow
def test_all_figures_of_the_largest_study_are_small(drawn: dict[str, str]) -> None:
    assert drawn.keys() == FIGURES.keys()
    assert {name: size for name, text in drawn.items() if (size := len(text.encode())) >= MOST_BYTES} == {}


@pytest.mark.parametrize("name", FIGURES)
def test_it_is_said_what_is_seen_with_numbers(name: str, drawn: dict[str, str]) -> None:
    root = ElementTree.fromstring(drawn[name])
    title, description = (one.text or "" for one in root[:2])
    assert title
    assert re.search(r"\b0\.\d\d\b|\d+ %|\d\d\.\d\d", description), description
    assert description.endswith(".")
    assert "nan" not in description
    assert FIGURES[name].caption.endswith(".")


@pytest.mark.parametrize("name", FIGURES)
def test_every_colour_is_the_themes(name: str, drawn: dict[str, str]) -> None:
    """Those of predictors are readable on both papers, and stay what they are."""
    assert set(re.findall(r"#[0-9a-f]{6}\b", drawn[name])) - {PINK, YELLOW, SKY} <= set(THEME.values())


@pytest.mark.slow
def test_figures_are_the_same_every_time_and_hold_no_missing_number(drawn: dict[str, str]) -> None:
    few = summary_of([pair_of(0)])
    assert draw_all(few, ranks_of(few)) == draw_all(few, ranks_of(few))
    assert not any(re.search(r"\bnan\b", text) for text in drawn.values())


def test_a_figure_is_drawn_where_there_is_something_to_draw() -> None:
    summary = summary_of([pair_of(0)])
    assert {name for name, kind in FIGURES.items() if kind.suits(summary)} == {
        "before_after", "scatter", "training", "derivations", "guidance",
    }  # fmt: skip
    nothing = replace(summary, frame=Frame(tuple(one for one in summary.frame if not one.part)))
    assert {name for name, kind in FIGURES.items() if kind.suits(nothing)} == {"before_after", "scatter"}


@pytest.mark.slow
@pytest.mark.filterwarnings("error")
def test_a_study_whose_trials_failed_has_figures() -> None:
    summary = summary_of([pair_of(0), pair_of(1)])
    lines = [
        one._replace(value=np.nan, low=np.nan, high=np.nan) if one.arm == "row-1-landmark" and not one.part else one
        for one in summary.frame
        if not (one.arm == "row-1-landmark" and one.part.startswith("at "))
    ]
    ranks = ranks_of(summary)
    ranks = replace(ranks, by_arm={**ranks.by_arm, "row-1-landmark": np.full((3, 900), np.nan)})
    texts = draw_all(replace(summary, frame=Frame(tuple(lines))), ranks)
    assert "this trial failed" in texts["scatter"]
    assert "no value, see the table" in texts["before_after"]


class TestOfResults:
    """Of an analysis of results, nothing of which is made up for figures."""

    @pytest.mark.slow
    def test_every_figure_can_be_drawn(self, summary: Summary, results: Results, truth: Truth) -> None:
        texts = draw_all(summary, rank_table(results, truth))
        assert {"before_after", "scatter", "training", "derivations", "guidance"} == texts.keys()
        for text in texts.values():
            ElementTree.fromstring(text)

    def test_figures_know_the_order_of_the_truth_alone(self, results: Results, truth: Truth) -> None:
        """Accuracies that are other numbers in the same order give the same table of ranks."""
        other = rank_table(results, Truth(truth.space, 3 * truth.values - 7))
        assert other.true_ranks.tolist() == rank_table(results, truth).true_ranks.tolist()
        assert not set(map(float, other.true_ranks)) & set(truth.values)

    def test_ranks_are_of_the_score_that_an_arm_ranks_by(self, results: Results, truth: Truth) -> None:
        table = rank_table(results, truth)
        design = results.design
        assert table.architectures == tuple(map(str, design.pool))
        assert table.true_ranks[np.argmax(truth.of(design.pool))] == 1
        assert table.by_arm.keys() == {arm.name for row in design.rows.values() for arm in row.arms}
        for row in design.rows.values():
            for arm in row.arms:
                for trial, ranks in zip(results.of(arm), table.by_arm[arm.name], strict=True):
                    scores = np.array(trial["scores"][arm.score])
                    above = (scores[None, :] > scores[:, None]).sum(axis=1)
                    alike = (scores[None, :] == scores[:, None]).sum(axis=1)
                    assert ranks.tolist() == (above + (alike + 1) / 2).tolist()

    def test_a_failed_trial_has_no_ranks(self, results: Results, truth: Truth) -> None:
        name = "spos-plain-seed1"
        lost = {**results.trials[name], "failure": "the loss is nan", "scores": {}}
        table = rank_table(replace(results, trials={**results.trials, name: lost}), truth)
        assert np.isnan(table.by_arm["spos-plain"]).all(axis=1).tolist() == [False, True]
