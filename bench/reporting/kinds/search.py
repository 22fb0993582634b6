"""Reports on search studies among all reports."""

from __future__ import annotations

from collections.abc import Mapping

from nasrank.bench.analysis.search_summary import KIND, SearchSummary
from nasrank.bench.reporting.kinds.kind import REPORT_KINDS, ReportKind


def _answer(text: str) -> str:
    from nasrank.bench.reporting.search.report import answer

    return answer(SearchSummary.from_text(text))


def _texts(text: str) -> Mapping[str, str]:
    from nasrank.bench.reporting.search.report import report_texts

    return report_texts(SearchSummary.from_text(text))


REPORT_KINDS.register(ReportKind(KIND, _answer, _texts))
