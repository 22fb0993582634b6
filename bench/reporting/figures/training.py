"""During training: tau of the first pool architectures before and after guidance, and violated landmark pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from nasrank.bench.analysis.frame import MAIN_METRIC
from nasrank.bench.analysis.landmarks import VIOLATED
from nasrank.bench.analysis.summary import Pair, Summary
from nasrank.bench.reporting.figures import panels, style
from nasrank.bench.reporting.figures.curves import Curves, curves
from nasrank.bench.reporting.figures.style import AFTER, BEFORE, FAINT, QUIET
from nasrank.bench.reporting.figures.svg_text import svg
from nasrank.bench.reporting.words import counted, percent, span

CHANCE = 0.5
HEADROOM = 1.05


def suits(summary: Summary) -> bool:
    """Whether anything was scored on the way."""
    return bool(curves(summary, MAIN_METRIC))


def draw(summary: Summary) -> str:
    """SVG text: a panel a row; tau above, the share of violated landmark pairs below where a term compares any."""
    pairs = summary.pairs[: panels.MOST]
    taus, of_pairs = curves(summary, MAIN_METRIC), curves(summary, VIOLATED)
    violated = [of_pairs[pair.after] for pair in pairs]
    has_pairs = any(one.measured for one in violated)
    shares = {"tau": 1.0, **({"violated": 0.5} if has_pairs else {})}
    said = "; below, landmark pairs that the term found in the wrong order" if has_pairs else ""
    warm_up = summary.header["landmark_term"].get("warm_up", 0.0)
    begins = "; guidance begins at the dotted line" if warm_up else ""
    subtitle = (
        f"tau of {summary.header['n']['curve']:,} architectures{said}; thin lines are seeds{begins}"
        f"{panels.left_out(len(summary.pairs))}"
    )
    marks = [
        Line2D([], [], color=colour, linewidth=2, label=label)
        for label, colour in (("before", BEFORE), ("after guidance", AFTER))
    ]
    with style.drawing():
        figure, grid = panels.small_multiples(
            panels.Layout.of([pair.label for pair in pairs], shares),
            "What happened during training",
            subtitle,
            "fraction of training",
            {"tau": "tau", "violated": "violated\npairs"},
            marks,
        )
        highest = max([CHANCE, *(float(np.nanmax(one.values)) for one in violated if one.measured)])
        for pair, panel, pairs_violated in zip(pairs, grid, violated, strict=True):
            for axes in panel.values():
                panels.fractions(axes)
                if warm_up:
                    axes.axvline(warm_up, color=QUIET, linewidth=1, linestyle=":")
            _taus(panel["tau"], taus[pair.before], taus[pair.after])
            if has_pairs:
                _lines(panel["violated"], pairs_violated, AFTER)
                panel["violated"].axhline(CHANCE, color=FAINT, linewidth=1, zorder=0)
                panel["violated"].set_ylim(0, HEADROOM * highest)
                panel["violated"].yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        return svg(figure, "Tau and violated landmark pairs during training", _describe(pairs, taus, violated))


def _taus(axes: Axes, before: Curves, after: Curves) -> None:
    axes.axhline(0, color=FAINT, linewidth=1, zorder=0)
    _lines(axes, before, BEFORE)
    _lines(axes, after, AFTER)
    axes.margins(y=0.12)
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    if len(before.fractions) and before.fractions[-1] < 1:
        _say_divided(axes, float(before.fractions[-1]))


def _lines(axes: Axes, found: Curves, colour: str) -> None:
    """Each seed thin, and their mean."""
    if not len(found.fractions):
        return
    ends = np.full((len(found.values), 1), np.nan)
    seeds, places = np.hstack([found.values, ends]), np.append(found.fractions, np.nan)
    axes.plot(np.tile(places, len(seeds)), seeds.ravel(), color=colour, linewidth=0.8, alpha=0.4)
    known = ~np.isnan(found.values).all(axis=0)
    means = np.nanmean(found.values[:, known], axis=0)
    axes.plot(found.fractions[known], means, color=colour, linewidth=2)
    if len(means) <= panels.MOST_MARKED:
        panels.dots(axes, found.fractions[known], means, colour, 4.5)


def _say_divided(axes: Axes, end: float) -> None:
    """Where the curve ends before training does, the reader is told why: there is no longer one super-net to score."""
    axes.text(
        (end + 1) / 2,
        0.5,
        "several\nsuper-nets",
        transform=axes.get_xaxis_transform(),
        ha="center",
        va="center",
        fontsize=7.5,
        color=QUIET,
    )


def _describe(pairs: Sequence[Pair], taus: Mapping[str, Curves], violated: Sequence[Curves]) -> str:
    """The ends of the curves."""
    arms = ([pair.before for pair in pairs], [pair.after for pair in pairs])
    ends = [[taus[arm].mean(-1) for arm in side if taus[arm].measured] for side in arms]
    text = (
        f"Curves, a panel a row, of {counted(len(pairs), 'row', 'rows')}: at the end of training tau is "
        f"{span(ends[0])} before and {span(ends[1])} after guidance."
    )
    known = [one for one in violated if one.measured]
    if not known:
        return text
    first, last = (float(np.mean([one.mean(place) for one in known])) for place in (0, -1))
    return f"{text} Of the landmark pairs, {percent(first)} are violated at first and {percent(last)} at last."
