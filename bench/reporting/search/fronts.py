"""Searches for several objectives: how the hypervolume grows, and fronts beside the true one, a line for each part."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from nasrank.bench.analysis.search_summary import SearchSummary
from nasrank.bench.reporting.figures import style
from nasrank.bench.reporting.figures.style import INK
from nasrank.bench.reporting.figures.svg_text import svg
from nasrank.bench.reporting.search.looks import Look, columns, looks, marks

FIGURE = "hypervolume"
PANEL = 2.7  # inches


def draw(summary: SearchSummary) -> str | None:
    """SVG text; None where no searcher has several objectives."""
    parts = [part for part in summary.study.parts if any(one.part == part for one in summary.fronts)]
    if not parts:
        return None
    shown = looks(dict.fromkeys(one.searcher for one in summary.fronts))
    subtitle = (
        "Left: hypervolume of the front, median and quartiles over runs. Right: what nothing "
        "surpasses in the front of the median run, and in black the true front. Error and cost are the reported ones."
    )
    top = style.head(subtitle) + 0.06
    below = top + 0.2 * math.ceil(len(shown) / columns(summary, shown)) + 0.4
    with style.drawing():
        figure = Figure(figsize=(style.WIDTH, (PANEL + 0.55) * len(parts) + below + 0.2))
        grid = figure.subplots(len(parts), 2, squeeze=False)
        figure.subplots_adjust(
            **style.inches(figure, left=0.8, right=0.2, bottom=0.55, top=below), wspace=0.22, hspace=0.35
        )
        for (left, right), part in zip(grid, parts, strict=True):
            _growth(left, summary, part, shown)
            _front(right, summary, part, shown)
        style.legend(figure, marks(summary, shown), top, columns(summary, shown))
        style.heading(figure, "How near do searches come to the true front?", subtitle)
        return svg(figure, "Fronts of searches for several objectives", _describe(summary, parts))


def _growth(axes: Axes, summary: SearchSummary, part: str, shown: dict[str, Look]) -> None:
    for one in summary.curves:
        if (one.part, one.figure) != (part, FIGURE):
            continue
        look = shown[one.searcher]
        axes.fill_between(one.at, one.low, one.high, color=look.colour, alpha=0.13, linewidth=0)
        axes.plot(
            one.at, one.median, color=look.colour, marker=look.mark, markersize=3.5, linewidth=1.4, ls=look.dashes
        )
    axes.set_xscale("log")
    measured = sorted({at for one in summary.curves if (one.part, one.figure) == (part, FIGURE) for at in one.at})
    if measured and measured[-1] < 10 * measured[0]:  # else there may be no power of ten to go by
        axes.set_xticks(measured)
    axes.xaxis.set_major_formatter("{x:,g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_title(summary.study.parts[part].label, fontsize=8.5)
    axes.set_xlabel("queries", fontsize=8.5)
    axes.set_ylabel("hypervolume")


def _front(axes: Axes, summary: SearchSummary, part: str, shown: dict[str, Look]) -> None:
    for one in summary.fronts:
        if one.part == part:
            look = shown[one.searcher]
            errors, costs = zip(*unsurpassed(one.points), strict=True)
            axes.plot(
                costs, [100 * error for error in errors], color=look.colour, marker=look.mark, markersize=3, ls=""
            )
    true = sorted(summary.true_fronts[part], key=lambda point: point[1])
    errors, costs = zip(*true, strict=True)
    axes.step(costs, [100 * error for error in errors], where="post", color=INK, linewidth=1.1)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("{x:g}")
    axes.tick_params(axis="y", which="minor", labelsize=6.5)
    section = summary.study.parts[part]
    assert section.front is not None
    axes.set_xlabel(f"{section.reported[section.front.cost].named}, from the least to the greatest", fontsize=8.5)
    axes.set_ylabel("error, %")


def unsurpassed(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Those of these errors and costs that no other surpasses, from the least cost on."""
    kept: list[tuple[float, float]] = []
    for error, cost in sorted(set(points), key=lambda point: (point[1], point[0])):
        if not kept or error < kept[-1][0]:
            kept.append((error, cost))
    return kept


def _describe(summary: SearchSummary, parts: list[str]) -> str:
    said = []
    for part in parts:
        best = summary.ranked(part, "hypervolume")[0]
        said.append(f"{summary.study.parts[part].label}: {summary.label(best.searcher)} {best.mean:.4f}")
    return f"The greatest hypervolume. {'; '.join(said)}."
