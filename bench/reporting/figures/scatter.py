"""Rank by super-net score against true rank, a panel an arm: what a tau looks like.

Ranks, not scores: most scores of a trained super-net lie so close together that a plot of them shows a few outliers
and a line. The page names the scores.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from nasrank.bench.analysis.rank_table import RankTable
from nasrank.bench.analysis.summary import Summary
from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.reporting.figures import panels, style
from nasrank.bench.reporting.figures.style import AFTER, BEFORE, QUIET
from nasrank.bench.reporting.figures.svg_text import svg
from nasrank.bench.reporting.words import counted, listed, number, score_label, short

MOST_POINTS = 9000
"""In all panels together; an even choice of them where there are more."""

TALLEST = 2.6  # inches
TITLE = "What these taus look like: rank by super-net score against true rank"


class Panel(NamedTuple):
    """An arm as it is drawn; `rows` are ranked by it."""

    label: str
    arm: str
    after: bool
    tau: float
    rows: int

    @property
    def title(self) -> str:
        """Its first row, and how many others there are."""
        others = self.rows - 1
        return f"{self.label} and {counted(others, 'other', 'others')}" if others else self.label


def draw(summary: Summary, ranks: RankTable) -> str:
    """SVG text for the study's first seed; an arm that several rows share, or that came out the same, is drawn once."""
    every = distinct(summary, ranks)
    drawn = every[: panels.MOST]
    stride = -(-len(ranks.true_ranks) * len(drawn) // MOST_POINTS)
    chosen = np.argsort(ranks.true_ranks, kind="stable")[::stride]
    drawn, columns = _arranged(drawn)
    titles = [one.title for one in drawn]
    layout = panels.Layout.of(titles, {"ranks": 1.0}, TALLEST, columns=columns, extra=panels.LINE + 0.03)
    subtitle = (
        f"{len(ranks.true_ranks):,} architectures{f', one of {stride} drawn' if stride > 1 else ''}, 1 is the best; "
        f"seed {summary.header['seeds'][0]}; scores: {_scores(summary)}; horizontal rows are equal scores"
        f"{panels.left_out(len(every), 'super-nets')}"
    )
    with style.drawing():
        ordinates = {"ranks": "rank by score"}
        figure, grid = panels.small_multiples(layout, TITLE, subtitle, "true rank in the pool", ordinates)
        for one, panel in zip(drawn, grid, strict=True):
            _panel(panel["ranks"], one, ranks.true_ranks, ranks.by_arm[one.arm][0], chosen)
        return svg(figure, "Rank by super-net score against true rank", _describe(drawn))


def distinct(summary: Summary, ranks: RankTable) -> list[Panel]:
    """Before and after of every row, without what is there already."""
    found: dict[bytes, Panel] = {}
    for pair in summary.pairs:
        for after, arm in ((False, pair.before), (True, pair.after)):
            key = ranks.by_arm[arm].tobytes()
            if key in found:
                found[key] = found[key]._replace(rows=found[key].rows + 1)
            else:
                tau = summary.by_seed(pair, after)[0]
                found[key] = Panel(pair.label, arm, after, tau, 1)
    return list(found.values())


def _arranged(drawn: list[Panel]) -> tuple[list[Panel], int]:
    """Panels in order, and columns: before and after of a row are neighbours where every row has both."""
    if any(one.after != bool(place % 2) for place, one in enumerate(drawn)):
        return drawn, panels.columns_of(len(drawn))
    if panels.MANY < len(drawn) <= 2 * panels.MANY:
        return drawn[::2] + drawn[1::2], len(drawn) // 2
    return drawn, min(len(drawn), 4)


def _scores(summary: Summary) -> str:
    return listed([score_label(name) for name in dict.fromkeys(pair.score for pair in summary.pairs)])


def _panel(
    axes: Axes, one: Panel, true_ranks: npt.NDArray[np.int64], ranks: FloatArray, chosen: npt.NDArray[np.intp]
) -> None:
    n = len(true_ranks)
    axes.set_xlim(n * 1.03, 1 - n * 0.03)
    axes.set_ylim(*axes.get_xlim())
    axes.set_xticks([n, 1], [f"{n:,}", "1"])
    worst, best = axes.get_xticklabels()  # turned away from those of the next panel
    worst.set_horizontalalignment("left")
    best.set_horizontalalignment("right")
    axes.set_yticks([n, 1], [f"{n:,}", "1"])
    colour = AFTER if one.after else BEFORE
    text = f"{'after' if one.after else 'before'}, tau {number(one.tau)}"
    axes.annotate(
        text, (0, 1), (0, 4), xycoords="axes fraction", textcoords="offset points", color=colour, fontsize=8.5
    )
    if np.isnan(ranks).any():
        axes.text(0.5, 0.5, "this trial failed", transform=axes.transAxes, ha="center", color=QUIET)
    else:
        panels.dots(axes, true_ranks[chosen], ranks[chosen], colour, 3.0 if n < 300 else 2.0, alpha=0.7)


def _describe(drawn: list[Panel]) -> str:
    taus = ", ".join(f"{one.label} {'after' if one.after else 'before'} {short(one.tau)}" for one in drawn)
    return f"Scatter plots, a panel a super-net; the closer to the rising diagonal, the higher its tau: {taus}."
