"""The tables of such a report: a line a study, and a line each of its rows."""

from __future__ import annotations

from collections.abc import Callable

from nasrank.bench.analysis.across import Across, AcrossRow, AcrossStudy
from nasrank.bench.analysis.frame import BETTER, WORSE
from nasrank.bench.reporting.tables import Table
from nasrank.bench.reporting.words import MARKS, MISSING, counted, number, short


def studies_table(across: Across) -> Table:
    """Means over the rows of each study."""
    columns: dict[str, Callable[[AcrossStudy], str]] = {
        "learned from": lambda study: study.data,
        "ways to train": lambda study: f"{len(study.rows)}",
        "before": lambda study: number(study.mean("before")),
        "after": lambda study: number(study.mean("after")),
        "gain decided in": _decided,
        "ridge on the same labels": lambda study: number(study.mean("ridge")),
        "best regression": lambda study: number(study.mean("best")),
        "better of parameters and FLOPs": lambda study: number(study.free),
        "noise ceiling": lambda study: short(study.ceiling),
    }
    lines = tuple((titled(across, study), tuple(of(study) for of in columns.values())) for study in across.studies)
    return Table("studies", "Every study", tuple(columns), lines, where=())


def rows_table(across: Across) -> Table:
    """Every way to train of every study."""
    lines = tuple(
        (f"{titled(across, study)}: {row.label}", _cells(row)) for study in across.studies for row in study.rows
    )
    head = ("before", "after", "gain", "after, against the ridge", "after, against the best regression")
    return Table("rows", "Every way to train", head, lines, where=())


def titled(across: Across, study: AcrossStudy) -> str:
    """A study by its space, and where another is of the same one, by what its truth is, too."""
    alone = sum(one.space == study.space for one in across.studies) == 1
    return study.space if alone else f"{study.space}, {study.truth}"


def _cells(row: AcrossRow) -> tuple[str, ...]:
    gain = number(row.gain, signed=True)
    if row.low == row.low:
        gain += f" [{number(row.low)}, {number(row.high)}] {MARKS.get(row.status, '')}"
    others = (
        f"{number(other)} ({against or MISSING})"
        for other, against in ((row.ridge, row.against_ridge), (row.best, row.against_best))
    )
    return number(row.before), number(row.after), gain.strip(), *others


def _decided(study: AcrossStudy) -> str:
    lost = study.decided(WORSE)
    found = f"{study.decided(BETTER)} of {len(study.rows)}"
    return found + (f", a loss in {counted(lost, 'row', 'rows')}" if lost else "")
