"""What each variant changes of tau, without and with landmarks: one line a variant, the most helpful first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from nasrank.bench.analysis.frame import Finding
from nasrank.bench.analysis.summary import Pair, Summary
from nasrank.bench.reporting.figures import rows, style
from nasrank.bench.reporting.figures.style import BEFORE, FAINT, PAPER, QUIET
from nasrank.bench.reporting.figures.svg_text import svg
from nasrank.bench.reporting.words import MARKS, TAU, counted, short, size, with_base

APART = 0.16  # of a row
SECOND = rows.FIRST + 132  # points from the axes to the second column of numbers
WIDE, NARROW = 4.0, 2.2  # inches at the right


class Change(NamedTuple):
    """A variant minus its base; `before` is None where both share their trials without landmarks."""

    pair: Pair
    before: Finding | None
    after: Finding


def suits(summary: Summary) -> bool:
    """Whether there is any variant."""
    return bool(changes(summary))


def changes(summary: Summary) -> list[Change]:
    """Of every variant, the most helpful with landmarks first, and controls last."""
    variants = [(pair, summary.change(pair, True)) for pair in summary.pairs if pair.is_variant]
    found = [Change(pair, summary.change(pair, False), after) for pair, after in variants if after is not None]
    return sorted(found, key=lambda one: (bool(one.pair.control), -one.after.value if one.after.known else math.inf))


def draw(summary: Summary) -> str:
    """SVG text; numbers at the right, those that are decided bold and with their mark.

    Where variants change nothing but the landmarks, unguided trials are the same for all, and not drawn.
    """
    found = changes(summary)
    pairs = [one.pair for one in found]
    both = any(one.before for one in found)
    marks = [rows.mark("without landmarks", BEFORE, PAPER), rows.mark("with landmarks", BEFORE, BEFORE)] if both else []
    ways = [one for change in found if not change.pair.control for one in (change.before, change.after) if one]
    marks += rows.verdict_marks(ways, "decidedly ", undecided=False)
    bases = {pair.base for pair in pairs}
    whom = summary.labels[bases.pop()] if len(bases) == 1 else "a super-net"
    title = f"What does each change do to the ranking by {whom}?"
    with style.drawing():
        figure, (axes,), places = rows.row_figure(
            pairs, row_names(summary, found), title, _subtitle(summary, found), [marks], WIDE if both else NARROW
        )
        axes.axvline(0, color=QUIET, linewidth=1)
        axes.set_xlabel(f"change of {TAU.label}")
        for place in places:
            axes.axhline(place + 0.5, color=FAINT, linewidth=0.5)
        sides = [("without landmarks", -APART, rows.FIRST)] * both
        sides += [("with landmarks", APART if both else 0.0, SECOND if both else rows.FIRST)]
        for name, offset, column in sides:
            after = name == "with landmarks"
            some = [(one.pair, one.after if after else one.before, y) for one, y in zip(found, places, strict=True)]
            known = [(pair, one, y) for pair, one, y in some if one]
            colours = [rows.colour_of(pair, one) for pair, one, _ in known]
            rows.means(axes, [one for _, one, _ in known], [y + offset for *_, y in known], colours, filled=after)
            rows.head(axes, name, column + rows.ARROW)
            for pair, one, y in known:
                rows.difference(axes, y, pair, one, column)
        return svg(figure, f"Change of {TAU.label} by each variant", _describe(found))


def _subtitle(summary: Summary, found: Sequence[Change]) -> str:
    differences = [one for change in found for one in (change.before, change.after) if one]
    decided = sum(one.status in MARKS for one in differences)
    notes = [f"{decided} of {counted(len(differences), 'difference', 'differences')} decided"]
    if shared := sum(one.before is None for one in found):
        which = "all" if shared == len(found) else f"{shared} of {len(found)}"
        verbs = "change only landmarks and share" if shared > 1 else "changes only landmarks and shares"
        notes.append(f"{which} {verbs} the super-nets without them")
    usual = _usual_base(summary, found)
    base = f" from {usual}" if usual else ""
    others = " or what is in brackets" if usual and len({one.pair.base for one in found}) > 1 else ""
    return f"{summary.header['title']}: paired differences{base}{others}, {size(summary)}; {'; '.join(notes)}"


def row_names(summary: Summary, found: Sequence[Change]) -> list[str]:
    """The variants' labels, each with its base's unless that is the usual one or the label says so itself."""
    usual, labels = _usual_base(summary, found), summary.labels
    return [with_base(one.pair.label, labels[one.pair.base], usual) for one in found]


def _usual_base(summary: Summary, found: Sequence[Change]) -> str | None:
    """Label of what variants are compared with where nothing else is named, if anything is."""
    bases = {one.pair.base: summary.labels[one.pair.base] for one in found}
    return bases.get(summary.pairs[0].name) if len(bases) > 1 else next(iter(bases.values()), None)


def _describe(found: Sequence[Change]) -> str:
    """The figure in sentences."""
    text = f"Changes of Kendall's tau-b with landmarks by {counted(len(found), 'variant', 'variants')}"
    known = sorted((one for one in found if one.after.known), key=lambda one: -one.after.value)
    ends = [f"{one.pair.label} with {short(one.after.value)}" for one in dict.fromkeys([*known[:1], *known[-1:]])]
    return f"{text}: {rows.decided([one.after for one in found])}. The ends are {' and '.join(ends) or 'unknown'}."
