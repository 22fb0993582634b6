"""What the uses of labels come to, in sentences and as a table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from nasrank.bench.analysis.changes import effect
from nasrank.bench.analysis.labels import LabelUses, Stacked, Use
from nasrank.bench.analysis.summary import MAIN_METRIC
from nasrank.bench.analysis.wording import number, with_interval
from nasrank.bench.foundation.escaping import markdown_cell
from nasrank.bench.ranking import METRICS

_TAU = METRICS[MAIN_METRIC]
_ON: dict[Stacked, str] = {
    "plain": "the super-net without landmarks",
    "guided": "the landmark super-net, which has seen the same labels, so that its scores of the landmarks flatter it",
}


def on_labels(uses: LabelUses) -> list[str]:
    """Which use is best, what beats the landmark super-net and the parameter count, and what stacking adds."""
    return [_on_the_best(uses), _on_the_landmark_supernet(uses), _on_stacking(uses), _on_parameters(uses)]


def _on_the_best(uses: LabelUses) -> str:
    where: dict[str, list[int]] = {}
    for place, labels in enumerate(uses.labels):
        best = uses.best(place)
        if best is not None:
            where.setdefault(best.label, []).append(labels)
    parts = [f"{label} for {_listed(labels)} labels" for label, labels in where.items()]
    last = uses.best(-1)
    tau = "" if last is None else f" Tau of the last is {_with_interval(last)}."
    return f"**Best by mean tau:** {'; '.join(parts) or 'no value'}.{tau}"


def _on_the_landmark_supernet(uses: LabelUses) -> str:
    alone = [use for use in uses.uses if use.predictor and not use.stacked]
    parts = []
    for use in alone:
        kinds = {
            words: [point.labels for point in use.points if effect(point.margin) == kind]
            for kind, words in (("helps", "better"), ("hurts", "worse"), ("undecided", "undecided"))
        }
        parts.append(f"{use.label}: " + ", ".join(f"{words} with {_listed(at)}" for words, at in kinds.items() if at))
    return (
        "**Against the landmark super-net**, the same labels without any super-net, by number of labels: "
        f"{'; '.join(parts)}."
    )


def _on_stacking(uses: LabelUses) -> str:
    parts = []
    for stacked, words in _ON.items():
        gains = [point.gain for use in uses.uses if use.stacked == stacked for point in use.points if point.gain]
        known = [gain.value for gain in gains if not math.isnan(gain.value)]
        kinds = [effect(gain) for gain in gains]
        if known:
            parts.append(
                f"on {words}: {number(_TAU, min(known), signed=True)} to {number(_TAU, max(known), signed=True)} "
                f"({kinds.count('helps')} of {len(gains)} cases decidedly better than labels alone, "
                f"{kinds.count('hurts')} worse)"
            )
    return f"**What stacking adds to tau:** {'; '.join(parts) or 'no value'}."


def _on_parameters(uses: LabelUses) -> str:
    reference = uses.parameters.value
    parts = []
    for use in (use for use in uses.uses if not use.stacked):
        start = _above_from(use, reference)
        parts.append(f"{use.label} {'at no number of labels' if start is None else f'from {start} labels on'}")
    return (
        f"**The parameter count** needs no label and reaches {number(_TAU, reference)}. "
        f"Mean tau is above it: {'; '.join(parts)}."
    )


def _above_from(use: Use, reference: float) -> int | None:
    """The number of labels from which on tau stays above the reference; None when it ends below."""
    start = None
    for point in reversed(use.points):
        if not point.tau.value > reference:
            break
        start = point.labels
    return start


def labels_table(uses: LabelUses) -> str:
    """Markdown: a row a use, a column a number of labels, the best in each column in bold."""
    best = [uses.best(place) for place in range(len(uses.labels))]
    rows = [
        [
            markdown_cell(use.label),
            *(_cell(point.tau.value, best[place] is use) for place, point in enumerate(use.points)),
        ]
        for use in uses.uses
    ]
    references = (("super-net without labels", uses.without.value), ("parameter count", uses.parameters.value))
    rows += [[f"*{label}*", *[number(_TAU, value)] * len(uses.labels)] for label, value in references]
    return _grid(["labels", *map(str, uses.labels)], rows)


def _cell(value: float, best: bool) -> str:
    return f"**{number(_TAU, value)}**" if best else number(_TAU, value)


def _grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---", *["--:"] * (len(head) - 1)], *rows))


def _with_interval(use: Use) -> str:
    tau = use.points[-1].tau
    return with_interval(_TAU, tau.value, tau.low, tau.high)


def _listed(labels: Sequence[int]) -> str:
    """5, 10 and 20."""
    *others, last = map(str, labels)
    return f"{', '.join(others)} and {last}" if others else last
