"""Every way to train as a line from before guidance to after it, study by study, beside what its labels do alone."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nasrank.bench.analysis.across import Across, AcrossRow
from nasrank.bench.analysis.frame import BETTER, WORSE
from nasrank.bench.reporting.across.tables import titled
from nasrank.bench.reporting.figures import style
from nasrank.bench.reporting.figures.style import AFTER, BASELINE, BEFORE, FAINT, INK, PAPER, QUIET, WARNING
from nasrank.bench.reporting.figures.svg_text import svg
from nasrank.bench.reporting.words import counted, short

ROW = 0.17  # inches
BETWEEN = 1.6  # rows between studies
QUESTION = "Does landmark guidance carry over from space to space?"


def draw(across: Across) -> str:
    """SVG text."""
    subtitle = (
        "Kendall's tau-b of super-nets before guidance (open) and after it (filled), a line a way to train; "
        "the best regression on the same labels as a tick, and how well another measurement of the truth agrees with it"
    )
    places, y = list[list[float]](), 0.0
    for study in across.studies:
        places.append([y + row for row in range(len(study.rows))])
        y += len(study.rows) + BETWEEN
    names = [titled(across, study) for study in across.studies]
    left = max(2.4, 0.3 + 0.072 * max(map(len, (*names, *(row.label for row in across.rows)))))
    top = style.head(subtitle) + 0.06
    with style.drawing():
        figure = Figure(figsize=(style.WIDTH, top + 0.45 + ROW * (y + 0.6) + 0.55))
        axes = figure.subplots()
        figure.subplots_adjust(**style.inches(figure, left, 0.25, 0.5, top + 0.3))
        axes.set_ylim(y - BETWEEN + 0.6, -1.6)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x", color=FAINT, linewidth=0.6)
        axes.axvline(0, color=QUIET, linewidth=0.8)
        for study, own, name in zip(across.studies, places, names, strict=True):
            _beside(axes, own[0] - 1, name, INK, bold=True)
            for place, row in zip(own, study.rows, strict=True):
                _row(axes, place, row)
            if study.ceiling == study.ceiling:
                axes.plot([study.ceiling] * 2, [own[0] - 0.5, own[-1] + 0.5], color=INK, linewidth=1.4)
        axes.set_xlabel("Kendall's tau-b with the truth")
        style.legend(figure, _marks(), top)
        style.heading(figure, QUESTION, subtitle)
        return svg(figure, QUESTION, describe(across))


def _row(axes: Axes, place: float, row: AcrossRow) -> None:
    colour = {BETTER: AFTER, WORSE: WARNING}.get(row.status, BEFORE)
    _beside(axes, place, row.label, QUIET)
    axes.plot([row.before, row.after], [place, place], color=colour, linewidth=1.3)
    axes.plot([row.before], [place], "o", color=BEFORE, markerfacecolor=PAPER, markersize=4.2)
    axes.plot([row.after], [place], "o", color=colour, markersize=4.6)
    if row.best == row.best:
        axes.plot([row.best], [place], "|", color=BASELINE, markersize=7, markeredgewidth=1.8)


def _beside(axes: Axes, place: float, text: str, colour: str, *, bold: bool = False) -> None:
    axes.annotate(
        text,
        (0, place),
        xycoords=("axes fraction", "data"),
        xytext=(-6, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        fontsize=7.8,
        color=colour,
        fontweight="bold" if bold else "normal",
    )


def _marks() -> list[Line2D]:
    def dot(label: str, colour: str, inside: str = "") -> Line2D:
        return Line2D(
            [], [], color=colour, markerfacecolor=inside or colour, label=label, marker="o", linewidth=0, markersize=4.6
        )

    return [
        dot("before", BEFORE, PAPER),
        dot("after: a decided gain", AFTER),
        dot("undecided", BEFORE),
        dot("a decided loss", WARNING),
        Line2D([], [], color=BASELINE, marker="|", linewidth=0, markeredgewidth=1.8, label="best regression"),
        Line2D([], [], color=INK, linewidth=1.4, label="noise ceiling"),
    ]


def describe(across: Across) -> str:
    """The figure in sentences."""
    return " ".join(
        f"{titled(across, study)}: {counted(len(study.rows), 'way', 'ways')} to train, from "
        f"{short(study.mean('before'))} to {short(study.mean('after'))}, the best regression "
        f"{short(study.mean('best'))}."
        for study in across.studies
    )
