"""Some images beside the classes that their pixels have, and those that a super-net tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.reporting.figures import style
from nasrank.bench.reporting.figures.style import FAINT, QUIET
from nasrank.bench.reporting.figures.svg_text import svg
from nasrank.spaces.integers import IntArray

MOST_CLASSES = 20
"""That colours tell apart; of more, colours begin anew."""


def draw(
    images: FloatArray, truth: IntArray, told: Mapping[str, IntArray], classes: Sequence[str], title: str, subtitle: str
) -> str:
    """SVG text: a row an image; the image, its classes, and what each architecture makes of it.

    Args:
        images: in any unit, each of which is spread over all shades, `(n, channels, height, width)`.
        truth: index of the class of each pixel, `(n, height, width)`; negative where there is none, which stays blank.
        told: by what it is called, the same of what is told.
    """
    columns = ["image", "truth", *told]
    height, width = truth.shape[1:]
    cell = (style.WIDTH - 0.4) / len(columns)
    row = cell * height / width
    top = style.head(subtitle) + 0.4
    lines = -(-len(classes) // 6)
    with style.drawing():
        figure = Figure(figsize=(style.WIDTH, top + row * len(images) + 0.2 + 0.2 * lines + 0.2))
        grid = figure.subplots(len(images), len(columns), squeeze=False)
        figure.subplots_adjust(
            **style.inches(figure, 0.2, 0.2, 0.3 + 0.2 * lines, top + 0.05), wspace=0.03, hspace=0.03
        )
        for place, shown in enumerate(grid):
            pictures = [
                _grey(images[place]),
                _coloured(truth[place]),
                *(_coloured(one[place]) for one in told.values()),
            ]
            for axes, picture in zip(shown, pictures, strict=True):
                axes.imshow(picture, interpolation="nearest", aspect="equal")
                axes.set_xticks([])
                axes.set_yticks([])
                for spine in axes.spines.values():
                    spine.set_visible(True)
                    spine.set_color(FAINT)
        for axes, name in zip(grid[0], columns, strict=True):
            axes.set_title(name.replace("|", "|\n"), fontsize=7.5, color=QUIET)
        marks = [
            Line2D([], [], color=_colour(number), marker="s", linewidth=0, markersize=7, label=name)
            for number, name in enumerate(classes)
        ]
        foot = figure.get_figheight() - 0.2 - 0.2 * lines
        figure.legend(
            handles=marks,
            loc="upper left",
            bbox_to_anchor=(0.012, 1 - foot / figure.get_figheight()),
            ncols=6,
            frameon=False,
            fontsize=8,
            borderaxespad=0,
        )
        style.heading(figure, title, subtitle)
        return svg(figure, title, subtitle)


def _colour(number: int) -> tuple[float, float, float]:
    return to_rgb(mpl.colormaps["tab20"](number % MOST_CLASSES))


def _coloured(classes: IntArray) -> FloatArray:
    """`(height, width, 3)`; white where there is no class."""
    colours = np.array([*map(_colour, range(int(classes.max(initial=0)) + 1)), (1.0, 1.0, 1.0)])
    return np.asarray(colours[classes], dtype=np.float64)


def _grey(image: FloatArray) -> FloatArray:
    """`(height, width, 3)`, of one channel or of three, from black to white."""
    low, high = image.min(), image.max()
    spread = (image - low) / (high - low) if high > low else np.zeros_like(image)
    shades = spread if len(image) == 3 else np.repeat(spread.mean(0, keepdims=True), 3, axis=0)
    return np.asarray(shades.transpose(1, 2, 0), dtype=np.float64)
