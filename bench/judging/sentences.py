"""What a report says: the one sentence, what was left out, and what looks wrong. The words are in `templates`."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from nasrank.bench.foundation.describing import listed
from nasrank.bench.foundation.escaping import one_line
from nasrank.bench.judging.report import MetricValue, RankReport

MAIN = "tau"
"""The metric of the answer, of the differences and of the gate."""

WRONG_WAY = -0.2
"""A tau below this looks like a column of which the other end is better."""


def answer(report: RankReport) -> str:
    """One sentence: how well the best column ranks, beside the ceiling and the best baseline."""
    ranked, rivals = (sorted(taus(report, baseline=kind), key=lambda one: -one.value) for kind in (False, True))
    rival = rivals[0] if rivals else None
    return _rendered(
        "answer.j2",
        counts=report.counts,
        header=report.header,
        ranked=ranked,
        ceiling=None if report.ceiling is None else report.ceiling.metrics.get(MAIN),
        rival=rival,
        rival_label=rival and report.column(rival.name).label,
        verdict=rival and ranked and _verdict(report, ranked[0], rival),
    ).replace("\n", "")


def taus(report: RankReport, *, baseline: bool) -> list[MetricValue]:
    """Tau of the columns or baselines that have one, in their order."""
    names = {one.name for one in report.columns if one.baseline == baseline}
    return [one for one in report.values if one.metric == MAIN and one.name in names and not one.reason]


def notes_on(report: RankReport) -> tuple[str, ...]:
    """What was left out, and what looks wrong."""
    columns = [one for one in report.columns if not one.baseline]
    usual = listed([one.name for one in columns if "default" in one.direction])
    notes = _rendered("notes.j2", counts=report.counts, columns=columns, usual=usual)
    return (*notes.splitlines(), *warnings(report))


def warnings(report: RankReport) -> tuple[str, ...]:
    """On columns that look as if the other end of them were better."""
    turned = [
        (one, "lower" if report.column(one.name).direction.startswith("higher") else "higher")
        for one in taus(report, baseline=False)
        if one.value < WRONG_WAY
    ]
    return tuple(_rendered("warnings.j2", turned=turned).splitlines())


def _verdict(report: RankReport, best: MetricValue, rival: MetricValue) -> str:
    for one in report.differences:
        if (one.first, one.second) == (best.name, rival.name) and one.decided:
            return "better" if one.value > 0 else "worse"
    return "undecided"


def _rendered(template: str, **facts: Any) -> str:
    return _environment().get_template(template).render(**facts)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("nasrank.bench.judging", "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        text=one_line,
        quoted=lambda name: one_line(repr(name)),
        thousands="{:,}".format,
        of=lambda number, thing: f"{number:,} {thing}" + "s" * (number != 1),
        verb=lambda number: "is" if number == 1 else "are",
        have=lambda number: "has" if number == 1 else "have",
    )
    return made
