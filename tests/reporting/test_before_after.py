"""What is written into the main figure never lies on anything else, however close values are."""

from __future__ import annotations

from itertools import combinations

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from synthetic import invented_results

from nasrank.bench.analysis import analyse as analysis
from nasrank.bench.ranking import METRICS
from nasrank.bench.reporting import analyse
from nasrank.bench.reporting.figures import before_after, style
from nasrank.bench.runner.truth import Truth


@pytest.mark.parametrize(("before", "after"), [(0.6, 0.6), (0.6, 0.999), (0.1, 0.65)])
def test_texts_overlap_neither_each_other_nor_the_points(
    before: float, after: float, truth: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analysis, "reported", lambda: {"tau": METRICS["tau"]})
    drawn: list[Figure] = []
    monkeypatch.setattr(style, "svg", lambda figure, *_: drawn.append(figure) or "")
    before_after.draw(analyse(invented_results(truth, before=before, after=after), truth))
    (figure,) = drawn
    FigureCanvasAgg(figure).draw()
    (axes,), (legend,) = figure.axes, figure.legends
    boxes = {text.get_text(): text.get_window_extent() for text in figure.findobj(_is_shown)}
    assert {"before", "baselines", "noise ceiling 0.926"} <= boxes.keys()
    for (one, first), (other, second) in combinations(boxes.items(), 2):
        assert not _overlap(first, second), (one, other)
    inside = axes.get_window_extent()
    assert not [text for text, box in boxes.items() if _overlap(box, inside)]
    assert not [text for text, box in boxes.items() if text not in _names(legend) and _overlap(box, _box(legend))]
    assert figure.bbox.contains(*_box(legend).p1)


def _is_shown(artist: object) -> bool:
    return isinstance(artist, Text) and artist.get_visible() and bool(artist.get_text().strip())


def _names(legend: Legend) -> list[str]:
    return [text.get_text() for text in legend.get_texts()]


def _box(legend: Legend) -> Bbox:
    return legend.get_window_extent()


def _overlap(one: Bbox, other: Bbox) -> bool:
    """By more than a hair."""
    return min(one.x1, other.x1) - max(one.x0, other.x0) > 1 and min(one.y1, other.y1) - max(one.y0, other.y0) > 1
