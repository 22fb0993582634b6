"""The one figure of a report: tau of every row before and after guidance, among the baselines and below the ceiling."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import cycle, pairwise

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from nasrank.bench.analysis.frame import Finding
from nasrank.bench.analysis.summary import Summary
from nasrank.bench.oracles.ask.quantities import QUANTITIES
from nasrank.bench.reporting.figures import rows, style
from nasrank.bench.reporting.figures.style import BASELINE, BEFORE, FAINT, INK, PAPER, QUIET
from nasrank.bench.reporting.figures.svg_text import svg
from nasrank.bench.reporting.words import TAU, counted, number, short, size, span

APART = 0.15  # of a row: half the distance between before and after
SECOND = 88  # points from the axes to the column of differences
RIGHT = 3.2  # inches


def draw(summary: Summary) -> str:
    """SVG text: a line a row, controls apart at the foot; values at the right, and marks where a gain is decided."""
    pairs, gains = summary.pairs, [summary.gain(pair) for pair in summary.pairs]
    before, after = ([summary.level(pair, one) for pair in pairs] for one in (False, True))
    ways = [gain for pair, gain in zip(pairs, gains, strict=True) if not pair.control]
    marks = [rows.mark("before", BEFORE, PAPER), *rows.verdict_marks(ways, "after: ")]
    with style.drawing():
        names = [pair.label for pair in pairs]
        figure, (axes,), places = rows.row_figure(
            pairs, names, question(summary), _subtitle(summary), [marks, _references(summary)], RIGHT
        )
        axes.set_xlim(*_limits(summary, [*before, *after]))
        axes.set_xlabel(f"{TAU.label} with the truth")
        _drawn_through(axes, summary, places)
        colours = [rows.colour_of(pair, gain) for pair, gain in zip(pairs, gains, strict=True)]
        for side, offset, shades in ((False, -APART, [BEFORE] * len(pairs)), (True, APART, colours)):
            shifted = [place + offset for place in places]
            for pair, y, colour in zip(pairs, shifted, shades, strict=True):
                seeds = summary.by_seed(pair, side)
                axes.plot(seeds, [y] * len(seeds), "|", color=colour, markersize=6, markeredgewidth=0.8)
            rows.means(axes, after if side else before, shifted, shades, filled=side)
        rows.head(axes, "before → after")
        rows.head(axes, "difference", SECOND + rows.ARROW)
        for pair, y, first, second, gain in zip(pairs, places, before, after, gains, strict=True):
            if first.known and second.known:
                text = f"{number(first.value)} → {number(second.value)}"
                rows.beside(axes, y, text, QUIET if pair.control else INK)
                rows.difference(axes, y, pair, gain, SECOND)
            else:
                rows.beside(axes, y, "no value, see the table", QUIET)
        return svg(figure, question(summary), _describe(summary, ways))


def question(summary: Summary) -> str:
    """What the study asks, for who knows nothing of it."""
    if "coefficient" not in summary.header["landmark_term"]:  # no term is told of landmarks
        return "Does what is added to the training make a super-net rank architectures better?"
    measured = QUANTITIES[summary.header["truth"]["metric"]].label
    strategy, known = summary.pairs[0].label, f"architectures of known {measured}"
    if summary.about == "landmarks":
        return f"How do a few {known} best help {strategy} to rank the others?"
    if summary.about == "settings":
        return f"Do a few {known} help {strategy} to rank the others, whatever its settings?"
    return f"Do {summary.header['n']['landmarks']} {known} help a super-net to rank the others?"


def _subtitle(summary: Summary) -> str:
    ways = [pair for pair in summary.pairs if not pair.control]
    above = sum(summary.level(pair, True).known and not summary.beaten_by(pair) for pair in ways)
    verb = "is" if above == 1 else "are"
    rows = f"{above} of {len(ways)} rows {verb}" if len(ways) > 1 else "it is" if above else "it is not"
    best = f"; after guidance, {rows} above the best baseline"
    return f"{summary.header['title']}: {size(summary)}, seeds as ticks{best if summary.references else ''}"


def _describe(summary: Summary, gains: Sequence[Finding]) -> str:
    """The figure in sentences."""
    ways = [pair for pair in summary.pairs if not pair.control]
    before, after = (span([summary.level(pair, one).value for pair in ways]) for one in (False, True))
    text = (
        f"Kendall's tau-b of {counted(len(ways), 'row', 'rows')} is {before} before guidance and {after} after it; "
        f"{rows.decided(gains)}."
    )
    if summary.references:
        text += f" Baselines reach {span([summary.reference(one.name).value for one in summary.references])}."
    return text + (f" The noise ceiling is {short(summary.ceiling.value)}." if summary.ceiling.known else "")


def _limits(summary: Summary, levels: Sequence[Finding]) -> tuple[float, float]:
    """With zero, where that does not leave half of the axis empty."""
    values = [end for one in levels for end in (one.value, one.low, one.high)]
    values += [value for pair in summary.pairs for after in (False, True) for value in summary.by_seed(pair, after)]
    values += [one.value for _, found in _baselines(summary) for one in found] + [summary.ceiling.value]
    known = [value for value in values if not math.isnan(value)] or [0.0]
    low = min(known)
    return (min(0.0, low) if low < 0.4 else math.floor(10 * low) / 10) - 0.02, min(1.0, max(known) + 0.03)


def _baselines(summary: Summary) -> list[tuple[str, list[Finding]]]:
    """Label and tau beside each row of every baseline with a value: those with labels have the labels of the row."""
    every = [
        (one.label, [summary.reference(one.name, pair=pair) for pair in summary.pairs]) for one in summary.references
    ]
    return [(label, found) for label, found in every if any(one.known for one in found)]


def _drawn_through(axes: Axes, summary: Summary, places: Sequence[float]) -> None:
    if axes.get_xlim()[0] < 0:
        axes.axvline(0, color=FAINT, linewidth=1)
    edges = [-0.6, *((one + other) / 2 for one, other in pairwise(places)), places[-1] + 0.6]
    y = [edge for ends in pairwise(edges) for edge in ends]
    for (_, found), dashes in zip(_baselines(summary), cycle(style.DASHES), strict=False):
        value, low, high = ([getattr(one, end) for one in found for _ in "ab"] for end in ("value", "low", "high"))
        axes.fill_betweenx(y, low, high, color=BASELINE, alpha=0.10, linewidth=0, zorder=0)
        axes.plot(value, y, color=BASELINE, linewidth=1.1, linestyle=dashes, zorder=1)
    if summary.ceiling.known:
        axes.axvline(summary.ceiling.value, color=INK, linewidth=1)


def _references(summary: Summary) -> list[Line2D]:
    """What the lines drawn through are, with their values beside the rows that are no controls."""
    marks = []
    for (label, found), dashes in zip(_baselines(summary), cycle(style.DASHES), strict=False):
        values = [one.value for pair, one in zip(summary.pairs, found, strict=True) if not pair.control]
        marks.append(Line2D([], [], label=f"{label} {span(values)}", color=BASELINE, linewidth=1.1, linestyle=dashes))
    if summary.ceiling.known:
        marks.append(Line2D([], [], label=f"noise ceiling {short(summary.ceiling.value)}", color=INK, linewidth=1))
    return marks
