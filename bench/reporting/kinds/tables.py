"""Reports on tables by themselves among all reports."""

from __future__ import annotations

from collections.abc import Mapping

from nasrank.bench.analysis.table_summary import KIND, TableSummary
from nasrank.bench.reporting.kinds.kind import REPORT_KINDS, ReportKind


def _answer(text: str) -> str:
    from nasrank.bench.reporting.table_studies.report import answer

    return answer(TableSummary.from_text(text))


def _texts(text: str) -> Mapping[str, str]:
    from nasrank.bench.reporting.table_studies.report import report_texts

    return report_texts(TableSummary.from_text(text))


REPORT_KINDS.register(ReportKind(KIND, _answer, _texts))
