"""Rank by super-net score against true rank, before and after guidance: what a tau looks like.

Ranks, not scores: most scores of a trained super-net lie so close together that a plot of them shows a few outliers
and a line. The page names the scores.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from scipy import stats

from nasrank.bench.analysis.scores import pool_truth, ranks, side
from nasrank.bench.analysis.summary import MAIN_METRIC, Summary
from nasrank.bench.analysis.wording import number
from nasrank.bench.ranking import METRICS
from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.reporting import explanations
from nasrank.bench.reporting.figures import panels, style
from nasrank.bench.reporting.figures.style import AFTER, BEFORE, QUIET

if TYPE_CHECKING:
    from nasrank.bench.runner.results import Results
    from nasrank.bench.runner.truth import Truth

PANEL, GAP = 1.85, 0.25  # inches
POINT = 2.2  # points


def draw(summary: Summary, results: Results, truth: Truth) -> str:
    """SVG text for the study's first seed: a column a strategy, before above after.

    Args:
        truth: only its order is drawn.
    """
    seed = results.design.study.seeds[0]
    true_ranks = ranks(pool_truth(results.design, truth))
    rows = panels.shown(summary.strategies)
    bands, columns = panels.bands_and_columns(len(rows))
    with style.drawing():
        figure = Figure(figsize=(style.WIDTH, 1.5 + 2 * bands * (PANEL + GAP)))
        grid = figure.subplots(2 * bands, columns, squeeze=False, sharex=True, sharey=True)
        margins = style.inches(figure, left=0.75, right=0.2, bottom=0.6, top=1.15)
        figure.subplots_adjust(**margins, wspace=0.1, hspace=0.2 if bands == 1 else 0.4)
        for place in range(bands * columns):
            pair = grid[2 * (place // columns) :, place % columns][:2]
            if place >= len(rows):
                for axes in pair:
                    axes.set_visible(False)
                continue
            row = summary.row(rows[place], MAIN_METRIC)
            sides = zip(
                results.design.rows[rows[place]].arms,
                (row.before_by_seed[0], row.after_by_seed[0]),
                (BEFORE, AFTER),
                strict=True,
            )
            for axes, (arm, tau, colour) in zip(pair, sides, strict=True):
                _panel(axes, true_ranks, side(results, arm).scores[0], tau, colour)
            pair[0].set_title(panels.title(summary, rows[place]), pad=14)
        panels.label_lowest(grid)
        for band, axes in enumerate(grid[:, 0]):
            axes.set_ylabel(f"rank by score\n{'after' if band % 2 else 'before'}")
            axes.yaxis.set_label_coords(-0.033 * columns, 0.5)
        figure.supxlabel("true rank in the pool", fontsize=9.5, y=0.12 / figure.get_figheight())
        style.heading(
            figure,
            "Rank by super-net score against true rank",
            f"{len(true_ranks):,} architectures, 1 is the best; seed {seed}; scores: {explanations.scores(summary)}"
            f"{panels.left_out(summary.strategies)}",
        )
        description = "Scatter plots, a column a strategy, before guidance above after; the page shows them with names."
        return style.svg(figure, "Rank by super-net score against true rank", description)


def _panel(axes: Axes, true_ranks: FloatArray, scores: FloatArray, tau: float, colour: str) -> None:
    axes.set_xlim(len(true_ranks) * 1.03, 1 - len(true_ranks) * 0.03)
    axes.set_ylim(*axes.get_xlim())
    axes.set_xticks([len(true_ranks), 1])
    axes.set_yticks([len(true_ranks), 1])
    if np.isnan(scores).any():
        axes.text(0.5, 0.5, "this trial failed", transform=axes.transAxes, ha="center", color=QUIET)
        return
    axes.add_patch(_points(true_ranks, stats.rankdata(-scores), colour))
    text = f"tau {number(METRICS[MAIN_METRIC], tau)}"
    axes.text(0, 1.02, text, transform=axes.transAxes, color=colour, fontsize=9, fontweight="bold")


def _points(x: FloatArray, y: FloatArray, colour: str) -> PathPatch:
    """All points as one path of strokes without length: a tenth of the bytes of as many markers."""
    ends = np.repeat(np.column_stack([x, y]), 2, axis=0)
    codes = np.tile([Path.MOVETO, Path.LINETO], len(x))
    return PathPatch(
        Path(ends, codes), facecolor="none", edgecolor=colour, linewidth=POINT, capstyle="round", alpha=0.55, snap=False
    )
