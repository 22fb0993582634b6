"""Reports on live searches among all reports."""

from __future__ import annotations

from collections.abc import Mapping

from nasrank.bench.analysis.live_summary import KIND, LiveSummary
from nasrank.bench.reporting.kinds.kind import REPORT_KINDS, ReportKind


def _answer(text: str) -> str:
    from nasrank.bench.reporting.live_search.report import answer

    return answer(LiveSummary.from_text(text))


def _texts(text: str) -> Mapping[str, str]:
    from nasrank.bench.reporting.live_search.report import report_texts

    return report_texts(LiveSummary.from_text(text))


REPORT_KINDS.register(ReportKind(KIND, _answer, _texts))
