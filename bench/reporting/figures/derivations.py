"""What each arm would derive during training: its stand-alone truth, and how many skip connections it has.

The collapse of DARTS is a curve that falls to an architecture of skip connections alone [Zela2020].

References:
    [Zela2020] Zela et al., "Understanding and Robustifying Differentiable Architecture Search", ICLR 2020.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import cycle
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from nasrank.bench.analysis.during_training import ACCURACY, SKIPS
from nasrank.bench.analysis.summary import Pair, Summary
from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.reporting.figures import panels, style
from nasrank.bench.reporting.figures.curves import Curves, curves
from nasrank.bench.reporting.figures.style import AFTER, BASELINE, BEFORE, QUIET
from nasrank.bench.reporting.figures.svg_text import svg
from nasrank.bench.reporting.words import counted, truth_heading, truth_value

FEWEST = 0.1
"""Share of known truths below which none is shown."""

OUTLIERS, FAR = 0.05, 2.0
"""Share of the truths that may lie below the axis, where the lowest is that many times the others' range below them."""


class Derived(NamedTuple):
    """What an arm would derive, by seed and point."""

    pair: Pair
    after: bool
    truth: Curves
    skips: Curves

    @property
    def colour(self) -> str:
        """Of its lines."""
        return AFTER if self.after else BEFORE


def suits(summary: Summary) -> bool:
    """Whether any arm derives an architecture."""
    return bool(_deriving(summary))


def draw(summary: Summary) -> str:
    """SVG text: a panel a row that derives; the truth above, the number of skip connections below."""
    deriving = _deriving(summary)
    pairs = list(dict.fromkeys(one.pair for one in deriving))
    shown = pairs[: panels.MOST]
    kinds = _kinds(deriving)
    subtitle = (
        "the architecture that each strategy would choose if training ended there; a line a seed"
        + ("" if "truth" in kinds else "; the truth of hardly any is known")
        + panels.left_out(len(pairs))
    )
    marks = [Line2D([], [], color=colour, linewidth=2, label=label) for label, colour in _SIDES]
    marks += [
        Line2D([], [], color=QUIET, linewidth=1.4, linestyle=dashes, label=f"seed {seed}")
        for seed, dashes in zip(summary.header["seeds"], style.DASHES, strict=False)
    ]
    published = _published(summary, pairs)
    limits = _limits(deriving, published.values())
    if "truth" in kinds and any(value >= limits[0] for value in published.values()):
        marks.append(Line2D([], [], color=BASELINE, linewidth=1, linestyle=style.DASHES[1], label="published result"))
    with style.drawing():
        figure, grid = panels.small_multiples(
            panels.Layout.of([pair.label for pair in shown], kinds),
            "What would be derived during training",
            subtitle,
            "fraction of training",
            {"truth": truth_heading(summary), "skips": "skip\nconnections"},
            marks,
        )
        for pair, panel in zip(shown, grid, strict=True):
            some = [one for one in deriving if one.pair == pair]
            for axes in panel.values():
                panels.fractions(axes)
            if "skips" in panel:
                _skips(panel["skips"], some, _most(deriving))
            if "truth" in panel:
                _truth(panel["truth"], some, limits, published.get(pair.name))
        return svg(figure, "What would be derived during training", _describe(summary, deriving))


_SIDES = (("before", BEFORE), ("after guidance", AFTER))


def _deriving(summary: Summary) -> list[Derived]:
    """Arms with anything derived, by row; a row's arm that others share is in each."""
    truths, skips = (curves(summary, metric) for metric in (ACCURACY, SKIPS))
    found = [
        Derived(pair, after, truths[arm], skips[arm])
        for pair in summary.pairs
        for after, arm in ((False, pair.before), (True, pair.after))
    ]
    return [one for one in found if one.truth.measured]


def _kinds(deriving: Sequence[Derived]) -> dict[str, float]:
    """What there is to show, with its height: the truth unless of hardly any it is known, and skip connections."""
    known, derived = _counts(deriving)
    skips = any(one.skips.measured for one in deriving)
    return {**({"truth": 1.0} if not skips or known >= FEWEST * derived else {}), **({"skips": 0.5} if skips else {})}


def _lines(axes: Axes, found: Curves, one: Derived) -> None:
    """A line a seed, exactly where its values are: seeds differ in their dashes, and what coincides is darker."""
    for row, dashes in zip(found.values, cycle(style.DASHES), strict=False):
        look: dict[str, Any] = {"color": one.colour, "linewidth": 1.5, "linestyle": dashes, "alpha": 0.7}
        axes.plot(found.fractions, row, clip_on=bool((row < axes.get_ylim()[0]).any()), **look)
    if len(found.fractions) <= panels.MOST_MARKED:
        places = np.tile(found.fractions, len(found.values))
        panels.dots(axes, places, found.values.ravel(), one.colour, 3.0, alpha=0.7)


def _most(deriving: Sequence[Derived]) -> float:
    """Skip connections of any."""
    return max(float(np.nanmax(one.skips.values)) for one in deriving if one.skips.measured)


def _skips(axes: Axes, some: Sequence[Derived], most: float) -> None:
    axes.set_ylim(-0.3, most + 0.4)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    for one in some:
        _lines(axes, one.skips, one)


def _limits(deriving: Sequence[Derived], published: Iterable[float]) -> tuple[float, float]:
    """The same for all arms; a few truths may be far below, and what others published."""
    values = _values(deriving)
    values = values[~np.isnan(values)]
    if not len(values):
        return 0.0, 1.0
    low, high = float(np.quantile(values, OUTLIERS)), max([float(values.max()), *published])
    if low - values.min() <= FAR * (high - low):
        low = float(values.min())
    margin = 0.08 * (high - low) or 1.0
    return low - margin, high + 1.5 * margin


def _truth(axes: Axes, some: Sequence[Derived], limits: tuple[float, float], published: float | None) -> None:
    """Those below the axis stand at its foot, with their values."""
    low, high = limits
    axes.set_ylim(low, high)
    for one in some:
        _lines(axes, one.truth, one)
        for fraction, column in zip(one.truth.fractions, one.truth.values.T, strict=True):
            if texts := sorted({f"{value:.0f}" for value in column if value < low}):
                _at_foot(axes, fraction, 2 if one.after else 11, f"{', '.join(texts)} ↓", one.colour)
    if published is not None and published < low:
        _at_foot(axes, 1.0, 20, f"published {published:.1f} ↓", BASELINE)
    elif published is not None:
        axes.axhline(published, color=BASELINE, linewidth=1, linestyle=style.DASHES[1])
    known, derived = _counts(some)
    if known < derived:  # the others have no point
        text, height = f"truth known of {known} of {derived}", 0.96 if known else 0.5
        axes.text(0.99, height, text, transform=axes.transAxes, ha="right", va="top", color=QUIET, fontsize=7.5)


def _at_foot(axes: Axes, fraction: float, points: float, text: str, colour: str) -> None:
    """What lies below the axis."""
    axes.annotate(
        text,
        (fraction, axes.get_ylim()[0]),
        (0, points),
        textcoords="offset points",
        ha="right",
        color=colour,
        fontsize=7.5,
        bbox={"facecolor": style.PAPER, "edgecolor": "none", "pad": 0.5},
    )


def _values(some: Sequence[Derived]) -> FloatArray:
    return np.concatenate([one.truth.values.ravel() for one in some])


def _counts(some: Sequence[Derived]) -> tuple[int, int]:
    """Derived architectures whose truth is known, and all."""
    return int(np.count_nonzero(~np.isnan(_values(some)))), sum(one.truth.measured for one in some)


def _published(summary: Summary, pairs: Sequence[Pair]) -> dict[str, float]:
    """The first result of others for each of these rows, where the truth is of test images, too."""
    if not summary.header["truth"]["split"].startswith("test"):
        return {}
    names = {pair.name for pair in pairs}
    found = [one for one in summary.published if one.quantity == "test" and one.row in names]
    return {one.row: one.value for one in reversed(found)}


def _describe(summary: Summary, deriving: Sequence[Derived]) -> str:
    """The means at the end of training."""
    texts = []
    for (side, _), after in zip(_SIDES, (False, True), strict=True):
        ends = [one.truth.values[:, -1] for one in deriving if one.after == after]
        known = np.concatenate(ends)[~np.isnan(np.concatenate(ends))] if ends else np.empty(0)
        if len(known):
            texts.append(f"{truth_value(summary, float(known.mean()))} {side}")
    mean = f": at the end the mean truth ({truth_heading(summary)}) is {' and '.join(texts)}" if texts else ""
    rows = counted(len({one.pair.name for one in deriving}), "row", "rows")
    return f"Curves, a panel a row, of what {rows} would derive during training{mean}."
