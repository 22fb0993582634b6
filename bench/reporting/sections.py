"""The sections of a report, without a format: table.md, table.tex and the page print the same ones alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nasrank.bench.analysis import wording
from nasrank.bench.analysis.summary import Summary
from nasrank.bench.reporting import section_notes
from nasrank.bench.reporting.arm_tables import (
    changes_table,
    estimators_table,
    natural_table,
    published_table,
    search_table,
)
from nasrank.bench.reporting.tables import PrintedTable, groups_table, landmarks_table, metrics_table, parts_table


@dataclass(frozen=True)
class ReportSection:
    """A table with what is said above and below it.

    Attributes:
        key: name for references within a format.
        figure: name of the figure that belongs to it; empty for none.
    """

    key: str
    title: str
    lead: str
    table: PrintedTable
    notes: Sequence[str] = ()
    figure: str = ""


def sections(summary: Summary) -> list[ReportSection]:
    """All but the main table; without those that a study has nothing to put into."""
    every = (
        ReportSection(
            "metrics",
            wording.METRICS_TITLE,
            wording.METRICS_LEAD,
            metrics_table(summary),
            notes=[section_notes.metric_legend(summary)],
        ),
        ReportSection("changes", wording.CHANGES_TITLE, wording.CHANGES_LEAD, changes_table(summary), figure="changes"),
        ReportSection("estimators", wording.ESTIMATORS_TITLE, wording.ESTIMATORS_LEAD, estimators_table(summary)),
        ReportSection(
            "search",
            wording.SEARCH_TITLE,
            wording.SEARCH_LEAD,
            search_table(summary),
            notes=section_notes.search_notes(summary),
            figure="derivations",
        ),
        ReportSection("groups", wording.GROUPS_TITLE, wording.GROUPS_LEAD, groups_table(summary)),
        ReportSection("parts", wording.PARTS_TITLE, wording.PARTS_LEAD, parts_table(summary)),
        ReportSection(
            "landmarks",
            wording.LANDMARKS_TITLE,
            wording.LANDMARKS_LEAD,
            landmarks_table(summary),
            notes=section_notes.landmark_notes(summary),
            figure="training",
        ),
        ReportSection("natural", wording.NATURAL_TITLE, wording.NATURAL_LEAD, natural_table(summary)),
        ReportSection(
            "published",
            wording.PUBLISHED_TITLE,
            wording.PUBLISHED_LEAD,
            published_table(summary),
            notes=section_notes.published_notes(summary),
        ),
    )
    return [section for section in every if section.table.lines]
