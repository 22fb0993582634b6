"""Some images beside what is known of their pixels, classes or disparities, and what a super-net tells of them."""

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


def of_classes(
    images: FloatArray, truth: IntArray, told: Mapping[str, IntArray], classes: Sequence[str], title: str, subtitle: str
) -> str:
    """SVG text: a row an image; the image, its classes, and what each architecture makes of it.

    Args:
        images: in any unit, each of which is spread over all shades, `(n, channels, height, width)`.
        truth: index of the class of each pixel, `(n, height, width)`; negative where there is none, which stays blank.
        told: by what it is called, the same of what is told.
    """
    marks = [
        Line2D([], [], color=_colour(number), marker="s", linewidth=0, markersize=7, label=name)
        for number, name in enumerate(classes)
    ]
    coloured = {name: list(map(_coloured, one)) for name, one in told.items()}
    return _drawn(images, list(map(_coloured, truth)), coloured, marks, title, subtitle)


def of_disparities(
    images: FloatArray, truth: FloatArray, told: Mapping[str, FloatArray], title: str, subtitle: str
) -> str:
    """The same of disparities in pixels, near ones bright, over the range of the known ones.

    Args:
        truth: `(n, height, width)`; zero where nobody knows it, which stays blank.
        told: by what it is called, the same of what is told, of each pixel.
    """
    known = truth[truth > 0]
    low, high = (known.min(), known.max()) if known.size else (0.0, 1.0)
    shades = mpl.colormaps["viridis"]

    def shaded(disparities: FloatArray) -> FloatArray:
        return np.asarray(shades((disparities - low) / max(high - low, 1e-9))[..., :3], dtype=np.float64)

    blank = [np.where((one > 0)[..., None], shaded(one), 1.0) for one in truth]
    marks = [
        Line2D([], [], color=shades(place), marker="s", linewidth=0, markersize=7, label=f"{one:.0f} pixels")
        for place, one in zip(np.linspace(0, 1, 5), np.linspace(low, high, 5), strict=True)
    ]
    return _drawn(images, blank, {name: list(map(shaded, one)) for name, one in told.items()}, marks, title, subtitle)


def _drawn(
    images: FloatArray,
    truth: Sequence[FloatArray],
    told: Mapping[str, Sequence[FloatArray]],
    marks: Sequence[Line2D],
    title: str,
    subtitle: str,
) -> str:
    """Pictures `(height, width, 3)` beside images, with what their colours mean below."""
    columns = ["image", "truth", *told]
    height, width = truth[0].shape[:2]
    cell = (style.WIDTH - 0.4) / len(columns)
    row = cell * height / width
    top = style.head(subtitle) + 0.4
    lines = -(-len(marks) // 6)
    with style.drawing():
        figure = Figure(figsize=(style.WIDTH, top + row * len(images) + 0.2 + 0.2 * lines + 0.2))
        grid = figure.subplots(len(images), len(columns), squeeze=False)
        figure.subplots_adjust(
            **style.inches(figure, 0.2, 0.2, 0.3 + 0.2 * lines, top + 0.05), wspace=0.03, hspace=0.03
        )
        for place, shown in enumerate(grid):
            pictures = [
                _grey(images[place]),
                truth[place],
                *(one[place] for one in told.values()),
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
