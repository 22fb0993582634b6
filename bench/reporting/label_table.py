"""Tau of every use of the same labels: a line a use, a column a number of labels."""

from __future__ import annotations

from nasrank.bench.analysis.frame import Finding
from nasrank.bench.analysis.label_uses import USES
from nasrank.bench.analysis.summary import Pair, Summary
from nasrank.bench.reporting.tables import Line, Table
from nasrank.bench.reporting.words import MARKS, number

STACKED = {"": "", "before": " + super-net", "after": " + landmark super-net"}
"""What a predictor has for a feature beside its labels, and what it is called."""


def by_labels(summary: Summary) -> dict[int, Pair]:
    """The first row and those that differ from it in the number of landmarks alone, by that, rising."""
    first, found = summary.pairs[0], dict[int, Pair]()
    for pair in summary.pairs:
        if pair.before == first.before and pair.setting in ("", "number of landmarks") and not pair.control:
            found.setdefault(pair.labels, pair)
    return dict(sorted(found.items()))


def use(summary: Summary, pair: Pair, name: str, stacked: str, base: str = "") -> Finding:
    """Tau of a predictor on a row's labels, perhaps stacked on one of its arms; minus `base`, where there is one."""
    arm = {"": pair.name, "before": pair.before, "after": pair.after}[stacked]
    return summary.frame.find(arm, estimator=name, part=USES.format(pair.labels), base=base)


def labels_table(summary: Summary) -> Table:
    """Marked where a use is decidedly better or worse than the landmark super-net with as many labels."""
    rows = by_labels(summary)
    lines: list[Line] = [
        ("landmark super-net", tuple(number(summary.level(pair, True).value) for pair in rows.values())),
        *(
            (f"{one.label}{feature}", tuple(_cell(summary, pair, one.name, stacked) for pair in rows.values()))
            for stacked, feature in STACKED.items()
            for one in summary.uses
        ),
    ]
    plain = (number(summary.level(summary.pairs[0], False).value),) * len(rows)
    references: list[Line] = [("super-net without labels", plain)]
    references += [
        (one.label, (number(summary.reference(one.name).value),) * len(rows))
        for one in summary.references
        if not one.labels
    ]
    head = tuple(f"{count} labels" for count in rows)
    where = ("metric=tau", "part=", *(f"part={USES.format(count)}" for count in rows))
    title = "For the same labels, what is the best use of them?"
    return Table("labels", title, head, tuple(lines), references=tuple(references), figure="labels", where=where)


def _cell(summary: Summary, pair: Pair, name: str, stacked: str) -> str:
    value, over = use(summary, pair, name, stacked), use(summary, pair, name, stacked, pair.after)
    return f"{number(value.value)} {MARKS.get(over.status, '')}".strip()
