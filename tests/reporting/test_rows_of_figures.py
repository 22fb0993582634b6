"""Figures with a line a row: variants, landmarks and uses of labels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from figure_summaries import pair_of, summary_of, texts_of, variant_of
from matplotlib.figure import Figure
from matplotlib.text import Text

from nasrank.bench.analysis.frame import BETTER, UNDECIDED, WORSE, Frame
from nasrank.bench.analysis.label_uses import USES
from nasrank.bench.analysis.summary import Pair, Reference, Summary
from nasrank.bench.reporting.figures import changes, labels, landmark_arms
from nasrank.bench.reporting.figures.style import AFTER, BEFORE, QUIET, WARNING


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """What was drawn, before it becomes text."""
    figures: list[Figure] = []
    for module in (changes, labels, landmark_arms):
        monkeypatch.setattr(module, "svg", lambda figure, *_: figures.append(figure) or "")
    return figures


def arrows(figure: Figure) -> dict[str, object]:
    """Colours of the marks beside points and numbers."""
    texts = [text for axes in figure.axes for text in axes.texts if text.get_text() in ("↑", "↓")]
    return {text.get_text(): text.get_color() for text in texts}


class TestChanges:
    def variants(self) -> list[Pair]:
        return [pair_of(0), variant_of(1), variant_of(2, shares=False), variant_of(3), variant_of(4, control="random")]

    def test_the_most_helpful_is_the_first_and_controls_are_the_last(self) -> None:
        found = changes.changes(summary_of(self.variants()))
        assert [one.pair.name for one in found] == ["row-3", "row-2", "row-1", "row-4"]
        assert [one.before is None for one in found] == [True, False, True, True]
        assert not changes.suits(summary_of([pair_of(0)]))

    def test_what_is_decided_is_marked_and_nothing_else(self, drawn: list[Figure]) -> None:
        changes.draw(summary_of(self.variants(), [UNDECIDED, WORSE, UNDECIDED, BETTER, BETTER]))
        numbers = [text for text in drawn[0].findobj(Text) if "[" in text.get_text() and text.get_text()[0] in "+−"]
        looks = [(text.get_text()[:6], text.get_color(), text.get_fontweight()) for text in numbers]
        assert sorted(looks) == sorted([
            ("−0.020", QUIET, "normal"),
            ("+0.030", AFTER, "bold"),
            ("+0.020", QUIET, "normal"),
            ("+0.010", WARNING, "bold"),
            ("+0.040", QUIET, "bold"),
        ])  # fmt: skip
        assert "3 of 5 differences decided" in " ".join(texts_of(drawn[0]))

    def test_that_trials_are_the_same_is_said_once(self, drawn: list[Figure]) -> None:
        changes.draw(summary_of(self.variants()))
        said = " ".join(text.get_text() for text in drawn[0].texts)
        assert "3 of 4 change only landmarks and share the super-nets without them" in said
        assert "the same trials" not in " ".join(texts_of(drawn[0]))
        only = [pair_of(0), variant_of(1), variant_of(2)]
        changes.draw(summary_of(only))
        assert "all change only landmarks" in " ".join(text.get_text() for text in drawn[1].texts)
        assert "without landmarks" not in texts_of(drawn[1]), "one column is enough"
        changes.draw(summary_of([pair_of(0), variant_of(1, shares=False)]))
        assert "share" not in " ".join(text.get_text() for text in drawn[2].texts)

    def test_a_base_that_is_not_the_usual_one_is_named(self) -> None:
        pairs = [pair_of(0), variant_of(1, label="faster"), replace(variant_of(2, label="clipped"), base="row-1")]
        summary = summary_of(pairs)
        found = changes.changes(summary)
        assert sorted(changes.row_names(summary, found)) == ["clipped (faster)", "faster"]


class TestLandmarks:
    def test_gains_of_strategies_and_changes_of_a_study_of_landmarks(self, drawn: list[Figure]) -> None:
        pairs = [pair_of(0), variant_of(1), variant_of(2)]
        for about in ("strategies", "landmarks"):
            landmark_arms.draw(summary_of(pairs, [UNDECIDED, BETTER, WORSE], about=about))
        for figure, points in zip(drawn, ([0.3, 0.3, 0.3], [0.01, 0.02]), strict=True):
            _, right = figure.axes
            means = [x for line in right.lines if line.get_marker() == "o" for x in line.get_xdata()]
            assert sorted(means) == points
            assert arrows(figure) == {"↑": AFTER, "↓": WARNING}
        assert drawn[0].axes[1].get_xlabel() != drawn[1].axes[1].get_xlabel()

    def test_undecided_rows_have_no_mark_and_no_colour(self, drawn: list[Figure]) -> None:
        landmark_arms.draw(summary_of([pair_of(0), pair_of(1, control="random")], [UNDECIDED, BETTER]))
        assert arrows(drawn[0]) == {"↑": BEFORE}, "a control is grey, and decided"
        _, right = drawn[0].axes
        assert {line.get_color() for line in right.lines if line.get_marker() == "o"} == {BEFORE}
        assert {"controls", "40 % → 10 %"} <= set(texts_of(drawn[0]))


LABELS = {"row-0": 30, "row-1": 5, "row-2": 100}


class TestLabels:
    def summary(self, *names: str) -> Summary:
        """Predictors that are better with more labels, and with more features."""
        pairs = [
            replace(pair_of(0) if name == "row-0" else variant_of(place), labels=count, setting="number of landmarks")
            for place, (name, count) in enumerate(LABELS.items())
        ]
        other = replace(variant_of(3), setting="loss", labels=7)
        uses = tuple(Reference(name, f"the {name}", 0) for name in names)
        summary, lines = summary_of([*pairs, other], about="landmarks", uses=uses), []
        for place, use in enumerate(uses):
            at = summary.level(pairs[0], True)._replace(estimator=use.name, score="")
            for pair in pairs:
                for more, arm in ((0.0, pair.name), (0.1, pair.before), (0.2, pair.after)):
                    lines.append(
                        at._replace(
                            arm=arm, part=USES.format(pair.labels), value=0.1 * place + more + pair.labels / 1000
                        )
                    )
        return replace(summary, frame=Frame((*summary.frame, *lines)))

    def test_points_are_those_of_rows_that_differ_in_the_number_of_labels(self) -> None:
        summary = self.summary("ridge", "forest")
        assert list(labels.by_labels(summary)) == [5, 30, 100]
        found = labels.lines(summary)
        assert list(found) == list(labels.PANELS)
        for more, (supernets, ridge, forest) in zip((0.0, 0.1, 0.2), found.values(), strict=True):
            assert supernets.look == labels.SUPERNET
            assert [one.value for one in ridge.taus] == pytest.approx([more + 0.005, more + 0.03, more + 0.1])
            assert [one.value for one in forest.taus] == pytest.approx([more + 0.105, more + 0.13, more + 0.2])

    def test_every_predictor_has_a_look_of_its_own_and_orange_is_none(self) -> None:
        looks = [line.look for line in labels.lines(self.summary("ridge", "forest", "process"))[labels.ALONE]]
        for part in ("name", "colour", "mark"):
            assert len({getattr(look, part) for look in looks}) == len(looks)
        assert WARNING not in {look.colour for look in looks}

    def test_more_predictors_than_looks_can_be_drawn(self, drawn: list[Figure]) -> None:
        labels.draw(self.summary(*(f"predictor {number}" for number in range(9))))
        assert len(drawn[0].legends[0].get_texts()) == 10

    def test_a_line_without_a_value_is_left_out(self, drawn: list[Figure]) -> None:
        summary = self.summary("ridge")
        lost = [one._replace(value=np.nan) if one.estimator in ("ridge",) else one for one in summary.frame]
        labels.draw(replace(summary, frame=Frame(tuple(lost))))
        assert len(drawn[0].axes) == len(labels.PANELS)
        assert "parameter\ncount\n0.900" in texts_of(drawn[0])
