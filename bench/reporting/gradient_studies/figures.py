"""Norms over depths, and from layer to layer: a line a group, with its interval over seeds."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from nasrank.bench.analysis.gradient_summary import GradientSummary
from nasrank.bench.reporting.figures import style
from nasrank.bench.reporting.figures.style import FAINT
from nasrank.bench.reporting.figures.svg_text import svg
from nasrank.bench.reporting.gradient_studies.tables import of_log, power, words_of
from nasrank.bench.reporting.search.looks import Look, looks
from nasrank.bench.reporting.words import bracketed

HEIGHT = 3.3  # inches of the axes
OVER_DEPTHS = "Norms of gradients over depths"
OVER_LAYERS = "Norms of gradients from layer to layer"


def draw_depths(summary: GradientSummary) -> str:
    """SVG text of the norm against the depth, both logarithmic, with the fitted lines."""
    study, shown = summary.study, looks(summary.study.groups)
    subtitle = (
        f"Norm of the gradient of the {study.layer} layer before training, {_means(summary)}. Lines have the mean "
        "slope of all seeds."
    )
    with style.drawing():
        figure, axes, top = _axes(subtitle)
        for name, look in shown.items():
            _over_depths(axes, summary, name, look)
        axes.set_xscale("log")
        axes.set_xticks(study.depths.values, [f"{depth}" for depth in study.depths.values])
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.tick_params(axis="x", which="minor", length=0)
        axes.set_xlabel(words_of(study.depths.option))
        style.legend(figure, _marks(summary, shown, slopes=True), top)
        style.heading(figure, "How do gradients change with depth?", subtitle)
        said = (f"{study.groups[row.name].label}: slope {power(row.slope)}" for row in summary.rows)
        return svg(figure, OVER_DEPTHS, "; ".join(said))


def draw_layers(summary: GradientSummary) -> str:
    """SVG text of the norm against the layer, at the depth at which every layer is shown."""
    study, shown = summary.study, looks(summary.study.groups)
    at = f"{words_of(study.depths.option)} {study.shown_depth}"
    subtitle = f"Norm of the gradient of each layer before training at {at}, {_means(summary)}."
    with style.drawing():
        figure, axes, top = _axes(subtitle)
        said = []
        for name, look in shown.items():
            profile = summary.profile(name, study.shown_depth)
            layers = range(1, len(profile.log_norms) + 1)
            axes.fill_between(layers, np.exp(profile.lows), np.exp(profile.highs), color=look.colour, alpha=0.15, lw=0)
            axes.plot(
                layers, np.exp(profile.log_norms), color=look.colour, marker=look.mark, markersize=4, ls=look.dashes
            )
            ends = " to ".join(map(of_log, (profile.log_norms[0], profile.log_norms[-1])))
            said.append(f"{study.groups[name].label}: {ends} from the first layer to the last")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel("layer, from the input on")
        style.legend(figure, _marks(summary, shown, slopes=False), top)
        style.heading(figure, "Which layers have the large gradients?", subtitle)
        return svg(figure, OVER_LAYERS, "; ".join(said))


def _axes(subtitle: str) -> tuple[Figure, Axes, float]:
    top = style.head(subtitle) + 0.06
    figure = Figure(figsize=(style.WIDTH, top + 0.35 + HEIGHT + 0.55))
    axes = figure.subplots()
    figure.subplots_adjust(**style.inches(figure, left=0.8, right=0.25, bottom=0.55, top=top + 0.35))
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.grid(axis="y", color=FAINT, linewidth=0.6)
    axes.set_ylabel("norm of the gradient")
    return figure, axes, top


def _over_depths(axes: Axes, summary: GradientSummary, name: str, look: Look) -> None:
    depths, row = np.array(summary.study.depths.values, dtype=np.float64), summary.row(name)
    logs, lows, highs = np.array([summary.followed(name, int(depth)) for depth in depths]).T
    norms = np.exp(logs)
    axes.errorbar(
        depths,
        norms,
        [norms - np.exp(lows), np.exp(highs) - norms],
        color=look.colour,
        marker=look.mark,
        markersize=4.5,
        elinewidth=1.2,
        ls="",
    )
    fitted = logs.mean() + row.slope * (np.log(depths) - np.log(depths).mean())
    axes.plot(depths, np.exp(fitted), color=look.colour, linewidth=1.2, ls=look.dashes)


def _marks(summary: GradientSummary, shown: dict[str, Look], *, slopes: bool) -> list[Line2D]:
    found = []
    for name, look in shown.items():
        row, label = summary.row(name), summary.study.groups[name].label
        slope = bracketed(power(row.slope), power(row.low), power(row.high))
        label = f"{label}: slope {slope}" if slopes else label
        found.append(Line2D([], [], label=label, color=look.colour, marker=look.mark, markersize=4.5, ls=look.dashes))
    return found


def _means(summary: GradientSummary) -> str:
    study = summary.study
    return f"geometric mean of {study.seeds} seeds with {100 * study.confidence:g} % intervals"
