"""What small multiples show: no super-net twice, exact numbers, and why something is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from figure_summaries import MANY, SEEDS, pair_of, ranks_of, summary_of, texts_of, variant_of
from matplotlib.figure import Figure

from nasrank.bench.analysis.during_training import ACCURACY, AT, SKIPS
from nasrank.bench.analysis.frame import Finding, Frame
from nasrank.bench.analysis.landmarks import VIOLATED
from nasrank.bench.analysis.summary import Published, Summary
from nasrank.bench.reporting.figures import derivations, scatter, training
from nasrank.bench.reporting.figures.style import AFTER, BASELINE, BEFORE, WARNING

Capture = Callable[[object], list[Figure]]


@pytest.fixture
def capture(monkeypatch: pytest.MonkeyPatch) -> Capture:
    """Of a module, what it draws from then on, before it becomes text."""

    def watch(module: object) -> list[Figure]:
        figures: list[Figure] = []
        monkeypatch.setattr(module, "svg", lambda figure, *_: figures.append(figure) or "")
        return figures

    return watch


def changed(summary: Summary, change: Callable[[Finding], Finding | None]) -> Summary:
    """With other lines, or without those that become nothing."""
    return replace(summary, frame=Frame(tuple(one for one in map(change, summary.frame) if one is not None)))


class TestScatter:
    def titles(self, figure: Figure) -> list[str]:
        return [axes.texts[0].get_text().split(",")[0] for axes in figure.axes]

    def test_an_arm_that_rows_share_has_one_panel(self, capture: Capture) -> None:
        summary = summary_of([pair_of(0), *(variant_of(place) for place in range(1, 5)), pair_of(5)])
        figures = capture(scatter)
        scatter.draw(summary, ranks_of(summary))
        assert self.titles(figures[0]) == ["before", *["after"] * 5, "before", "after"]
        assert "strategy 0 and 4" in texts_of(figures[0])
        found = scatter.distinct(summary, ranks_of(summary))
        assert len({one.arm for one in found}) == len(found) == 8

    @pytest.mark.parametrize("rows", [1, 2, 3, 5, 10])
    def test_before_and_after_of_a_row_are_neighbours_and_fill_the_canvas(self, rows: int, capture: Capture) -> None:
        """A quarter of the canvas was empty where there were three rows."""
        figures = capture(scatter)
        summary = summary_of([pair_of(place) for place in range(rows)])
        scatter.draw(summary, ranks_of(summary, 30))
        corners = [(round(axes.get_position().x0, 3), round(axes.get_position().y0, 3)) for axes in figures[0].axes]
        columns, bands = (sorted({corner[side] for corner in corners}) for side in (0, 1))
        assert len(columns) * len(bands) == 2 * rows
        halves = {
            half: [at for at, one in zip(corners, self.titles(figures[0]), strict=True) if one == half]
            for half in ("before", "after")
        }
        for before, after in zip(halves["before"], halves["after"], strict=True):
            beside = before[1] == after[1] and columns.index(after[0]) - columns.index(before[0]) == 1
            below = before[0] == after[0] and bands.index(before[1]) - bands.index(after[1]) == 1
            assert beside or below

    def test_trials_that_came_out_the_same_have_one_panel(self) -> None:
        summary = summary_of([pair_of(0), pair_of(1)])
        ranks = ranks_of(summary)
        alike = {**ranks.by_arm, "row-1-plain": ranks.by_arm["row-0-plain"].copy()}
        assert len(scatter.distinct(summary, ranks)) == 4
        assert len(scatter.distinct(summary, replace(ranks, by_arm=alike))) == 3

    @pytest.mark.slow
    def test_panels_are_few_and_it_is_said_what_is_left_out(self, capture: Capture) -> None:
        figures = capture(scatter)
        summary = summary_of(MANY)
        scatter.draw(summary, ranks_of(summary))
        assert len(figures[0].axes) == 20
        text = " ".join(texts_of(figures[0]))
        assert "the first 20 of 30 super-nets" in text
        assert "900 architectures, one of 2 drawn" in text
        few = summary_of(MANY[:2])
        scatter.draw(few, ranks_of(few))
        assert "drawn" not in " ".join(texts_of(figures[1]))
        assert "the first" not in " ".join(texts_of(figures[1]))

    def test_points_are_true_rank_and_rank_by_score_of_the_first_seed(self, capture: Capture) -> None:
        summary = summary_of([pair_of(0)])
        ranks = ranks_of(summary, 100)
        figures = capture(scatter)
        scatter.draw(summary, ranks)
        for axes, arm, colour in zip(figures[0].axes, ("row-0-plain", "row-0-landmark"), (BEFORE, AFTER), strict=True):
            (patch,) = axes.patches
            points = patch.get_path().vertices[::2]
            assert sorted(map(tuple, points)) == sorted(zip(ranks.true_ranks, ranks.by_arm[arm][0], strict=True))
            assert axes.texts[0].get_color() == colour


class TestDerivations:
    def test_skip_connections_are_drawn_where_they_are(self, capture: Capture) -> None:
        """A regression test: lines were apart by a little, and 0 was shown as .1."""
        summary = summary_of([pair_of(0)])
        figures = capture(derivations)
        derivations.draw(summary)
        _, below = figures[0].axes
        for colour, arm in ((BEFORE, "row-0-plain"), (AFTER, "row-0-landmark")):
            lines = [line for line in below.lines if line.get_color() == colour]
            found = [
                [
                    summary.frame.find(arm, SKIPS, score="accuracy", seed=seed, part=AT.format(at / 5)).value
                    for at in range(1, 6)
                ]
                for seed in SEEDS
            ]
            assert [line.get_ydata().tolist() for line in lines] == found
            assert len({str(line.get_linestyle()) + str(line._dash_pattern) for line in lines}) == len(SEEDS)
        assert {f"seed {seed}" for seed in SEEDS} <= set(texts_of(figures[0]))

    def test_before_there_is_an_architecture_the_curve_has_a_gap(self, capture: Capture) -> None:
        figures = capture(derivations)
        first = AT.format(1 / 5)
        summary = changed(
            summary_of([pair_of(0)]),
            lambda one: None if one.metric in (ACCURACY, SKIPS) and one.part == first and one.seed == 0 else one,
        )
        derivations.draw(summary)
        above, _ = figures[0].axes
        assert np.isnan(above.lines[0].get_ydata()).tolist() == [True, False, False, False, False]
        assert not [text for text in texts_of(figures[0]) if "truth known of" in text]

    def test_it_is_said_of_how_many_the_truth_is_unknown(self) -> None:
        def unknown(one: Finding) -> Finding:
            return one._replace(value=np.nan) if one.metric == ACCURACY and one.seed == 0 else one

        assert "truth known of 20 of 30" in derivations.draw(changed(summary_of([pair_of(0)]), unknown))

    @pytest.mark.slow
    def test_where_hardly_any_is_known_only_the_connections_are_shown(self) -> None:
        summary = summary_of([pair_of(0)])
        unknown = changed(summary, lambda one: one._replace(value=np.nan) if one.metric == ACCURACY else one)
        svg = derivations.draw(unknown)
        assert "the truth of hardly any is known" in svg
        assert "accuracy, %" not in svg.split("</desc>")[1]
        assert "accuracy, %" in derivations.draw(summary).split("</desc>")[1]
        without = changed(unknown, lambda one: None if one.metric == SKIPS else one)
        assert "truth known of 0 of 30" in derivations.draw(without), "there is nothing else"

    def test_a_value_far_below_the_others_stands_at_the_foot(self) -> None:
        def alike(one: Finding) -> Finding:
            return one._replace(value=92.0 + one.seed) if one.metric == ACCURACY and one.seed is not None else one

        summary = changed(summary_of([pair_of(0), pair_of(1)]), alike)
        assert "↓" not in derivations.draw(summary)
        place = next(place for place, one in enumerate(summary.frame) if one.metric == ACCURACY)
        lines = list(summary.frame)
        lines[place] = lines[place]._replace(value=10.0)
        assert "10 ↓" in derivations.draw(replace(summary, frame=Frame(tuple(lines))))

    @pytest.mark.parametrize(
        ("value", "split", "lines"), [(90.0, "test_50k", 1), (90.0, "valid", 0), (12.0, "test_50k", 0)]
    )
    def test_the_published_end_is_drawn_where_the_truth_is_of_test_images(
        self, value: float, split: str, lines: int, capture: Capture
    ) -> None:
        """One far below everything is said instead of leaving half of a canvas empty."""
        one = Published("row-0", "found by others", "", "", "", "test", value)
        header = summary_of([pair_of(0)]).header
        header = {**header, "truth": {**header["truth"], "split": split}}
        figures = capture(derivations)
        derivations.draw(summary_of([pair_of(0)], published=(one, replace(one, value=1.0)), header=header))
        above, _ = figures[0].axes
        drawn = [line for line in above.lines if line.get_color() == BASELINE]
        assert [line.get_ydata()[0] for line in drawn] == [value] * lines
        assert ("published 12.0 ↓" in texts_of(figures[0])) == (value < 50)
        assert WARNING not in {line.get_color() for line in above.lines}, "it is no worse for that"


class TestTraining:
    def test_each_seed_and_their_mean(self, capture: Capture) -> None:
        summary = summary_of([pair_of(0)])
        figures = capture(training)
        training.draw(summary)
        above, below = figures[0].axes
        for axes, metric, arm, colour in (
            (above, "tau", "row-0-plain", BEFORE),
            (above, "tau", "row-0-landmark", AFTER),
            (below, VIOLATED, "row-0-landmark", AFTER),
        ):
            thin, mean = [line for line in axes.lines if line.get_color() == colour]
            values = np.array(
                [
                    [
                        summary.frame.find(arm, metric, score="accuracy", seed=seed, part=AT.format(at / 5)).value
                        for at in range(1, 6)
                    ]
                    for seed in SEEDS
                ]
            )
            assert mean.get_ydata() == pytest.approx(values.mean(axis=0))
            assert thin.get_ydata().reshape(len(SEEDS), -1)[:, :-1] == pytest.approx(values)

    @pytest.mark.filterwarnings("error")
    def test_seeds_may_compare_landmark_pairs_in_other_stretches_of_training(self) -> None:
        """As when the parts of a divided space that hold two landmarks are others."""
        first, last = AT.format(1 / 5), AT.format(1.0)
        gone = {(0, first), (2, last)}
        summary = changed(
            summary_of([pair_of(0)]),
            lambda one: None if one.metric == VIOLATED and (one.seed, one.part) in gone else one,
        )
        assert "nan" not in training.draw(summary)
        without = changed(summary, lambda one: None if one.metric == VIOLATED else one)
        assert "violated" not in training.draw(without).split("</title>")[1]

    def test_where_a_super_net_divides_the_figure_says_why_its_curve_ends(self) -> None:
        summary = summary_of([pair_of(0), pair_of(1)])
        assert "several" not in training.draw(summary)
        late = {AT.format(4 / 5), AT.format(1.0)}
        divided = changed(
            summary,
            lambda one: None if one.arm.startswith("row-1") and one.metric == "tau" and one.part in late else one,
        )
        assert training.draw(divided).count(">several<") == 1
