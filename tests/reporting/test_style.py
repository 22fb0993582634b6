"""Titles and names stay on the figure and touch nothing, however long they are; SVG text is small and sound."""

from __future__ import annotations

from itertools import combinations
from xml.etree import ElementTree

import pytest
from figure_summaries import pair_of
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from nasrank.bench.reporting.figures import panels, rows, style
from nasrank.bench.reporting.figures.svg_text import _shorter, svg

LONG = "20 of 30 landmarks chosen by super-nets, one after another"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("names", [["SPOS"], ["SPOS", LONG], [f"{LONG}, {LONG}"]])
def test_names_of_rows_fit_beside_the_axes(names: list[str]) -> None:
    with style.drawing():
        pairs = [pair_of(place) for place in range(len(names))]
        figure, (axes,), _ = rows.row_figure(pairs, names, "title", "subtitle", [[]], 3.0)
        FigureCanvasAgg(figure).draw()
        assert " ".join(text.get_text() for text in axes.texts) == " ".join(names)
        left = axes.get_window_extent().x0
        assert all(left - 1.08 * (left - text.get_window_extent().x0) > 0 for text in axes.texts), "in other fonts, too"


@pytest.mark.parametrize("length", [1, 3])
def test_all_lines_of_a_heading_fit(length: int) -> None:
    with style.drawing():
        text = " ".join([LONG] * length)
        figure = Figure(figsize=(style.WIDTH, 3))
        style.heading(figure, text, text)
        title, *lines = figure.texts
        assert " ".join(line.get_text() for line in lines) == text
        assert len(lines) == (1 if length == 1 else 2)
        assert all(1.08 * one.get_window_extent().width < 0.99 * figure.bbox.width for one in figure.texts)
        assert (title.get_fontsize() == 12) == (length == 1)
        assert style.head(text) == pytest.approx(0.42 + 0.17 * len(lines))


@pytest.mark.parametrize("count", range(1, 21))
def test_panels_fill_their_canvas(count: int) -> None:
    """A last band with one panel of four left three quarters of a canvas empty."""
    layout = panels.Layout.of(["SPOS"] * count, {"tau": 1.0})
    empty = layout.bands * layout.columns - count
    assert empty <= 0.2 * layout.bands * layout.columns
    assert layout.width * layout.columns + panels.GAP * (layout.columns - 1) == pytest.approx(
        style.WIDTH - panels.LEFT - panels.RIGHT
    )


@pytest.mark.slow
def test_titles_of_panels_touch_neither_what_is_above_nor_beside() -> None:
    with style.drawing():
        titles = ["SPOS", LONG, "RLNAS", f"{LONG} and another", "GDAS", LONG, LONG, "DARTS (2nd order)"]
        layout = panels.Layout.of(titles, {"tau": 1.0, "violated": 0.5})
        marks = [Line2D([], [], label="before")]
        names = {"tau": "tau", "violated": "pairs"}
        figure, grid = panels.small_multiples(layout, "title", LONG, "fraction", names, marks)
        for panel in grid:
            for axes in panel.values():
                panels.fractions(axes)
        FigureCanvasAgg(figure).draw()
        every = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
        boxes = [(text.get_text(), text.get_window_extent()) for text in every]
        insides = [axes.get_window_extent() for panel in grid for axes in panel.values()]
        for (one, first), (other, second) in combinations(boxes, 2):
            assert not first.overlaps(second), (one, other)
        bold = [(text, box) for text, box in boxes if text in " ".join(titles)]
        assert len(bold) > len(titles)
        for text, box in bold:
            assert not any(box.overlaps(inside) for inside in insides), text


def test_numbers_stand_below_every_band_and_beside_its_first_panel() -> None:
    """Columns that end a band above the others had none: their numbers belonged to panels that are not shown."""
    with style.drawing():
        layout = panels.Layout.of(["SPOS"] * 7, {"tau": 1.0, "violated": 0.5})
        _, grid = panels.small_multiples(layout, "title", "subtitle", "fraction", {"tau": "tau", "violated": "pairs"})
        for place, panel in enumerate(grid):
            assert [one.xaxis.get_tick_params()["labelbottom"] for one in panel.values()] == [False, True]
            assert {one.yaxis.get_tick_params()["labelleft"] for one in panel.values()} == {not place % layout.columns}


class TestText:
    def drawn(self, title: str = "title", description: str = "What is seen.", label: str = "label") -> str:
        with style.drawing():
            figure = Figure(figsize=(3, 2))
            axes = figure.add_subplot()
            axes.plot([1, 2, 3], [1, 2, 1], "o-", color=style.AFTER)
            axes.set_title(label)
            return svg(figure, title, description)

    def test_it_says_what_is_seen(self) -> None:
        root = ElementTree.fromstring(self.drawn("a < b", "c & d"))
        assert root.get("role") == "img"
        assert [(one.tag.split("}")[1], one.text) for one in root[:2]] == [("title", "a < b"), ("desc", "c & d")]

    def test_text_is_text_in_fonts_that_are_named_once(self) -> None:
        text = self.drawn(label="a label")
        assert ">a label</text>" in text
        assert text.count("DejaVu Sans") == 1
        assert "<style" not in text, "it would hold for the whole of a page"

    def test_it_is_the_same_every_time(self) -> None:
        assert self.drawn() == self.drawn()

    def test_marks_that_look_alike_say_so_once(self) -> None:
        groups = [list(one) for one in ElementTree.fromstring(self.drawn()).iter(f"{SVG}g") if one.get("style")]
        assert [[mark.get("style") for mark in marks] for marks in groups] == [[None] * 3]

    @pytest.mark.filterwarnings("ignore:Glyph")
    @pytest.mark.parametrize(
        "label", ['<script>alert(1)</script> & d="M 0 0" font-family: x;', "\x00\ufffe x", "$x^2$ <!-- -->"]
    )
    def test_a_hostile_label_is_what_it_is(self, label: str) -> None:
        root = ElementTree.fromstring(self.drawn(label=label))
        shown = label.replace("\x00", "").replace("\ufffe", "").strip()
        assert shown in [(one.text or "").strip() for one in root.iter(f"{SVG}text")]

    def test_points_are_where_they_were_drawn(self) -> None:
        """Steps from one to the next add up, without rounding errors that grow."""
        points = [(0.04 + 0.333 * place, 100 - 7.77 * (place % 9)) for place in range(300)]
        outline = _shorter("".join(f"M {x} {y} \nL {x} {y} \n" for x, y in points))
        x = y = 0.0
        for step, (true_x, true_y) in zip(
            outline.removeprefix("m").removesuffix("h0").split("h0m"), points, strict=True
        ):
            right, _, down = step.replace("-", " -").strip().partition(" ")
            x, y = x + float(right), y + float(down)
            assert (x, y) == (pytest.approx(true_x, abs=0.051), pytest.approx(true_y, abs=0.051))
