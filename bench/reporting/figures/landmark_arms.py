"""Guidance in every arm: tau on the pool and on the landmarks themselves, and what it or the arm changes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from nasrank.bench.analysis.frame import Finding
from nasrank.bench.analysis.landmarks import BEGIN, END, LANDMARKS, VIOLATED
from nasrank.bench.analysis.summary import Pair, Summary
from nasrank.bench.reporting.figures import rows, style
from nasrank.bench.reporting.figures.style import AFTER, BASELINE, BEFORE, FAINT, PAPER, QUIET
from nasrank.bench.reporting.figures.svg_text import svg
from nasrank.bench.reporting.words import MARKS, percent, size, span, with_base

LOWER = 0.28  # of a row: landmarks below the pool, on which they would often lie
RIGHT = 1.25  # inches
MARKED = (
    ("pool, before", "o", PAPER, BEFORE),
    ("after", "o", AFTER, AFTER),
    ("landmarks, before", "D", PAPER, BASELINE),
    ("after", "D", BASELINE, BASELINE),
)
"""Name, form, filling and edge of what is drawn for each row."""


def suits(summary: Summary) -> bool:
    """Whether a term compared landmarks."""
    return any(_violated(summary, pair, BEGIN).known for pair in summary.pairs)


def draw(summary: Summary) -> str:
    """SVG text: a line a row; of a study of landmarks what guided arms differ by, of others what guidance gains."""
    of_landmarks, pairs, first = summary.about == "landmarks", summary.pairs, summary.pairs[0].label
    differences = [summary.change(pair, True) if of_landmarks else summary.gain(pair) for pair in pairs]
    found = [(pair, one, place) for place, (pair, one) in enumerate(zip(pairs, differences, strict=True)) if one]
    names = [with_base(pair.label, summary.labels[pair.base], first) if of_landmarks else pair.label for pair in pairs]
    title = "Do other architectures gain from guidance, or only the landmarks themselves?"
    subtitle = f"{summary.header['title']}: {size(summary)}; tau of the landmarks themselves below that of the pool"
    if of_landmarks:
        title = "Does it matter which landmarks guide, and how?"
        subtitle += f"; changes are from {first} or what is in brackets"
    marks = [Line2D([], [], label=name, **_look(*look)) for name, *look in MARKED]
    marks += rows.verdict_marks([one for pair, one, _ in found if not pair.control], "difference: ")
    with style.drawing():
        figure, (taus, right), places = rows.row_figure(pairs, names, title, subtitle, [marks], RIGHT, (1.35, 1))
        taus.set_xlabel("tau")
        right.set_xlabel("change of tau on the pool" if of_landmarks else "gain of tau on the pool")
        _lines(pairs, places, (taus, right), settings=of_landmarks)
        for pair, y in zip(pairs, places, strict=True):
            _taus(taus, y, pair, summary)
            shares = [percent(_violated(summary, pair, part).value) for part in (BEGIN, END)]
            rows.beside(right, y, " → ".join(shares), QUIET)
        colours = [rows.colour_of(pair, one) for pair, one, _ in found]
        rows.means(right, [one for _, one, _ in found], [places[at] for *_, at in found], colours, filled=True)
        for (_, one, at), colour in zip(found, colours, strict=True):
            if arrow := MARKS.get(one.status, ""):
                end: Any = {"xytext": (3, 0), "textcoords": "offset points", "va": "center_baseline"}
                right.annotate(arrow, (one.high, places[at]), color=colour, fontweight="bold", **end)
        rows.head(right, "violated pairs,", above=1)
        rows.head(right, "first → last")
        return svg(figure, title, _describe(summary, [one for _, one, _ in found]))


def _violated(summary: Summary, pair: Pair, part: str) -> Finding:
    return summary.frame.find(pair.after, VIOLATED, score=pair.score, part=part)


def _on_landmarks(summary: Summary, pair: Pair, after: bool) -> Finding:
    return summary.level(pair, after, part=f"{LANDMARKS} of {pair.name}")


def _look(form: str, face: str, edge: str) -> dict[str, Any]:
    """Keywords of `plot`."""
    colours = {"color": edge, "markerfacecolor": face, "markeredgecolor": edge}
    return {"marker": form, "markersize": 5, "linestyle": "none", **colours}


def _taus(axes: Axes, y: float, pair: Pair, summary: Summary) -> None:
    before, after = (summary.level(pair, one) for one in (False, True))
    axes.plot((after.low, after.high), (y, y), color=AFTER, linewidth=1.6)
    values = (before, after, *(_on_landmarks(summary, pair, one) for one in (False, True)))
    for (_, form, face, edge), one in zip(MARKED, values, strict=True):
        axes.plot(one.value, y + (LOWER if form == "D" else 0.0), **_look(form, face, edge))


def _lines(pairs: Sequence[Pair], places: Sequence[float], every: Sequence[Axes], *, settings: bool) -> None:
    """At zero, and where wanted between rows that change something else."""
    for axes in every:
        axes.axvline(0, color=FAINT, linewidth=1)
        for (one, other), place in zip(pairwise(pairs), places, strict=False):
            if settings and one.setting != other.setting and not other.control:
                axes.axhline(place + 0.5, color=FAINT, linewidth=0.7)


def _describe(summary: Summary, differences: Sequence[Finding]) -> str:
    """The figure in sentences."""
    pool = [span([summary.level(pair, after).value for pair in summary.pairs]) for after in (False, True)]
    own = [span([_on_landmarks(summary, pair, after).value for pair in summary.pairs]) for after in (False, True)]
    return (
        f"Tau on the pool is {pool[0]} before and {pool[1]} after guidance, on the landmarks themselves {own[0]} and "
        f"{own[1]}; on the pool, {rows.decided(differences)}."
    )
