"""How figures look: colours, sizes of text, heading and legend.

Colours are Okabe and Ito's, which all common kinds of colour vision tell apart [Okabe2008]; form, position and arrows
say the same as colour does. Orange is what got worse, and nothing else. Text stays text, so that it can be searched and
read aloud and a figure of thirty rows is small; the fonts named are about equally wide, and layouts leave some room.

References:
    [Okabe2008] Okabe & Ito, "Color Universal Design: how to make figures and presentations that are friendly to
        colorblind people", 2008.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

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

DASHES: tuple[Any, ...] = ("-", (0, (4, 2)), (0, (1, 1.5)), (0, (5, 1.5, 1, 1.5)))
"""Of lines of one colour, in their order; a fifth looks like the first."""

WIDTH = 9.2
"""Of every figure, in inches: as wide as a README on GitHub."""

ROOM = 1.08
"""Times its width that a text may take in a reader's own font."""

_CHARACTER = 0.066
"""Inches, of text of 9.5 points."""

_MARK = 0.55
"""Inches of a mark in a legend, with what parts it from the next."""

_SETTINGS: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "nasrank",
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "font.size": 9.5,
    "text.color": INK,
    "text.parse_math": False,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "figure.facecolor": PAPER,
    "axes.facecolor": "none",
    "lines.solid_capstyle": "round",
    "path.simplify": False,  # it drops strokes without length, which are the points of a scatter plot
}


@contextmanager
def drawing() -> Iterator[None]:
    """Within it, figures get the common style."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        yield


def _wrapped(subtitle: str) -> list[str]:
    return textwrap.wrap(subtitle, int((WIDTH - 0.2) / _CHARACTER / ROOM))


def head(subtitle: str) -> float:
    """Inches that `heading` takes."""
    return 0.42 + 0.17 * len(_wrapped(subtitle))


def heading(figure: Figure, title: str, subtitle: str) -> None:
    """A title and as many lines below it as needed, at the top left; a long title is set smaller, so that it fits."""
    height = figure.get_figheight()
    line = figure.text(0.012, 1 - 0.12 / height, title, va="top", fontweight="bold", fontsize=12)
    share = ROOM * line.get_window_extent().width / figure.bbox.width
    line.set_fontsize(12 * min(1.0, 0.976 / share))
    for place, text in enumerate(_wrapped(subtitle)):
        figure.text(0.012, 1 - (0.37 + 0.17 * place) / height, text, va="top", color=QUIET)


def legend(figure: Figure, marks: Sequence[Line2D], top: float, columns: int | None = None) -> None:
    """What marks and lines are, on a line of its own in their colours, so many inches from the top.

    Names beside the marks would lie on others where values are close. Where they are long, all are set smaller.

    Args:
        columns: in which names stand below each other; as many as there are names, where it is not given.
    """
    columns = columns or max(len(marks), 1)
    width = sum(_CHARACTER * 0.9 * len(str(one.get_label())) + _MARK for one in marks)
    size = 8.5 * min(1.0, (WIDTH - 0.3) / width) if columns == len(marks) else 8.0
    figure.legend(
        handles=marks,
        loc="upper left",
        bbox_to_anchor=(0.012, 1 - top / figure.get_figheight()),
        borderaxespad=0,
        borderpad=0,
        ncols=columns,
        frameon=False,
        fontsize=size,
        labelcolor=[str(one.get_color()) for one in marks],
        handletextpad=0.5,
        columnspacing=1.6,
    )


def inches(figure: Figure, left: float, right: float, bottom: float, top: float) -> dict[str, float]:
    """Margins in inches as the fractions that `subplots_adjust` takes."""
    width, height = figure.get_size_inches()
    return {"left": left / width, "right": 1 - right / width, "bottom": bottom / height, "top": 1 - top / height}
