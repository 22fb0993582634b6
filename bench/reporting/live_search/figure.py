"""The best network so far over the networks that were trained, and beside it what those that were found are worth."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nasrank.bench.analysis.live_summary import LiveSummary, SearcherRow
from nasrank.bench.reporting.figures import style
from nasrank.bench.reporting.figures.style import FAINT
from nasrank.bench.reporting.figures.svg_text import svg
from nasrank.bench.reporting.live_search.tables import heading
from nasrank.bench.reporting.search.looks import Look, looks
from nasrank.bench.reporting.words import points

HEIGHT = 3.2  # inches of the axes
TITLE = "The best network so far, and what it is worth"
SPREAD = 0.16


def draw(summary: LiveSummary) -> str:
    """SVG text."""
    study, shown = summary.study, looks(summary.study.searchers)
    subtitle = (
        f"Left: the best so far as searchers were told it, mean of {study.runs} searches. Right: the network that each "
        f"search found, trained anew with {study.again} other seeds, and the mean with its "
        f"{100 * study.confidence:g} % interval."
    )
    top = style.head(subtitle) + 0.06
    with style.drawing():
        figure = Figure(figsize=(style.WIDTH, top + 0.35 + HEIGHT + 0.55))
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=(2.4, 1))
        figure.subplots_adjust(**style.inches(figure, 0.75, 0.25, 0.55, top + 0.35), wspace=0.08)
        for place, (name, look) in enumerate(shown.items()):
            _over_networks(left, summary.row(name), look)
            _found(right, place, summary.row(name), look)
        for axes in (left, right):
            axes.grid(axis="y", color=FAINT, linewidth=0.6)
        left.set_xlabel("networks trained")
        left.set_ylabel(heading(summary))
        left.set_xlim(1, max(study.evaluations, 2))
        right.set_xlim(-0.6, len(shown) - 0.4)
        right.set_xticks([])
        right.set_xlabel("trained anew")
        if not study.higher_is_better:
            left.invert_yaxis()
        marks = [
            Line2D(
                [],
                [],
                label=study.searchers[name].named,
                color=look.colour,
                marker=look.mark,
                markersize=4,
                ls=look.dashes,
            )
            for name, look in shown.items()
        ]
        style.legend(figure, marks, top)
        style.heading(figure, "Who finds the better network?", subtitle)
        said = (f"{study.searchers[row.name].named}: {points(row.mean)}" for row in summary.ranked)
        return svg(figure, TITLE, "; ".join(said))


def _over_networks(axes: Axes, row: SearcherRow, look: Look) -> None:
    numbers = np.arange(1, len(row.curve) + 1)
    axes.step(numbers, row.curve, where="post", color=look.colour, linewidth=1.6, ls=look.dashes)
    ends = max(len(numbers) // 6, 1)
    axes.plot(numbers[::ends], np.array(row.curve)[::ends], look.mark, color=look.colour, markersize=4)


def _found(axes: Axes, place: int, row: SearcherRow, look: Look) -> None:
    worth = np.array(row.found)
    apart = np.linspace(-SPREAD, SPREAD, len(worth)) if len(worth) > 1 else np.zeros(1)
    axes.plot(place + apart, worth, look.mark, color=look.colour, markersize=4, alpha=0.45, markeredgewidth=0)
    if row.low == row.low:
        axes.plot([place, place], [row.low, row.high], color=look.colour, linewidth=2)
    axes.plot([place], [row.mean], look.mark, color=look.colour, markersize=6.5)
