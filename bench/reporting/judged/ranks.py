"""Rank by score against true rank, a panel a column: what a tau looks like.

A few architectures are points; many are shaded squares, the darker the more of them, in an image of a few kilobytes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from nasrank.bench.foundation.escaping import one_line
from nasrank.bench.judging import RankReport, sentences, wording
from nasrank.bench.judging.report import Orders
from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.reporting.figures import style
from nasrank.bench.reporting.figures.style import AFTER, INK
from nasrank.bench.reporting.figures.svg_text import svg

MOST = 6
"""Panels: more are told apart in no glance, and the table has their numbers."""

POINTS = 4_000
"""Of all panels together, up to which architectures are drawn one by one: 15 bytes each."""

SQUARES = (20, 60)
"""The fewest and the most along each axis; between them, some nine architectures share one."""

PANELS = {1: 3.2, 2: 2.7, 3: 2.1}
"""Inches of a panel, by how many there are in a row."""


def draw(report: RankReport) -> str | None:
    """SVG text; None where there are more columns than panels, or none that ranks anything."""
    taus, orders = sentences.taus(report, baseline=False), report.orders
    if orders is None or not 1 <= len(taus) <= MOST:
        return None
    across = 2 if len(taus) in (2, 4) else min(len(taus), 3)
    down, side = -(-len(taus) // across), PANELS[across]
    with style.drawing():
        figure = Figure(figsize=(1.0 + across * side, 1.25 + down * (side + 0.2)))
        grid = figure.subplots(down, across, squeeze=False)
        margins = style.inches(figure, left=0.7, right=0.15, bottom=0.55, top=0.95)
        figure.subplots_adjust(**margins, wspace=0.15, hspace=0.22)
        for place, axes in enumerate(grid.flat):
            axes.set_visible(place < len(taus))
        for place, one in enumerate(taus):
            axes = grid.flat[place]
            _panel(axes, orders, one.name, shaded=len(orders.truth) * len(taus) > POINTS)
            axes.set_title(f"{wording.shortened(one_line(one.name), int(9 * side))}  {one.value:.2f}", fontsize=9)
            axes.tick_params(labelleft=place % across == 0, labelbottom=place + across >= len(taus))
        for axes in grid[:, 0]:
            axes.set_ylabel("rank by score")
            axes.yaxis.set_label_coords(-0.18 / side, 0.5)
        for axes in grid.flat[max(0, len(taus) - across) : len(taus)]:
            axes.set_xlabel("true rank", labelpad=-2)
        run = f"; seed {wording.shortened(one_line(report.seeds[0]), 20)}" if report.seeds else ""
        style.heading(
            figure,
            "Rank by score against true rank",
            f"{len(orders.truth):,} architectures, 1 is the best{run}; beside the names, tau-b",
        )
        panels = "; ".join(f"{one.name} {one.value:.3f}" for one in taus)
        return svg(figure, "Rank by score against true rank", f"A panel a column, with tau-b: {panels}.")


def _panel(axes: Axes, orders: Orders, name: str, *, shaded: bool) -> None:
    n = len(orders.truth)
    x, y = ((n - ranks) / max(n - 1, 1) for ranks in (orders.truth, orders.columns[name]))
    axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal")
    axes.set_xticks([0, 1], [f"{n:,}", "1"])
    axes.set_yticks([0, 1], [f"{n:,}", "1"])
    worst, best = axes.get_xticklabels()
    worst.set_horizontalalignment("left")
    best.set_horizontalalignment("right")
    if shaded:
        image = shading(x, y)
        axes.imshow(image, extent=(0, 1, 0, 1), origin="lower", interpolation="none", aspect="equal", clip_on=False)
        axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03))  # which images change
    else:
        axes.add_patch(_points(x, y))
    axes.plot((0, 1), (0, 1), color=INK, linewidth=0.7, linestyle=(0, (2, 3)))


def _points(x: FloatArray, y: FloatArray) -> PathPatch:
    """All points as one path of strokes without length: a tenth of the bytes of as many markers."""
    ends = np.repeat(np.column_stack([x, y]), 2, axis=0)
    codes = np.tile([Path.MOVETO, Path.LINETO], len(x))
    return PathPatch(
        Path(ends, codes), facecolor="none", edgecolor=AFTER, linewidth=2, capstyle="round", alpha=0.55, snap=False
    )


def shading(x: FloatArray, y: FloatArray) -> npt.NDArray[np.uint8]:
    """How many points from 0 to 1 lie in each square, as an opacity: `(squares, squares, 4)`, the lowest y first.

    The fullest fiftieth of the squares are equally dark: a few of them would leave all others pale.
    """
    squares = int(np.clip(np.sqrt(len(x)) / 3, *SQUARES))
    counts, _, _ = np.histogram2d(y, x, bins=squares, range=((0, 1), (0, 1)))
    full = np.quantile(counts[counts > 0], 0.98)
    image = np.empty((*counts.shape, 4), dtype=np.uint8)
    image[..., :3] = np.rint(255 * np.array(to_rgb(AFTER)))
    image[..., 3] = np.rint(240 * np.sqrt(np.minimum(counts / full, 1)))
    return image
