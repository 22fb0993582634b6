"""Titles and names of rows stay on the figure, however long they are."""

from __future__ import annotations

import pytest
from matplotlib.figure import Figure

from nasrank.bench.reporting.figures import panels, style

LONG = "20 of 30 landmarks chosen by super-nets, one after another"


@pytest.mark.parametrize("names", [["SPOS"], ["SPOS", LONG], [f"{LONG}, {LONG}"]])
def test_names_of_rows_fit_beside_the_axes(names: list[str]) -> None:
    with style.drawing():
        figure = Figure(figsize=(style.WIDTH, 3))
        axes = figure.add_subplot()
        figure.subplots_adjust(**style.inches(figure, left=style.label_width(names), right=1, bottom=0.5, top=1))
        style.name_rows(axes, names)
        labels = axes.get_yticklabels()
        assert [label.get_text().replace("\n", " ") for label in labels] == names
        assert all(label.get_window_extent().x0 > 0 for label in labels)


@pytest.mark.parametrize("length", [1, 3])
def test_both_lines_of_a_heading_fit(length: int) -> None:
    with style.drawing():
        figure = Figure(figsize=(style.WIDTH, 3))
        style.heading(figure, " ".join([LONG] * length), " ".join([LONG] * length))
        assert [text.get_window_extent().x1 < figure.bbox.width for text in figure.texts] == [True, True]
        assert [text.get_fontsize() == size for text, size in zip(figure.texts, (12, 9.5), strict=True)] == [
            length == 1,
            length == 1,
        ]


def test_numbers_stand_below_the_lowest_panel_of_each_column() -> None:
    """Columns that end a band above the others had none: their numbers belonged to panels that are not shown."""
    with style.drawing():
        grid = Figure().subplots(2, 3, squeeze=False, sharex=True)
        for axes in grid[1, 1:]:
            axes.set_visible(False)
        panels.label_lowest(grid)
        numbered = [[axes.xaxis.get_tick_params()["labelbottom"] for axes in row] for row in grid]
    assert numbered[0] == [False, True, True]
    assert numbered[1][0]
