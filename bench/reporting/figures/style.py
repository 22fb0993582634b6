"""How figures look, and how they become the same bytes every time.

Colours are Okabe and Ito's, which all common kinds of colour vision tell apart [Okabe2008]; form and position say the
same as colour does. Text is drawn as outlines, so no reader's fonts can make it overlap.

References:
    [Okabe2008] Okabe & Ito, "Color Universal Design: how to make figures and presentations that are friendly to
        colorblind people", 2008.
"""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nasrank.bench.foundation.escaping import one_line

INK, QUIET, FAINT, PAPER = "#1f2328", "#59636e", "#d1d9e0", "#ffffff"
BEFORE, AFTER, WARNING, BASELINE = "#6e7781", "#0072b2", "#d55e00", "#009e73"

THEME = {
    "ink": INK,
    "quiet": QUIET,
    "faint": FAINT,
    "paper": PAPER,
    "before": BEFORE,
    "after": AFTER,
    "warning": WARNING,
    "baseline": BASELINE,
}
"""Every colour that a figure uses, by the name under which the page can give it another value at night."""

MOST_CHARACTERS = 32
"""In a line of the name of a row."""

WIDTH = 9.2
"""Of every figure, in inches: as wide as a README on GitHub."""

_SETTINGS: Any = {
    "svg.fonttype": "path",
    "svg.hashsalt": "nasrank",
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "font.size": 9.5,
    "text.color": INK,
    "text.parse_math": False,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.grid": False,
    "axes.axisbelow": True,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "figure.facecolor": PAPER,
    "axes.facecolor": "none",
    "lines.solid_capstyle": "round",
    "path.simplify": False,  # it drops strokes without length, which are the points of a scatter plot
}

_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that no XML may hold; matplotlib writes every text into a comment, too."""

_COORDINATE = re.compile(r"-?\d+\.\d{3,}")


@contextmanager
def drawing() -> Iterator[None]:
    """Within it, figures get the common style."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        yield


def svg(figure: Figure, title: str, description: str) -> str:
    """The figure as SVG text with a title and a description for screen readers; call it within `drawing`."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = _NO_XML.sub("", buffer.getvalue())
    text = text[text.index("<svg") :]  # no XML prologue, whose document type names an external file
    text = re.sub(r' d="[^"]*"', lambda outline: _shorter(_COORDINATE.sub(_rounded, outline[0])), text)
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    label = f"\n <title>{_escape(title)}</title>\n <desc>{_escape(description)}</desc>"
    return re.sub(r"<svg ([^>]*)>", lambda match: f'<svg role="img" {match[1]}>{label}', text, count=1)


def heading(figure: Figure, title: str, subtitle: str) -> None:
    """Two lines at the top left of the figure; a long one is set smaller, so that it fits."""
    height = figure.get_figheight()
    lines = (
        (figure.text(0.012, 1 - 0.12 / height, title, va="top", fontweight="bold"), 12.0),
        (figure.text(0.012, 1 - 0.37 / height, subtitle, va="top", color=QUIET), 9.5),
    )
    for line, size in lines:
        line.set_fontsize(size)
        share = line.get_window_extent().width / figure.bbox.width
        line.set_fontsize(size * min(1.0, 0.976 / share))


def inches(figure: Figure, left: float, right: float, bottom: float, top: float) -> dict[str, float]:
    """Margins in inches as the fractions that `subplots_adjust` takes."""
    width, height = figure.get_size_inches()
    return {
        "left": left / width,
        "right": 1 - right / width,
        "bottom": bottom / height,
        "top": 1 - top / height,
    }


def name_rows(axes: Axes, names: Iterable[str], colour: str = INK) -> None:
    """Names at the left, one row each from 0 on; a long one takes two lines."""
    lines = [textwrap.fill(name, MOST_CHARACTERS, break_long_words=False) for name in names]
    axes.set_yticks(range(len(lines)), lines, color=colour, linespacing=0.95)


def label_width(names: Iterable[str]) -> float:
    """Inches that `name_rows` takes at the left."""
    return max(1.9, 0.3 + 0.083 * min(max(map(len, names)), MOST_CHARACTERS))


def beside(axes: Axes, y: float, text: str, colour: str, right: float = 12, weight: str = "normal") -> None:
    """Text `right` points to the right of the axes."""
    axes.annotate(
        text,
        (1, y),
        (right, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        va="center",
        color=colour,
        fontsize=8.5,
        fontweight=weight,
    )


def bare(axes: Axes) -> None:
    """Take the vertical axis away where rows are labelled directly."""
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _rounded(coordinate: re.Match[str]) -> str:
    return f"{float(coordinate[0]):.2f}"  # a hundredth of a point: a third of the bytes, and nothing that anyone sees


def _shorter(outline: str) -> str:
    """Without line breaks, and with strokes without length, which are points, as such."""
    outline = re.sub(r"\s*\n", "", outline)
    return re.sub(r"M (\S+) (\S+)L \1 \2(?![\d.])", r"M\1 \2h0", outline)


def _escape(text: str) -> str:
    return one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
