"""The main figure: marks where a gain is decided and nowhere else, and nothing that lies on anything else."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pytest
from figure_summaries import BASELINES, MANY, SEEDS, pair_of, summary_of, texts_of
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from nasrank.bench.analysis.frame import BETTER, UNDECIDED, WORSE, Frame
from nasrank.bench.analysis.summary import Summary
from nasrank.bench.reporting.figures import before_after
from nasrank.bench.reporting.figures.style import AFTER, BASELINE, BEFORE, QUIET, WARNING

CONTROL = {"control": "labels in random order"}


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """What was drawn, before it becomes text."""
    figures: list[Figure] = []
    monkeypatch.setattr(before_after, "svg", lambda figure, *_: figures.append(figure) or "")
    return figures


def differences(figure: Figure) -> list[Text]:
    return [text for text in figure.findobj(Text) if text.get_text().startswith("+0.300 [")]


def filled(axes: Axes) -> dict[str, int]:
    """How many means with the terms have each colour."""
    lines = [line for line in axes.lines if line.get_marker() == "o"]
    return {
        line.get_color(): len(line.get_xdata())
        for line in lines
        if to_hex(line.get_markerfacecolor()) == line.get_color()
    }


def test_what_is_decided_is_marked_and_nothing_else(drawn: list[Figure]) -> None:
    pairs = [pair_of(place) for place in range(4)]
    before_after.draw(summary_of(pairs, [BETTER, UNDECIDED, WORSE, "no interval"]))
    (figure,) = drawn
    arrows = {text.get_text(): text for text in figure.axes[0].texts if text.get_text() in ("↑", "↓")}
    assert {name: text.get_color() for name, text in arrows.items()} == {"↑": AFTER, "↓": WARNING}
    assert [arrows[name].xy[1] for name in "↑↓"] == [0, 2], "beside the first and the third row"
    looks = [(text.get_color(), text.get_fontweight()) for text in differences(figure)]
    assert looks == [(AFTER, "bold"), (QUIET, "normal"), (WARNING, "bold"), (QUIET, "normal")]
    assert filled(figure.axes[0]) == {AFTER: 1, WARNING: 1, BEFORE: 2}
    assert {"after: better ↑", "after: worse ↓", "after: not decided"} <= set(texts_of(figure))


def test_orange_is_what_got_worse_though_no_row_is_above_a_baseline() -> None:
    pairs = [pair_of(0), pair_of(1)]
    assert WARNING not in before_after.draw(summary_of(pairs, [BETTER, UNDECIDED]))
    assert WARNING in before_after.draw(summary_of(pairs, [BETTER, WORSE]))


def test_controls_stand_apart_in_grey(drawn: list[Figure]) -> None:
    before_after.draw(summary_of([pair_of(0), pair_of(1, **CONTROL)], [BETTER, BETTER]))
    (figure,) = drawn
    texts = {text.get_text(): text for text in figure.axes[0].texts}
    rule = texts["controls"].xy[1]
    assert texts["strategy 0"].xy[1] < rule < texts["strategy 1"].xy[1]
    assert texts["strategy 1"].xy[1] - texts["strategy 0"].xy[1] > 1.5
    assert filled(figure.axes[0]) == {AFTER: 1, BEFORE: 1}
    assert [text.get_color() for text in differences(figure)] == [AFTER, QUIET]
    assert [text.get_fontweight() for text in differences(figure)] == ["bold", "bold"], "decided, too"
    before_after.draw(summary_of([pair_of(0), pair_of(1)]))
    assert "controls" not in texts_of(drawn[1])


def test_the_subtitle_counts_rows_above_the_best_baseline(drawn: list[Figure]) -> None:
    pairs = [*(pair_of(place) for place in range(3)), pair_of(3, **CONTROL)]
    summary = summary_of(pairs)
    raised = [
        one._replace(value=0.92) if (one.arm, one.base, one.part, one.seed) == ("row-1-landmark", "", "", None) else one
        for one in summary.frame
    ]
    without = replace(summary, references=())
    alone = summary_of(pairs[:1])
    for one in (summary, replace(summary, frame=Frame(tuple(raised))), without, alone):
        before_after.draw(one)
    none, first, unknown, lone = (" ".join(text.get_text() for text in figure.texts) for figure in drawn)
    assert "0 of 3 rows are above the best baseline" in none
    assert "1 of 3 rows is above the best baseline" in first
    assert "baseline" not in unknown
    assert "after guidance, it is not above the best baseline" in lone


def test_a_baseline_with_labels_is_drawn_beside_each_row_with_its_own(drawn: list[Figure]) -> None:
    pairs = [pair_of(0), pair_of(1, labels_of="row-1"), pair_of(2)]
    summary = summary_of(pairs)
    other = summary.reference(BASELINES[0].name)._replace(arm="row-1", value=0.7)
    before_after.draw(replace(summary, frame=Frame((*summary.frame, other))))
    lines = [line for line in drawn[0].axes[0].lines if line.get_color() == BASELINE]
    assert len(lines) == len(BASELINES)
    assert lines[0].get_xdata().tolist() == [0.9, 0.9, 0.7, 0.7, 0.9, 0.9]
    assert set(lines[1].get_xdata()) == {0.9}
    assert "ridge on the same labels 0.70 to 0.90" in texts_of(drawn[0])


def test_every_seed_is_a_tick(drawn: list[Figure]) -> None:
    summary = summary_of([pair_of(0), pair_of(1)])
    before_after.draw(summary)
    ticks = [list(line.get_xdata()) for line in drawn[0].axes[0].lines if line.get_marker() == "|"]
    assert sorted(ticks) == sorted(summary.by_seed(pair, after) for pair in summary.pairs for after in (False, True))
    assert len(ticks[0]) == len(SEEDS)


def test_a_row_without_a_value_says_so(drawn: list[Figure]) -> None:
    summary = summary_of([pair_of(0), pair_of(1)])
    lost = [one._replace(value=np.nan) if one.arm == "row-1-landmark" else one for one in summary.frame]
    before_after.draw(replace(summary, frame=Frame(tuple(lost))))
    assert texts_of(drawn[0]).count("no value, see the table") == 1
    assert len(differences(drawn[0])) == 1


@pytest.mark.parametrize("about", ["strategies", "settings", "landmarks"])
def test_the_question_is_the_studys(about: str) -> None:
    summary = summary_of([pair_of(0)], about=about)
    assert before_after.question(summary).endswith("?")
    root = ElementTree.fromstring(before_after.draw(summary))
    assert root[0].text == before_after.question(summary)
    others = {before_after.question(replace(summary, about=one)) for one in ("strategies", "settings", "landmarks")}
    assert len(others) == 3
    without = replace(summary, header={**summary.header, "landmark_term": {"count": 30}})
    assert "known accuracy" not in before_after.question(without)


@pytest.mark.slow
@pytest.mark.parametrize("summary", [summary_of([pair_of(0)]), summary_of(MANY, [BETTER, WORSE])], ids=["one", "many"])
def test_texts_overlap_neither_each_other_nor_the_points(summary: Summary, drawn: list[Figure]) -> None:
    before_after.draw(summary)
    (figure,) = drawn
    FigureCanvasAgg(figure).draw()
    (axes,), legends = figure.axes, figure.legends
    boxes = {(text.get_text(), id(text)): text.get_window_extent() for text in figure.findobj(_is_shown)}
    assert {"before", "noise ceiling 0.97"} <= {text for text, _ in boxes}
    for (one, first), (other, second) in combinations(boxes.items(), 2):
        assert not _overlap(first, second), (one, other)
    inside = axes.get_window_extent()
    assert not [text for text, box in boxes.items() if _overlap(box, inside)]
    for legend in legends:
        box = _box(legend)
        names = [one.get_text() for one in legend.get_texts()]
        assert not [text for text, other in boxes.items() if text[0] not in names and _overlap(other, box)]
        assert box.x0 + 1.08 * box.width < figure.bbox.x1, "other fonts are wider"
    for (text, _), box in boxes.items():
        assert box.x0 > 0, text
        assert box.x0 + 1.04 * box.width < figure.bbox.x1, text


def _is_shown(artist: object) -> bool:
    return isinstance(artist, Text) and artist.get_visible() and bool(artist.get_text().strip())


def _box(legend: Legend) -> Bbox:
    return legend.get_window_extent()


def _overlap(one: Bbox, other: Bbox) -> bool:
    """By more than a hair."""
    return min(one.x1, other.x1) - max(one.x0, other.x0) > 1 and min(one.y1, other.y1) - max(one.y0, other.y0) > 1
