"""The trellis of a space, and the paths of some architectures through it [Liu2019b].

References:
    [Liu2019b] Liu et al., "Auto-DeepLab: Hierarchical Neural Architecture Search for Semantic Image Segmentation",
        CVPR 2019.
"""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nasrank.bench.reporting.figures import style
from nasrank.bench.reporting.figures.style import AFTER, BASELINE, BEFORE, FAINT, INK, PAPER, WARNING
from nasrank.bench.reporting.figures.svg_text import svg
from nasrank.spaces.trellis.paths import Path, Trellis

COLOURS = (AFTER, BASELINE, WARNING, INK, BEFORE)
APART = 0.07
"""Of a level: how far paths are from each other where several take one move."""

MOST = len(COLOURS)
"""Paths in one figure."""


def draw(trellis: Trellis, paths: Mapping[str, Path], title: str) -> str:
    """SVG text: layers from left to right, the finest level at the top, every move that there is and these paths.

    Args:
        paths: by what they are called; `MOST` at most.
    """
    subtitle = f"{trellis.count:,} paths; each level has half the resolution of the one above it"
    top = style.head(subtitle) + 0.06
    with style.drawing():
        figure = Figure(figsize=(style.WIDTH, top + 0.5 + 0.62 * trellis.levels + 0.6))
        axes = figure.subplots()
        figure.subplots_adjust(**style.inches(figure, 0.8, 0.3, 0.55, top + 0.35))
        axes.set_xlim(-0.4, trellis.layers - 0.6)
        axes.set_ylim(trellis.levels - 0.5, -0.5)
        for layer, levels in enumerate(trellis.reached):
            for level in levels:
                for after in trellis.after(level) if layer + 1 < trellis.layers else ():
                    axes.plot([layer, layer + 1], [level, after], color=FAINT, linewidth=1, zorder=0)
        middle = (len(paths) - 1) / 2
        for place, (path, colour) in enumerate(zip(paths.values(), COLOURS, strict=False)):
            shifted = [level + APART * (place - middle) for level in path]
            axes.plot(range(trellis.layers), shifted, color=colour, linewidth=2.4, solid_joinstyle="round", zorder=1)
        for layer, levels in enumerate(trellis.reached):
            axes.plot(
                [layer] * len(levels), levels, "o", color=INK, markerfacecolor=PAPER, markersize=8, zorder=2, alpha=0.9
            )
        axes.set_xticks(range(trellis.layers))
        axes.set_yticks(range(trellis.levels))
        axes.tick_params(length=0)
        for side in ("left", "bottom"):
            axes.spines[side].set_visible(False)
        axes.set_xlabel("layer")
        axes.set_ylabel("level")
        marks = [
            Line2D([], [], color=colour, linewidth=2.4, label=name)
            for name, colour in zip(paths, COLOURS, strict=False)
        ]
        style.legend(figure, marks, top)
        style.heading(figure, title, subtitle)
        described = "; ".join(f"{name}: {'-'.join(map(str, path))}" for name, path in paths.items())
        return svg(figure, title, f"Levels of each layer. {described}.")
